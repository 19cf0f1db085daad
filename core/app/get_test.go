package app

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"

	"mektep/core/api"
	"mektep/core/caller"
	"mektep/core/identity/door"
)

// leaveTraces are the tables that reading may write to: who read what, when a
// session or a token was last used, how often somebody tried.
var leaveTraces = []string{"audit_entry", "change_value", "api_token", "session", "operator_session", "sign_in_throttle", "operator_throttle", "known_device", "operator_device"}

// TestNoGETChangesAnything asks for every address of screens and API that can be got,
// with the numbers of real things in its place holders, as people of several roles:
// no row of any table is another afterwards, but for the traces of reading itself.
func TestNoGETChangesAnything(t *testing.T) {
	s := newStillSite(t, func(c *Config) { c.Rate = 1e6 }) // or most of it would be refused unseen
	super, err := pgx.Connect(context.Background(), strings.Replace(s.Config.OwnerDSN, "mektep_owner", "mektep_super", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer super.Close(context.Background())
	uids := []string{"nobody"}
	for _, table := range []string{"unit", "account", "notice", "approval", "job_run", "import_run", "appointment", "undertaking_signature"} {
		var uid string
		if err := super.QueryRow(context.Background(), "SELECT uid FROM "+table+" LIMIT 1").Scan(&uid); err == nil {
			uids = append(uids, uid)
		}
	}
	uids = append(uids, "kg")
	if len(uids) < 4 {
		t.Fatalf("too few things to ask for: %v", uids)
	}
	asked := 0
	s.undertakes("kg", "special")
	reached := map[string]bool{} // routes of the console
	for _, who := range []string{"kg/special", "kg/auditor", "tr/istatistik", "/operator"} {
		var cookie, token string
		if who == "/operator" {
			cookie = "mektep=" + s.operatorsToken()
		} else {
			cookie, token = s.keys(who)
		}
		// All at once; which of them it was is found only where something is another.
		gets := s.HTTP.GetRoutes(true)
		gets = slices.DeleteFunc(slices.Clone(gets), func(r fiber.Route) bool { return r.Method != fiber.MethodGet })
		look := func(some []fiber.Route) (changed []string) {
			before := rows(t, super)
			for _, r := range some {
				for _, path := range paths(r.Path, uids) {
					status := s.look(who, cookie, token, path)
					if console := (routed{r.Method, r.Path}).console(); console {
						reached[r.Path] = reached[r.Path] || status < 400
					}
					asked++
				}
			}
			after := rows(t, super)
			for table, was := range before {
				if after[table] != was && !slices.Contains(leaveTraces, table) {
					changed = append(changed, table)
				}
			}
			return changed
		}
		if changed := look(gets); len(changed) > 0 {
			t.Errorf("GET as %s changed %s", who, changed)
			for _, r := range gets {
				if changed := look([]fiber.Route{r}); len(changed) > 0 {
					t.Errorf("GET %s as %s changed %s", r.Path, who, changed)
				}
			}
		}
	}
	for path, was := range reached {
		if !was && !nobodyGets(routed{http.MethodGet, path}) {
			t.Errorf("GET %s of the console was never answered", path)
		}
	}
	if len(reached) < 10 {
		t.Errorf("only %d routes of the console were asked", len(reached))
	}
	if asked < 500 {
		t.Errorf("only %d were asked for", asked)
	}
}

// filled puts a value into every place holder of a route.
func filled(route, value string) string {
	parts := strings.Split(route, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, ":") || p == "*" {
			parts[i] = value
		}
	}
	return strings.Join(parts, "/")
}

// rows is a sum over the rows of each table.
func rows(t *testing.T, super *pgx.Conn) map[string]string {
	t.Helper()
	ctx := context.Background()
	found, err := super.Query(ctx, `SELECT schemaname || '.' || tablename, tablename FROM pg_tables WHERE schemaname IN ('public', 'platform')`)
	if err != nil {
		t.Fatal(err)
	}
	type table struct{ Full, Name string }
	tables, err := pgx.CollectRows(found, pgx.RowToStructByPos[table])
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for _, x := range tables {
		var sum *string
		err := super.QueryRow(ctx, "SELECT md5(string_agg(md5(r::text), '' ORDER BY md5(r::text))) FROM "+x.Full+" r").Scan(&sum)
		if err != nil {
			t.Fatalf("%s: %v", x.Full, err)
		}
		if sum != nil {
			sums[x.Name] = *sum
		}
	}
	return sums
}

// keys signs an account of the demo in and returns its session's cookie and a token.
func (s *site) keys(who string) (cookie, token string) {
	s.t.Helper()
	ministry, login, _ := strings.Cut(who, "/")
	m, err := s.Tenants.BySlug(context.Background(), ministry)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx := caller.With(context.Background(), &caller.Caller{Tenant: m.Tenant})
	at := netip.MustParseAddr("127.0.0.1")
	attempt := door.Attempt{Login: login, Password: demoPassword, Remote: at}
	out, err := s.People.Door.SignIn(ctx, attempt)
	if err == nil && out.Session == nil {
		out.Session, err = s.People.Door.SecondStep(ctx, door.Second{Challenge: out.Challenge, Code: s.code(ministry, login), Remote: at})
	}
	if err != nil {
		s.t.Fatalf("%s: %v", who, err)
	}
	s.Clock.Start(s.Clock.Now().Add(time.Minute)) // for the next code: each counts once
	token, _, err = s.People.Door.IssueToken(ctx, door.TokenRequest{Attempt: attempt, Code: s.code(ministry, login), Name: "test"})
	if err != nil {
		s.t.Fatalf("%s: %v", who, err)
	}
	return "mektep=" + out.Session.Token, token
}

// look asks for a path on the ministry's host and fails the test for an answer that
// tells of a defect.
func (s *site) look(who, cookie, token, path string) (status int) {
	s.t.Helper()
	ministry, _, _ := strings.Cut(who, "/")
	r := httptest.NewRequest(http.MethodGet, s.at(ministry, path), nil)
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
	if resp.StatusCode >= 500 && path != "/readyz" { // which tells that this site works no queue
		s.t.Errorf("GET %s as %s: %d", path, who, resp.StatusCode)
	}
	return resp.StatusCode
}

// paths are a route with each of some things in its place; as it stands where it asks for none.
func paths(route string, uids []string) []string {
	if !strings.ContainsAny(route, ":*") {
		return []string{route}
	}
	out := make([]string, len(uids))
	for i, uid := range uids {
		out[i] = filled(route, uid)
	}
	return out
}
