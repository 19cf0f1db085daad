package calendar_test

import (
	"testing"
	"time"

	"mektep/core/calendar"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/gate/gatetest"
	"mektep/core/profile"
	"mektep/core/unit"
)

// An extension of a window counts in its own year: windows are called the same every year.
func TestTRIC8_AnExtensionCountsInItsOwnYear(t *testing.T) {
	w := newWorld(t, "tr")
	directorate, typ := w.overseen(t)
	e := w.extension(t, "grades", "overseer", typ)
	if _, err := w.cal.Extend(w.as("directorate_officer", "directorate", directorate), e); err != nil {
		t.Fatal(err)
	}
	again := 0
	for _, y := range w.p.SchoolYears() {
		windows, err := w.cal.Windows(w.base, y, unit.Course{Type: typ})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range windows {
			if x.ID != e.Window {
				continue
			}
			again++
			if own := y.ID == e.Year; len(x.Extensions) > 0 != own || x.Closes.After(x.ClosesAt()) != own {
				t.Errorf("%s of %s: %+v, closes %s", x.ID, y.ID, x.Extensions, x.Closes)
			}
		}
	}
	if again < 2 {
		t.Fatalf("%s is in %d years", e.Window, again)
	}
}

// A section that is closed rests on the law of the window that closed it, where that has one.
func TestTRIC8_AClosedSectionCitesItsWindowsLaw(t *testing.T) {
	w := worldOf(t, gatetest.Changed(t, "tr", func(*profile.Profile) {}))
	win := w.closedWindow(t)
	own := calendar.Window{Window: win}.Source
	for i := range w.p.Laws {
		if law := w.p.Laws[i].ID; law != own && law != w.p.Section("grades").Source {
			win.Source = law + " §1"
		}
	}
	typ := ""
	for _, x := range w.p.TypesAt(w.clock.Now()) {
		if win.For(x.ID) {
			typ = x.ID
		}
	}
	w.clock.Set(win.ClosesAt().Add(time.Minute))
	if f := faulttest.Of(t, w.cal.Check(w.base, "grades", gate.Target{Object: "institution", Type: typ})); f.Law != win.Source {
		t.Errorf("it cites %q, not %q", f.Law, win.Source)
	}
}
