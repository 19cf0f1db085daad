package identity_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/calendar"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/gate/gatetest"
	"mektep/core/profile"
	"mektep/core/unit"
	"mektep/core/web/webtest"
)

// Whoever is sent to an office in which nobody sits is told so, and who could fill it: by a section
// that is closed and by whoever may not give an extension of it; once it is filled, it is named as ever.
func TestTRIC8_AnEmptyOfficeIsNamedWithWhoFillsIt(t *testing.T) {
	w := webtest.New(t, "tr", "ilkokul")
	var last *profile.Window
	for _, x := range w.Profile.Windows("passport") {
		if x.Year().ID == "2025-2026" {
			last = x
		}
	}
	w.Clock.Set(last.ClosesAt().Add(time.Hour))
	own, other := w.Directorate(w.Profile.Type("ilkokul").Overseer), unit.Unit{}
	for _, x := range w.Profile.Types {
		if x.Overseer != "" && x.Overseer != own.Code {
			other = w.Directorate(x.Overseer)
			break
		}
	}
	said := func(err error) string {
		t.Helper()
		f := faulttest.Of(t, err)
		if f.Next == nil {
			t.Fatalf("%v", err)
		}
		for _, l := range w.Words.Languages() {
			if s := w.Words.Localizer(l.Tag).Fault(f).NextText; strings.Contains(s, "{{") || strings.Contains(s, "gate.") {
				t.Errorf("%s: %s", l.Tag, s)
			}
		}
		return w.Words.Localizer("en").Fault(f).NextText
	}
	head, officer := w.With("head", w.School), w.With("directorate_officer", other)
	refused := map[string]func() error{
		"a closed section": func() error {
			return w.Calendar.Check(head.Ctx, "passport", gate.Target{Object: "institution", Path: w.School.Path, Type: w.School.Type})
		},
		"another's extension": func() error {
			_, err := w.Calendar.Extend(officer.Ctx, calendar.Extension{
				Year: "2025-2026", Window: last.ID, Types: []string{"ilkokul"}, Until: last.ClosesAt().AddDate(0, 0, 5), Reason: "sel baskını",
				Order: audit.Order{Number: "1", Date: w.Clock.Now().AddDate(0, 0, -1)},
			})
			return err
		},
	}
	const empty = "nobody holds this post today, it has to be filled first, by:"
	for name, f := range refused {
		if got := said(f()); !strings.Contains(got, empty+" ") || !strings.Contains(got, "System administrator") || !strings.Contains(got, "General directorate officer") {
			t.Errorf("%s: %s", name, got)
		}
	}
	w.With("directorate_officer", own)
	for name, f := range refused {
		if got := said(f()); strings.Contains(got, empty) || !strings.Contains(got, "General directorate officer") {
			t.Errorf("%s, filled: %s", name, got)
		}
	}
}

// Posts come under other superiors by a move of a school, and so by one of the district in which it
// lies. A school's is asked about since who may move it has a territory, and another begins where that
// ends. Whoever changes the territory itself has it as a whole, in every country: no move takes a post
// out of their right or into it, and there is nobody else to be asked.
func TestKGER6c_WhoMovesAPlaceMovesItEverywhere(t *testing.T) {
	for _, country := range []string{"tr", "kg"} {
		m := gatetest.Country(t, country)
		movers := 0
		for _, action := range []string{"move", "merge", "close", "reopen", "update"} {
			for _, role := range m.Policy.WhoMay("unit", action) {
				movers++
				if scopes := m.Policy.Scopes(role, "unit", action); !slices.Equal(scopes, []string{"tenant"}) {
					t.Errorf("%s: %s may %s a place in %v: whose posts come under others by it is to be asked (Moved)", country, role, action, scopes)
				}
			}
		}
		if movers == 0 {
			t.Errorf("%s: nobody moves a place", country)
		}
	}
}
