package core_test

import (
	"go/ast"
	"path"
	"slices"
	"strconv"
	"testing"

	"mektep/core/locale"
	"mektep/locales"
)

// Whoever is told that there is no such thing, that it does not fit what stands now, that it is too large
// or could not be understood, or that
// nobody knows who they are, is told what to do: the step stands with the fault, or its words stand by the key of its
// message, in every language. Found in the code, tomorrow's is tried too.
func TestWhatIsGoneOrClashesSaysWhatNext(t *testing.T) {
	words, err := locale.Load(locales.FS, nil, locale.Strict())
	if err != nil {
		t.Fatal(err)
	}
	en := words.Localizer("en")
	found := map[string]bool{}
	all := sources(t)
	for pkg, files := range all {
		if pkg == "web/webtest" {
			continue
		}
		helpers := explainers(files)
		for _, file := range files {
			for _, decl := range file.Decls {
				within(decl, func(call *ast.CallExpr, parents []ast.Node) {
					if !selects(call.Fun, "fault", "New") || len(call.Args) != 2 || !selects(call.Args[0], "fault", "NotFound") && !selects(call.Args[0], "fault", "Conflict") && !selects(call.Args[0], "fault", "Unauthenticated") &&
						!selects(call.Args[0], "fault", "TooLarge") && !names(call.Args[1], "fault.bad_request") {
						return
					}
					if up := parents[len(parents)-1]; isCall(up, "errors", "Is") {
						return // what is looked for, not made
					}
					given := explained(decl, call, parents, helpers)
					for _, key := range keysOf(call.Args[1], pkg, all) {
						found[key] = true
						if !slices.Contains(given, "next") && !slices.Contains(given, "field") && !en.Knows(locale.NextOf(key)) {
							t.Errorf("%s: %s is given no next step, and there is no %s", pkg, key, locale.NextOf(key))
						}
					}
				})
			}
		}
	}
	if len(found) < 60 {
		t.Errorf("only %d found: has the way of making them changed?", len(found))
	}
}

// names reports whether an expression is a message key as it stands.
func names(e ast.Expr, key string) bool {
	lit, ok := e.(*ast.BasicLit)
	return ok && lit.Value == strconv.Quote(key)
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

func isCall(n ast.Node, pkg, name string) bool {
	call, ok := n.(*ast.CallExpr)
	return ok && selects(call.Fun, pkg, name)
}

// keysOf are the keys that a message may have: the one that is written, or those that the
// package's tables, or those of others in a type of the package, hold in the field that is
// named.
func keysOf(e ast.Expr, pkg string, all map[string][]*ast.File) []string {
	switch x := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(x.Value)
		return []string{s}
	case *ast.SelectorExpr:
		var out []string
		for from, files := range all {
			for _, f := range files {
				ast.Inspect(f, func(n ast.Node) bool {
					table, ok := n.(*ast.CompositeLit)
					if !ok {
						return true
					}
					if t, other := table.Type.(*ast.SelectorExpr); from != pkg && (!other || !isIdent(t.X, path.Base(pkg))) {
						return true
					}
					for _, e := range table.Elts {
						kv, ok := e.(*ast.KeyValueExpr)
						if !ok || !isIdent(kv.Key, x.Sel.Name) {
							continue
						}
						if lit, ok := kv.Value.(*ast.BasicLit); ok {
							s, _ := strconv.Unquote(lit.Value)
							out = append(out, s)
						}
					}
					return true
				})
			}
		}
		if out != nil {
			return out
		}
	}
	return []string{"(computed)"}
}
