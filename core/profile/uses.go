package profile

import (
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
)

// uses are the fields of a register that the conditions of others name.
type uses struct {
	r             *Register
	derived, when map[*Field][]*Field
}

func newUses(r *Register) *uses {
	return &uses{r: r, derived: map[*Field][]*Field{}, when: map[*Field][]*Field{}}
}

func (u *uses) derives(f *Field, tree *cel.Ast) { u.derived[f] = u.named(tree) }

// applies takes down what it depends on whether f applies: its own condition and its
// group's.
func (u *uses) applies(f *Field, trees ...*cel.Ast) {
	for _, t := range trees {
		u.when[f] = append(u.when[f], u.named(t)...)
	}
}

// named returns the fields that stand in a condition.
func (u *uses) named(tree *cel.Ast) []*Field {
	if tree == nil {
		return nil
	}
	var out []*Field
	for _, e := range ast.MatchDescendants(ast.NavigateAST(tree.NativeRep()), ast.KindMatcher(ast.IdentKind)) {
		if f := u.r.fields[e.AsIdent()]; f != nil && !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// checkUses reports fields that can never have a value, because they wait for one
// another. Derived fields are worked out from top to bottom. Fields that apply only
// when one of the others is filled in are reported if nothing outside the circle can
// open it.
func (l *loader) checkUses(u *uses) {
	for _, f := range u.r.all {
		for _, other := range u.derived[f] {
			if other.src.get("derived") != nil && u.r.order(other.ID) >= u.r.order(f.ID) {
				l.add(f.src.at("derived"), CodeCycle, "%q is derived from %q, which is derived itself and does not stand above it", f.ID, other.ID)
			}
		}
	}
	seen := map[*Field]bool{}
	for _, f := range u.r.all {
		if len(u.when[f]) == 0 {
			continue
		}
		circle := u.circle(f)
		if len(circle) == 0 || seen[f] || !l.p.shut(u.r, circle) {
			continue
		}
		ids := make([]string, len(circle))
		for i, other := range circle {
			ids[i], seen[other] = other.ID, true
		}
		at := f.src.at("when")
		if f.src.get("when") == nil {
			at = f.group.src.at("when")
		}
		l.add(at, CodeCycle, "%s can never be filled in: each applies only once one of them is", strings.Join(ids, ", "))
	}
}

// circle returns the fields with a condition that f waits for, if f is among them and
// they wait for nothing else, be it by way of a field that is worked out from them.
func (u *uses) circle(f *Field) []*Field {
	var out []*Field
	next := u.waits(f)
	for len(next) > 0 {
		other := next[0]
		next = next[1:]
		if !slices.Contains(out, other) {
			out, next = append(out, other), append(next, u.waits(other)...)
		}
	}
	if !slices.Contains(out, f) || slices.ContainsFunc(out, func(x *Field) bool { return len(u.waits(x)) == 0 }) {
		return nil
	}
	return slices.DeleteFunc(out, func(x *Field) bool { return len(u.when[x]) == 0 })
}

// waits returns the fields without which f has no value: what its conditions name, and
// what it is worked out from.
func (u *uses) waits(f *Field) []*Field { return slices.Concat(u.when[f], u.derived[f]) }

// shut reports whether no field of a circle applies to an empty record, of whatever
// type and level and in whatever school year.
func (p *Profile) shut(r *Register, circle []*Field) bool {
	days := []Date{0}
	for _, y := range p.Years {
		days = append(days, y.Start, y.End)
	}
	for _, kind := range append(keysOf(p.index.types), "") {
		for level := range coreLevels {
			for _, day := range days {
				empty := p.newValidation(r, map[string]any{"type": kind, "level": level}, day)
				empty.derive()
				if slices.ContainsFunc(circle, func(f *Field) bool { ok, err := f.met(empty.vars); return ok || err != nil }) {
					return false
				}
			}
		}
	}
	return true
}
