package profile_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"mektep/core/profile"
	"mektep/profiles"
)

func load(t *testing.T, id string) *profile.Profile {
	t.Helper()
	p, found := profile.Load(profiles.FS, id)
	if p == nil {
		t.Fatal(found)
	}
	return p
}

// copied is a document as it comes back from where it was kept.
func copied(t *testing.T, d profile.Document) profile.Document {
	t.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var out profile.Document
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// Every year of every country, written down and read again, is the same year.
func TestAYearIsWrittenDownAsItsFileHasIt(t *testing.T) {
	for _, id := range []string{"kg", "tr"} {
		p := load(t, id)
		for _, y := range p.SchoolYears() {
			d := copied(t, y.Document())
			again, wrong := p.Judge(d)
			if again == nil {
				t.Fatalf("%s %s: %v", id, y.ID, wrong)
			}
			if again.Document().Digest() != y.Document().Digest() || d.Digest() != y.Document().Digest() {
				t.Errorf("%s %s changed on the way", id, y.ID)
			}
			for i := range y.Windows {
				if w, v := y.Windows[i], again.Windows[i]; !w.OpensAt().Equal(v.OpensAt()) || !w.ClosesAt().Equal(v.ClosesAt()) {
					t.Errorf("%s %s window %s: %v to %v", id, y.ID, w.ID, v.OpensAt(), v.ClosesAt())
				}
			}
		}
	}
}

// The proposal passes the checks as it is, five years on, and keeps what an office keeps.
func TestTheNextYearIsProposed(t *testing.T) {
	for _, id := range []string{"kg", "tr"} {
		p := load(t, id)
		years := p.SchoolYears()
		for y, k := years[len(years)-1], 0; k < 5; k++ {
			next, wrong := p.Judge(copied(t, y.Next().Document()))
			if next == nil {
				t.Fatalf("%s after %s: %v", id, y.ID, wrong)
			}
			if next.Start != y.End.AddDays(1) || len(next.Windows) != len(y.Windows) {
				t.Errorf("%s: %s begins on %s", id, next.ID, next.Start)
			}
			for i, term := range y.Terms {
				if moved := next.Terms[i]; term.Start != y.Start && moved.Start != next.Start && moved.Start.Weekday() != term.Start.Weekday() {
					t.Errorf("%s %s begins on %s, a %s", next.ID, term.ID, moved.Start, moved.Start.Weekday())
				}
			}
			p, _ = p.Join([]profile.Document{next.Document()})
			y = p.SchoolYear(next.ID)
		}
	}
	next := load(t, "tr").SchoolYear("2026-2027").Next()
	if next.ID != "2027-2028" || next.Name["en"] != "School year 2027–28" || next.Name["tr"] != "2027–2028 ders yılı" || next.Windows[1].Closes != "2027-12-31 18:00" {
		t.Errorf("%s %v %s", next.ID, next.Name, next.Windows[1].Closes)
	}
}

// What is wrong is said at the field where it is mended, by the code of profile check.
func TestAMisfitNamesItsField(t *testing.T) {
	p := load(t, "tr")
	for name, c := range map[string]struct {
		change     func(d profile.Document)
		code, path string
	}{
		"no day":             {func(d profile.Document) { at(d, "terms", 0)["start"] = "31.02.2027" }, profile.CodeType, "terms.0.start"},
		"ends before":        {func(d profile.Document) { at(d, "breaks", 1)["end"] = "2027-09-10" }, profile.CodePeriod, "breaks.1.end"},
		"outside the year":   {func(d profile.Document) { at(d, "breaks", 0)["start"] = "2026-01-01" }, profile.CodePeriod, "breaks.0"},
		"no such term":       {func(d profile.Document) { at(d, "windows", 3)["section"] = "grades.term_3" }, profile.CodeReference, "windows.3.section"},
		"no such section":    {func(d profile.Document) { at(d, "windows", 0)["section"] = "enrolmnt" }, profile.CodeReference, "windows.0.section"},
		"no expression":      {func(d profile.Document) { at(d, "windows", 0)["opens"] = "soon" }, profile.CodeWindow, "windows.0.opens"},
		"unknown day":        {func(d profile.Document) { at(d, "windows", 0)["opens"] = "term_9.start" }, profile.CodeWindow, "windows.0.opens"},
		"too little grace":   {func(d profile.Document) { at(d, "windows", 3)["closes"] = "term_1.end + 9d" }, profile.CodeGrace, "windows.3.closes"},
		"closes first":       {func(d profile.Document) { at(d, "windows", 1)["closes"] = "2027-01-01" }, profile.CodeWindowOrder, "windows.1.closes"},
		"before last is out": {func(d profile.Document) { d["start"] = "2027-08-01" }, profile.CodeOverlap, "start"},
		"no name":            {func(d profile.Document) { delete(at(d, "terms", 1), "name") }, profile.CodeLanguage, "terms.1"},
		"no official name":   {func(d profile.Document) { at(d, "terms", 1)["name"] = map[string]any{"en": "x"} }, profile.CodeLanguage, "terms.1.name"},
		"an unknown type":    {func(d profile.Document) { at(d, "windows", 0)["types"] = []any{"ilkokull"} }, profile.CodeReference, "windows.0.types.0"},
		"no number":          {func(d profile.Document) { at(d, "breaks", 0)["grades"] = map[string]any{"from": "x", "to": 2} }, profile.CodeType, "breaks.0.grades.from"},
		"another's key":      {func(d profile.Document) { d["colour"] = "red" }, profile.CodeUnknownKey, "colour"},
		"twice":              {func(d profile.Document) { at(d, "breaks", 0)["id"] = "term_1" }, profile.CodeDuplicate, "breaks.0.id"},
	} {
		t.Run(name, func(t *testing.T) {
			d := copied(t, p.SchoolYear("2026-2027").Next().Document())
			c.change(d)
			y, wrong := p.Judge(d)
			if y != nil || !slices.ContainsFunc(wrong, func(m profile.Misfit) bool { return m.Code == c.code && m.Path == c.path }) {
				t.Errorf("got %v", wrong)
			}
		})
	}
}

func at(d profile.Document, list string, i int) map[string]any {
	return d[list].([]any)[i].(map[string]any)
}

// A ministry's year takes its file's place; the profile itself stays as it is, and what
// no longer fits is left out.
func TestAMinistrysYearsLieOverTheFiles(t *testing.T) {
	p := load(t, "kg")
	d := copied(t, p.SchoolYear("2026-2027").Document())
	at(d, "breaks", 0)["end"] = "2026-11-07"
	d["end"] = "2027-08-30"
	joined, left := p.Join([]profile.Document{d})
	if len(left) > 0 || joined.SchoolYear("2026-2027").End != 20270830 || len(joined.Years) != len(p.Years) {
		t.Fatal(left)
	}
	if p.SchoolYear("2026-2027").End != 20270831 || p.CalendarEnds().Equal(joined.CalendarEnds()) {
		t.Error("the shared profile changed")
	}
	for _, w := range joined.Windows("grades.quarter_1") {
		if w.Year().ID == "2026-2027" && w.Year() != joined.SchoolYear("2026-2027") {
			t.Error("a window of the file's year is still there")
		}
	}
	at(d, "windows", 0)["section"] = "dropped"
	if joined, left = p.Join([]profile.Document{d}); len(left) == 0 || left[0].File != "calendar/2026-2027" || joined.SchoolYear("2026-2027").End != 20270831 {
		t.Errorf("%v", left)
	}
}

// From three months before the last calendar ends profile check says so, and passes.
func TestTRIC8_TheCheckSaysInTimeThatACalendarEnds(t *testing.T) {
	p := load(t, "tr")
	ends := p.CalendarEnds()
	for day, want := range map[time.Time]int{ends.AddDate(0, -3, -1): 0, ends.AddDate(0, -3, 0): 1, ends.AddDate(0, 4, 0): 1} {
		notes := p.CalendarNotes(profile.DateOf(day))
		if len(notes) != want || len(notes.Mistakes()) > 0 {
			t.Errorf("on %s: %v", day, notes)
		}
	}
}
