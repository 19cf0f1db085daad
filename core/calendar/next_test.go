package calendar_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/calendar"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/gate/gatetest"
	"mektep/core/profile"
	"mektep/core/unit"
)

// What a closed section tells one to do next is true, for every section of both
// countries, on every day of the years around, of every person asked: who is told to
// extend can, until the day that is said; who is sent to others could not, and those
// others can; who is told to wait finds it open on that day. Nothing points to what
// there is not.
func TestTRIC8_TheNextStepOfAClosedSectionIsTrue(t *testing.T) {
	for _, country := range []string{"tr", "kg"} {
		w := newWorld(t, country)
		directorate, typ := w.overseen(t)
		people := map[string]context.Context{
			"head": w.as("head", "institution", ""), "overseer": w.as("directorate_officer", "directorate", directorate),
			"another directorate": w.as("directorate_officer", "directorate", "another"),
		}
		for _, id := range []string{"special_administrator", "strategy_unit", "tenant_admin"} {
			if r := w.p.Role(id); r != nil {
				people[id] = w.as(id, r.Level, "")
			}
		}
		seen := map[string]bool{}
		for section := range w.sections() {
			for day := time.Date(2025, 6, 15, 10, 0, 0, 0, w.p.Zone); day.Year() < 2028; day = day.AddDate(0, 0, 37) {
				for who, ctx := range people {
					w.clock.Set(day)
					err := w.cal.Check(ctx, section, gate.Target{Object: "institution", Type: typ})
					if err == nil {
						continue
					}
					f := faulttest.Of(t, err)
					if f.Next == nil {
						t.Fatalf("%s %s %s: no next step", country, section, who)
					}
					seen[f.Next.Key] = true
					w.judge(t, ctx, section, typ, directorate, who, f)
				}
			}
		}
		for _, key := range []string{"window.next.yourself", "window.next.extension", "window.next.extension_sooner", "window.next.wait", "window.next.amend", "window.next.calendar"} {
			if !seen[key] && key != "window.next.amend" {
				t.Errorf("%s: nobody was ever told %s", country, key)
			}
		}
	}
}

// judge holds a next step against what then happens.
func (w *world) judge(t *testing.T, ctx context.Context, section, typ, directorate, who string, f *fault.Error) {
	t.Helper()
	var last *profile.Window
	for _, x := range w.sections()[section] {
		if x.ClosesAt().Before(w.clock.Now()) && (last == nil || x.ClosesAt().After(last.ClosesAt())) {
			last = x
		}
	}
	where := section + " for " + who + " on " + w.clock.Now().Format(time.DateOnly)
	ask := func(by context.Context, until time.Time) error {
		_, err := w.cal.Extend(by, calendar.Extension{
			Year: last.Year().ID, Window: last.ID, Types: []string{typ}, Until: until, Reason: "sel baskını",
			Order: audit.Order{Number: "1", Date: w.clock.Now().AddDate(0, 0, -1)},
		})
		return err
	}
	undo := func(by context.Context) {
		windows, err := w.cal.Windows(by, last.Year())
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range windows {
			for _, e := range x.Extensions {
				if err := w.cal.Cancel(by, e.UID); err != nil {
					t.Error(where, err)
				}
			}
		}
	}
	switch f.Next.Key {
	case "window.next.yourself", "window.next.yourself_sooner":
		w.waits(t, where, f)
		if !strings.HasPrefix(f.Next.URL, "/calendar/"+last.Year().ID+"/"+last.ID) {
			t.Errorf("%s is sent to %s", where, f.Next.URL)
		}
		if err := ask(ctx, time.Time(f.Next.Args["Latest"].(fault.End))); err != nil {
			t.Errorf("%s: told that they may: %v %v", where, err, faulttest.Of(t, err).Fields)
		}
		if err := w.cal.Check(ctx, section, gate.Target{Object: "institution", Type: typ}); err != nil {
			t.Errorf("%s: extended and still closed: %v", where, err)
		}
		undo(ctx)
	case "window.next.extension", "window.next.extension_sooner":
		w.waits(t, where, f)
		if err := ask(ctx, time.Time(f.Next.Args["Latest"].(fault.End))); fault.KindOf(err) != fault.Denied {
			t.Errorf("%s: sent to others, and yet: %v", where, err)
		}
		list, _ := f.Next.Args["Roles"].(fault.List)
		if len(list) == 0 {
			t.Errorf("%s is sent to nobody", where)
		}
		for _, item := range list {
			by := w.named(item, directorate)
			if err := ask(by, time.Time(f.Next.Args["Latest"].(fault.End))); err != nil {
				t.Errorf("%s: sent to %v, who may not: %v", where, item, err)
			}
			undo(by)
		}
	case "window.next.wait":
		opens, _ := f.Next.Args["Opens"].(time.Time)
		w.clock.Set(opens)
		if err := w.cal.Check(ctx, section, gate.Target{Object: "institution", Type: typ}); err != nil {
			t.Errorf("%s: waited until %s, and yet: %v", where, opens, err)
		}
	case "window.next.calendar", "window.next.amend":
		if !w.names(f, slices.DeleteFunc(w.policy.WhoMay("calendar", "update"), func(id string) bool { return w.p.Role(id) == nil })...) {
			t.Errorf("%s: %v", where, f.Next.Args)
		}
	default:
		t.Errorf("%s is told %s", where, f.Next.Key)
	}
}

