package core

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
	"testing"

	"mektep/core/gate"
	"mektep/core/policy"
	"mektep/core/profile"
	"mektep/policies"
	"mektep/profiles"
)

// Whatever an entry of the trail is written with can be looked for: a word of the program
// that nobody knows would be refused to who asks for it. Found in the code.
func TestWhatIsRecordedCanBeLookedUp(t *testing.T) {
	c := program(t)
	said := map[string]map[string]bool{"Object": {}, "Action": {}}
	for _, files := range c.files {
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				l, ok := n.(*ast.CompositeLit)
				if !ok || types.TypeString(c.info.Types[l].Type, nil) != "mektep/core/audit.Entry" {
					return true
				}
				for _, e := range l.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok && said[key(kv)] != nil {
						if v := c.info.Types[kv.Value].Value; v != nil && v.Kind() == constant.String {
							said[key(kv)][constant.StringVal(v)] = true
						}
					}
				}
				return true
			})
		}
	}
	if len(said["Object"]) < 10 || len(said["Action"]) < 15 {
		t.Fatalf("only %v were found", said)
	}
	for _, country := range []string{"kg", "tr"} {
		p, found := profile.Load(profiles.FS, country)
		if len(found) > 0 {
			t.Fatal(found)
		}
		e, wrong := policy.Load(policies.FS, gate.Vocabulary(p), nil)
		if len(wrong) > 0 {
			t.Fatal(wrong)
		}
		s, err := policy.NewSnapshot(e)
		if err != nil {
			t.Fatal(err)
		}
		r := gate.Ministry{Profile: p, Policy: s}.Recorded()
		for word := range said["Object"] {
			if !slices.Contains(r.Objects, word) {
				t.Errorf("%s: nobody can look for the object %s", country, word)
			}
		}
		for word := range said["Action"] {
			if !slices.Contains(r.Actions, word) {
				t.Errorf("%s: nobody can look for the action %s: put it into audit.Deeds", country, word)
			}
		}
	}
}
