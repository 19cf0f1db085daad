package core_test

import (
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"mektep/core/finding"
	"mektep/core/laid"
	"mektep/core/locale"
	"mektep/core/policy"
	"mektep/core/profile"
	"mektep/locales"
	"mektep/policies"
	"mektep/profiles"
)

// cyrillic are letters that look like Latin ones.
var cyrillic = map[rune]rune{'a': 'а', 'c': 'с', 'e': 'е', 'i': 'і', 'j': 'ј', 'o': 'о', 'p': 'р', 's': 'ѕ', 'x': 'х', 'y': 'у', 'k': 'к', 't': 'т'}

// A file or folder that is called like one that is read, but for a letter of another
// alphabet, is told which letter that is: side by side the two names are the same. Tried
// with every name that is built in, and its first and last letter that have a double.
func TestALetterOfAnotherAlphabetInANameIsNamed(t *testing.T) {
	countries := profile.IDs(laid.Folder{Built: profiles.FS})
	tried, seen := 0, map[string]int{}
	doubled := func(r rune) bool { return cyrillic[r] != 0 }
	for _, tree := range []struct {
		name  string
		built fs.FS
		check func(over fs.FS) finding.List
	}{
		{"profiles", profiles.FS, func(over fs.FS) finding.List {
			f := laid.Folder{Built: profiles.FS, Over: over, OverName: "laid"}
			_, found := profile.LoadOver(f, "kg")
			return append(found, profile.Strays(f)...)
		}},
		{"policies", policies.FS, func(over fs.FS) finding.List {
			return policy.Strays(policies.FS, &policy.Overlay{Files: over, Name: "laid"}, countries)
		}},
		{"locales", locales.FS, func(over fs.FS) finding.List {
			return locale.Strays(laid.Folder{Built: locales.FS, Over: over, OverName: "laid"})
		}},
	} {
		err := fs.WalkDir(tree.built, ".", func(name string, d fs.DirEntry, err error) error {
			top, _, _ := strings.Cut(name, "/")
			readable := tree.name == "locales" && path.Ext(name) == ".toml" || top == "kg" && path.Base(name) != "reach.csv"
			if err != nil || !readable || path.Dir(name) == "kg/calendar" || path.Dir(name) == "kg/texts" && !strings.HasPrefix(path.Base(name), "annex_1_1.") {
				return err // a calendar may be called by any year
			}
			kind := path.Dir(name) + path.Ext(name)
			if seen[kind]++; path.Dir(name) != "kg" && path.Dir(name) != "." && seen[kind] > 2 {
				return nil
			}
			base := path.Base(name)
			for _, i := range []int{strings.IndexFunc(base, doubled), strings.LastIndexFunc(base, doubled)} {
				double := cyrillic[rune(base[i])]
				wrong := path.Join(path.Dir(name), base[:i]+string(double)+base[i+1:])
				if d.IsDir() {
					wrong = path.Join(wrong, "x.yaml")
				}
				tried++
				if said := tree.check(fstest.MapFS{wrong: {Data: []byte("x: y\n")}}).Error(); !strings.Contains(said, "a Cyrillic letter") {
					t.Errorf("%s/%s: %.300s", tree.name, wrong, said)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if tried < 40 {
		t.Errorf("only %d names were tried", tried)
	}
}
