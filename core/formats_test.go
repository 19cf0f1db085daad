package core_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"mektep/core/exchange/xlsx"
	"mektep/core/locale"
	"mektep/locales"
)

// deskFiles are packages that name a kind of file for another reason than that a
// register's table is written in it.
var deskFiles = map[string]string{
	"exchange/":     "the formats themselves",
	"profile/":      "reference books and territories are kept in such files",
	"policy/":       "rules are kept in such files",
	"finding/":      "findings point into such files of profiles and policies",
	"record/boats/": "lays rules over those of a country",
	"app/bench/":    "brings files of one kind or the other",
}

// Which file formats there are stands in one list, and everything that lists, offers,
// recognises or accepts one asks it: a format that is added there is everywhere.
func TestFileFormatsAreNamedInOnePlace(t *testing.T) {
	words, err := locale.Load(locales.FS, nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range xlsx.Formats() {
		names = append(names, regexp.QuoteMeta(f.ID), regexp.QuoteMeta(f.Media))
		if f.Detect == nil || f.Read == nil || f.Write == nil {
			t.Errorf("%s: a format is recognised, read and written", f.ID)
		}
		for _, tag := range words.Languages() {
			if key := "export.format." + f.ID; words.Localizer(tag.Tag).T(key) == key {
				t.Errorf("%s has no name in %s", f.ID, tag)
			}
		}
	}
	known := regexp.MustCompile(`(?i)(^|[^a-z])(` + strings.Join(names, "|") + `)($|[^a-z])|PK\\x03|spreadsheetml`)
	root := os.DirFS(".")
	err = fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == "node_modules" {
			if err == nil {
				err = fs.SkipDir
			}
			return err
		}
		for owner := range deskFiles {
			if strings.HasPrefix(path, owner) {
				return nil
			}
		}
		template := strings.HasSuffix(path, ".templ")
		if !template && (!strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go")) {
			return nil
		}
		text, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		if template {
			for n, line := range strings.Split(string(text), "\n") {
				if known.MatchString(line) {
					t.Errorf("%s:%d names a file format: ask exchange.Formats", path, n+1)
				}
			}
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, text, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.BasicLit:
				if x.Kind == token.STRING && known.MatchString(x.Value) {
					t.Errorf("%s names a file format: ask exchange.Formats", set.Position(x.Pos()))
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
