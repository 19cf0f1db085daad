package tenant_test

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/gate/gatetest"
	"mektep/core/identity"
	"mektep/core/identity/door"
	"mektep/core/identity/door/doortest"
	"mektep/core/notify"
	"mektep/core/policy"
	"mektep/core/profile"
	"mektep/core/tenant"
	"mektep/core/unit"
	"mektep/policies"
	"mektep/profiles"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var secret = []byte("an installation's secret of tests")

type countries map[string]gate.Ministry

func (c countries) Country(id string) (gate.Ministry, bool) { m, ok := c[id]; return m, ok }
func (c countries) IDs() []string                           { return slices.Sorted(maps.Keys(c)) }

// world are the real countries, read once.
var world = sync.OnceValue(func() countries {
	all, found := profile.LoadAll(profiles.FS, nil)
	if err := found.Err(); err != nil {
		panic(err)
	}
	c := countries{}
	shelf := policy.NewShelf()
	for id, p := range all {
		e, found := policy.Load(policies.FS, gate.Vocabulary(p), nil)
		if err := found.Err(); err != nil {
			panic(err)
		}
		s, err := shelf.Snapshot(e)
		if err != nil {
			panic(err)
		}
		c[id] = gate.Ministry{Profile: p, Policy: s}
	}
	return c
})

// process is one process of an installation.
type process struct {
	t         *testing.T
	db        *db.DB
	clock     *clock.Clock
	tree      *unit.Tree
	gate      *gate.Gate
	tenants   *tenant.Service
	people    *identity.Service
	operators *identity.Operators
	approvals *approval.Service
	woken     []string
	first     map[string]string // of ministries: the link of the first administrator
	linked    func()            // is told that a link was made behind a ministry's wall; may be nil
}

func start(t *testing.T) *process { return processOn(t, dbtest.New(t), &clock.Clock{}) }

