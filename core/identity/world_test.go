package identity

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/pquerna/otp/totp"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/gate/gatetest"
	"mektep/core/identity/door"
	"mektep/core/identity/door/doortest"
	"mektep/core/locale"
	"mektep/core/notify"
	"mektep/core/policy"
	"mektep/core/profile"
	"mektep/core/unit"
	"mektep/locales"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// What the door keeps people to, as its documents say it.
const (
	codeTries     = 8
	challengeLife = 5 * time.Minute
	freshFor      = 10 * time.Minute
	sharedIdle    = 10 * time.Minute
)

const goodPassword = "kara-suu boyunda 7 terek"

var (
	secret = []byte("an installation's secret of tests")
	home   = netip.MustParseAddr("212.42.100.7")
	abroad = netip.MustParseAddr("85.105.1.9")
)

// world is a ministry with two districts, a school in each, and the delegation
// rules and policies of a real profile.
type world struct {
	t       *testing.T
	db      *db.DB
	clock   *clock.Clock
	gate    *gate.Gate
	tree    *unit.Tree
	inbox   *notify.Service
	s       *Service
	ctx     context.Context // the system role "test"
	profile *profile.Profile

	root, region, chuy, naryn, school, lyceum unit.Unit
	persons                                   int

	asked   []Forgotten      // who waits for a letter after all
	hashing *argon2id.Params // cheap: its strength has a test of its own
}

// pieces are everything that may be shared by worlds on one database.
type pieces struct {
	profile *profile.Profile
	policy  *policy.Snapshot
}

func load(t testing.TB) pieces {
	t.Helper()
	m := gatetest.Country(t, "kg")
	return pieces{m.Profile, m.Policy}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	d := dbtest.New(t)
	return worldOn(t, d, "chui", load(t))
}

