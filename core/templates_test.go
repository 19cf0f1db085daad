package core_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
)

// templ knows no "else if" between attributes: it writes the word into the page as an
// attribute of its own, and both branches may be taken.
func TestNoTemplateWritesElseIntoATag(t *testing.T) {
	files := 0
	root := os.DirFS(".")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_templ.go") {
			return err
		}
		files++
		text, err := fs.ReadFile(root, path)
		for i, line := range strings.Split(string(text), "\n") {
			if strings.Contains(line, `, " else`) {
				t.Errorf("%s:%d: an else between attributes; write two ifs", path, i+1)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 {
		t.Fatalf("only %d templates", files)
	}
}
