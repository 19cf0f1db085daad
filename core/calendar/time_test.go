package calendar_test

import (
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/calendar"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// sections are the sections of a profile that have windows.
func (w *world) sections() map[string][]*profile.Window {
	out := map[string][]*profile.Window{}
	for _, y := range w.p.SchoolYears() {
		for i := range y.Windows {
			out[y.Windows[i].Section] = append(out[y.Windows[i].Section], &y.Windows[i])
		}
	}
	return out
}

// Every section that has windows at all is closed outside them: in a gap between two
// years, before the first calendar and after the last as well. For each section a
// whole day is looked at, month by month, over the years around the calendars.
func TestTRIC8_ADayThatNoCalendarTellsOfOpensNothing(t *testing.T) {
	for _, country := range []string{"tr", "kg"} {
		w := newWorld(t, country)
		sections := w.sections()
		if len(sections) == 0 {
			t.Fatalf("%s: no section has windows", country)
		}
		for section, windows := range sections {
			for day := time.Date(2024, 1, 15, 10, 0, 0, 0, w.p.Zone); day.Year() < 2030; day = day.AddDate(0, 1, 0) {
				w.clock.Set(day)
				var planned bool
				typ := ""
				for _, x := range windows {
					if len(x.Types) > 0 {
						typ = x.Types[0]
					}
				}
				for _, x := range windows {
					planned = planned || x.Open(day) && (typ == "" || x.For(typ))
				}
				err := w.cal.Check(w.base, section, gate.Target{Object: "institution", Type: typ})
				if planned != (err == nil) {
					t.Errorf("%s: %s on %s: planned open %t, answered %v", country, section, day.Format(time.DateOnly), planned, err)
				}
				if err == nil {
					continue
				}
				if f := faulttest.Of(t, err); f.Kind != fault.Locked || f.Check != "window" || f.Next == nil {
					t.Errorf("%s: %s on %s: a refusal without kind, check or next step: %+v", country, section, day.Format(time.DateOnly), f)
				}
			}
		}
	}
}

func TestTRIC8_AYearThatNobodyHasEnteredSaysSo(t *testing.T) {
	w := newWorld(t, "tr")
	w.clock.Set(time.Date(2027, 10, 20, 9, 0, 0, 0, time.UTC))
	f := faulttest.Of(t, w.cal.Check(w.base, "passport", gate.Target{Object: "institution"}))
	if f.Key != "window.not_entered" || f.Rule != "TR-IC-8" || f.Law == "" || f.Next == nil || f.Next.Key != "window.next.calendar" {
		t.Errorf("%+v", f)
	}
	if got := f.Args["Day"]; got != time.Date(2027, 10, 20, 0, 0, 0, 0, time.UTC) {
		t.Errorf("of the day %v", got)
	}
	shown, known, err := w.cal.Stands(w.base, "passport", unit.Course{})
	if err != nil || !known || shown.Open || !shown.Opens.IsZero() {
		t.Errorf("a record shows nothing of its closed section: %+v %v", shown, err)
	}
}

// An extension counts to its end, also where that lies in the next year or in one
// that has no calendar yet.
func TestTRIC8_AnExtensionHoldsBeyondTheEndOfTheYear(t *testing.T) {
	w := newWorld(t, "tr")
	var last *profile.Window
	for _, x := range w.p.Windows("passport") {
		if last == nil || x.ClosesAt().After(last.ClosesAt()) {
			last = x
		}
	}
	directorate, typ := w.overseen(t)
	w.clock.Set(last.ClosesAt().Add(-time.Hour))
	until := w.p.CalendarEnds().AddDate(0, 0, 10)
	e := calendar.Extension{
		Year: last.Year().ID, Window: last.ID, Types: []string{typ}, Until: until, Reason: "Sel baskını",
		Order: audit.Order{Number: "77", Date: time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)},
	}
	if _, err := w.cal.Extend(w.as("directorate_officer", "directorate", directorate), e); err != nil {
		t.Fatal(err)
	}
	target := gate.Target{Object: "institution", Type: typ}
	for _, at := range []time.Time{last.ClosesAt().Add(time.Hour), w.p.CalendarEnds().AddDate(0, 0, 1), until.Add(-time.Second)} {
		w.clock.Set(at)
		if err := w.cal.Check(w.base, "passport", target); err != nil {
			t.Errorf("at %s: %v", at, err)
		}
		shown, _, err := w.cal.Stands(w.base, "passport", unit.Course{Type: typ})
		if err != nil || !shown.Open || !shown.Until.Equal(until) {
			t.Errorf("at %s the record shows %+v %v", at, shown, err)
		}
	}
	w.clock.Set(until)
	if err := w.cal.Check(w.base, "passport", target); fault.KindOf(err) != fault.Locked {
		t.Errorf("open after its end: %v", err)
	}
}

