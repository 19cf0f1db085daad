package profile

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// badProfile is the page's profile with the files of a folder of mistakes in
// place of its own.
func badProfile(t *testing.T, dir string) fstest.MapFS {
	t.Helper()
	fsys := readmeProfile(t)
	bad := os.DirFS(dir)
	err := fs.WalkDir(bad, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || name == "expected.txt" {
			return err
		}
		text, err := fs.ReadFile(bad, name)
		fsys[path.Join("example", name)] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

// Each folder of testdata/bad holds files with mistakes and, in expected.txt,
// every finding that they must give: no more, no fewer, at the right place.
func TestEveryMistakeIsFoundAtItsPlace(t *testing.T) {
	dirs, err := filepath.Glob("testdata/bad/*")
	if err != nil || len(dirs) < 40 {
		t.Fatalf("%d folders, %v", len(dirs), err)
	}
	seen := map[Code]bool{}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			p, found := Load(badProfile(t, dir), "example")
			if p != nil || len(found) == 0 {
				t.Fatal("a profile with mistakes was handed out")
			}
			for _, f := range found {
				seen[f.Code] = true
			}
			file := filepath.Join(dir, "expected.txt")
			if *update {
				if err := os.WriteFile(file, []byte(found.Error()+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got := found.Error() + "\n"; got != string(want) {
				t.Errorf("found\n%s\nexpected\n%s", got, want)
			}
		})
	}
	unproved := []Code{CodeCase, CodeLocked, CodeLastYear, CodeBetween, CodeMany, CodeOutline} // proved by TestKGER7a_AnItemThatALaidTextLacksIsNoted, TestASectionHasNoMoreWindowsThanItsLimit, TestEveryCaseCanFail, TestLockedEntriesCanBeTranslatedAndNothingElse, TestADayInNoTermAndNoBreakIsNoted, and by the clock in TestTRIC8_TheCheckSaysInTimeThatACalendarEnds
	for _, c := range allCodes(t) {
		if !seen[c] && !slices.Contains(unproved, c) {
			t.Errorf("no folder shows %s", c)
		}
	}
}

func allCodes(t *testing.T) []Code {
	text, err := os.ReadFile("finding.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []Code
	for _, line := range strings.Split(string(text), "\n") {
		if _, rest, ok := strings.Cut(line, `= "P`); ok {
			out = append(out, "P"+rest[:3])
		}
	}
	return out
}

// TR-IC-9: an earlier term stays open at least ten more days, and no country and
// no ministry can set less.
func TestTRIC9_NoLayerLeavesLessThanTenDaysOfGrace(t *testing.T) {
	for _, closes := range []string{"term_1.end + 9d", "term_1.end + 10d 18:00", "term_1.end", "2026-01-08"} {
		fsys := readmeProfile(t)
		name := "example/calendar/2025-2026.yaml"
		text := strings.Replace(string(fsys[name].Data), "closes: term_1.end + 12d 18:00", "closes: "+closes, 1)
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
		if p, found := Load(fsys, "example"); p != nil || len(found) != 1 || found[0].Code != CodeGrace {
			t.Errorf("%s: %s", closes, found)
		}
		// the same from a ministry's own layer
		own := fstest.MapFS{"calendar/2025-2026.yaml": {Data: []byte("windows: [{id: grades_1, closes: " + closes + "}]")}}
		if p, found := loadOver(t, "example", own); p != nil || len(found) != 1 || found[0].Code != CodeGrace {
			t.Errorf("overlay, %s: %s", closes, found)
		}
	}
}
