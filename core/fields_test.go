package core_test

import (
	"go/ast"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mektep/core/profile"
)

// A kind of field is a file of the profile and a case in each layer: every switch over the
// kind of a field names every kind that there is and has no default, so that a new one is
// decided about everywhere and falls through nowhere.
func TestEveryLayerNamesEveryKindOfField(t *testing.T) {
	// The constants are named as the kinds are, without what stands between words.
	want := map[string]bool{}
	for _, k := range profile.Kinds() {
		want["kind"+strings.ReplaceAll(string(k), "_", "")] = true
	}
	layers := map[string]int{}
	for pkg, files := range sources(t) {
		if pkg == "app/bench" { // makes up values for the fields of one country
			continue
		}
		for _, file := range files {
			ast.Inspect(file, func(n ast.Node) bool {
				s, ok := n.(*ast.SwitchStmt)
				if !ok || !ofField(s.Tag) {
					return true
				}
				layers[pkg]++
				left := map[string]bool{}
				for name := range want {
					left[name] = true
				}
				for _, c := range s.Body.List {
					named := c.(*ast.CaseClause).List
					if named == nil {
						t.Errorf("%s: a switch over kinds of field has a default", pkg)
					}
					for _, e := range named {
						if x, ok := e.(*ast.SelectorExpr); ok {
							delete(left, strings.ToLower(x.Sel.Name))
						}
					}
				}
				for name := range left {
					t.Errorf("%s: a switch over kinds of field does not name %s", pkg, name)
				}
				return true
			})
		}
	}
	for _, pkg := range []string{"api", "record", "transfer", "web/register"} {
		if layers[pkg] == 0 {
			t.Errorf("%s decides about no kind: has the way of asking changed?", pkg)
		}
	}
}

// ofField reports whether an expression is the kind of a field: x.Type.Kind.
func ofField(e ast.Expr) bool {
	kind, ok := e.(*ast.SelectorExpr)
	if !ok || kind.Sel.Name != "Kind" {
		return false
	}
	typ, ok := kind.X.(*ast.SelectorExpr)
	return ok && typ.Sel.Name == "Type"
}

// What the profile knows of a kind is whole: none is left out of a table.
func TestEveryKindOfFieldIsWhole(t *testing.T) {
	if len(profile.Kinds()) < 12 || slices.Contains(profile.Kinds(), "") {
		t.Fatalf("%v", profile.Kinds())
	}
	var f profile.Field
	for _, k := range profile.Kinds() {
		f.Type.Kind = k
		if v, key, _ := f.Canonical(struct{}{}, 0); key == "" {
			t.Errorf("%s takes %s as a value", k, reflect.TypeOf(v))
		}
	}
}
