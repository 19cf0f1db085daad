package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/api"
	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/calendar"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/consent"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/edge"
	"mektep/core/exchange/xlsx"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/identity"
	"mektep/core/identity/door/doortest"
	"mektep/core/jobs"
	"mektep/core/locale"
	"mektep/core/notify"
	"mektep/core/policy"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/record/boats"
	"mektep/core/registry"
	"mektep/core/tenant"
	"mektep/core/transfer"
	"mektep/core/unit"
	"mektep/locales"
	"mektep/policies"
	"mektep/profiles"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const (
	password = "kara-suu boyunda 7 terek"
	base     = "localhost"
)

var (
	key     = []byte("0123456789abcdef0123456789abcdef")
	founded = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
	// on is when the tests play: no section of a calendar is closed then.
	on = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
)

// countries are the real profiles and policies.
type countries map[string]gate.Ministry

func (c countries) Country(id string) (gate.Ministry, bool) { m, ok := c[id]; return m, ok }
func (c countries) IDs() []string                           { return slices.Sorted(maps.Keys(c)) }

// What is read once for all tests.
var (
	loaded = sync.OnceValues(func() (countries, error) {
		all, findings := profile.LoadAll(profiles.FS, nil)
		if err := findings.Err(); err != nil {
			return nil, err
		}
		c, shelf := countries{}, policy.NewShelf()
		for _, id := range []string{"kg", "tr"} {
			e, wrong := policy.Load(policies.FS, gate.Vocabulary(all[id]), nil)
			if err := wrong.Err(); err != nil {
				return nil, err
			}
			s, err := shelf.Snapshot(e)
			if err != nil {
				return nil, err
			}
			c[id] = gate.Ministry{Profile: all[id], Policy: s}
		}
		return c, nil
	})
	words = sync.OnceValues(func() (*locale.Bundle, error) { return locale.Load(locales.FS, boats.Words, locale.Strict()) })
)

// world is two ministries behind one API: kg.localhost and tr.localhost.
type world struct {
	t         testing.TB
	db        *db.DB
	clock     *clock.Clock
	countries countries
	words     *locale.Bundle
	tenants   *tenant.Service
	gate      *gate.Gate
	tree      *unit.Tree
	trail     *audit.Trail
	people    *identity.Service
	consent   *consent.Service
	registry  *registry.Service
	transfer  *transfer.Service
	jobs      *jobs.Jobs
	files     *jobs.Files
	calendar  *calendar.Service
	app       *fiber.App

	deps       api.Deps
	ministries map[string]*ministry
	tokens     map[string]*caller.Caller // of callers who did not sign in by password
	two        bool                      // identity knows of approvals
	log        bytes.Buffer
	sent       int // writes, each with a key of its own
}

// ministry is one of them: its territory, and the system's hand in it.
type ministry struct {
	*world
	slug    string
	ctx     context.Context
	profile *profile.Profile
	root    unit.Unit
	regions []unit.Unit
	// districts: the first two of different regions
	here, there unit.Unit
	schools     int
}

// sessions resolves the tests' tokens, and real ones.
type sessions struct{ w *world }

func (s sessions) Session(context.Context, string) (*caller.Caller, error) {
	s.w.t.Error("the API looked at a cookie")
	return nil, fault.New(fault.Unauthenticated, "gate.sign_in")
}

func (s sessions) Token(ctx context.Context, token string) (*caller.Caller, error) {
	tenant := caller.From(ctx).Tenant
	if c := s.w.tokens[token]; c != nil && c.Tenant.ID == tenant.ID {
		own := *c
		return &own, nil
	}
	return s.w.people.ResolveToken(ctx, tenant, token)
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return built(t, false)
}

// built is a world in which guarded roles take two people, or, for what is tried of one, do not.
func built(t testing.TB, two bool) *world {
	t.Helper()
	c, err := loaded()
	must(t, err)
	return in(t, two, c)
}

