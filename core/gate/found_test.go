package gate

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"mektep/policies"
)

// holding are the ways in which code says that a relation holds.
var holding = []*regexp.Regexp{
	regexp.MustCompile(`\bHolds(?::| =) *\[\]string\{([^}]*)\}`),
	regexp.MustCompile(`\b[Hh]olds = append\((?:t\.)?[Hh]olds, ([^)]*)\)`),
	regexp.MustCompile(`return append\(holds, ([^)]*)\)`),
}

// What the gate promises is what code finds: a relation on the list that nobody finds is
// a promise nobody keeps, one that is found and not on the list is kept from everybody.
func TestTheRelationsPromisedAreThoseThatCodeFinds(t *testing.T) {
	var text struct {
		Relations []string `yaml:"relations"`
	}
	catalogue, err := fs.ReadFile(policies.FS, "catalogue.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(catalogue, &text); err != nil || len(text.Relations) < 5 {
		t.Fatalf("%v %v", text.Relations, err)
	}
	has := map[string]bool{}
	err = filepath.WalkDir("..", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		source, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, form := range holding {
			for _, hit := range form.FindAllStringSubmatch(string(source), -1) {
				for _, word := range regexp.MustCompile(`"([a-z]+)"`).FindAllStringSubmatch(hit[1], -1) {
					has[word[1]] = true
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range text.Relations {
		if has[r] != slices.Contains(findable, r) {
			t.Errorf("relation %s: code finds it: %t, the gate promises it: %t", r, has[r], !has[r])
		}
	}
}
