package app

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"mektep/core/api"
	"mektep/core/caller"
	"mektep/core/consent"
	"mektep/core/identity"
	"mektep/core/identity/door"
)

// way is how a route is asked by somebody who may: who, and for which thing.
type way struct {
	routed
	by   *asker
	path string // with the ids of things that there are
	best int    // what it answered when it was tried
}

// console is where a route of the operators stands.
func (r routed) console() bool {
	return r.path == "/operator" || strings.HasPrefix(r.path, "/operator/")
}

// either are the routes that the console has as well as every ministry.
func (r routed) either() bool { return r.path == "/" || strings.HasPrefix(r.path, "/sign-in") }

// closed are the routes that nobody gets through here with what there is, by the reason. It may
// only shrink.
var closed = map[string][]string{
	"a link that is nobody's leads nowhere": {
		"GET /invitation/:secret?", "POST /invitation/:secret", "GET /reset/:secret?", "POST /reset/:secret", "GET /address/:secret", "POST /address/:secret",
		"GET /operator/invitation/:secret", "POST /operator/invitation/:secret",
	},
	"asks for a place, or for what was just made": {
		"POST /people/new", "POST /people/new/review", "POST /institutions/new", "GET /people/new/done", "GET /people/new/slip", "GET /people/:uid/slip",
		"POST /language", "POST /me/keys/end",
	},
	"no ministry has a crest": {"GET /crest"},
	"nothing of the kind is there yet": {
		"GET /api/v1/jobs/:uid", "GET /api/v1/jobs/:uid/file", "DELETE /api/v1/jobs/:uid", "GET /jobs/:uid", "GET /jobs/:uid/file", "POST /jobs/:uid/cancel",
		"GET /audit/verify/:uid", "GET /api/v1/years/:id", "GET /api/v1/years/:id/plan", "GET /api/v1/profile/books/:id",
		"GET /units/proposals/:id/accept", "POST /units/proposals/:id/accept", "POST /api/v1/territory/proposals/:id/accept", "POST /api/v1/territory/proposals/:id/decline",
		"POST /api/v1/approvals/:uid/approve", "POST /approvals/:uid/approve",
		"POST /calendar/extensions/:uid/cancel", "DELETE /api/v1/extensions/:uid", "POST /institutions/views/:uid/delete",
		"GET /me/undertakings/:id/:uid", "GET /people/:uid/undertakings/:undertaking", "GET /people/:uid/end/:appointment", "POST /people/:uid/end/:appointment",
		"POST /operator/ministries/:slug/invitations/:uid",
		"GET /institutions/:uid/correct/:fact/:on", "GET /institutions/:uid/withdraw/:fact/:on", "POST /institutions/:uid/correct/:fact/:on", "POST /institutions/:uid/withdraw/:fact/:on",
		"GET /units/:uid/correct/:fact/:on", "GET /units/:uid/withdraw/:fact/:on", "POST /units/:uid/correct/:fact/:on", "POST /units/:uid/withdraw/:fact/:on",
	},
}

func nobodyGets(r routed) bool {
	for _, list := range closed {
		if slices.Contains(list, r.method+" "+r.path) {
			return true
		}
	}
	return false
}

// named are values for the parameters of routes, by the parameter.
func (s *site) named(super *pgx.Conn) map[string][]string {
	s.t.Helper()
	some := func(sql string) []string {
		s.t.Helper()
		rows, err := super.Query(context.Background(), sql)
		if err != nil {
			s.t.Fatal(sql, err)
		}
		found, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			s.t.Fatal(sql, err)
		}
		return found
	}
	of := func(table, more string) []string {
		return some("SELECT x.uid FROM " + table + " x JOIN platform.tenant t ON t.id = x.tenant_id WHERE t.slug = 'kg' " + more + " LIMIT 2")
	}
	return map[string][]string{
		":slug": {"kg"}, ":year": {"2026-2027"}, ":window": {"passport_confirmation"}, ":format": {"xlsx", "csv"}, ":act": {"rename", "move"}, ":group": {"general", "location"},
		":fact": {"name"}, ":on": some("SELECT coalesce(min(since)::text, '2020-01-01') FROM unit_name"), ":undertaking": {"annex_1_1"},
		":id": slices.Concat([]string{"institution", "annex_1_1"}, some("SELECT max(id)::text FROM audit_entry")),
		":uid": slices.Concat(of("unit", "AND level = 'institution' ORDER BY code = '700112' DESC"), of("unit", "AND level = 'district'"),
			of("account", "AND login = 'teacher'"), of("approval", "AND x.state = 'waiting'"), of("approval", ""), of("job_run", "ORDER BY account_id DESC"), of("import_run", ""),
			of("appointment", "ORDER BY x.id DESC"), some("SELECT uid FROM platform.operator ORDER BY id DESC LIMIT 1")),
	}
}