// waits holds what a next step says of the day on which the section opens by itself against
// the calendar: it is said where there is one, and nothing leads past it.
func (w *world) waits(t *testing.T, where string, f *fault.Error) {
	t.Helper()
	if f.Next == nil {
		t.Fatalf("%s: no next step", where)
	}
	_, opensAgain := f.Args["Opens"]
	opens, said := f.Next.Args["Opens"].(time.Time)
	if opensAgain != said || said != strings.HasSuffix(f.Next.Key, "_sooner") {
		t.Errorf("%s: %s, and then %s", where, f.Key, f.Next.Key)
	}
	if said && time.Time(f.Next.Args["Latest"].(fault.End)).After(opens) {
		t.Errorf("%s: opens on %s, and is told of an extension until %s", where, opens, f.Next.Args["Latest"])
	}
}

// named is somebody as a refusal names them: by a role, and its directorate.
func (w *world) named(item any, directorate string) context.Context {
	if p, ok := item.(fault.Phrase); ok {
		item = p.Args["Role"]
		if d := w.p.Directorate(directorate); d == nil || p.Args["Unit"].(fault.Text)[w.p.Main()] != d.Name[w.p.Main()] {
			return w.as("teacher", "institution", "")
		}
	}
	for i := range w.p.Roles {
		if r := &w.p.Roles[i]; item.(fault.Text)[w.p.Main()] == r.Name[w.p.Main()] {
			code := ""
			if r.Level == "directorate" {
				code = directorate
			}
			return w.as(r.ID, r.Level, code)
		}
	}
	return w.base
}

