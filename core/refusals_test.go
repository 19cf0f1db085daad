package core_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// explaining are what a refusal must be given beside its message.
var explaining = []string{"check", "rule", "next"}

// bare are refusals whose next step is added elsewhere, and where.
var bare = map[string]string{
	"window.not_theirs": "the gate adds who may, as to whatever an owner does not admit",
}

// Every refusal names the check, the rule with its law and the next step, wherever in
// the program it is made: a new one as well.
func TestEveryRefusalExplainsItself(t *testing.T) {
	found := map[string]bool{}
	for pkg, files := range sources(t) {
		helpers := explainers(files)
		for _, file := range files {
			for _, decl := range file.Decls {
				fn, ok := decl.(*ast.FuncDecl)
				if !ok || fn.Body == nil {
					if v, ok := decl.(*ast.GenDecl); ok {
						judge(t, pkg, v, helpers, found)
					}
					continue
				}
				judge(t, pkg, fn, helpers, found)
			}
		}
	}
	if len(found) < 20 {
		t.Errorf("only %d refusals found: has the way of making them changed?", len(found))
	}
	for key, why := range bare {
		if !found[key] {
			t.Errorf("%s (%s) is no refusal any more", key, why)
		}
	}
}

func judge(t *testing.T, pkg string, in ast.Node, helpers map[string][]string, found map[string]bool) {
	t.Helper()
	within(in, func(call *ast.CallExpr, parents []ast.Node) {
		key := refusing(call)
		if key == "" {
			return
		}
		found[key] = true
		given := explained(in, call, parents, helpers)
		for _, what := range explaining {
			if !slices.Contains(given, what) && (what != "next" || bare[key] == "") {
				t.Errorf("%s: the refusal %q is given no %s", pkg, key, what)
			}
		}
	})
}

// refusing returns the message of a call that makes a refusal: fault.New(fault.Denied, "…").
func refusing(call *ast.CallExpr) string {
	if !selects(call.Fun, "fault", "New") || len(call.Args) != 2 || (!selects(call.Args[0], "fault", "Denied") && !selects(call.Args[0], "fault", "Locked")) {
		return ""
	}
	switch key := call.Args[1].(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(key.Value)
		return s
	case *ast.Ident:
		return "(" + key.Name + ")"
	}
	return "(computed)"
}

func selects(e ast.Expr, pkg, name string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != name {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == pkg
}

// methods say what a method of a fault gives it.
var methods = map[string][]string{"WithCheck": {"check"}, "WithRule": {"rule"}, "WithOwnRule": {"rule"}, "WithNext": {"next"}, "WithField": {"field"}}

// explained returns what the fault that call makes is given: along its own chain of
// methods, by the functions it is handed to, and where it has a name by what is done
// to that name in the same function.
func explained(in ast.Node, call *ast.CallExpr, parents []ast.Node, helpers map[string][]string) []string {
	var given []string
	var at ast.Node = call
	for i := len(parents) - 1; i >= 0; i-- {
		switch p := parents[i].(type) {
		case *ast.SelectorExpr:
		case *ast.CallExpr:
			given = append(given, gives(p, at, helpers)...)
		case *ast.AssignStmt:
			if name, ok := p.Lhs[0].(*ast.Ident); ok {
				given = append(given, named(in, name.Name, helpers)...)
			}
			return given
		case *ast.ValueSpec:
			return append(given, named(in, p.Names[0].Name, helpers)...)
		case ast.Stmt:
			return given
		}
		at = parents[i]
	}
	return given
}

// gives says what a call gives the fault inside it: its receiver's chain, or an argument.
func gives(call *ast.CallExpr, inside ast.Node, helpers map[string][]string) []string {
	name := called(call)
	if slices.ContainsFunc(call.Args, func(a ast.Expr) bool { return a == inside }) {
		return helpers[name]
	}
	return methods[name]
}

func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// named returns what is given to the fault that a function calls by a name.
func named(in ast.Node, name string, helpers map[string][]string) []string {
	var given []string
	within(in, func(call *ast.CallExpr, _ []ast.Node) {
		var root ast.Expr = call
		for {
			if c, ok := root.(*ast.CallExpr); ok {
				root = c.Fun
			} else if s, ok := root.(*ast.SelectorExpr); ok {
				root = s.X
			} else {
				break
			}
		}
		if x, ok := root.(*ast.Ident); ok && x.Name == name {
			given = append(given, methods[called(call)]...)
		}
		for _, a := range call.Args {
			for {
				c, ok := a.(*ast.CallExpr)
				if !ok {
					break
				}
				s, ok := c.Fun.(*ast.SelectorExpr)
				if !ok {
					break
				}
				a = s.X
			}
			if x, ok := a.(*ast.Ident); ok && x.Name == name {
				given = append(given, helpers[called(call)]...)
			}
		}
	})
	return given
}

// explainers returns what functions give to a fault that they are handed, by name:
// those of the package, and gate.Cite.
func explainers(files []*ast.File) map[string][]string {
	out := map[string][]string{"Cite": {"rule"}}
	for range 3 { // through one another
		for _, file := range files {
			for _, decl := range file.Decls {
				fn, ok := decl.(*ast.FuncDecl)
				if !ok || fn.Body == nil {
					continue
				}
				for _, p := range fn.Type.Params.List {
					star, ok := p.Type.(*ast.StarExpr)
					if ok && selects(star.X, "fault", "Error") && len(p.Names) == 1 {
						given := append(slices.Clone(out[fn.Name.Name]), named(fn, p.Names[0].Name, out)...)
						slices.Sort(given)
						out[fn.Name.Name] = slices.Compact(given)
					}
				}
			}
		}
	}
	return out
}

// within calls fn with every call below n and the nodes above it.
func within(n ast.Node, fn func(call *ast.CallExpr, parents []ast.Node)) {
	var parents []ast.Node
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil {
			parents = parents[:len(parents)-1]
			return true
		}
		if call, ok := n.(*ast.CallExpr); ok {
			fn(call, slices.Clone(parents))
		}
		parents = append(parents, n)
		return true
	})
}

// sources parses the program's own files, by package folder.
func sources(t *testing.T) map[string][]*ast.File {
	t.Helper()
	all := map[string][]*ast.File{}
	files := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
			return err
		}
		f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		all[filepath.Dir(path)] = append(all[filepath.Dir(path)], f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
