package locale

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Use is a message key that stands in a source file.
type Use struct {
	Key       string
	File      string
	Line, Col int
	// Rendered says that the place renders the key or hands it to be rendered, so
	// that the message must exist. Any other literal that reads like a key only
	// counts as a use of the message if there is one.
	Rendered bool
}

var keyForm = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`)

// keyArgument says which argument of a call, by the called name, is a message key.
var keyArgument = map[string]int{"T": 0, "WithNext": 0, "WithField": 1}

// Uses finds the message keys in the Go sources below the root of fsys: what
// templ generates included, tests, hidden folders, node_modules and this
// package's own examples not.
//
// A key is rendered where it is the literal argument of T, fault.New, fault.Key,
// WithNext or WithField, or the value of a field whose name ends in Key.
//
// Errors: a source that does not parse.
func Uses(fsys fs.FS) ([]Use, error) {
	var uses []Use
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(base, ".") || base == "node_modules" || base == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".go") || strings.HasSuffix(base, "_test.go") {
			return nil
		}
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		found, err := usesInGo(name, src)
		uses = append(uses, found...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find message keys: %w", err)
	}
	return uses, nil
}

func usesInGo(name string, src []byte) ([]Use, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var uses []Use
	rendered := map[*ast.BasicLit]bool{}
	mark := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok {
			rendered[lit] = true
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if i, ok := keyArgumentOf(n); ok && i < len(n.Args) {
				mark(n.Args[i])
			}
		case *ast.KeyValueExpr:
			if id, ok := n.Key.(*ast.Ident); ok && strings.HasSuffix(id.Name, "Key") {
				mark(n.Value)
			}
		case *ast.BasicLit:
			if n.Kind != token.STRING {
				return true
			}
			key, err := strconv.Unquote(n.Value)
			if err == nil && keyForm.MatchString(key) {
				at := files.Position(n.Pos())
				uses = append(uses, Use{Key: key, File: name, Line: at.Line, Col: at.Column, Rendered: rendered[n]})
			}
		}
		return true
	})
	return uses, nil
}

// keyArgumentOf returns which argument of a call is a message key.
func keyArgumentOf(call *ast.CallExpr) (int, bool) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return 0, false
	}
	if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "fault" {
		switch sel.Sel.Name {
		case "New":
			return 1, true
		case "Key":
			return 0, true
		}
	}
	i, ok := keyArgument[sel.Sel.Name]
	return i, ok
}