// Each of the types is asked for, not the first alone; none that there is not is taken;
// and what is wrong is told with its law.
func TestTRIC8_EveryTypeOfAnExtensionIsAsked(t *testing.T) {
	w := newWorld(t, "tr")
	directorate, typ := w.overseen(t)
	other := ""
	for _, x := range w.p.TypesAt(w.p.SchoolYear("2025-2026").Start.Time()) {
		if x.Overseer != "" && x.Overseer != directorate {
			other = x.ID
		}
	}
	officer := w.as("directorate_officer", "directorate", directorate)
	e := w.extension(t, "grades", "overseer", typ)
	for _, types := range [][]string{{typ, other}, {other, typ}, {other}} {
		e.Types = types
		f := faulttest.Of(t, second(w.cal.Extend(officer, e)))
		if f.Kind != fault.Denied || !w.names(f, "directorate_officer") || f.Rule == "" || f.Law == "" {
			t.Errorf("%v: %+v", types, f)
			continue
		}
		if named, _ := f.Args["Types"].(fault.List); len(types) > 1 && (f.Next.Key != "window.next.leave_out" || len(named) != 1 || named[0].(fault.Text)["tr"] != w.p.Type(other).Name["tr"]) {
			t.Errorf("%v: which of them is another's isn't said: %+v %+v", types, f, f.Next)
		}
		whose := f.Next.Args["Roles"].(fault.List)[0].(fault.Phrase).Args["Unit"].(fault.Text)
		if name := w.p.Directorate(w.p.Type(other).Overseer).Name; whose["tr"] != name["tr"] {
			t.Errorf("%v: sent to %q, not to %q", types, whose["tr"], name["tr"])
		}
	}
	e.Types = []string{typ, "no_such"}
	f := faulttest.Of(t, second(w.cal.Extend(officer, e)))
	if f.Kind != fault.Invalid || f.Rule == "" || f.Law == "" || len(f.Fields) != 1 || f.Fields[0].Name != "types" {
		t.Errorf("an unknown type: %+v", f)
	}
	e.Types = nil // for all: each directorate has its own
	f = faulttest.Of(t, second(w.cal.Extend(w.as("head", "institution", ""), e)))
	if !w.names(f, "directorate_officer") || f.Next.Args["Roles"].(fault.List)[0].(fault.Phrase).Args["Unit"] != fault.Key("gate.at.overseer") {
		t.Errorf("for all types: %+v", f)
	}
}

func TestTRIC8_AnExtensionIsGivenOnAnOrderAndForAReason(t *testing.T) {
	w := newWorld(t, "tr")
	directorate, typ := w.overseen(t)
	officer := w.as("directorate_officer", "directorate", directorate)
	good := w.extension(t, "grades", "overseer", typ)
	for what, change := range map[string]func(e *calendar.Extension){
		"order.number": func(e *calendar.Extension) { e.Order.Number = "??" },
		"order.date":   func(e *calendar.Extension) { e.Order.Date = w.clock.Now().AddDate(3, 0, 0) },
		"reason":       func(e *calendar.Extension) { e.Reason = "хх" },
		"until":        func(e *calendar.Extension) { e.Until = e.Until.AddDate(-1, 0, 0) },
	} {
		e := good
		change(&e)
		f := faulttest.Of(t, second(w.cal.Extend(officer, e)))
		if f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != what || f.Rule == "" || f.Law == "" {
			t.Errorf("%s: %+v", what, f)
		}
	}
	for _, reason := range []string{"...", "12345", "ааааа", strings.Repeat("sel ", 300)} {
		e := good
		e.Reason = reason
		if f := faulttest.Of(t, second(w.cal.Extend(officer, e))); len(f.Fields) != 1 || f.Fields[0].Name != "reason" {
			t.Errorf("the reason %.10q: %+v", reason, f)
		}
	}
	// Before its end a window is extended to a later day only, never shortened.
	e := good
	for i := range w.p.SchoolYear(e.Year).Windows {
		if x := &w.p.SchoolYear(e.Year).Windows[i]; x.ID == e.Window {
			w.clock.Set(x.ClosesAt().AddDate(0, 0, -5))
			e.Until = x.ClosesAt().AddDate(0, 0, -1)
			e.Order.Date = w.clock.Now()
		}
	}
	if f := faulttest.Of(t, second(w.cal.Extend(officer, e))); len(f.Fields) != 1 || f.Fields[0].Key != "window.not_longer" {
		t.Errorf("an extension that shortens: %+v", f)
	}
}