// in is a world of some countries.
func in(t testing.TB, two bool, c countries) *world {
	t.Helper()
	w := &world{
		countries: c, two: two,
		t: t, db: dbtest.Open(t, db.Config{MaxConns: 8}), clock: &clock.Clock{},
		ministries: map[string]*ministry{}, tokens: map[string]*caller.Caller{},
	}
	w.clock.Set(on)
	var err error
	w.words, err = words()
	must(t, err)
	w.services()
	dbtest.Forgetful(t, w.db)
	for _, id := range w.countries.IDs() {
		w.ministries[id] = w.plant(id)
	}
	return w
}

func (w *world) services() {
	ctx := context.Background()
	var err error
	w.trail, err = audit.New(w.db, w.clock, key)
	must(w.t, err)
	w.tree = unit.NewTree(w.db, w.clock, func(ctx context.Context) string { return w.tenants.Language(ctx) })
	w.tenants = tenant.New(w.db, w.clock, w.tree, w.countries)
	w.gate = gate.New(w.db, w.clock, w.trail, func(ctx context.Context) (gate.Ministry, error) { return w.calendar.Ministry(ctx) })
	inbox, err := notify.New(w.db, notify.Config{Locales: w.words, Clock: w.clock, Recipients: identity.Recipients, SMTP: notify.SMTP{Host: "mail.example", From: "no-reply@mail.example"}})
	must(w.t, err)
	approvals := approval.New(approval.Config{DB: w.db, Clock: w.clock, Gate: w.gate, Trail: w.trail, Notify: inbox})
	config := identity.Config{
		DB: w.db, Clock: w.clock, Gate: w.gate, Tree: w.tree, Trail: w.trail, Notify: inbox, Hashing: doortest.Hashing(), Secrets: [][]byte{key},
		URL: func(_ context.Context, path string) string { return "https://" + base + path },
	}
	if w.two {
		config.Approvals = approvals
	} else {
		w.know(approvals)
	}
	w.people, err = identity.New(config)
	must(w.t, err)
	w.consent = consent.New(w.db, w.clock, w.gate, w.trail)
	w.calendar = calendar.New(w.db, w.clock, w.gate, w.trail, w.tree)
	w.calendar.Over(w.tenants.Country)
	w.calendar.Second(approvals)
	cal := w.calendar
	w.gate.Set(gate.Checks{Window: cal.Check, Way: w.tree.Way, Whom: identity.Whom, BeforeUse: func(ctx context.Context, c *caller.Caller, a caller.Assignment, demand string) error {
		if err := w.people.BeforeUse(ctx, c, a, demand); err != nil {
			return err
		}
		return w.consent.BeforeUse(ctx, c, a, demand)
	}})
	w.registry = registry.New(w.db, w.clock, w.gate, w.trail, w.tree)
	w.registry.Second(approvals)
	w.jobs, err = jobs.New(ctx, w.db, jobs.Config{
		Active: w.tenants.Active, Clock: w.clock, Throttle: time.Millisecond,
		Resolve: func(_ context.Context, _ caller.Tenant, account int64) (*caller.Caller, error) {
			for _, c := range w.tokens {
				if c.Account == account {
					own := *c
					return &own, nil
				}
			}
			return nil, fault.New(fault.NotFound, "identity.no_account")
		},
		Tenants: func(context.Context) ([]caller.Tenant, error) { return nil, nil },
	})
	must(w.t, err)
	files, err := jobs.OpenFiles(ctx, "file://"+w.t.TempDir()+"?metadata=skip&no_tmp_dir=true")
	must(w.t, err)
	w.t.Cleanup(func() { _ = files.Close() })
	w.files = files
	w.transfer = registry.NewTransfer(w.registry, transfer.Config{Jobs: w.jobs, Files: files, Words: w.words, Formats: xlsx.Formats(), Notify: inbox})
	w.deps = api.Deps{
		Gate: w.gate, Clock: w.clock, Tenants: w.tenants, Tree: w.tree, Registry: w.registry, Transfer: w.transfer, People: w.people,
		Approvals: approvals,
		Calendar:  cal, Consent: w.consent, Trail: w.trail, Notify: inbox, Jobs: w.jobs, Files: files, Version: "test",
	}
	w.mountWith(w.deps)
}