func worldOn(t *testing.T, d *db.DB, slug string, p pieces) *world {
	t.Helper()
	w := &world{t: t, db: d, clock: &clock.Clock{}, profile: p.profile, hashing: doortest.Hashing()}
	w.clock.Set(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	w.ctx = dbtest.Tenant(t, d, slug, "kg")
	w.s = w.service(p)
	w.root = w.unit(nil, unit.Ministry, "", "")
	w.region = w.unit(&w.root, unit.Region, "", "02")
	w.chuy = w.unit(&w.region, unit.District, "", "0201")
	w.naryn = w.unit(&w.region, unit.District, "", "0202")
	w.school = w.unit(&w.chuy, unit.Institution, "secondary_school", "1001")
	w.lyceum = w.unit(&w.naryn, unit.Institution, "secondary_school", "1002")
	return w
}

// service is one process's service on the world's database.
func (w *world) service(p pieces) *Service {
	w.t.Helper()
	trail, err := audit.New(w.db, w.clock, secret)
	if err != nil {
		w.t.Fatal(err)
	}
	w.gate = gate.New(w.db, w.clock, trail, func(context.Context) (gate.Ministry, error) {
		return gate.Ministry{Profile: p.profile, Policy: p.policy}, nil
	})
	w.tree = unit.NewTree(w.db, w.clock, func(context.Context) string { return "ky" })
	w.inbox, err = notify.New(w.db, notify.Config{Locales: gatetest.Words(w.t, nil), Clock: w.clock, Recipients: Recipients, SMTP: notify.SMTP{Host: "mail.example", From: "no-reply@mail.example"}})
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := New(Config{
		DB: w.db, Clock: w.clock, Gate: w.gate, Tree: w.tree, Trail: trail, Notify: w.inbox, Secrets: [][]byte{secret}, Hashing: w.hashing,
		URL:   func(_ context.Context, path string) string { return "https://chui.example" + path },
		Later: func(ctx context.Context, _ *db.Tx, f Forgotten) error { w.asked = append(w.asked, f); return nil },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.gate.Set(gate.Checks{BeforeUse: s.BeforeUse})
	return s
}

func (w *world) unit(parent *unit.Unit, level, typ, code string) unit.Unit {
	w.t.Helper()
	u, err := w.tree.Create(w.ctx, unit.New{
		Parent: parent, Level: level, Type: typ, Code: code, Name: map[string]string{"ky": level + code, "ru": level + code},
		Since: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// somebody is a person with an account, and how they act.
type somebody struct {
	Account
	ctx         context.Context
	appointment Appointment
}

// with gives a new person a role, on the system's word, and lets them accept.
func (w *world) with(role string, u unit.Unit) somebody {
	w.t.Helper()
	w.persons++
	a, err := w.s.Appoint(w.ctx, NewAppointment{Person: Person{Family: family(w.persons), Given: "Асан"}, Role: role, Unit: u})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.accepted(a)
}

// family is a different family name for each number, without digits.
func family(n int) string {
	return "Бакытов" + string([]rune("абвгдежзиклмнопрстуфхцч")[n%23]) + string([]rune("абвгдежзиклмн")[n/23%13])
}

func (w *world) accepted(a Appointed) somebody {
	w.t.Helper()
	login := "user" + a.Account.UID
	if _, err := w.s.Accept(w.ctx, a.Key.Path[len(invitePath):], Acceptance{Login: login, Password: goodPassword, Language: "ky"}); err != nil {
		w.t.Fatal(err)
	}
	p := somebody{Account: a.Account, appointment: a.Appointment}
	p.Login = door.FoldLogin(login)
	p.ctx = w.as(p)
	return p
}

// as returns a context in which a person acts as after signing in with a second factor.
func (w *world) as(p somebody) context.Context {
	w.t.Helper()
	c, err := w.s.ResolveAccount(context.Background(), caller.From(w.ctx).Tenant, p.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	c.SecondFactor = true
	return caller.With(context.Background(), c)
}

// changesOwn has somebody change their own data as they stand now.
func (w *world) changesOwn(ctx context.Context, o Own) error {
	w.t.Helper()
	o.Version = get(w.s.Mine(ctx)).Version
	return w.s.ChangeOwn(ctx, o)
}

// anonymous returns a context of the ministry in which nobody has signed in.
func (w *world) anonymous() context.Context {
	return caller.With(context.Background(), &caller.Caller{Tenant: caller.From(w.ctx).Tenant})
}

func (w *world) attempt(p somebody, password string) door.Attempt {
	return door.Attempt{Login: p.Login, Password: password, Remote: home, UserAgent: "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}
}

// signIn opens a session.
func (w *world) signIn(p somebody) *door.Opened {
	w.t.Helper()
	o, err := w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword))
	if err != nil || o.Session == nil {
		w.t.Fatalf("sign in: %v (challenge: %v)", err, o.Challenge != "")
	}
	return o.Session
}

// in returns a context in which an open session acts.
func (w *world) in(o *door.Opened) context.Context {
	w.t.Helper()
	c, err := w.s.Resolve(context.Background(), caller.From(w.ctx).Tenant, o.Token)
	if err != nil {
		w.t.Fatal(err)
	}
	return caller.With(context.Background(), c)
}

// forgot asks for a letter and lets the job answer.
func (w *world) forgot(typed string, from netip.Addr) error {
	w.t.Helper()
	err := w.s.ForgotPassword(w.anonymous(), typed, door.Attempt{Remote: from})
	for _, f := range w.asked {
		ok(w.t, w.s.AnswerForgotten(caller.With(context.Background(), caller.System(caller.From(w.ctx).Tenant, "forgotten", "")), f))
	}
	w.asked = nil
	return err
}

// pass lets time go by: on our clock, and, for the counters that go by it, on the
// database's, which can't be set.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.clock.Set(w.clock.Now().Add(d))
	dbtest.LetPass(w.t, w.db, d)
}

// enrol gives a person a second factor and returns its secret and recovery codes.
func (w *world) enrol(p somebody) (string, []string) {
	w.t.Helper()
	ctx := w.in(w.signIn(p))
	e, err := w.s.Door.BeginSecondFactor(ctx, "", "Министрлик")
	if err != nil {
		w.t.Fatal(err)
	}
	codes, err := w.s.Door.ConfirmSecondFactor(ctx, e.Ticket, w.totp(e.Secret))
	if err != nil {
		w.t.Fatal(err)
	}
	w.pass(time.Minute)
	return e.Secret, codes
}

func (w *world) totp(secret string) string {
	w.t.Helper()
	c, err := totp.GenerateCode(secret, w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// appointment is one that fits the rules, by order and with identification.
func (w *world) appointment(role string, u unit.Unit) NewAppointment {
	w.persons++
	return NewAppointment{
		Person: Person{Family: family(w.persons), Given: "Айгүл"}, AnotherPerson: true, Role: role, Unit: u,
		Order: Order{Number: "17-к", Date: time.Date(2026, 2, 27, 0, 0, 0, 0, time.UTC)}, IdentifiedBy: "passport",
	}
}

// appoint gives a post; where one person holds it already, it is said that there are to be two.
func (w *world) appoint(ctx context.Context, n NewAppointment) (Appointed, error) {
	out, err := w.s.Appoint(ctx, n)
	if f, is := errors.AsType[*fault.Error](err); is {
		for _, x := range f.Fields {
			if mark, asks := x.Args[fault.MarkArg].(string); asks && x.Name == "second_holder" {
				n.SecondHolder = mark
				return w.s.Appoint(ctx, n)
			}
		}
	}
	return out, err
}

// wants fails unless err is a fault of the kind and, when given, the key.
func wants(t *testing.T, err error, kind fault.Kind, key string) *fault.Error {
	t.Helper()
	if !errors.Is(err, fault.New(kind, key)) {
		t.Fatalf("want %v %s, got %v", kind, key, err)
	}
	f := faulttest.Of(t, err)
	for _, l := range strict().Languages() { // panics where a word or an argument is missing
		if x := strict().Localizer(l.Tag).Fault(f); x.Reason == "" || strings.Contains(x.Reason, "{{") {
			t.Errorf("%s: %q", l.Tag, x.Reason)
		}
	}
	return f
}

var strict = sync.OnceValue(func() *locale.Bundle { return get(locale.Load(locales.FS, nil, locale.Strict())) })

// wantsField fails unless err is Invalid at a field with a key.
func wantsField(t *testing.T, err error, field, key string) {
	t.Helper()
	f := faulttest.Of(t, err)
	for _, l := range strict().Languages() {
		strict().Localizer(l.Tag).Fault(f)
	}
	for _, f := range f.Fields {
		if f.Name == field && f.Key == key {
			return
		}
	}
	t.Fatalf("want %s at %s, got %v", key, field, err)
}

// get returns the value of a call that must succeed where it is not what is tested.
func get[T any](v T, err error) T {
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
