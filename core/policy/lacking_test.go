package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mektep/policies"
)

// A copy of a country's rules that lacks a row of them is told which, whichever it is,
// and it is nothing else than a note.
func TestEveryRowThatACopyLacksIsNoted(t *testing.T) {
	for _, country := range Countries(policies.FS) {
		v := vocabulary(t, country)
		raw, err := policies.FS.ReadFile(country + "/rules.csv")
		if err != nil {
			t.Fatal(err)
		}
		rows, tried := strings.Split(string(raw), "\n"), 0
		for i, row := range rows {
			if !strings.HasPrefix(row, "p,") && !strings.HasPrefix(row, "g,") {
				continue
			}
			tried++
			copied := strings.Join(slices.Delete(slices.Clone(rows), i, i+1), "\n")
			src, found := readAll(policies.FS, v, laidOver(map[string]string{country + "/rules.csv": copied}))
			if len(found) > 0 {
				continue // what is left means nothing: that is told
			}
			notes := src.lackingRows()
			if len(notes) != 1 || !notes[0].Note || notes[0].File != "over/"+country+"/rules.csv" || !strings.Contains(notes[0].Message, fmt.Sprintf("line %d of the country's own", i+1)) {
				t.Errorf("%s without line %d, %s: %v", country, i+1, row, notes)
			}
		}
		if tried < 50 {
			t.Errorf("%s: %d rows were tried", country, tried)
		}
	}
}

func TestWhatACopyLacksOnPurposeIsNotNoted(t *testing.T) {
	v := vocabulary(t, "kg")
	raw, _ := policies.FS.ReadFile("kg/rules.csv")
	var rows []string
	for row := range strings.Lines(string(raw)) {
		if f := strings.Fields(row); len(f) < 5 || f[1] != "ministry_officer," || f[2] != "snapshot," || f[3] != "export," {
			rows = append(rows, row)
		}
	}
	copied := strings.Join(rows, "")
	told := func(found Findings) string {
		var lines []string
		for _, f := range found {
			if f.Code == "LACKS" || f.Code == "UNTRIED" || !f.Note {
				lines = append(lines, f.String())
			}
		}
		return strings.Join(lines, "\n")
	}
	check := func(files map[string]string) (check, start, test string) {
		t.Helper()
		e, found := Check(policies.FS, v, laidOver(files))
		if e == nil {
			t.Fatal(found)
		}
		sound, found := Sound(policies.FS, v, laidOver(files))
		if sound == nil {
			t.Fatal(found)
		}
		_, tested := Test(policies.FS, v, laidOver(files))
		return told(e.Notes()), told(sound.Notes()), told(tested)
	}
	c, s, x := check(map[string]string{"kg/rules.csv": copied})
	for _, text := range []string{c, s, x} {
		if !strings.Contains(text, "(p, ministry_officer, snapshot, export, tenant) is not here") || strings.Count(text, "LACKS") != 1 {
			t.Errorf("the copy: %s", text)
		}
	}
	if !strings.Contains(x, "kg/proofs.csv:1:1: note: UNTRIED") || !strings.Contains(x, ": 1 of them would be decided otherwise") {
		t.Errorf("the cases that are not tried: %s", x)
	}
	c, s, x = check(map[string]string{"kg/rules.csv": copied, "kg/cases.csv": "deny, ministry_officer, snapshot, export, tenant, \"we hand out no snapshots\"\n"})
	if strings.Contains(c+s+x, "LACKS") {
		t.Errorf("what is taken back on purpose: %s\n%s\n%s", c, s, x)
	}
	if c, s, x := check(map[string]string{"kg/rules.csv": string(raw)}); c+s != "" || !strings.Contains(x, ": 0 of them") {
		t.Errorf("a whole copy: %s\n%s\n%s", c, s, x)
	}
}