// lists are the lists of a register that the program does not have.
func (w *world) lists(of *record.Records, subject transfer.Subject) *transfer.Service {
	return transfer.New(of, subject, transfer.Config{
		DB: w.db, Clock: w.clock, Gate: w.gate, Trail: w.trail, Tree: w.tree, Jobs: w.jobs, Files: w.files, Words: w.words, Formats: xlsx.Formats(), Screen: "/boats", File: "boat.file",
	})
}

// know gives the requests people who are nobody but themselves.
func (w *world) know(approvals *approval.Service) {
	approvals.Know(approval.People{
		Administrators: func(context.Context, *db.Tx) ([]int64, error) { return nil, nil },
		Holders:        func(context.Context, *db.Tx, []string) ([]int64, error) { return nil, nil },
		Behind: func(_ context.Context, _ *db.Tx, account int64) (approval.Behind, error) {
			return approval.Behind{Accounts: []int64{account}}, nil
		},
		Operators: func(context.Context) (approval.Operators, error) { return approval.Operators{}, nil },
		Resolve: func(_ context.Context, _ caller.Tenant, account int64) (*caller.Caller, error) {
			for _, c := range w.tokens {
				if c.Account == account {
					own := *c
					return &own, nil
				}
			}
			return nil, fault.New(fault.Denied, "identity.no_account")
		},
	})
}

func (w *world) mountWith(d api.Deps) {
	e := edge.New(edge.Config{
		BaseHost: base, Secret: key, Log: slog.New(slog.NewJSONHandler(&w.log, nil)), Clock: w.clock, PerSecond: 1e6, Burst: 1e6,
		BodyLimit: 1 << 20, Timeout: time.Minute,
	}, w.db, w.tenants, sessions{w}, w.words, nil)
	w.app = e.App(func(c *fiber.Ctx, _ error) error {
		return c.Status(fiber.StatusTeapot).SendString("answered outside the API")
	})
	api.Mount(w.app, e, d)
	w.app.Use(func(c *fiber.Ctx) error { return c.SendString("a screen") })
}

// plant makes a ministry with its host, and two districts of different regions.
func (w *world) plant(country string) *ministry {
	m := &ministry{world: w, slug: country, ctx: dbtest.Tenant(w.t, w.db, country, country), profile: w.countries[country].Profile}
	must(w.t, w.db.Platform(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "INSERT INTO platform.tenant_host (host, tenant_id) VALUES ($1, $2)", country+"."+base, caller.From(m.ctx).Tenant.ID)
		return err
	}))
	c := caller.From(m.ctx)
	full := *c
	full.Tenant.Profile = country
	m.ctx = caller.With(context.Background(), &full)
	m.root = m.unit(nil, unit.Ministry, "", map[string]string{m.profile.Main(): "Ministry " + country})
	for _, area := range m.profile.AreasAt(unit.Region, on)[:2] {
		region := m.unit(&m.root, unit.Region, area.Code, area.Name)
		m.regions = append(m.regions, region)
		for _, d := range m.profile.AreasAt(unit.District, on) {
			if d.Parent == area.Code {
				if u := m.unit(&region, unit.District, d.Code, d.Name); m.here.ID == 0 {
					m.here = u
				} else {
					m.there = u
				}
				break
			}
		}
	}
	return m
}

func (m *ministry) unit(parent *unit.Unit, level, code string, name map[string]string) unit.Unit {
	m.t.Helper()
	u, err := m.tree.Create(m.ctx, unit.New{Parent: parent, Level: level, Code: code, Name: name, Since: founded})
	must(m.t, err)
	return u
}

