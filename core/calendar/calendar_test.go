package calendar_test

import (
	"context"
	"testing"
	"time"

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
	"mektep/core/unit"
)

type world struct {
	db    *db.DB
	gate  *gate.Gate
	cal   *calendar.Service
	clock *clock.Clock
	tree  *unit.Tree
	base  context.Context
	p     *profile.Profile

	policy *policy.Snapshot
}

func newWorld(t *testing.T, country string) *world {
	t.Helper()
	return worldOf(t, gatetest.Country(t, country))
}

// worldOf is newWorld of a country that was made for a test.
func worldOf(t *testing.T, m gate.Ministry) *world {
	t.Helper()
	d := dbtest.New(t)
	w := &world{db: d, clock: &clock.Clock{}, base: dbtest.Tenant(t, d, "one", m.Profile.ID)}
	w.p, w.policy = m.Profile, m.Policy
	trail, err := audit.New(d, w.clock, []byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	w.gate = gate.New(d, w.clock, trail, func(context.Context) (gate.Ministry, error) { return m, nil })
	w.tree = unit.NewTree(d, w.clock, func(context.Context) string { return w.p.Main() })
	w.cal = calendar.New(d, w.clock, w.gate, trail, w.tree)
	return w
}

// as returns a context in which somebody holds a role at a unit of a level.
func (w *world) as(role, level, code string) context.Context {
	c := *caller.From(w.base)
	c.System, c.Account, c.AccountUID, c.Session, c.SecondFactor = "", 7, "account7", "s", true
	c.Assignments = []caller.Assignment{{ID: 1, Role: role, UnitPath: "1.2.", UnitLevel: level, UnitCode: code, Since: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}}
	return caller.With(context.Background(), &c)
}

// window is a window of the country's grades section that has closed at now.
func (w *world) closedWindow(t *testing.T) *profile.Window {
	t.Helper()
	for _, win := range w.p.Windows("grades") {
		w.clock.Set(win.ClosesAt().Add(time.Minute))
		return win
	}
	t.Fatal("no window")
	return nil
}

func TestTRIC8_OnlyTheOverseeingDirectorateExtends(t *testing.T) {
	w := newWorld(t, "tr")
	win := w.closedWindow(t)
	directorate, typ := "", ""
	for _, x := range w.p.Types {
		if x.Overseer != "" && win.For(x.ID) {
			directorate, typ = x.Overseer, x.ID
			break
		}
	}
	target := gate.Target{Object: "institution", Type: typ}
	err := w.cal.Check(w.base, "grades", target)
	if f := faulttest.Of(t, err); f.Kind != fault.Locked || f.Check != "window" || f.Rule == "" || f.Law == "" || f.Next == nil {
		t.Fatalf("a closed section must refuse with its rule and a next step: %+v", f)
	}

	e := calendar.Extension{
		Year: win.Year().ID, Window: win.ID, Types: []string{typ}, Until: w.clock.Now().Add(72 * time.Hour),
		Reason: "Kar tatili", Order: audit.Order{Number: "15", Date: time.Date(2026, 1, 26, 0, 0, 0, 0, time.UTC)},
	}
	for _, no := range []context.Context{
		w.as("head", "institution", "751929"),
		w.as("province_mebbis_manager", "region", "06"),
		w.as("it_group", "ministry", ""),
		w.as("directorate_officer", "directorate", "another"),
	} {
		if _, err := w.cal.Extend(no, e); fault.KindOf(err) != fault.Denied {
			t.Errorf("%s extended: %v", caller.From(no).Assignments[0].Role, err)
		}
	}

	officer := w.as("directorate_officer", "directorate", directorate)
	bad := e
	bad.Reason, bad.Order = "", audit.Order{}
	if f := faulttest.Of(t, second(w.cal.Extend(officer, bad))); len(f.Fields) != 3 {
		t.Errorf("without reason and order: %v", f)
	}
	given, err := w.cal.Extend(officer, e)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.cal.Check(w.base, "grades", target); err != nil {
		t.Errorf("still closed after the extension: %v", err)
	}
	if err := w.cal.Check(w.base, "grades", gate.Target{Object: "institution", Type: "no_such"}); err == nil {
		t.Error("the extension opened another type")
	}
	if err := w.cal.Cancel(officer, given.UID); err != nil {
		t.Fatal(err)
	}
	if err := w.cal.Check(w.base, "grades", target); fault.KindOf(err) != fault.Locked {
		t.Errorf("open after the extension was cancelled: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }
