package profile_test

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"mektep/core/laid"
	"mektep/core/profile"
)

// figures are the numbers and switches of a country that rest on a document, as it says them,
// with the rule, or the law where no rule repeats it.
var figures = []struct{ country, id, is, source, rule string }{
	{"kg", "session_idle_minutes", "15", "kg-760", "kg-760"},
	{"kg", "printed_reset_code", "true", "kg-78-1 §1.3", "kg-78-1"},
	{"kg", "public_directory", "true", "kg-78-1 §3.1", "KG-ER-2"},
	{"tr", "session_idle_minutes", "15", "tr-bsg-yonerge", "tr-bsg-yonerge"},
	{"tr", "two_person_configuration", "true", "tr-2012-35 §1", "TR-IC-1"},
	{"tr", "briefing_before_window", "true", "tr-2012-35 §11", "TR-IC-11"},
	{"tr", "printed_reset_code", "true", "tr-2019-16 §8", "TR-DR-8"},
	{"tr", "public_directory", "true", "tr-4982", "TR-DR-2"},
}

// TR-IC-1, TR-IC-9, TR-IC-11, TR-DR-2, TR-DR-8, KG-ER-2: what a document says is what the profile says: a number, or a
// switch, that rests on one is not changed by the way, and a new one is looked at once.
func TestFiguresAreThoseOfTheirDocuments(t *testing.T) {
	fsys := os.DirFS("../../profiles")
	met := map[int]bool{}
	for _, country := range profile.IDs(laid.Folder{Built: fsys}) {
		p, found := profile.Load(fsys, country)
		if len(found) > 0 {
			t.Fatal(found)
		}
		says := func(id, is, source string) {
			k := slices.IndexFunc(figures, func(f struct{ country, id, is, source, rule string }) bool {
				return f.country == country && f.id == id && f.is == is && f.source == source
			})
			if source == "" {
				return
			}
			if k < 0 {
				t.Errorf("%s: %s is %s by %s, and nobody has said that the document says so", country, id, is, source)
			}
			met[k] = true
		}
		for _, l := range p.Limits {
			for _, v := range l.Values {
				source := v.Source
				if source == "" {
					source = l.Source
				}
				says(l.ID, fmt.Sprint(v.Value), source)
			}
			if l.ID == "term_grace_days" && (l.Least == nil || *l.Least < 10) {
				t.Errorf("%s, TR-IC-9: a term may be closed before ten days have gone", country)
			}
		}
		for _, s := range p.Switches {
			says(s.ID, fmt.Sprint(s.On), s.Source)
		}
	}
	for k, f := range figures {
		if !met[k] {
			t.Errorf("%s, %s: %s is not %s by %s", f.rule, f.country, f.id, f.is, f.source)
		}
	}
}
