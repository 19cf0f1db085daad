package app

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/api"
	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/consent"
	"mektep/core/identity"
	"mektep/core/identity/door"
	"mektep/core/registry"
	"mektep/core/unit"
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
	"no list of the territory has been brought in that proposes anything": {
		"GET /units/proposals/:id/accept", "POST /units/proposals/:id/accept", "POST /api/v1/territory/proposals/:id/accept", "POST /api/v1/territory/proposals/:id/decline",
	},
	"nobody has put a window off":              {"POST /calendar/extensions/:uid/cancel", "DELETE /api/v1/extensions/:uid"},
	"nobody has kept a view":                   {"POST /institutions/views/:uid/delete"},
	"no administrator waits for an invitation": {"POST /operator/ministries/:slug/invitations/:uid"},
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
		":fact": {"name"}, ":on": {s.Clock.Now().AddDate(0, 0, 40).Format(time.DateOnly)},
		":undertaking": of("undertaking", ""), ":appointment": of("appointment", "AND x.until IS NULL AND x.account_id = (SELECT id FROM account WHERE tenant_id = x.tenant_id AND login = 'teacher')"),
		":id": slices.Concat([]string{"institution", "annex_1_1", "2025-2026", "territory"}, some("SELECT max(id)::text FROM audit_entry")),
		":uid": slices.Concat(of("unit", "AND level = 'institution' ORDER BY code = '700112' DESC"), of("unit", "AND level = 'district' ORDER BY (SELECT max(n.since) FROM unit_name n WHERE n.tenant_id = x.tenant_id AND n.unit_id = x.id) DESC NULLS LAST"),
			of("account", "AND login = 'teacher'"), of("account", "AND login = 'special'"), of("undertaking", "ORDER BY x.id DESC"), of("approval", "AND x.state = 'waiting'"), of("approval", ""), of("job_run", "ORDER BY account_id DESC"), of("import_run", ""),
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
	askers = []*asker{op}
	for _, login := range []string{"special", "admin", "auditor", "ministry", "director", "admin2"} {
		s.undertakes("kg", login)
		askers = append(askers, s.asker("kg", login))
	}
	s.renamed(t)
	values := s.named(super)
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

// through is the first way by which a route is got through, or the last one that was tried: with
// every thing that there is in every parameter, since what lies in one thing lies in no other.
func (s *site) through(r routed, askers []*asker, values, known map[string][]string) (w way) {
	names := strings.Split(r.path, "/")
	var try func(parts []string) bool
	try = func(parts []string) bool {
		i := len(parts)
		if i < len(names) && !strings.HasPrefix(names[i], ":") && !strings.HasPrefix(names[i], "*") {
			return try(append(slices.Clone(parts), names[i]))
		}
		if i < len(names) {
			at := strings.TrimPrefix(strings.Join(parts, "/"), strings.TrimSuffix(api.Prefix, "/"))
			ids := slices.Concat(known[at], values[strings.TrimSuffix(names[i], "?")], []string{"x"})
			return slices.ContainsFunc(ids, func(id string) bool { return try(append(slices.Clone(parts), id)) })
		}
		for _, by := range askers {
			if w = s.tried(r, by, parts, known); w.best != http.StatusForbidden && w.best != http.StatusNotFound {
				if at := len(parts) - 1; r.method == http.MethodGet && strings.HasPrefix(names[at], ":") {
					learn(known, parts[:at], parts[at])
				}
				return true
			}
		}
		return false
	}
	try(nil)
	return w
}

// tried asks a route, and learns from where it leads what has been made.
func (s *site) tried(r routed, by *asker, parts []string, known map[string][]string) way {
	path, kind, body := strings.Join(parts, "/"), "", ""
	switch {
	case r.method == http.MethodGet:
	case strings.HasPrefix(r.path, api.Prefix):
		kind, body = "application/json", "{}"
	default:
		kind, body = "application/x-www-form-urlencoded", "_csrf="+url.QueryEscape(by.csrf)
	}
	a := by.send(r.method, path, kind, body, nil)
	if to, _, _ := strings.Cut(a.location, "?"); to != "" && a.status < 400 {
		parts := strings.Split(to, "/")
		learn(known, parts[:len(parts)-1], parts[len(parts)-1])
	}
	return way{r, by, path, a.status}
}

// learn keeps where a thing stands that there is: programs and people ask for the same ones.
func learn(known map[string][]string, at []string, id string) {
	k := strings.TrimPrefix(strings.Join(at, "/"), strings.TrimSuffix(api.Prefix, "/"))
	if !slices.Contains(known[k], id) {
		known[k] = append(known[k], id)
	}
}

// renamed enters a name that holds from a day to come, of an institution and of the places above it: a
// fact that can be put right and taken back.
func (s *site) renamed(t *testing.T) {
	t.Helper()
	ctx, on := s.inside("kg"), clock.Day(s.Clock.Now().AddDate(0, 0, 40))
	act := func(u unit.Unit) registry.Act {
		return registry.Act{Version: u.Version, Since: on, Order: audit.Order{Number: "40", Date: clock.Day(s.Clock.Now())}}
	}
	names := map[string]string{"ky": "Кырк күн", "ru": "Сорок дней"}
	school := s.unit("kg", unit.Institution, "700112")
	if err := s.Registry.Rename(ctx, school.UID, names, act(school)); err != nil {
		t.Fatal(err)
	}
	way, err := s.Tree.Way(ctx, school)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range way {
		if u.Level == unit.District {
			if err := s.Registry.Territory.Rename(ctx, u.UID, names, act(u)); err != nil {
				t.Fatal(err)
			}
		}
	}
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