// school enters an institution of the commonest type by the system's hand.
func (m *ministry) school(parent unit.Unit) registry.Institution {
	m.t.Helper()
	m.schools++
	names := map[string]string{}
	for _, tag := range m.profile.Languages.Official {
		names[tag] = fmt.Sprintf("Mektep %d", m.schools)
	}
	i, err := m.registry.Create(m.ctx, registry.Entry{
		SameName: true,
		Parent:   parent.UID, Type: m.typ(), Name: names, Code: m.code(m.schools), Since: time.Date(2001, 9, 1, 0, 0, 0, 0, time.UTC),
		Fields: map[string]any{"ownership": m.profile.ItemsAt("ownership", on)[0].Code}, Order: audit.Order{Number: "1", Date: time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC)},
	})
	if err != nil {
		m.t.Fatalf("%v %+v", err, faulttest.Of(m.t, err).Fields)
	}
	return i
}

func (m *ministry) typ() string {
	return map[string]string{"tr": "ilkokul", "kg": "secondary_school", "zz": "school"}[m.slug]
}

func (m *ministry) code(n int) string {
	if id := m.profile.Identifier("institution_code"); id != nil {
		for i := range 100000 {
			if code := fmt.Sprint(100000 + n*100 + i); id.Check(code) == nil {
				return code
			}
		}
		return id.Valid[n-1]
	}
	return fmt.Sprint(1000 + n)
}

// as returns a token of somebody who holds a role at a unit, who signed what the
// role demands, with a second factor.
func (m *ministry) as(role string, u unit.Unit) string {
	m.t.Helper()
	token := m.newcomer(role, u)
	c := m.tokens[token]
	ctx := caller.With(context.Background(), c)
	pending, err := m.consent.Pending(ctx)
	must(m.t, err)
	for _, p := range pending {
		_, err := m.consent.Sign(ctx, consent.Signing{ID: p.ID, Language: m.profile.Signing(c.Language), Name: c.Name, Position: "x", Agreed: true})
		must(m.t, err)
	}
	return token
}

// newcomer is as before anything was signed.
func (m *ministry) newcomer(role string, u unit.Unit) string {
	m.t.Helper()
	n := len(m.tokens)
	family := "Bakytov" + string(rune('a'+n%26)) + string(rune('a'+n/26))
	a, err := m.people.Appoint(m.ctx, identity.NewAppointment{Person: identity.Person{Family: family, Given: "Asan"}, Role: role, Unit: u})
	must(m.t, err)
	token := fmt.Sprintf("test-%s-%d", m.slug, n)
	m.tokens[token] = &caller.Caller{
		Tenant: caller.From(m.ctx).Tenant, Account: a.Account.ID, AccountUID: a.Account.UID, Name: a.Account.Name,
		SecondFactor: true, Token: token, Language: m.profile.Main(),
		Assignments: []caller.Assignment{{
			ID: a.Appointment.ID, Role: role, UnitID: u.ID, UnitUID: u.UID, UnitPath: u.Path, UnitLevel: u.Level, UnitCode: u.Code,
			Since: a.Appointment.Since,
		}},
	}
	return token
}

// answer is what came back.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
	log    string // of the server, until then
}

// ask sends a request to a ministry's host. body is nil, JSON text or anything
// JSON can carry; headers are pairs.
//
// A write that has no key gets one, and is sent a second time, and a third after its answer was
// lost: it must be answered in the same words.
// approve is the yes of somebody who has read a request, as far as it is shown to them.
func (m *ministry) approve(uid, token string) answer {
	m.t.Helper()
	read := "0"
	if a := m.ask("GET", "/api/v1/approvals/"+uid, token, nil); a.status == 200 {
		var r api.Approval
		a.into(&r)
		read = r.Read
	}
	return m.ask("POST", "/api/v1/approvals/"+uid+"/approve", token, map[string]any{"read": read})
}

