package core

import (
	"go/ast"
	"go/constant"
	"go/types"
	"os"
	"slices"
	"strings"
	"testing"
)

// asking is what a request for a second person's word, or for the person's own, is made by.
const asking = "(*mektep/core/approval.Service).Ask"

// Whatever a person does on a screen or by the API that can end in a request stands in the
// list that is tried from end to end: by core/web for the screens, and for the API in its
// own description, which core/api tries. Found in the code, tomorrow's is missed at once.
func TestTRIC1_WhateverCanEndInARequestIsTried(t *testing.T) {
	c := program(t)
	asks := c.reaching(asking)
	var screens []string
	for path, files := range c.files {
		if !strings.HasPrefix(path, "mektep/core/web/") || path == "mektep/core/web/operator" {
			continue // an operator acts in a ministry as the platform, which nobody there need agree to
		}
		c.routes(files, func(address string, handle ast.Expr) {
			if c.mentions(handle, asks) {
				screens = append(screens, strings.TrimPrefix(path, "mektep/core/web/")+" "+address)
			}
		})
	}
	slices.Sort(screens)
	text, err := os.ReadFile("web/testdata/asks.txt")
	if err != nil {
		t.Fatal(err)
	}
	var tried []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			tried = append(tried, line)
		}
	}
	if !slices.Equal(tried, screens) {
		t.Errorf("core/web/testdata/asks.txt has %q; by the code it is %q", tried, screens)
	}
	c.operations(t, asks)
}

// routes calls fn with every route that is written in the files: as one, or by a function
// that is handed its path and its handler.
func (c *code) routes(files []*ast.File, fn func(address string, handle ast.Expr)) {
	const handler, route = "mektep/core/web/screen.Handler", "mektep/core/web/screen.Route"
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.CallExpr:
				sig, ok := c.info.Types[x.Fun].Type.(*types.Signature)
				if !ok || sig.Params().Len() != len(x.Args) || len(x.Args) < 2 {
					return true
				}
				last := len(x.Args) - 1
				if types.TypeString(sig.Params().At(last).Type(), nil) == handler {
					fn(c.address(x.Args[last-1]), x.Args[last])
				}
			case *ast.CompositeLit:
				if types.TypeString(c.info.Types[x].Type, nil) != route {
					return true
				}
				parts := map[string]ast.Expr{}
				for _, e := range x.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok {
						parts[key(kv)] = kv.Value
					}
				}
				if parts["Handle"] != nil {
					fn(c.address(parts["Path"]), parts["Handle"])
				}
			}
			return true
		})
	}
}

// operations fails unless an operation of the API says that it may wait exactly where its
// code can ask: itself, or what is handed to the helper that adds it.
func (c *code) operations(t *testing.T, asks map[string]bool) {
	t.Helper()
	files := c.files["mektep/core/api"]
	says := map[string]bool{} // functions that add an operation which may wait
	found := 0
	for _, f := range files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				ast.Inspect(fn, func(n ast.Node) bool {
					if kv, ok := n.(*ast.KeyValueExpr); ok && key(kv) == "second" {
						says[fn.Name.Name] = true
					}
					return true
				})
			}
		}
	}
	each(files, func(call *ast.CallExpr) {
		name, ok := call.Fun.(*ast.Ident)
		if !ok || name.Name == "history" {
			return
		}
		can := false
		for _, arg := range call.Args {
			if lit, ok := arg.(*ast.FuncLit); ok && c.mentions(lit, asks) {
				can = true
			}
		}
		said := says[name.Name]
		if name.Name == "add" {
			said = declares(call.Args[1])
		}
		switch {
		case can && !said:
			t.Errorf("%s can end in a request, and its operation does not say so", c.id(call))
		case can:
			found++
		case name.Name == "add" && said && !strings.Contains(c.id(call), " + "): // what is handed to a function is looked at where it is
			t.Errorf("%s says that it may wait for a second person, and nothing in it asks", c.id(call))
		}
	})
	if found < 15 {
		t.Errorf("only %d operations found that can end in a request", found)
	}
}

// declares reports whether an operation says that it may wait.
func declares(operation ast.Expr) bool {
	lit, ok := operation.(*ast.CompositeLit)
	return ok && slices.ContainsFunc(lit.Elts, func(e ast.Expr) bool {
		kv, ok := e.(*ast.KeyValueExpr)
		return ok && key(kv) == "second"
	})
}

// id is how an operation is called, or put together by the function that adds it.
func (c *code) id(add *ast.CallExpr) string {
	for _, arg := range add.Args {
		if lit, ok := arg.(*ast.CompositeLit); ok {
			for _, e := range lit.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok && key(kv) == "id" {
					return c.address(kv.Value)
				}
			}
		}
	}
	return types.ExprString(add)
}

func key(kv *ast.KeyValueExpr) string {
	id, _ := kv.Key.(*ast.Ident)
	if id == nil {
		return ""
	}
	return id.Name
}

func each(files []*ast.File, fn func(call *ast.CallExpr)) {
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				fn(call)
			}
			return true
		})
	}
}

// address is the path of a route: its text, or how it is put together.
func (c *code) address(e ast.Expr) string {
	if v := c.info.Types[e].Value; v != nil && v.Kind() == constant.String {
		return constant.StringVal(v)
	}
	return types.ExprString(e)
}

// reaching are the functions, and package-level variables, from which a function can be
// reached by what each mentions. What is called through a table of functions or a field is
// not followed from there, but from where it is put in.
func (c *code) reaching(target string) map[string]bool {
	users := map[string][]string{} // of what is mentioned, who mentions it
	for _, files := range c.files {
		for _, f := range files {
			for _, d := range f.Decls {
				switch x := d.(type) {
				case *ast.FuncDecl:
					c.mentioned(x, func(what string) { users[what] = append(users[what], fullName(c.info.Defs[x.Name])) })
				case *ast.GenDecl:
					for _, s := range x.Specs {
						v, ok := s.(*ast.ValueSpec)
						if !ok {
							continue
						}
						for _, name := range v.Names {
							c.mentioned(v, func(what string) { users[what] = append(users[what], fullName(c.info.Defs[name])) })
						}
					}
				}
			}
		}
	}
	found := map[string]bool{target: true}
	for next := []string{target}; len(next) > 0; next = next[1:] {
		for _, u := range users[next[0]] {
			if u != "" && !found[u] {
				found[u] = true
				next = append(next, u)
			}
		}
	}
	return found
}

// mentions reports whether something of a set stands within a node.
func (c *code) mentions(n ast.Node, set map[string]bool) (is bool) {
	c.mentioned(n, func(what string) { is = is || set[what] })
	return is
}

func (c *code) mentioned(n ast.Node, fn func(what string)) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if name := fullName(c.info.Uses[id]); name != "" {
				fn(name)
			}
		}
		return true
	})
}

// fullName names a function, a method or a variable of a package; empty for anything else.
func fullName(o types.Object) string {
	switch x := o.(type) {
	case *types.Func:
		return x.Origin().FullName()
	case *types.Var:
		if x.Pkg() != nil && x.Parent() == x.Pkg().Scope() {
			return x.Pkg().Path() + "." + x.Name()
		}
	}
	return ""
}
