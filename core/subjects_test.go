package core

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"testing"

	"mektep/core/locale"
	"mektep/locales"
)

// A letter that says no more than "a new notice" is not opened, or opened by whom it warns
// against: every notice that goes by mail says what it is about. Found in the code, by what
// its key can be.
func TestEveryMailedNoticeHasASubjectOfItsOwn(t *testing.T) {
	words, err := locale.Load(locales.FS, nil)
	if err != nil {
		t.Fatal(err)
	}
	k := newKeys(program(t))
	mailed := map[string]bool{}
	k.each(func(pkg string, fn *ast.FuncDecl, n ast.Node) {
		lit, ok := n.(*ast.CompositeLit)
		if !ok || !slices.Contains([]string{"mektep/core/notify.Notice", "mektep/core/identity.notice"}, k.typeOf(lit)) {
			return
		}
		keyed := map[string]ast.Expr{}
		for _, e := range lit.Elts {
			kv := e.(*ast.KeyValueExpr)
			keyed[key(kv)] = kv.Value
		}
		by, at := keyed["Mail"], keyed["Key"]
		if by == nil {
			by, at = keyed["mail"], keyed["key"]
		}
		if s, passed := by.(*ast.SelectorExpr); by == nil || passed && s.Sel.Name == "mail" {
			return // on the screen only, or what another literal says
		}
		found := k.values(pkg, fn, at, map[ast.Expr]bool{})
		if len(found) == 0 {
			t.Errorf("%s %s: what the notice is called can't be told", pkg, fn.Name.Name)
		}
		maps.Copy(mailed, found)
	})
	if len(mailed) < 25 {
		t.Fatalf("only %v", slices.Sorted(maps.Keys(mailed)))
	}
	for _, key := range slices.Sorted(maps.Keys(mailed)) {
		for _, l := range words.Languages() {
			if !words.Localizer(l.Tag).Knows("notify.about." + key) {
				t.Errorf("%s: %s is mailed as “a new notice”", l.Tag, key)
			}
		}
	}
}

// keys follow a text through the program to where it is written.
type keys struct {
	code
	funcs map[*ast.FuncDecl]string // the package of each
}

func newKeys(c code) keys {
	k := keys{code: c, funcs: map[*ast.FuncDecl]string{}}
	for pkg, files := range c.files {
		for _, f := range files {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
					k.funcs[fn] = pkg
				}
			}
		}
	}
	return k
}

// each walks the functions of the program.
func (k keys) each(see func(pkg string, fn *ast.FuncDecl, n ast.Node)) {
	for fn, pkg := range k.funcs {
		ast.Inspect(fn, func(n ast.Node) bool {
			if n != nil {
				see(pkg, fn, n)
			}
			return true
		})
	}
}

func (k keys) typeOf(e ast.Expr) string { return types.TypeString(k.info.Types[e].Type, nil) }

// values are what a text can be: a constant, what a variable is set to, what callers give,
// what a field is filled with.
func (k keys) values(pkg string, fn *ast.FuncDecl, e ast.Expr, seen map[ast.Expr]bool) map[string]bool {
	out := map[string]bool{}
	if e == nil || seen[e] {
		return out
	}
	seen[e] = true
	if v := k.info.Types[e].Value; v != nil && v.Kind() == constant.String {
		return map[string]bool{constant.StringVal(v): true}
	}
	switch x := e.(type) {
	case *ast.BinaryExpr:
		for head := range k.values(pkg, fn, x.X, seen) {
			for tail := range k.values(pkg, fn, x.Y, seen) {
				out[head+tail] = true
			}
		}
	case *ast.CallExpr:
		if k.info.Types[x.Fun].IsType() {
			return k.values(pkg, fn, x.Args[0], seen)
		}
	case *ast.Ident:
		k.set(pkg, fn, x, seen, out)
		k.given(pkg, fn, x, seen, out)
	case *ast.SelectorExpr:
		k.filled(x, seen, out)
	}
	return out
}

// set adds what a variable is assigned in its function.
func (k keys) set(pkg string, fn *ast.FuncDecl, id *ast.Ident, seen map[ast.Expr]bool, out map[string]bool) {
	of := k.info.Uses[id]
	ast.Inspect(fn, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok || len(a.Lhs) != len(a.Rhs) {
			return true
		}
		for i, l := range a.Lhs {
			if l, ok := l.(*ast.Ident); ok && (k.info.Uses[l] == of || k.info.Defs[l] == of) && of != nil {
				maps.Copy(out, k.values(pkg, fn, a.Rhs[i], seen))
			}
		}
		return true
	})
}

// given adds what callers give for a parameter. What has a type of its own can be any
// constant of it: it may come through a function that is handed on.
func (k keys) given(pkg string, fn *ast.FuncDecl, id *ast.Ident, seen map[ast.Expr]bool, out map[string]bool) {
	at, of := -1, k.info.Uses[id]
	n := 0
	for _, f := range fn.Type.Params.List {
		for _, name := range f.Names {
			if k.info.Defs[name] == of {
				at = n
			}
			n++
		}
	}
	if at < 0 {
		return
	}
	if own := types.TypeString(of.Type(), nil); own != "string" {
		for _, o := range k.info.Defs {
			if c, ok := o.(*types.Const); ok && types.TypeString(c.Type(), nil) == own {
				out[constant.StringVal(c.Val())] = true
			}
		}
		return
	}
	k.each(func(where string, caller *ast.FuncDecl, n ast.Node) {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) <= at {
			return
		}
		var called *ast.Ident
		switch f := call.Fun.(type) {
		case *ast.Ident:
			called = f
		case *ast.SelectorExpr:
			called = f.Sel
		default:
			return
		}
		if called.Name != fn.Name.Name || !token.IsExported(called.Name) && (where != pkg || k.info.Uses[called] != k.info.Defs[fn.Name]) {
			return
		}
		maps.Copy(out, k.values(where, caller, call.Args[at], seen))
	})
}

// filled adds what a field is filled with wherever its struct is made.
func (k keys) filled(s *ast.SelectorExpr, seen map[ast.Expr]bool, out map[string]bool) {
	owner := types.TypeString(k.info.Types[s.X].Type, nil)
	k.each(func(pkg string, fn *ast.FuncDecl, n ast.Node) {
		switch x := n.(type) {
		case *ast.CompositeLit:
			if k.typeOf(x) != owner {
				return
			}
			for _, e := range x.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok && key(kv) == s.Sel.Name {
					maps.Copy(out, k.values(pkg, fn, kv.Value, seen))
				}
			}
		case *ast.AssignStmt:
			for i, l := range x.Lhs {
				if l, ok := l.(*ast.SelectorExpr); ok && len(x.Lhs) == len(x.Rhs) && l.Sel.Name == s.Sel.Name && k.typeOf(l.X) == owner {
					maps.Copy(out, k.values(pkg, fn, x.Rhs[i], seen))
				}
			}
		}
	})
}
