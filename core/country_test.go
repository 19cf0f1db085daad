package core

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// countryWords are what only profiles, policies and texts may say. A match in the
// core is a country in the code: make it a field of the profile instead.
var countryWords = regexp.MustCompile(`"(tr|kg)"|\b(Turkey|Türkiye|Kyrgyzstan|Ankara|Bishkek|MEB|MEBBİS|e-Okul|TCKN|SOATE|KVKK)\b`)

// A language is not a country: these lines are about how a language is written.
var aboutLanguages = regexp.MustCompile(`core/(locale|web/ui/gallery)/`)

func TestTheCoreNamesNoCountry(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules" || d.Name() == "dist") {
			return filepath.SkipDir
		}
		isSource := strings.HasSuffix(path, ".go") || strings.HasSuffix(path, ".templ")
		if !isSource || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") || aboutLanguages.MatchString("core/"+filepath.ToSlash(path)) {
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(raw), "\n") {
			if m := countryWords.FindString(line); m != "" && !strings.Contains(line, "// language tag") {
				t.Errorf("core/%s:%d names a country: %s", path, i+1, m)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
