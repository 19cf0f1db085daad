package core

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// A test that reads what fault.From makes of no error dies, and no other test of its package
// says anything any more. Tests read faults by way of faulttest, which fails them instead.
func TestTestsReadNoFaultThatIsNotThere(t *testing.T) {
	fset, seen := token.NewFileSet(), 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") || filepath.Dir(path) == "fault" {
			return err
		}
		f, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			x, selects := n.(*ast.SelectorExpr)
			if !selects {
				return true
			}
			if p, named := x.X.(*ast.Ident); named && p.Name == "fault" {
				if seen++; x.Sel.Name == "From" {
					t.Errorf("%s: fault.From in a test: use faulttest.Of, or faulttest.Key and Fields where there may be no fault", fset.Position(x.Pos()))
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Error("no test looks at a fault")
	}
}
