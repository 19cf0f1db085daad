package registry_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"mektep/core/audit"
	"mektep/core/calendar"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/gate/gatetest"
	"mektep/core/policy"
	"mektep/core/profile"
	"mektep/core/registry"
	"mektep/core/unit"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// world is a ministry with the whole territory of a real profile and its policies.
type world struct {
	t       testing.TB
	db      *db.DB
	clock   *clock.Clock
	profile *profile.Profile
	policy  *policy.Snapshot
	gate    *gate.Gate
	trail   *audit.Trail
	tree    *unit.Tree
	s       *registry.Service
	ctx     context.Context // the system role "test"

	root   unit.Unit
	posts  func(u unit.Unit) []string // roles of posts there
	byCode map[string]unit.Unit       // territory by code
	people int64
}

var founded = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)

// on is the day on which the tests play: no section of a calendar is closed.
var on = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func newWorld(t testing.TB, country string) *world {
	t.Helper()
	return worldOn(t, dbtest.New(t), "one", country)
}

func worldOn(t testing.TB, d *db.DB, slug, country string) *world {
	t.Helper()
	w := &world{t: t, db: d, clock: &clock.Clock{}, ctx: dbtest.Tenant(t, d, slug, country), byCode: map[string]unit.Unit{}}
	w.clock.Set(on)
	m := gatetest.Country(t, country)
	w.profile, w.policy = m.Profile, m.Policy
	var err error
	if w.trail, err = audit.New(d, w.clock, []byte("0123456789abcdef0123456789abcdef")); err != nil {
		t.Fatal(err)
	}
	w.gate = gate.New(d, w.clock, w.trail, func(context.Context) (gate.Ministry, error) {
		return gate.Ministry{Profile: w.profile, Policy: w.policy}, nil
	})
	w.tree = unit.NewTree(d, w.clock, func(context.Context) string { return w.profile.Main() })
	cal := calendar.New(d, w.clock, w.gate, w.trail, w.tree)
	w.gate.Set(gate.Checks{Posts: func(_ context.Context, u unit.Unit) ([]string, error) {
		if w.posts == nil {
			return nil, nil
		}
		return w.posts(u), nil
	}, Window: cal.Check, Way: func(ctx context.Context, u unit.Unit) ([]unit.Unit, error) { return w.tree.Way(ctx, u) }})
	w.s = registry.New(d, w.clock, w.gate, w.trail, w.tree)
	w.plant()
	return w
}

// plant makes the ministry and the profile's territory.
func (w *world) plant() {
	w.t.Helper()
	var err error
	w.root, err = w.tree.Create(w.ctx, unit.New{Level: unit.Ministry, Name: map[string]string{w.profile.Main(): "M"}, Since: founded})
	ok(w.t, err)
	w.byCode[""] = w.root
	for _, level := range []string{unit.Region, unit.District} {
		var news []unit.New
		for _, row := range w.profile.AreasAt(level, on) {
			parent, found := w.byCode[row.Parent]
			if !found {
				w.t.Fatalf("no %s", row.Parent)
			}
			news = append(news, unit.New{Parent: &parent, Level: level, Name: row.Name, Code: row.Code, Since: founded})
		}
		units, err := w.tree.CreateMany(w.ctx, news)
		ok(w.t, err)
		for _, u := range units {
			w.byCode[u.Code] = u
		}
	}
}

// as returns a context in which somebody holds a role at a unit.
func (w *world) as(role string, u unit.Unit) context.Context {
	w.people++
	dbtest.Accounts(w.t, w.db, w.ctx, map[int64]string{100 + w.people: role + strconv.FormatInt(w.people, 10)})
	c := *caller.From(w.ctx)
	c.System, c.Account, c.AccountUID, c.Session, c.SecondFactor, c.Language = "", 100+w.people, "account"+role, "s", true, w.profile.Main()
	c.Assignments = []caller.Assignment{{ID: w.people, Role: role, UnitID: u.ID, UnitUID: u.UID, UnitPath: u.Path, UnitLevel: u.Level, UnitCode: u.Code, Since: founded}}
	return caller.With(context.Background(), &c)
}

// school enters an institution by the system's hand.
func (w *world) school(code, name, typ string, parent unit.Unit, fields map[string]any) registry.Institution {
	w.t.Helper()
	names := map[string]string{}
	for _, tag := range w.profile.Languages.Official {
		names[tag] = name
	}
	return w.schoolIn(code, names, typ, parent, fields)
}

// schoolIn is school of one that is called by its own name in each language.
func (w *world) schoolIn(code string, names map[string]string, typ string, parent unit.Unit, fields map[string]any) registry.Institution {
	w.t.Helper()
	if fields == nil {
		fields = map[string]any{}
	}
	if fields["ownership"] == nil {
		fields["ownership"] = w.profile.ItemsAt("ownership", on)[0].Code
	}
	i, err := w.s.Create(w.ctx, registry.Entry{
		SameName: true,
		Parent:   parent.UID, Type: typ, Name: names, Code: code, Since: time.Date(2001, 9, 1, 0, 0, 0, 0, time.UTC),
		Fields: fields, Order: audit.Order{Number: "1", Date: day(2020, 1, 2)},
	})
	if err != nil {
		w.t.Fatalf("enter %v: %v %+v", names, err, faulttest.Of(w.t, err).Fields)
	}
	return i
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wants fails unless err is a fault of the kind and, when given, the key.
func wants(t testing.TB, err error, kind fault.Kind, key string) *fault.Error {
	t.Helper()
	if !errors.Is(err, fault.New(kind, key)) {
		t.Fatalf("want %v %s, got %v", kind, key, err)
	}
	return faulttest.Of(t, err)
}

var cmpEmpty = cmpopts.EquateEmpty()

// firstDistrict and otherDistrict are two districts of different regions.
func firstDistrict(w *world) unit.Unit { return districtOf(w, 0) }
func otherDistrict(w *world) unit.Unit { return districtOf(w, 1) }

func districtOf(w *world, n int) unit.Unit {
	seen := map[string]bool{}
	for _, a := range w.profile.AreasAt(unit.District, on) {
		if w.byCode[a.Parent].Level != unit.Region || seen[a.Parent] {
			continue
		}
		seen[a.Parent] = true
		if len(seen) == n+1 {
			return w.byCode[a.Code]
		}
	}
	w.t.Fatal("no such district")
	return unit.Unit{}
}
