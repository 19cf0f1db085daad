package gate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/unit"
)

// relations are the ways in which an assignment stands to a target. They are
// not ordered: the policy is asked for each.
func relations(p *profile.Profile, a caller.Assignment, t Target) []string {
	holds := make([]string, 0, 4+len(t.Holds))
	if t.Path != "" {
		if t.Path == a.UnitPath {
			holds = append(holds, "unit")
		}
		if unit.Within(t.Path, a.UnitPath) {
			holds = append(holds, "territory")
		}
	}
	if a.UnitLevel == unit.Directorate && t.Type != "" {
		if typ := p.Type(t.Type); typ != nil && typ.Overseer != "" && typ.Overseer == a.UnitCode {
			holds = append(holds, "overseen")
		}
	}
	holds = append(holds, t.Holds...)
	return append(holds, "tenant")
}

// findable are the relations that some code finds between an assignment and a thing. What a
// policy gives in another one is given to nobody yet, and no refusal and no list of
// rights may promise it: the parts that find ward, taught, placed and assigned add them.
var findable = []string{"self", "unit", "territory", "overseen", "tenant"}

// Scope is which things of an object a caller may read: the store turns it into
// conditions. The zero Scope holds nothing.
type Scope struct {
	All       bool     // the whole ministry
	Below     []string // paths of units: these and everything under them
	At        []string // paths of units: only these themselves
	Types     []string // institution types overseen, wherever they are
	Relations []string // relations only the thing's owner can turn into a condition: self, ward, …
}

// Empty reports whether the scope holds nothing.
func (s Scope) Empty() bool {
	return !s.All && len(s.Below) == 0 && len(s.At) == 0 && len(s.Types) == 0 && len(s.Relations) == 0
}

// Scope returns what the caller may read of an object. It refuses only when
// there is nothing at all.
func (g *Gate) Scope(ctx context.Context, action, object string) (Scope, error) {
	c := caller.From(ctx)
	if c != nil && c.System != "" {
		return Scope{All: true}, nil
	}
	if !c.SignedIn() {
		return Scope{}, fault.New(fault.Unauthenticated, "gate.sign_in")
	}
	m, err := g.ministry(ctx)
	if err != nil {
		return Scope{}, err
	}
	var s Scope
	var notReady error
	active := g.active(c)
	for _, a := range active {
		scopes := slices.DeleteFunc(slices.Clone(m.Policy.Scopes(a.Role, object, action)), func(scope string) bool {
			return bound(m, active, object, action, scope)
		})
		if len(scopes) == 0 {
			continue
		}
		notYet := g.ready(ctx, m.Profile, c, a)
		if notYet != nil {
			notReady = notYet
		}
		for _, scope := range scopes {
			if notYet == nil || scope == "self" {
				s.add(m.Profile, a, scope)
			}
		}
	}
	s.Below = unit.Merge(s.Below)
	if !s.Empty() {
		return s, nil
	}
	if quiet(ctx) {
		return s, errNo
	}
	t := Target{Object: object}
	if notReady != nil {
		return s, refusal(notReady, m, action, t)
	}
	able, err := g.able(ctx, m, action, object, t)
	if err != nil {
		return s, err
	}
	return s, refusal(g.vacant(ctx, g.deny(m, c, action, object, able), able), m, action, t)
}

func (s *Scope) add(p *profile.Profile, a caller.Assignment, scope string) {
	switch scope {
	case "tenant", "*":
		s.All = true
	case "territory":
		s.Below = append(s.Below, a.UnitPath)
	case "unit":
		s.At = append(s.At, a.UnitPath)
	case "overseen":
		if a.UnitLevel == unit.Directorate {
			for _, t := range p.OverseenBy(a.UnitCode) {
				if !slices.Contains(s.Types, t) {
					s.Types = append(s.Types, t)
				}
			}
		}
	default:
		if !slices.Contains(s.Relations, scope) {
			s.Relations = append(s.Relations, scope)
		}
	}
}

// SQL returns the condition, beginning with AND, that a unit called alias lies in
// the scope, and appends its arguments. Subtrees are two plain comparisons each:
// the form that keeps its index under row-level security.
func (s Scope) SQL(alias string, args *[]any) string { return s.SQLOr(alias, args, nil) }

// SQLOr is SQL for a record called alias, where others are conditions for the Relations:
// whatever meets one of them lies in the scope as well.
func (s Scope) SQLOr(alias string, args *[]any, others []string) string {
	if s.All {
		return ""
	}
	add := func(v any) int {
		*args = append(*args, v)
		return len(*args)
	}
	ors := others
	for _, p := range s.Below {
		b := unit.Below(p)
		ors = append(ors, fmt.Sprintf("(%s.path >= $%d AND %s.path < $%d)", alias, add(b.From), alias, add(b.To)))
	}
	if len(s.At) > 0 {
		ors = append(ors, fmt.Sprintf("%s.path = ANY($%d)", alias, add(s.At)))
	}
	if len(s.Types) > 0 {
		ors = append(ors, fmt.Sprintf("%s.type = ANY($%d)", alias, add(s.Types)))
	}
	if len(ors) == 0 {
		return " AND false"
	}
	return " AND (" + strings.Join(ors, " OR ") + ")"
}

// Holds reports whether a unit with the given path and type lies in the scope.
func (s Scope) Holds(path, typ string) bool {
	if s.All || slices.Contains(s.At, path) || (typ != "" && slices.Contains(s.Types, typ)) {
		return true
	}
	return slices.ContainsFunc(s.Below, func(p string) bool { return unit.Within(path, p) })
}
