package profile

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"mektep/core/laid"
	"mektep/profiles"
)

// laidOver loads a country with calendar files laid over it.
func laidOver(country string, files map[string]string) (*Profile, Findings) {
	over := fstest.MapFS{}
	for name, text := range files {
		over[country+"/calendar/"+name+".yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	return LoadOver(laid.Folder{Built: profiles.FS, Over: over, OverName: "overlay"}, country)
}

// TR-IC-8: whatever date of a year a file moves, no section comes to be open at a moment
// at which the country's own calendar has it closed. Every date is tried, in steps to
// both sides: what is taken opens nothing, and what is refused would have.
func TestTRIC8_NoDateOfAYearMovesAWindowOpen(t *testing.T) {
	taken, refused := 0, 0
	for _, country := range []string{"kg", "tr"} {
		built, _ := Load(profiles.FS, country)
		for _, y := range built.Years {
			var texts []string
			add := func(format string, d Date) {
				for _, days := range []int{-20, -3, 3, 20} {
					texts = append(texts, fmt.Sprintf(format, d.AddDays(days)))
				}
			}
			add("start: %s\n", y.Start)
			add("end: %s\n", y.End)
			for i := range y.Terms {
				add("terms: [{id: "+y.Terms[i].ID+", start: %s}]\n", y.Terms[i].Start)
				add("terms: [{id: "+y.Terms[i].ID+", end: %s}]\n", y.Terms[i].End)
			}
			for i := range y.Breaks {
				add("breaks: [{id: "+y.Breaks[i].ID+", end: %s}]\n", y.Breaks[i].End)
			}
			for _, text := range texts {
				p, found := laidOver(country, map[string]string{y.ID: text})
				switch opens := p != nil && opensMore(built, p); {
				case p != nil && opens:
					t.Errorf("%s %s: %s opens a section that the country has closed", country, y.ID, text)
				case p != nil:
					taken++
				case strings.Contains(found.Error(), "P175"):
					refused++
				}
			}
		}
	}
	if taken < 20 || refused < 20 {
		t.Errorf("%d calendars were taken, %d refused", taken, refused)
	}
}

// opensMore asks at every moment from which on one calendar could have a section open and
// the other not.
func opensMore(built, laid *Profile) bool {
	for _, y := range laid.Years {
		for i := range y.Windows {
			key := y.Windows[i].key()
			moments := []time.Time{y.Windows[i].opens}
			for _, w := range built.Windows(key) {
				moments = append(moments, w.closes)
			}
			if slices.ContainsFunc(moments, func(at time.Time) bool { return laid.IsOpen(key, at) && !built.IsOpen(key, at) }) {
				return true
			}
		}
	}
	return false
}

// The same for more dates at once, for windows taken away, and for years of the
// ministry's own.
func TestTRIC8_AFileOpensNoSectionThatTheCountryCloses(t *testing.T) {
	year := func(id, from, to, windows string) string {
		return "id: " + id + "\nstatus: provisional\nname: {ky: Жыл, ru: Год, tr: Yıl}\nstart: " + from + "\nend: " + to + "\nterms: [{id: term_1, name: {ky: Чейрек, ru: Четверть, tr: Dönem}, start: " + from + ", end: " + to + "}]\nwindows: [" + windows + "]\n"
	}
	window := func(id, section, opens, closes string) string {
		return "{id: " + id + ", section: " + section + ", opens: " + opens + ", closes: " + closes + ", extended_by: overseer}"
	}
	perTerm := window("g", "grades.term_1", "year.start", "year.end + 10d") + ", " + window("a", "attendance.term_1", "year.start", "year.end + 10d") + ", "
	removed := func(country string, keep ...string) map[string]string {
		built, _ := Load(profiles.FS, country)
		files := map[string]string{}
		for _, y := range built.Years {
			text := ""
			for i := range y.Windows {
				if w := &y.Windows[i]; !slices.Contains(keep, w.key()) {
					text += ", {id: " + w.ID + ", remove: true}"
				}
			}
			files[y.ID] = "windows: [" + strings.TrimPrefix(text, ", ") + "]\n"
		}
		return files
	}
	for name, c := range map[string]struct {
		country string
		files   map[string]string
		want    string // the finding, "" for a calendar that is the ministry's own to set
	}{
		"a later term":         {"kg", map[string]string{"2026-2027": "terms: [{id: quarter_1, start: 2026-11-02}]\n"}, "P175 enrolment:"},
		"terms without breaks": {"tr", map[string]string{"2026-2027": "terms: [{id: term_1, start: 2026-11-16, end: 2027-01-03}, {id: term_2, start: 2027-01-04, end: 2027-08-31}]\nbreaks: [{id: midterm_1, remove: true}, {id: semester, remove: true}, {id: midterm_2, remove: true}]\n"}, "P175 passport_spring:"},
		"a later end":          {"kg", map[string]string{"2026-2027": "terms: [{id: quarter_4, end: 2027-08-30}]\n"}, "P175 grades_4:"},
		"an earlier end":       {"kg", map[string]string{"2026-2027": "terms: [{id: quarter_1, end: 2026-11-01}]\n"}, ""},
		"all windows":          {"kg", removed("kg"), "P175 enrolment:"},
		"all windows, tr":      {"tr", removed("tr"), "P175 statistics:"},
		"one section's":        {"kg", removed("kg", "enrolment", "passport_confirmation", "grades.quarter_1", "grades.quarter_2", "grades.quarter_3", "grades.quarter_4", "attendance.quarter_1", "attendance.quarter_2", "attendance.quarter_3", "attendance.quarter_4"), "P175 statistics:"},
		"one term's":           {"kg", removed("kg", "enrolment", "passport_confirmation", "statistics", "grades.quarter_1", "grades.quarter_2", "grades.quarter_4", "attendance.quarter_1", "attendance.quarter_2", "attendance.quarter_3", "attendance.quarter_4"), "P175 grades.quarter_3:"},
		"a term of its own":    {"kg", map[string]string{"2026-2027": "terms: [{id: summer, name: {ky: Жай, ru: Лето}, start: 2027-06-10, end: 2027-07-10}]\n"}, "P175 grades.summer:"},
		"a year but a day":     {"kg", map[string]string{"2027-2028": year("2027-2028", "2027-09-01", "2028-08-31", perTerm+window("own", "enrolment", "year.start + 1d", "year.end"))}, "P175 own:"},
		"two that meet":        {"kg", map[string]string{"2027-2028": year("2027-2028", "2027-09-01", "2028-08-31", perTerm+window("one", "statistics", "year.start", "2027-12-31 18:00")+", "+window("two", "statistics", "2027-12-31", "year.end"))}, "P175 one:"},
		"two short years": {"kg", map[string]string{
			"2027-2028": year("2027-2028", "2027-09-01", "2027-10-31", perTerm+window("one", "enrolment", "year.start", "2027-10-20")),
			"2028-2029": year("2028-2029", "2027-11-01", "2028-01-31", perTerm+window("two", "enrolment", "year.start", "2027-12-20")),
		}, "P175 one:"},
		"a year like others":       {"kg", map[string]string{"2027-2028": year("2027-2028", "2027-09-01", "2028-05-31", window("g", "grades.term_1", "2028-04-01", "year.end + 10d")+", "+window("a", "attendance.term_1", "2028-04-01", "year.end + 10d")+", "+window("own", "enrolment", "year.start", "year.start + 6w"))}, ""},
		"a term as long as a year": {"kg", map[string]string{"2027-2028": year("2027-2028", "2027-09-01", "2028-08-31", perTerm+window("own", "enrolment", "year.start", "year.start + 6w"))}, "P175 g:"},
		"the year cut short": {"kg", map[string]string{
			"2026-2027": "end: 2027-06-30\n",
			"2027-2028": year("2027-2028", "2027-07-01", "2028-06-01", perTerm+window("own", "enrolment", "2027-07-01", "2027-07-20")),
		}, "P175 own:"},
	} {
		p, found := laidOver(c.country, c.files)
		if c.want == "" && p == nil || c.want != "" && (p != nil || !strings.Contains(found.Error(), c.want)) {
			t.Errorf("%s: want %q, got %s", name, c.want, found)
		}
	}
}
