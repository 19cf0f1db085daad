package ui_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// uncompleted are the fields that no browser may complete, nor give back: one-time secrets, a name that
// stands for a signature, and what stands beside a password, where password managers would fill it.
var uncompleted = []string{"signin/forgot.templ", "me/undertakings.templ", "me/sessions.templ"}

// A field that says that it is not to be completed is given back empty by the browser's back button:
// what somebody typed would be lost.
func TestNoFieldIsKeptFromBeingGivenBack(t *testing.T) {
	off := regexp.MustCompile(`(?i)autocomplete"?[=:]\s*"off"`)
	search := regexp.MustCompile(`type="search"`)
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := strings.CutPrefix(filepath.ToSlash(path), "../")
		if d.IsDir() && d.Name() == "node_modules" {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".templ") && (!strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go")) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for n, line := range strings.Split(string(text), "\n") {
			if off.MatchString(line) && !search.MatchString(line) && !strings.Contains(strings.Join(uncompleted, " "), name) {
				t.Errorf("%s:%d: %s", name, n+1, strings.TrimSpace(line))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
