package core_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// shrinking are the lists of the tests that may only shrink, as they stand: what waits for
// a part to come, what is excused from a rule. An entry that goes there goes here; nothing
// is added to either, or whoever looks at the change sees it twice.
const shrinking = "testdata/shrinking.txt"

// A list that may only shrink does: each is found by the words that say so, and has no entry
// that is not written down. `waiting` grew from 12 to 46 in one change, and nobody noticed.
//
// MEKTEP_WRITE=1 takes out of the file what went from the lists, and adds nothing to it.
func TestListsThatMayOnlyShrinkDo(t *testing.T) {
	raw, err := os.ReadFile(shrinking)
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Split(strings.TrimSpace(string(raw)), "\n")
	lists := map[string]bool{}
	var now []string
	err = filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() && e.Name() == "node_modules" {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR || !strings.Contains(strings.Join(strings.Fields(g.Doc.Text()), " "), "may only shrink") {
				continue
			}
			of := g.Specs[0].(*ast.ValueSpec)
			list := fmt.Sprintf("%s %s: ", filepath.ToSlash(path), of.Names[0].Name)
			lists[list] = true
			for _, entry := range entries(of.Values[0]) {
				now = append(now, list+entry)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(lists) < 7 {
		t.Errorf("%d lists were found: %v", len(lists), lists)
	}
	for _, entry := range now {
		if !slices.Contains(known, entry) {
			t.Errorf("%s is new, and the list may only shrink", entry)
		}
	}
	kept := slices.DeleteFunc(slices.Clone(known), func(entry string) bool { return !slices.Contains(now, entry) })
	if os.Getenv("MEKTEP_WRITE") != "" {
		if err := os.WriteFile(shrinking, []byte(strings.Join(kept, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, entry := range known {
		if !slices.Contains(kept, entry) {
			t.Errorf("%s went from its list: take it out of %s, too (MEKTEP_WRITE=1)", entry, shrinking)
		}
	}
}

// entries are the texts of a list: elements, keys, and what lists stand under them.
func entries(x ast.Expr) (out []string) {
	list, ok := x.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	text := func(x ast.Expr) string {
		if lit, ok := x.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				return s
			}
		}
		return ""
	}
	for _, e := range list.Elts {
		pair, ok := e.(*ast.KeyValueExpr)
		if !ok {
			out = append(out, text(e))
			continue
		}
		under := entries(pair.Value)
		for _, u := range under {
			out = append(out, text(pair.Key)+" > "+u)
		}
		if len(under) == 0 {
			out = append(out, text(pair.Key))
		}
	}
	return out
}
