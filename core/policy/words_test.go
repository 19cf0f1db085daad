package policy

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mektep/policies"
)

// The catalogue holds keys only: their words for people stand in the language files.
func TestCatalogueWordsHaveNames(t *testing.T) {
	w, found := readWords(policies.FS, Vocabulary{})
	if len(found) > 0 {
		t.Fatal(found)
	}
	var keys []string
	for _, a := range w.actionIDs {
		keys = append(keys, "right."+a)
	}
	for _, o := range w.objectIDs {
		keys = append(keys, "object."+o)
	}
	for _, r := range w.relations {
		keys = append(keys, "relation."+r)
	}
	for _, s := range w.sources {
		keys = append(keys, "source."+strings.TrimPrefix(s, "platform §"))
	}
	files, err := filepath.Glob("../../locales/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no language files (%v)", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			if !strings.Contains(string(text), "\n\""+k+"\" = ") {
				t.Errorf("%s has no %q", filepath.Base(name), k)
			}
		}
	}
}

// asked are the ways in which services name an action and an object to the gate.
var asked = []*regexp.Regexp{
	regexp.MustCompile(`\.(?:Check|Can)\(ctx, "(?P<action>[a-z_.]+)", gate\.Target\{Object: "(?P<object>[a-z_.]+)"`),
	regexp.MustCompile(`\.Scope\(ctx, "(?P<action>[a-z_.]+)", "(?P<object>[a-z_.]+)"`),
	regexp.MustCompile(`gate\.Target\{Object: "(?P<object>[a-z_.]+)"`),
}

// A word that the catalogue lacks would be refused to everybody, silently.
func TestServicesAskOnlyForWhatTheCatalogueHas(t *testing.T) {
	w, found := readWords(policies.FS, Vocabulary{})
	if len(found) > 0 {
		t.Fatal(found)
	}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || filepath.Dir(path) == "." {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, form := range asked {
			for _, hit := range form.FindAllStringSubmatch(string(text), -1) {
				object := hit[form.SubexpIndex("object")]
				actions := w.objects[object]
				if actions == nil {
					t.Errorf("%s: %s: %s", path, hit[0], unknown("object", object, w.objectIDs))
				} else if i := form.SubexpIndex("action"); i > 0 && !slices.Contains(actions, hit[i]) {
					t.Errorf("%s: %s: %s", path, hit[0], unknown("action", hit[i], actions))
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
