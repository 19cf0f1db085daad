package calendar_test

import (
	"slices"
	"testing"

	"mektep/core/calendar"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
)

// A year that names as extender whom the policy never lets extend is a finding at once (TR-IC-8), and
// one that leaves out the window of a term's data leaves fewer days than the law, as one that closes
// it early does (TR-IC-9).
func TestTRIC9_ADroppedWindowIsHeldToTheLawLikeAShortenedOne(t *testing.T) {
	w := newOffice(t)
	without := func(p calendar.Proposal, id string) calendar.Proposal {
		list := p.Year["windows"].([]any)
		p.Year["windows"] = slices.DeleteFunc(slices.Clone(list), func(x any) bool { return x.(map[string]any)["id"] == id })
		return p
	}
	split := func(p calendar.Proposal) calendar.Proposal { // for some types only
		for _, x := range p.Year["windows"].([]any) {
			if m := x.(map[string]any); m["id"] == "grades_4" {
				m["types"] = []any{"primary_school"}
			}
		}
		return p
	}
	for name, c := range map[string]struct {
		p          calendar.Proposal
		field, key string
	}{
		"an extender who never extends":      {w.change("2025-2026", map[string]string{"windows.grades_4.extended_by": "tenant_admin"}), "windows.4.extended_by", "year.extends_nothing"},
		"one who may":                        {w.change("2025-2026", map[string]string{"windows.grades_4.extended_by": "special_administrator"}), "", ""},
		"the window of a running term":       {without(w.change("2025-2026", nil), "grades_4"), "windows", "year.term_dropped"},
		"for all types but one":              {split(w.change("2025-2026", nil)), "windows", "year.term_dropped"},
		"the window of a term in a new year": {without(w.next(), "grades_4"), "windows", "year.term_dropped"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.Calendar.Review(w.first.Ctx, c.p)
			if c.key == "" {
				if err != nil {
					t.Fatalf("%v %+v", err, faulttest.Fields(err))
				}
				return
			}
			f := faulttest.Of(t, err)
			if f.Kind != fault.Invalid || f.Law == "" {
				t.Fatalf("got %v by %q", err, f.Law)
			}
			if !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Name == c.field && x.Key == c.key }) {
				t.Errorf("got %+v", f.Fields)
			}
		})
	}
}
