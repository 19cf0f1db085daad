package core

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"mektep/policies"
)

// ownDone are actions on what is one's own, and looking at what a ministry tells everybody,
// that are done without a question to the gate. The list may only shrink.
var ownDone = []string{
	"help.view", "inbox.view", "inbox.mark", "window.view", "extension.view", "session.end", "token.view", "token.end", "token.obtain", "job.view", "job.cancel",
}

// A right that no code asks about is no right: whoever is told of it, or sent to whom the
// policy gives it, can do nothing with it. Such an action is marked "waiting" in the
// catalogue, and the mark goes with the part that asks. Both ways are tried, from the code.
func TestActionsThatNoServiceAsksAboutAreMarked(t *testing.T) {
	var catalogue struct {
		Objects []struct {
			ID      string   `yaml:"id"`
			Waits   bool     `yaml:"waits"`
			Actions []string `yaml:"actions"`
			Waiting []string `yaml:"waiting"`
			Groups  []string `yaml:"groups"`
		} `yaml:"objects"`
	}
	text, err := policies.FS.ReadFile("catalogue.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &catalogue); err != nil || len(catalogue.Objects) < 40 {
		t.Fatalf("%d objects, %v", len(catalogue.Objects), err)
	}
	acts := program(t).acts
	for _, o := range catalogue.Objects {
		for _, a := range o.Actions {
			name, marked := o.ID+"."+a, slices.Contains(o.Waiting, a)
			switch asked := acts.ask(o.ID, a, len(o.Groups) > 0); {
			case o.Waits:
				if marked {
					t.Errorf("%s: the whole object waits", name)
				}
			case slices.Contains(ownDone, name):
				if asked || marked {
					t.Errorf("%s: take it off the list", name)
				}
			case !asked && !marked:
				t.Errorf("no service asks whether somebody may %s: mark it waiting, or ask", name)
			case asked && marked:
				t.Errorf("%s is asked about by now: take the mark away", name)
			}
		}
	}
}

// questions are what the program asks the gate.
type questions struct {
	pairs map[string]bool    // object.action that stand in one call or one row of a table
	in    map[string]*spoken // by package
}

// spoken are a package's words.
type spoken struct {
	objects map[string]bool // where the object of a question stands
	actions map[string]bool // of questions about an object that is worked out
	listed  map[string]bool // of lists, keys and answers that name acts
}

// ask reports whether an action on an object is asked about. What is asked of a register,
// whatever its name, is asked of each.
func (q questions) ask(object, action string, register bool) bool {
	if q.pairs[object+"."+action] {
		return true
	}
	for _, p := range q.in {
		if p.actions[action] && (p.objects[object] || register) || p.listed[action] && p.objects[object] {
			return true
		}
	}
	return false
}

func (q questions) read(info *types.Info, pkg string, f *ast.File) {
	p := q.in[pkg]
	if p == nil {
		p = &spoken{map[string]bool{}, map[string]bool{}, map[string]bool{}}
		q.in[pkg] = p
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.CallExpr:
			q.call(info, p, x)
		case *ast.CompositeLit:
			q.literal(info, p, x)
		case *ast.ReturnStmt:
			for _, e := range x.Results {
				if s := stringOf(info, e); s != "" {
					p.listed[s] = true
				}
			}
		}
		return true
	})
}

// call reads a call that names an action.
func (q questions) call(info *types.Info, p *spoken, x *ast.CallExpr) {
	sig, ok := info.Types[x.Fun].Type.(*types.Signature)
	if !ok {
		return
	}
	var action string
	var objects []string
	for i, arg := range x.Args {
		if i >= sig.Params().Len() {
			break
		}
		switch strings.ToLower(sig.Params().At(i).Name()) {
		case "action":
			action = stringOf(info, arg)
		case "object":
			if o := stringOf(info, arg); o != "" {
				objects = append(objects, o)
			}
		default:
			objects = append(objects, objectsIn(info, arg)...)
		}
	}
	for _, o := range objects {
		p.objects[o] = true
		if action != "" {
			q.pairs[o+"."+action] = true
		}
	}
	if action != "" && len(objects) == 0 {
		p.actions[action] = true
	}
}

// literal reads a list, a table or a map of acts, and a target.
func (q questions) literal(info *types.Info, p *spoken, x *ast.CompositeLit) {
	var words []string
	for _, o := range objectsIn(info, x) {
		p.objects[o] = true
		if types.TypeString(info.Types[x].Type, nil) == "mektep/core/approval.Kind" { // who decides it is asked there
			q.pairs[o+".approve"] = true
		}
	}
	_, isMap := info.Types[x].Type.Underlying().(*types.Map)
	_, isList := info.Types[x].Type.Underlying().(*types.Slice)
	for _, e := range x.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if s := stringOf(info, kv.Key); isMap && s != "" {
				p.listed[s] = true
			}
			continue
		}
		if s := stringOf(info, e); s != "" {
			words = append(words, s)
		}
	}
	for i, a := range words {
		if isList {
			p.listed[a] = true
			continue
		}
		for _, b := range words[i+1:] {
			q.pairs[b+"."+a] = true
		}
	}
}

// objectsIn are the constants that a target within an expression gives as its object.
func objectsIn(info *types.Info, e ast.Expr) (out []string) {
	ast.Inspect(e, func(n ast.Node) bool {
		if kv, ok := n.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && strings.EqualFold(key.Name, "object") {
				if o := stringOf(info, kv.Value); o != "" {
					out = append(out, o)
				}
			}
		}
		_, inner := n.(*ast.FuncLit)
		return !inner
	})
	return out
}

func stringOf(info *types.Info, e ast.Expr) string {
	if v := info.Types[e].Value; v != nil && v.Kind() == constant.String {
		return constant.StringVal(v)
	}
	return ""
}
