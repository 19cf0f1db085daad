package app

import (
	"context"
	"fmt"
	"html"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"

	"mektep/core/api"
	"mektep/core/identity"
)

// ownNames are the pages on which somebody reads names of others in what is their own matter,
// and so without an entry: who gave them their posts and whom they turn to, and what they
// were told. One's own requests are one's own as well, where nobody else's stands beside them.
var ownNames = []string{"/me", "/home", "/inbox", api.Prefix + "/me", api.Prefix + "/inbox"}

const asking = "admin" // whose requests doneByMany leaves, and nobody else's

// TestWhoseNamesAreReadLeavesAnEntry asks for every address of screens and API that can be
// got, with the numbers of real things in its place holders, as people of several roles:
// whatever holds the name of somebody else leaves an entry of the reader's.
func TestWhoseNamesAreReadLeavesAnEntry(t *testing.T) {
	s := newStillSite(t, func(c *Config) { c.Rate = 1e6 }) // or most of it would be refused unseen
	super, err := pgx.Connect(context.Background(), strings.Replace(s.Config.OwnerDSN, "mektep_owner", "mektep_super", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer super.Close(context.Background())
	s.doneByMany()
	people := s.people(super)
	uids := s.things(super)
	seen := map[string]int{} // pages that showed a name, by reader
	for _, login := range []string{"special", "admin", "auditor", "osh", "ministry"} {
		cookie, token := s.keys("kg/" + login)
		entries := "SELECT count(*) FROM audit_entry e JOIN account a ON a.tenant_id = e.tenant_id AND a.id = e.account_id WHERE a.login = $1"
		for _, r := range s.HTTP.GetRoutes(true) {
			if r.Method != fiber.MethodGet {
				continue
			}
			for _, path := range paths(r.Path, uids) {
				before := s.number(super, entries, login)
				body := s.read(cookie, token, path)
				name := somebodyIn(people, login, body)
				if name == "" || own(path, login) {
					continue
				}
				seen[login]++
				if s.number(super, entries, login) == before {
					t.Errorf("GET %s shows %s that there is %s, and leaves no entry", path, login, name)
				}
			}
		}
	}
	// Who runs the platform reads them in the console, on its own host.
	cookie := "mektep=" + s.operatorsToken()
	acts, answered := "SELECT (SELECT count(*) FROM platform.operator_act) + (SELECT count(*) FROM audit_entry)", 0
	for _, r := range s.HTTP.GetRoutes(true) {
		if r.Method != fiber.MethodGet || !(routed{r.Method, r.Path}).console() {
			continue
		}
		for _, path := range paths(r.Path, append([]string{"kg"}, uids...)) {
			before := s.number(super, acts)
			status, body := s.readAt("", cookie, "", path)
			if status == fiber.StatusOK {
				answered++
			}
			if name := somebodyIn(people, "", body); name != "" && s.number(super, acts) == before {
				t.Errorf("GET %s shows an operator that there is %s, and leaves no entry", path, name)
			}
		}
	}
	if answered < 9 {
		t.Errorf("only %d pages of the console were answered", answered)
	}
	if seen["special"] < 10 || seen["auditor"] < 3 {
		t.Errorf("too few pages showed anybody: %v", seen)
	}
}

func own(path, reader string) bool {
	if reader == asking && strings.HasPrefix(strings.TrimPrefix(path, api.Prefix), "/approvals") {
		return true
	}
	return slices.ContainsFunc(ownNames, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") })
}

// somebodyIn is somebody other than the reader whose whole name stands in a text.
func somebodyIn(people map[string][]string, reader, text string) string {
	for login, names := range people {
		for _, n := range names {
			if login != reader && strings.Contains(text, n) {
				return n
			}
		}
	}
	return ""
}

// people are the names of a ministry's accounts by login, as screens and programs write them.
func (s *site) people(super *pgx.Conn) map[string][]string {
	s.t.Helper()
	rows, err := super.Query(context.Background(), "SELECT coalesce(a.login, a.uid), a.family, a.given FROM account a JOIN platform.tenant t ON t.id = a.tenant_id WHERE t.slug = 'kg'")
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string][]string{}
	var login, family, given string
	if _, err := pgx.ForEachRow(rows, []any{&login, &family, &given}, func() error {
		out[login] = []string{family + " " + given, given + " " + family, fmt.Sprintf("%q,\"given\":%q", family, given)}
		return nil
	}); err != nil {
		s.t.Fatal(err)
	}
	return out
}

// things are public ids of things of every kind, of each kind a few.
func (s *site) things(super *pgx.Conn) []string {
	s.t.Helper()
	uids := []string{"2026-2027", "import", "school_year"}
	for _, table := range []string{"unit", "account", "approval", "job_run", "import_run", "appointment", "school_year", "window_extension"} {
		rows, err := super.Query(context.Background(), "SELECT x.uid FROM "+table+" x JOIN platform.tenant t ON t.id = x.tenant_id WHERE t.slug = 'kg' ORDER BY x.tenant_id DESC LIMIT 3")
		if err != nil {
			continue // has no public ids
		}
		found, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err == nil {
			uids = append(uids, found...)
		}
	}
	return uids
}

func (s *site) number(super *pgx.Conn, sql string, args ...any) (n int) {
	s.t.Helper()
	if err := super.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// read returns what is answered to who asks for a path.
func (s *site) read(cookie, token, path string) string {
	s.t.Helper()
	_, body := s.readAt("kg", cookie, token, path)
	return body
}

func (s *site) readAt(ministry, cookie, token, path string) (status int, body string) {
	s.t.Helper()
	r := httptest.NewRequest(fiber.MethodGet, s.at(ministry, path), nil)
	if strings.HasPrefix(path, api.Prefix) {
		r.Header.Set("Authorization", "Bearer "+token)
	} else {
		r.Header.Set("Cookie", cookie)
	}
	resp, err := s.HTTP.Test(r, int(time.Minute/time.Millisecond))
	if err != nil {
		s.t.Fatalf("GET %s: %v", path, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, html.UnescapeString(string(raw))
}

// doneByMany leaves what names of those who did it stand on: an import, a request that waits
// and one that was decided, a change of an institution, an extension.
func (s *site) doneByMany() {
	s.t.Helper()
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	for _, login := range []string{"special", "osh"} {
		s.undertakes("kg", login)
	}
	special, admin := s.acting("kg", "special"), s.acting("kg", asking)
	_, err := s.Transfer.Upload(special, "list.csv", strings.NewReader("code;name\n1;x\n"))
	must(err)
	root, err := s.Tree.Root(s.inside("kg"))
	must(err)
	for _, family := range []string{"Токтогулов", "Сыдыков"} {
		_, err = s.People.Appoint(admin, identity.NewAppointment{Person: identity.Person{Family: family, Given: "Жеңиш"}, AnotherPerson: true, Role: identity.AuditorRole, Unit: root, IdentifiedBy: "passport"})
		must(err)
	}
	waiting, err := s.Approvals.List(s.acting("kg", "admin2"))
	must(err)
	_, err = s.Approvals.Approve(s.acting("kg", "admin2"), waiting[0].UID, waiting[0].Read)
	must(err)
}
