package core

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// byHand is a person's name that is put together of its parts, in Go, in SQL or in a text.
var byHand = regexp.MustCompile(`(?i)\b(given|family|patronymic)\s*(\|\||\+)\s*["']|["']\s*(\|\||\+)\s*([\w.]+\.)?(given|family|patronymic)\b` +
	`|concat\w*\([^)]*\b(given|family)\b|\b(given|family)\b[\w.]*\s*,\s*([\w.]+\.)?(given|family)\b[^)}]*\},\s*" "`)

// How a person's name is written is the country's word, and it is written in one place
// (profile.PersonName): by hand, a letter would call by another name than the list.
func TestNobodyPutsAPersonsNameTogetherByHand(t *testing.T) {
	for _, s := range []string{"btrim(a.given || ' ' || a.family)", `a.Given + " " + a.Family`, `p.Family+" "+p.Given`, "concat_ws(' ', family, given)", `strings.Join([]string{a.Given, a.Family}, " ")`} {
		if !byHand.MatchString(s) {
			t.Errorf("%s is not seen", s)
		}
	}
	found := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules" || d.Name() == "dist") {
			return filepath.SkipDir
		}
		if ext := filepath.Ext(path); ext != ".go" && ext != ".templ" || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(raw), "\n") {
			switch {
			case !byHand.MatchString(line):
			case path == "identity/alike_name.go": // words to compare, shown to nobody
			case path == "profile/lookup.go":
				found++
			default:
				t.Errorf("core/%s:%d puts a name together: %s", path, i+1, strings.TrimSpace(line))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found == 0 {
		t.Error("nor does profile.PersonName")
	}
}