func TestDaysLeftAreDaysOfTheMinistry(t *testing.T) {
	w := newWorld(t, "tr")
	year := w.p.SchoolYear("2025-2026")
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, w.p.Zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		closes, now string
		want        int
	}{
		{"2025-12-31 18:00", "2025-12-29 17:00", 2},
		{"2025-12-31 18:00", "2025-12-29 23:00", 2},
		{"2025-12-31 18:00", "2025-12-30 18:01", 1},
		{"2025-12-31 18:00", "2025-12-31 00:00", 0},
		{"2025-12-31 18:00", "2025-12-31 17:59", 0},
		{"2026-01-01 00:00", "2025-12-31 23:59", 0}, // closes as the day ends
		{"2026-01-01 00:00", "2025-12-31 00:01", 0},
		{"2026-01-01 00:00", "2025-12-30 01:00", 1}, // in UTC it is the 29th still
	} {
		var first *profile.Window
		for i := range year.Windows {
			if year.Windows[i].Open(at(c.now)) {
				first = &year.Windows[i]
			}
		}
		if first == nil {
			t.Fatalf("no window is open at %s", c.now)
		}
		w.clock.Set(at(c.now))
		windows, err := w.cal.Windows(w.base, year)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range windows {
			if x.ID != first.ID {
				continue
			}
			x.Closes = at(c.closes).UTC()
			if got := x.DaysLeft(at(c.now).UTC()); got != c.want {
				t.Errorf("closes %s, now %s: %d days, want %d", c.closes, c.now, got, c.want)
			}
		}
	}
}

func TestTRIC8_AnExtensionEndsInTheFutureAndWithinTheProfilesBound(t *testing.T) {
	w := newWorld(t, "tr")
	directorate, typ := w.overseen(t)
	officer := w.as("directorate_officer", "directorate", directorate)
	e := w.extension(t, "grades", "overseer", typ)
	end := w.clock.Now().Add(-time.Minute)
	w.clock.Set(end.AddDate(0, 0, 5))
	most := int(w.p.Limit("window_extension_days", w.clock.Now()))
	for _, c := range []struct {
		what   string
		until  time.Time
		reason string
		field  string
	}{
		{"before the window's end", end.Add(-time.Hour), "sel", "until"},
		{"between its end and now", end.AddDate(0, 0, 2), "sel", "until"},
		{"this very moment", w.clock.Now(), "sel", "until"},
		{"beyond the bound", end.AddDate(0, 0, most).Add(time.Minute), "sel", "until"},
		{"years later", end.AddDate(4, 0, 0), "sel", "until"},
		{"a blank reason", end.AddDate(0, 0, 9), " \t\u00a0", "reason"},
		{"a reason without a word", end.AddDate(0, 0, 9), "-", "reason"},
	} {
		x := e
		x.Until, x.Reason = c.until, c.reason
		_, err := w.cal.Extend(officer, x)
		if f := faulttest.Of(t, err); f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != c.field {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	e.Until, e.Reason = end.AddDate(0, 0, most), "  sel  "
	given, err := w.cal.Extend(officer, e)
	if err != nil || strings.TrimSpace(given.Reason) != given.Reason {
		t.Errorf("to the last day that the profile allows: %q %v", given.Reason, err)
	}
}

// A section with windows is closed to the types that none of them names, whatever day it
// is; the message says so, and who could open it.
func TestTRIC8_AWindowForOtherTypesOpensNothing(t *testing.T) {
	w := newWorld(t, "tr")
	for section, windows := range w.sections() {
		day := windows[0].OpensAt().Add(time.Hour)
		w.clock.Set(day)
		if err := w.cal.Check(w.base, section, gate.Target{Object: "institution", Type: "ilkokul"}); err != nil {
			t.Fatalf("%s is not open in its window: %v", section, err)
		}
		for _, x := range windows {
			x.Types = []string{"anadolu_lisesi"}
		}
		f := faulttest.Of(t, w.cal.Check(w.base, section, gate.Target{Object: "institution", Type: "ilkokul"}))
		if f.Kind != fault.Locked || f.Key != "window.closed_to_type" || f.Law == "" || f.Next == nil {
			t.Errorf("%s: %+v", section, f)
		}
		if err := w.cal.Check(w.base, section, gate.Target{Object: "institution", Type: "anadolu_lisesi"}); err != nil {
			t.Errorf("%s is closed to the type it is for: %v", section, err)
		}
		for _, x := range windows {
			x.Types = nil
		}
	}
}