// Who extends which window is the profile's word, window by window: taken out of any,
// somebody whom it does not name could extend it.
func TestTRIC8_WhoExtendsIsTheProfilesWord(t *testing.T) {
	w := newWorld(t, "tr")
	directorate, typ := w.overseen(t)
	want := map[string]string{"statistics": "strategy_unit"}
	for _, y := range w.p.SchoolYears() {
		for i := range y.Windows {
			x := &y.Windows[i]
			w.clock.Set(x.ClosesAt().Add(time.Minute))
			e := calendar.Extension{
				Year: y.ID, Window: x.ID, Types: []string{typ}, Until: x.ClosesAt().AddDate(0, 0, 3), Reason: "sel baskını",
				Order: audit.Order{Number: "1", Date: x.ClosesAt().AddDate(0, 0, -1)},
			}
			for role, code := range map[string]string{"directorate_officer": directorate, "strategy_unit": "sgb"} {
				by := w.as(role, "directorate", code)
				given, err := w.cal.Extend(by, e)
				may := role == want[x.Section] || want[x.Section] == "" && role == "directorate_officer"
				if may != (err == nil) {
					t.Errorf("%s %s by %s: %v", y.ID, x.ID, role, err)
				}
				if err == nil {
					if err := w.cal.Cancel(by, given.UID); err != nil {
						t.Error(err)
					}
				}
			}
		}
	}
}

// An extension for one type is open to those whom it concerns, and shown to all with its
// types.
func TestTRIC8_AnExtensionIsOpenToThoseItConcerns(t *testing.T) {
	w := newWorld(t, "tr")
	directorate, typ := w.overseen(t)
	e := w.extension(t, "grades", "overseer", typ)
	if _, err := w.cal.Extend(w.as("directorate_officer", "directorate", directorate), e); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		types []string
		state calendar.State
		shown int
	}{{nil, calendar.Closed, 1}, {[]string{typ}, calendar.Open, 1}, {[]string{"no_such", typ}, calendar.Open, 1}, {[]string{"no_such"}, calendar.Closed, 0}} {
		var courses []unit.Course
		for _, typ := range c.types {
			courses = append(courses, unit.Course{Type: typ})
		}
		windows, err := w.cal.Windows(w.base, w.p.SchoolYear(e.Year), courses...)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range windows {
			if x.ID == e.Window && (x.State != c.state || len(x.Extensions) != c.shown || (x.State == calendar.Open) != x.Closes.Equal(e.Until)) {
				t.Errorf("for %v: %s until %s, %d extensions", c.types, x.State, x.Closes, len(x.Extensions))
			}
		}
	}
}

// Where the rules let nobody amend the calendar, that is said, and nobody is sent to a list
// of nobody, whatever a section is closed for.
func TestTRIC8_WhereNobodyAmendsTheCalendarThatIsSaid(t *testing.T) {
	country := gatetest.Country(t, "tr")
	w := worldOf(t, gatetest.Changed(t, "tr", func(p *profile.Profile) {
		for _, id := range country.Policy.WhoMay("calendar", "update") {
			if r := p.Role(id); r != nil {
				r.Until = profile.DateOf(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
			}
		}
		for i := range p.Limits {
			if p.Limits[i].ID == "window_extension_days" {
				p.Limits[i].Values[0].Value = 1
			}
		}
	}))
	head := w.as("head", "institution", "")
	says := func(what, key string) {
		t.Helper()
		f := faulttest.Of(t, w.cal.Check(head, "grades", gate.Target{Object: "institution", Type: "ilkokul"}))
		if f.Key != key || f.Next == nil || f.Next.Key != "gate.next.nobody" {
			t.Errorf("%s: %+v", what, f)
		}
	}
	all := w.p.Windows("grades")
	w.clock.Set(all[len(all)-1].ClosesAt().AddDate(0, 0, 2))
	if w.clock.Now().After(w.p.CalendarEnds()) {
		t.Fatal("the last window closes with the year")
	}
	says("closed for good", "window.closed_since")
	w.clock.Set(w.p.CalendarEnds().AddDate(0, 1, 0))
	says("a day of no year", "window.not_entered")
	for _, win := range all {
		win.Types = []string{"ortaokul"}
	}
	says("for others", "window.closed_to_type")
}
