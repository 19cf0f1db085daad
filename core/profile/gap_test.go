package profile

import (
	"strings"
	"testing"
	"testing/fstest"

	"mektep/profiles"
)

// A day between two terms that lies in no break, no weekend and no holiday is a slip of the
// pen: it is said where the next term begins, and nothing is closed for it. A break of some
// classes or some types fills no gap.
func TestADayInNoTermAndNoBreakIsNoted(t *testing.T) {
	const name, winter = "example/calendar/2025-2026.yaml", "start: 2025-12-31, end: 2026-01-11}"
	for instead, want := range map[string]string{
		winter:                                "",
		"start: 2025-12-31, end: 2026-01-09}": "", // a weekend
		"start: 2025-12-31, end: 2026-01-08}": "2026-01-09 before",
		"start: 2026-01-01, end: 2026-01-08}": "2025-12-31 and 1 more day",
		"start: 2025-12-31, end: 2026-01-11, grades: {from: 2, to: 11}}": "and 7 more days",
		"start: 2025-12-31, end: 2026-01-11, types: [kindergarten]}":     "and 7 more days",
	} {
		fsys := readmeProfile(t)
		text := strings.Replace(string(fsys[name].Data), winter, instead, 1)
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
		p, found := Load(fsys, "example")
		if p == nil || len(found) > 0 {
			t.Errorf("%s: %s", instead, found)
			continue
		}
		var gaps []string
		for _, f := range p.Notes {
			if f.Code == CodeBetween && f.Note && strings.HasSuffix(f.File, name) && f.Line > 1 {
				gaps = append(gaps, f.Message)
			}
		}
		if want == "" && len(gaps) > 0 || want != "" && (len(gaps) != 1 || !strings.Contains(gaps[0], want)) {
			t.Errorf("%s: %q", instead, gaps)
		}
	}
	for _, id := range []string{"kg", "tr"} {
		p, found := Load(profiles.FS, id)
		if p == nil {
			t.Fatal(found)
		}
		for _, f := range p.Notes {
			if f.Code == CodeBetween {
				t.Errorf("%s: %s", id, f.Message)
			}
		}
	}
}
