package calendar_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/calendar"
	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/gate/gatetest"
	"mektep/core/profile"
)

// extension is a well-formed extension of the first window of a section that the
// profile lets by extend, asked for after it has closed.
func (w *world) extension(t *testing.T, section, by string, types ...string) calendar.Extension {
	t.Helper()
	for _, win := range w.p.SchoolYear("2025-2026").Windows {
		if found := w.p.Section(win.Section); found == nil || found.ID != section || win.ExtendedBy != by {
			continue
		}
		w.clock.Set(win.ClosesAt().Add(time.Minute))
		return calendar.Extension{
			Year: "2025-2026", Window: win.ID, Types: types, Until: win.ClosesAt().Add(72 * time.Hour),
			Reason: "sel", Order: audit.Order{Number: "15", Date: win.ClosesAt()},
		}
	}
	t.Fatalf("no window of %s is extended by %s", section, by)
	return calendar.Extension{}
}

// names reports whether a refusal sends to the holders of these roles, and no others.
func (w *world) names(f *fault.Error, roles ...string) bool {
	if f.Next == nil {
		return false
	}
	list, _ := f.Next.Args["Roles"].(fault.List)
	for i, item := range list {
		if p, ok := item.(fault.Phrase); ok {
			item = p.Args["Role"]
		}
		if i >= len(roles) || !reflect.DeepEqual(item, fault.Text(w.p.Role(roles[i]).Name)) {
			return false
		}
	}
	return len(list) == len(roles)
}

// overseen is a type of institution and the directorate that oversees it.
func (w *world) overseen(t *testing.T) (directorate, typ string) {
	t.Helper()
	for _, x := range w.p.TypesAt(w.p.SchoolYear("2025-2026").Start.Time()) {
		if x.Overseer != "" {
			return x.Overseer, x.ID
		}
	}
	t.Fatal("no type has an overseer")
	return "", ""
}

func TestTRIC6_TheStrategyUnitExtendsStatisticsAndNothingElse(t *testing.T) {
	w := newWorld(t, "tr")
	directorate, typ := w.overseen(t)
	strategy, officer := w.as("strategy_unit", "directorate", "sgb"), w.as("directorate_officer", "directorate", directorate)

	statistics := w.extension(t, "statistics", "strategy_unit", typ)
	_, err := w.cal.Extend(officer, statistics)
	f := faulttest.Of(t, err)
	if f.Kind != fault.Denied || f.Rule == "" || f.Law == "" || !w.names(f, "strategy_unit") {
		t.Errorf("a directorate extended the window of the strategy unit, or was not told whose it is: %+v", f)
	}
	all := statistics
	all.Types = nil
	_, err = w.cal.Extend(officer, all)
	if f := faulttest.Of(t, err); f.Key != "window.not_theirs" || !w.names(f, "strategy_unit") {
		t.Errorf("for all types: %v: whoever is sent to name their types is sent in vain", err)
	}
	closed := faulttest.Of(t, w.cal.Check(w.as("head", "institution", ""), "statistics", gate.Target{Object: "report", Type: typ}))
	if closed.Next == nil || !strings.HasPrefix(closed.Next.Key, "window.next.extension") || !w.names(closed, "strategy_unit") {
		t.Errorf("a closed window of the strategy unit names somebody else: %+v", closed.Next)
	}
	for _, types := range [][]string{{typ}, nil} {
		statistics.Types = types
		given, err := w.cal.Extend(strategy, statistics)
		if err != nil {
			t.Fatalf("the strategy unit extends its own window for %v: %v", types, err)
		}
		if err := w.cal.Cancel(officer, given.UID); fault.KindOf(err) != fault.Denied {
			t.Errorf("a directorate took the strategy unit's extension back: %v", err)
		}
		if err := w.cal.Cancel(strategy, given.UID); err != nil {
			t.Error(err)
		}
	}

	grades := w.extension(t, "grades", "overseer", typ)
	_, err = w.cal.Extend(strategy, grades)
	if f := faulttest.Of(t, err); f.Kind != fault.Denied || f.Law == "" || !w.names(f, "directorate_officer") {
		t.Errorf("the strategy unit extended a directorate's window: %+v", f)
	}
	if _, err := w.cal.Extend(officer, grades); err != nil {
		t.Errorf("the overseeing directorate extends: %v", err)
	}
}

