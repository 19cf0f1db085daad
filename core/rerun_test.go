package core

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// doors are the methods whose function is run again when it lost against another
// unit of work.
var doors = []string{"Tenant", "Platform", "Unit", "unit"}

// A unit that is run again must begin where it began before: what lies outside of
// it may be set anew in it, not added to.
func TestUnitsOfWorkMayBeRunAgain(t *testing.T) {
	fset := token.NewFileSet()
	units := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); !ok || !slices.Contains(doors, sel.Sel.Name) {
				return true
			}
			for _, a := range call.Args {
				if lit, ok := a.(*ast.FuncLit); ok {
					units++
					for _, at := range accumulates(lit) {
						t.Errorf("%s: adds to what lies outside the unit of work; set it anew at the unit's beginning", fset.Position(at))
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if units < 100 {
		t.Errorf("only %d units of work were found", units)
	}
}

// accumulates returns where lit adds to a variable of its surroundings that it has
// not set before.
func accumulates(lit *ast.FuncLit) []token.Pos {
	var found []token.Pos
	set := map[string]bool{}
	outer := func(e ast.Expr) *ast.Ident {
		id := rootOf(e)
		if id == nil || id.Name == "_" || id.Obj == nil || !id.Obj.Pos().IsValid() || id.Obj.Pos() >= lit.Pos() && id.Obj.Pos() <= lit.End() { //nolint:staticcheck // names of one file suffice
			return nil
		}
		return id
	}
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		switch s := n.(type) {
		case *ast.IncDecStmt:
			if id := outer(s.X); id != nil && !set[id.Name] {
				found = append(found, s.Pos())
			}
		case *ast.AssignStmt:
			for i, l := range s.Lhs {
				id := outer(l)
				if id == nil {
					continue
				}
				adds := s.Tok != token.ASSIGN && s.Tok != token.DEFINE || appendsTo(s.Rhs[min(i, len(s.Rhs)-1)], id)
				switch {
				case adds && !set[id.Name]:
					found = append(found, s.Pos())
				case !adds:
					set[id.Name] = true
				}
			}
		}
		return true
	})
	return found
}

// rootOf is the variable that an expression such as a.b[c] belongs to.
func rootOf(e ast.Expr) *ast.Ident {
	for {
		switch v := e.(type) {
		case *ast.Ident:
			return v
		case *ast.SelectorExpr:
			e = v.X
		case *ast.IndexExpr:
			e = v.X
		case *ast.StarExpr:
			e = v.X
		case *ast.ParenExpr:
			e = v.X
		default:
			return nil
		}
	}
}

// appendsTo reports whether e is append(x, …) with the same x.
func appendsTo(e ast.Expr, id *ast.Ident) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return false
	}
	name, ok := call.Fun.(*ast.Ident)
	first := rootOf(call.Args[0])
	return ok && name.Name == "append" && first != nil && first.Name == id.Name
}