func (m *ministry) ask(method, path, token string, body any, headers ...string) answer {
	m.t.Helper()
	host := m.slug + "." + base
	_, once := body.(io.Reader)
	if method == "GET" || token == "" || once || slices.Contains(headers, "Idempotency-Key") {
		return m.askAt(host, method, path, token, body, headers...)
	}
	m.sent++
	key := append(slices.Clone(headers), "Idempotency-Key", fmt.Sprintf("sent-as-number-%d", m.sent))
	first := m.askAt(host, method, path, token, body, key...)
	if first.status >= 300 {
		return first
	}
	if !dbtest.Took(m.t, m.db, key[len(key)-1]) {
		return first // no unit of work took the key
	}
	m.same(first, m.askAt(host, method, path, token, body, key...), method+" "+path)
	if dbtest.Lose(m.t, m.db, key[len(key)-1]) {
		m.same(first, m.askAt(host, method, path, token, body, key...), method+" "+path+", whose answer was lost,")
	}
	return first
}

// same fails unless a write that was repeated was answered as it was first, headers included.
func (m *ministry) same(first, again answer, what string) {
	m.t.Helper()
	replayed := again.header.Get("Idempotent-Replayed")
	first.header = first.header.Clone()
	for _, a := range []answer{first, again} {
		for _, own := range []string{"X-Request-Id", "Date", "Idempotent-Replayed"} { // of one answer only
			a.header.Del(own)
		}
	}
	if again.status != first.status || string(again.body) != string(first.body) || !maps.EqualFunc(again.header, first.header, slices.Equal[[]string]) || replayed == "" {
		m.t.Errorf("%s was answered\n%d %v %s\nand again\n%d %v %s", what, first.status, first.header, first.body, again.status, again.header, again.body)
	}
}

func (w *world) askAt(host, method, path, token string, body any, headers ...string) answer {
	w.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case io.Reader:
		r = b
	case string:
		r = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		must(w.t, err)
		r = bytes.NewReader(raw)
	}
	q := httptest.NewRequest(method, "http://"+host+path, r)
	if r != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	res, err := w.app.Test(q, -1)
	must(w.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	must(w.t, err)
	return answer{w.t, res.StatusCode, res.Header, raw, w.log.String()}
}

// is fails unless the answer has the status.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		if a.status == http.StatusInternalServerError {
			a.t.Log(a.log)
		}
		a.t.Fatalf("answered %d, not %d: %s", a.status, status, a.body)
	}
	return a
}

// into decodes the body.
func (a answer) into(v any) answer {
	a.t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
	return a
}

// problem is the body of a failure, after what every failure must have.
func (a answer) problem(status int) api.Problem {
	a.t.Helper()
	a.is(status)
	var p api.Problem
	a.into(&p)
	if a.header.Get("Content-Type") != "application/problem+json" || p.Status != status || !strings.HasPrefix(p.Type, "/problems/") ||
		p.Title == "" || p.Detail == "" || p.Instance == "" || p.Instance != a.header.Get("X-Request-Id") || a.header.Get("Content-Language") == "" {
		a.t.Fatalf("no whole problem: %v %s", a.header, a.body)
	}
	return p
}

func (p problemOf) keys() []string {
	var keys []string
	for _, e := range p.Errors {
		keys = append(keys, e.Field+" "+e.Key)
	}
	slices.Sort(keys)
	return keys
}

type problemOf struct{ api.Problem }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tokenOnly is somebody's token that needs no database.
func (m *ministry) tokenOnly() string {
	m.tokens["nodb"] = &caller.Caller{
		Tenant: caller.From(m.ctx).Tenant, Account: 1, AccountUID: "x", SecondFactor: true, Token: "nodb", Language: "en",
		Assignments: []caller.Assignment{{Role: "tenant_admin", UnitPath: m.root.Path, UnitLevel: unit.Ministry, Since: founded}},
	}
	return "nodb"
}

func (w *world) suspend(slug string) error {
	operator := caller.With(context.Background(), caller.System(caller.Tenant{}, "command", "test"))
	return w.tenants.Suspend(operator, slug, "a test")
}