func TestKGER7c_WhoStandsAboveTheDirectoratesExtendsTheirWindows(t *testing.T) {
	w := newWorld(t, "kg")
	directorate, typ := w.overseen(t)
	e := w.extension(t, "enrolment", "overseer", typ)
	for name, by := range map[string]context.Context{
		"overseer": w.as("directorate_officer", "directorate", directorate),
		"special":  w.as("special_administrator", "ministry", ""),
	} {
		if _, err := w.cal.Extend(by, e); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		e.Until = e.Until.AddDate(0, 0, 1)
	}
	if _, err := w.cal.Extend(w.as("directorate_officer", "directorate", "another"), e); fault.KindOf(err) != fault.Denied {
		t.Errorf("another directorate: %v", err)
	}
}

// A window whose profile names nobody is the policy's matter alone.
func TestExtendingWithoutANamedExtender(t *testing.T) {
	if calendar.Extending(nil, nil, "x").Admit != nil {
		t.Error("no window, no say of the profile")
	}
	if f := calendar.Extending(nil, &profile.Window{}, "x").Admit(caller.Assignment{Role: "any"}, "tenant"); f != nil {
		t.Error(f)
	}
}

// A window that counts for some types of institution is held open for none of the others,
// by whom they are overseen as well.
func TestTRIC8_AWindowIsExtendedForWhomItIs(t *testing.T) {
	m := gatetest.Changed(t, "tr", func(*profile.Profile) {})
	w := worldOf(t, m)
	directorate, typ := w.overseen(t)
	var others []string
	for _, id := range w.p.OverseenBy(directorate) {
		if id != typ && w.p.TypeAt(id, profile.DateOf(w.clock.Now()).Time()) != nil {
			others = append(others, id)
		}
	}
	if len(others) == 0 {
		t.Fatal("it oversees one type")
	}
	e := w.extension(t, "grades", "overseer", typ)
	for _, win := range w.p.Windows("grades") {
		win.Types = []string{typ}
	}
	officer := w.as("directorate_officer", "directorate", directorate)
	for _, types := range [][]string{{others[0]}, {typ, others[0]}} {
		e.Types = types
		f := faulttest.Of(t, second(w.cal.Extend(officer, e)))
		if f.Kind != fault.Invalid || f.Law == "" || len(f.Fields) != 1 || f.Fields[0].Key != "window.not_for_type" {
			t.Errorf("%v: %+v", types, f)
		}
	}
	e.Types = []string{typ}
	if _, err := w.cal.Extend(officer, e); err != nil {
		t.Error(err)
	}
}

// Every end that is spoken of is spoken of as one: a midnight is printed as the day before.
func TestTRIC8_EveryEndIsSaidAsAnEnd(t *testing.T) {
	w := newWorld(t, "tr")
	directorate, typ := w.overseen(t)
	e := w.extension(t, "grades", "overseer", typ)
	officer := w.as("directorate_officer", "directorate", directorate)
	var all []*fault.Error
	for _, until := range []time.Time{e.Until.AddDate(-1, 0, 0), e.Until.AddDate(1, 0, 0)} {
		x := e
		x.Until = until
		all = append(all, faulttest.Of(t, second(w.cal.Extend(officer, x))))
	}
	if _, err := w.cal.Extend(officer, e); err != nil {
		t.Fatal(err)
	}
	all = append(all, faulttest.Of(t, second(w.cal.Extend(officer, e))))
	w.clock.Set(e.Until.Add(time.Minute))
	all = append(all, faulttest.Of(t, w.cal.Check(w.as("head", "institution", ""), "grades", gate.Target{Object: "institution", Type: typ})))
	ends := 0
	for _, f := range all {
		args := []fault.Args{f.Args}
		if f.Next != nil {
			args = append(args, f.Next.Args)
		}
		for _, x := range f.Fields {
			args = append(args, x.Args)
		}
		for _, a := range args {
			for _, name := range []string{"Latest", "Closes", "Until"} {
				if v, told := a[name]; told {
					if _, ok := v.(fault.End); !ok {
						t.Errorf("%s: %s is a %T", f.Key, name, v)
					}
					ends++
				}
			}
		}
	}
	if ends < 4 {
		t.Errorf("%d ends were spoken of", ends)
	}
}
