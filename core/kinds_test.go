package core_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
)

// What is remembered is forgotten when it changes: each kind of notice is declared once,
// is sent by somebody, and is listened to by somebody. A cache that listens to a word
// that nobody says serves what was true when it was filled.
func TestEveryKindOfNoticeIsSentAndHeard(t *testing.T) {
	declared, sent, heard := map[string]string{}, map[string]bool{}, map[string]bool{}
	root := os.DirFS(".")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, text, 0)
		if err != nil {
			return err
		}
		// A kind is named by the folder that declares it.
		name := func(e ast.Expr) string {
			switch x := e.(type) {
			case *ast.Ident:
				return path[:strings.LastIndex(path, "/")] + "." + x.Name
			case *ast.SelectorExpr:
				if p, ok := x.X.(*ast.Ident); ok {
					return p.Name + "." + x.Sel.Name
				}
			case *ast.BasicLit:
				t.Errorf("%s: a kind is a constant of type db.Kind, not a text", set.Position(e.Pos()))
			}
			return ""
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.ValueSpec:
				if s, ok := x.Type.(*ast.SelectorExpr); ok && s.Sel.Name == "Kind" && len(x.Values) == 1 {
					if p, ok := s.X.(*ast.Ident); ok && p.Name == "db" {
						declared[path[:strings.LastIndex(path, "/")]+"."+x.Names[0].Name] = set.Position(x.Pos()).String()
					}
				}
			case *ast.KeyValueExpr: // a table of kinds and what to do for each
				if id, ok := x.Key.(*ast.Ident); ok && strings.HasPrefix(id.Name, "kind") {
					sent[name(id)] = true
				}
			case *ast.CallExpr:
				f := x.Fun
				if i, ok := f.(*ast.IndexListExpr); ok {
					f = i.X
				}
				s, ok := f.(*ast.SelectorExpr)
				switch {
				case !ok:
				case s.Sel.Name == "Notify" && len(x.Args) == 3:
					sent[name(x.Args[1])] = true
				case s.Sel.Name == "NewCache" && len(x.Args) >= 4:
					for _, kind := range slices.Concat(x.Args[1:2], x.Args[4:]) {
						heard[name(kind)] = true
					}
				case s.Sel.Name == "OnChange" && len(x.Args) == 2:
					heard[name(x.Args[0])] = true
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(declared) < 6 {
		t.Fatalf("only %d kinds were found", len(declared))
	}
	short := func(kind string) string { return kind[strings.LastIndex(kind[:strings.LastIndex(kind, ".")], "/")+1:] }
	for kind, at := range declared {
		if !sent[kind] && !sent[short(kind)] {
			t.Errorf("%s: nobody sends %s", at, kind)
		}
		if !heard[kind] && !heard[short(kind)] {
			t.Errorf("%s: nobody hears %s", at, kind)
		}
	}
}
