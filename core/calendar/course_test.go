package calendar_test

import (
	"testing"
	"time"

	"mektep/core/calendar"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// What a record shows of every section is what a write meets, for institutions that become
// something else, close, or do both, in both countries on the days of the years around: it is
// open until the moment that is shown, and not at it; it is closed until the moment that is
// shown, and opens at it.
func TestTRIC8_HowLongASectionIsOpenIsTrueOfEveryCourse(t *testing.T) {
	for _, country := range []string{"tr", "kg"} {
		w := newWorld(t, country)
		directorate, typ := w.overseen(t)
		e := w.extension(t, "grades", "overseer", typ)
		given, err := w.cal.Extend(w.as("directorate_officer", "directorate", directorate), e)
		if err != nil {
			t.Fatal(country, err)
		}
		other := ""
		for i := range w.p.Types {
			if id := w.p.Types[i].ID; id != typ && w.windowOf(t, given).For(id) {
				other = id
			}
		}
		turned := 0
		for section := range w.sections() {
			for day := time.Date(2025, 9, 15, 10, 0, 0, 0, w.p.Zone); day.Year() < 2027; day = day.AddDate(0, 0, 23) {
				in := func(days int) time.Time {
					y, m, d := day.AddDate(0, 0, days).Date()
					return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
				}
				end := in(9)
				for _, c := range []unit.Course{
					{Type: typ},
					{Type: typ, Turns: []unit.Turn{{On: in(2), Type: other}}},
					{Type: other, Turns: []unit.Turn{{On: in(2), Type: typ}, {On: in(5), Type: other}}},
					{Type: typ, Until: &end},
					{Type: typ, Turns: []unit.Turn{{On: in(12), Type: other}}, Until: &end},
				} {
					w.clock.Set(day)
					st, known, err := w.cal.Stands(w.base, section, c)
					if err != nil || !known {
						t.Fatal(section, known, err)
					}
					open := func(at time.Time) bool {
						w.clock.Set(at)
						if c.Until != nil && !day.Before(*c.Until) || c.Until != nil && !at.Before(time.Date(c.Until.Year(), c.Until.Month(), c.Until.Day(), 0, 0, 0, 0, w.p.Zone)) {
							return false
						}
						now := c.Type
						for _, x := range c.Turns {
							if y, m, d := x.On.Date(); !at.Before(time.Date(y, m, d, 0, 0, 0, 0, w.p.Zone)) {
								now = x.Type
							}
						}
						return w.cal.Check(w.base, section, gate.Target{Object: "institution", Type: now}) == nil
					}
					where := country + " " + section + " on " + day.Format(time.DateOnly)
					if open(day) != st.Open {
						t.Errorf("%s: shown as open %v", where, st.Open)
					}
					if st.Turn != nil {
						turned++
					}
					switch {
					case st.Open && (open(st.Until) || !open(st.Until.Add(-time.Second))):
						t.Errorf("%s: %+v: open until %s", where, c, st.Until)
					case !st.Open && !st.Opens.IsZero() && (!open(st.Opens) || open(st.Opens.Add(-time.Second))):
						t.Errorf("%s: %+v: opens %s", where, c, st.Opens)
					}
				}
			}
		}
		if turned == 0 {
			t.Error("no turn ever counted")
		}
	}
}

// Whoever is refused is told of the day on which the institution that is to be opens the section,
// and of no time beyond the day on which another type would take an extension away.
func TestTRIC8_ARefusalKnowsTheTypeToCome(t *testing.T) {
	w := newWorld(t, "tr")
	directorate, typ := w.overseen(t)
	e := w.extension(t, "grades", "overseer", typ)
	given, err := w.cal.Extend(w.as("directorate_officer", "directorate", directorate), e)
	if err != nil {
		t.Fatal(err)
	}
	other := ""
	for i := range w.p.Types {
		if id := w.p.Types[i].ID; id != typ && w.windowOf(t, given).For(id) {
			other = id
		}
	}
	root, err := w.tree.Create(w.base, unit.New{Level: unit.Ministry, Name: map[string]string{"tr": "B"}, Since: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	become := func(from, to string) gate.Target {
		u, err := w.tree.Create(w.base, unit.New{Parent: &root, Level: unit.Institution, Type: from, Name: map[string]string{"tr": from}, Since: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err == nil {
			y, m, d := w.clock.Now().In(w.p.Zone).AddDate(0, 0, 2).Date()
			err = w.tree.Retype(w.base, u, to, time.Date(y, m, d, 0, 0, 0, 0, time.UTC), "")
		}
		if err != nil {
			t.Fatal(err)
		}
		return gate.Target{Object: "institution", Path: u.Path, Type: from}
	}
	day := w.clock.Now().In(w.p.Zone).AddDate(0, 0, 2)
	on := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, w.p.Zone)

	opens := become(other, typ)
	f := refusal(t, w.cal.Check(w.base, "grades", opens), fault.Locked, "window.opens_with_type")
	if got, _ := f.Args["Opens"].(time.Time); !got.Equal(on) {
		t.Errorf("opens %v, not %s", f.Args["Opens"], on)
	}
	if most, is := f.Next.Args["Latest"].(fault.End); is && time.Time(most).After(on) {
		t.Errorf("is told of an extension until %v", time.Time(most))
	}
	if err := w.cal.Cancel(w.as("directorate_officer", "directorate", directorate), given.UID); err != nil {
		t.Fatal(err)
	}
	closes := become(typ, other)
	f = faulttest.Of(t, w.cal.Check(w.as("directorate_officer", "directorate", directorate), "grades", closes))
	if most, is := f.Next.Args["Latest"].(fault.End); !is || time.Time(most).After(on) {
		t.Errorf("%s: may extend for the type of today until %v", f.Next.Key, f.Next.Args)
	}
}

// Home shows a window until the type to come ends it, as the record does.
func TestTRIC8_AWindowEndsWithTheTypeItIsExtendedFor(t *testing.T) {
	w := newWorld(t, "tr")
	directorate, typ := w.overseen(t)
	e := w.extension(t, "grades", "overseer", typ)
	if _, err := w.cal.Extend(w.as("directorate_officer", "directorate", directorate), e); err != nil {
		t.Fatal(err)
	}
	day := w.clock.Now().In(w.p.Zone).AddDate(0, 0, 1)
	on := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, w.p.Zone)
	turn := unit.Turn{On: time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC), Type: "no_such"}
	for name, c := range map[string]struct {
		courses []unit.Course
		closes  time.Time
	}{
		"it alone":    {[]unit.Course{{Type: typ, Turns: []unit.Turn{turn}}}, on},
		"and another": {[]unit.Course{{Type: typ, Turns: []unit.Turn{turn}}, {Type: typ}}, e.Until},
	} {
		windows, err := w.cal.Windows(w.base, w.p.SchoolYear(e.Year), c.courses...)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range windows {
			if x.ID == e.Window && (x.State != calendar.Open || !x.Closes.Equal(c.closes) || (x.Turn != nil) != c.closes.Equal(on)) {
				t.Errorf("%s: %s until %s by %v", name, x.State, x.Closes, x.Turn)
			}
		}
	}
}

// windowOf is the window of an extension.
func (w *world) windowOf(t *testing.T, e calendar.Extension) *profile.Window {
	t.Helper()
	y := w.p.SchoolYear(e.Year)
	for i := range y.Windows {
		if y.Windows[i].ID == e.Window {
			return &y.Windows[i]
		}
	}
	t.Fatal("no window")
	return nil
}