func processOn(t *testing.T, d *db.DB, c *clock.Clock) *process {
	t.Helper()
	p := &process{t: t, db: d, clock: c}
	trail := must(audit.New(d, c, secret))
	p.tree = unit.NewTree(d, c, func(ctx context.Context) string { return p.tenants.Language(ctx) })
	p.tenants = tenant.New(d, c, p.tree, world())
	p.gate = gate.New(d, c, trail, p.tenants.Country)
	words := gatetest.Words(t, nil)
	inbox := must(notify.New(d, notify.Config{Locales: words, Clock: c, Recipients: identity.Recipients, SMTP: notify.SMTP{Host: "mail.example", From: "no-reply@mail.example"}}))
	p.approvals = approval.New(approval.Config{DB: d, Clock: c, Gate: p.gate, Trail: trail, Notify: inbox})
	p.people = must(identity.New(identity.Config{
		DB: d, Clock: c, Gate: p.gate, Tree: p.tree, Trail: trail, Notify: inbox, Hashing: doortest.Hashing(), Secrets: [][]byte{secret}, Approvals: p.approvals,
	}))
	p.operators = must(identity.NewOperators(identity.OperatorsConfig{DB: d, Clock: c, Secrets: [][]byte{secret}, Hashing: doortest.Hashing()}))
	p.gate.Set(gate.Checks{BeforeUse: p.people.BeforeUse, Open: func(ctx context.Context) error {
		m, err := p.tenants.ByID(ctx, db.TenantOf(ctx))
		if err != nil {
			return err
		}
		return m.Open()
	}})
	p.tenants.Use(tenant.Wiring{
		People: p.people, Approvals: p.approvals, Gate: p.gate, Trail: trail, Letters: inbox, Base: "mektep.example",
		Link: func(ctx context.Context, path string) string {
			link := "https://" + must(p.tenants.LettersHost(ctx)) + path
			if p.linked != nil {
				p.linked()
			}
			return link
		},
		Wake: func(ctx context.Context) { p.woken = append(p.woken, caller.From(ctx).Tenant.Slug) },
	})
	return p
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// console is an operator with a second factor, as after signing in.
func console() context.Context {
	return caller.With(context.Background(), &caller.Caller{Account: 1, AccountUID: "operator-one", Name: "Operator", Operator: true, SecondFactor: true, Session: "s"})
}

// nobodies are callers who must not pass where operators do.
func nobodies(m *tenant.Ministry) map[string]context.Context {
	as := func(c caller.Caller) context.Context { return caller.With(context.Background(), &c) }
	all := map[string]context.Context{
		"nobody":                      context.Background(),
		"a stranger":                  as(caller.Caller{}),
		"without second factor":       as(caller.Caller{Account: 1, Operator: true}),
		"a system role of a ministry": as(caller.Caller{Tenant: caller.Tenant{ID: 7}, System: "housekeeping"}),
	}
	if m != nil {
		all["an administrator of the ministry"] = as(caller.Caller{Tenant: m.Tenant, Account: 1, SecondFactor: true, Assignments: []caller.Assignment{{Role: "tenant_admin"}}})
		all["a person who claims to be one"] = as(caller.Caller{Tenant: m.Tenant, Account: 1, Operator: true, SecondFactor: true})
	}
	return all
}

func planKG(slug string) tenant.Plan {
	return tenant.Plan{
		Slug: slug, Profile: "kg", Name: map[string]string{"ky": "Билим берүү министрлиги", "ru": "Министерство просвещения"},
		Hosts:  []string{slug + ".mektep.example"},
		Admins: []tenant.Admin{{Email: "aigul@" + slug + ".example", Name: "Бекова Айгүл", Language: "ky"}, {Email: "asan@" + slug + ".example"}},
	}
}

func (p *process) onboard(slug string) *tenant.Ministry {
	p.t.Helper()
	m, _, err := p.tenants.Onboard(console(), planKG(slug))
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}

// inside is a system role of the ministry.
func inside(m *tenant.Ministry) context.Context {
	return caller.With(context.Background(), caller.System(m.Tenant, "test", "test"))
}

func anonymous(m *tenant.Ministry) context.Context {
	return caller.With(context.Background(), &caller.Caller{Tenant: m.Tenant})
}

const password = "kara-suu boyunda 7 terek"

// accept follows an invitation's link and returns how the person acts then.
func (p *process) accept(m *tenant.Ministry, link, login string) context.Context {
	p.t.Helper()
	_, key, found := strings.Cut(link, "/invitation/")
	if !found {
		p.t.Fatalf("no invitation in %q", link)
	}
	if _, err := p.people.Accept(anonymous(m), key, identity.Acceptance{Login: login, Password: password}); err != nil {
		p.t.Fatal(err)
	}
	var id int64
	ok(p.t, p.db.Tenant(inside(m), func(ctx context.Context, tx *db.Tx) error {
		// With a second factor, whatever it is: what it is worth is tested in identity.
		if _, err := tx.PGX().Exec(ctx, "UPDATE account SET totp_sealed = 'x', totp_at = now() WHERE tenant_id = $1 AND login = $2", tx.Tenant(), login); err != nil {
			return err
		}
		return tx.PGX().QueryRow(ctx, "SELECT id FROM account WHERE tenant_id = $1 AND login = $2", tx.Tenant(), login).Scan(&id)
	}))
	return caller.With(context.Background(), must(p.people.ResolveAccount(context.Background(), m.Tenant, id)))
}

func (p *process) signIn(m *tenant.Ministry, login string) (*door.Opened, error) {
	out, err := p.people.Door.SignIn(anonymous(m), door.Attempt{Login: login, Password: password, Remote: netip.MustParseAddr("212.42.100.7"), UserAgent: "Firefox"})
	return out.Session, err
}

// numbers of one query, as the superuser sees them.
func number(t *testing.T, d *db.DB, sql string, args ...any) (n int) {
	t.Helper()
	if err := dbtest.Super(t, d).QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func exec(t *testing.T, d *db.DB, sql string) {
	t.Helper()
	if _, err := dbtest.Super(t, d).Exec(context.Background(), sql); err != nil {
		t.Fatal(err)
	}
}

// faulty are the fields a fault names.
func faulty(err error) []string {
	var names []string
	for _, f := range faulttest.Fields(err) {
		if !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return names
}

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 100 {
		if done() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("it did not come: " + what)
}