// ways finds for each route somebody who gets through, with the id of something that there is:
// people of several offices in one ministry who have signed what they must, and an operator on
// the console's own host. A route that answered nobody otherwise than "not there" or "not yours"
// fails the test: what is sent to it afterwards would be read by nobody.
func (s *site) ways(t *testing.T) (all []way, askers []*asker) {
	t.Helper()
	super, err := pgx.Connect(context.Background(), strings.Replace(s.Config.OwnerDSN, "mektep_owner", "mektep_super", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer super.Close(context.Background()) //nolint:errcheck // read
	s.doneByMany()
	op := s.operator(t)
	values := s.named(super)
	askers = []*asker{op}
	for _, login := range []string{"special", "admin", "auditor", "ministry", "director"} {
		s.undertakes("kg", login)
		askers = append(askers, s.asker("kg", login))
	}
	known := map[string][]string{}
	routes := s.routes(t)
	slices.SortStableFunc(routes, func(a, b routed) int { // what is read first tells what there is
		return strings.Count(a.path, ":")*10 + len(a.method) - strings.Count(b.path, ":")*10 - len(b.method)
	})
	for _, r := range routes {
		try := askers[1:]
		switch {
		case r.console():
			try = askers[:1]
		case r.either():
			try = []*asker{askers[1], op}
		}
		if r.path == "/api/" {
			continue // what there is not, said as a program reads it
		}
		if leaves(r) || r.either() || without(r.path) || nobodyGets(r) {
			for _, by := range try {
				all = append(all, way{r, by, r.filled("x"), 0})
			}
			continue
		}
		w := s.through(r, try, values, known)
		if w.best == http.StatusForbidden || w.best == http.StatusNotFound {
			t.Errorf("%s %s answers everybody %d (%s)", r.method, r.path, w.best, w.path)
		}
		all = append(all, w)
	}
	return all, askers
}

// through is the first way by which a route is got through, or the last one that was tried.
func (s *site) through(r routed, askers []*asker, values, known map[string][]string) (w way) {
	parts, names := strings.Split(r.path, "/"), strings.Split(r.path, "/")
	last := -1
	candidates := func(i int) []string {
		return slices.Concat(known[strings.Join(parts[:i], "/")], values[strings.TrimSuffix(names[i], "?")], []string{"x"})
	}
	for i, p := range parts {
		if strings.HasPrefix(p, ":") || strings.HasPrefix(p, "*") {
			parts[i] = candidates(i)[0]
			last = i
		}
	}
	ids := []string{""}
	if last >= 0 {
		ids = candidates(last)
	}
	for _, id := range ids {
		if last >= 0 {
			parts[last] = id
		}
		for _, by := range askers {
			kind, body := "", ""
			switch {
			case r.method == http.MethodGet:
			case strings.HasPrefix(r.path, api.Prefix):
				kind, body = "application/json", "{}"
			default:
				kind, body = "application/x-www-form-urlencoded", "_csrf="+url.QueryEscape(by.csrf)
			}
			a := by.send(r.method, strings.Join(parts, "/"), kind, body, nil)
			w = way{r, by, strings.Join(parts, "/"), a.status}
			if a.status != http.StatusForbidden && a.status != http.StatusNotFound {
				if last >= 0 && r.method == http.MethodGet {
					at := strings.Join(parts[:last], "/")
					known[at] = append(known[at], id)
				}
				return w
			}
		}
	}
	return w
}

// undertakes signs what somebody's role demands before use.
func (s *site) undertakes(ministry, login string) {
	s.t.Helper()
	ctx := s.acting(ministry, login)
	pending, err := s.Consent.Pending(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, u := range pending {
		if _, err := s.Consent.Sign(ctx, consent.Signing{ID: u.ID, Language: "ky", Name: caller.From(ctx).Name, Position: login, Agreed: true}); err != nil {
			s.t.Fatal(err)
		}
	}
}

// operator is somebody of the platform who has signed in at the console.
func (s *site) operator(t *testing.T) *asker {
	t.Helper()
	a := s.stranger("")
	a.jar["mektep"] = s.operatorsToken()
	if r := a.get("/operator"); r.status != http.StatusOK || a.csrf == "" {
		t.Fatalf("the console: %d %s", r.status, r.location)
	}
	return a
}

// operatorsToken opens a session of an operator who has set a second factor up; there is one
// operator more, for what is done to others.
func (s *site) operatorsToken() string {
	s.t.Helper()
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	command, nobody := s.command(context.Background()), caller.With(context.Background(), &caller.Caller{})
	_, key, err := s.Operators.Create(command, "Асанова Зарина", "zarina@mektep.example", "ky")
	must(err)
	_, _, err = s.Operators.Create(command, "Үсөнов Бакыт", "bakyt@mektep.example", "ky")
	must(err)
	_, err = s.Operators.Accept(nobody, key.Path[strings.LastIndex(key.Path, "/")+1:], identity.Acceptance{Login: "zarina", Password: demoPassword, Language: "ky"})
	must(err)
	out, err := s.Operators.Door.SignIn(nobody, door.Attempt{Login: "zarina", Password: demoPassword, Remote: netip.MustParseAddr("127.0.0.1")})
	must(err)
	c, err := s.Operators.Resolve(nobody, out.Session.Token)
	must(err)
	signedIn := caller.With(context.Background(), c)
	e, err := s.Operators.Door.BeginSecondFactor(signedIn, "", "Mektep")
	must(err)
	_, err = s.Operators.Door.ConfirmSecondFactor(signedIn, e.Ticket, totpCode(s.t, e.Secret, s.Clock.Now()))
	must(err)
	return out.Session.Token
}
