package gate

import (
	"context"
	"slices"
	"strings"

	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/unit"
)

// Able is a role whose holder could do something to a target, with the law of the
// grant.
type Able struct {
	Role   *profile.Role
	Source string
}

// most bounds how many roles a refused person is told of.
const most = 4

// Names are the names of roles, for a sentence.
func Names(able []Able) fault.List {
	var names fault.List
	for _, a := range able[:min(len(able), most)] {
		names = append(names, fault.Text(a.Role.Name))
	}
	return names
}

// Able returns the roles whose holders could do an action to a target, in the order
// of their ids: what the policy grants in a relation that an appointment to the role
// can have to this target, and what the thing's owner would admit.
func (g *Gate) Able(ctx context.Context, action string, t Target) ([]Able, error) {
	m, err := g.ministry(ctx)
	if err != nil {
		return nil, err
	}
	return g.able(m, action, t.objects(m.Profile)[0], t), nil
}

func (g *Gate) able(m Ministry, action, object string, t Target) []Able {
	today := profile.DateOf(g.clock.Today(m.Profile.Zone))
	var out []Able
	for _, id := range m.Policy.WhoMay(object, action) {
		r := m.Profile.Role(id)
		if r == nil || !r.Holds(today) {
			continue
		}
		for _, scope := range m.Policy.Scopes(id, object, action) {
			a, reaches := standing(m.Profile, r, scope, t)
			if !reaches || t.Admit != nil && t.Admit(a, scope) != nil || t.Whom != nil && !t.Whom(a) {
				continue
			}
			out = append(out, Able{Role: r, Source: m.Policy.Decide(id, object, action, scope).Source})
			break
		}
	}
	return out
}

// nowhere is the path of a unit under which nothing lies.
const nowhere = "-"

// standing is an appointment to a role as it would have to be for a relation to the
// target to hold, and whether there can be such a one. What is a person's own is no
// matter of a role.
func standing(p *profile.Profile, r *profile.Role, scope string, t Target) (caller.Assignment, bool) {
	a := caller.Assignment{Role: r.ID, UnitLevel: r.Level, UnitPath: nowhere}
	level, typ := t.level(p), p.Type(t.Type)
	at := level == "" || level == r.Level
	if at && typ != nil && len(r.Institutions) > 0 {
		at = slices.Contains(r.Institutions, typ.Group)
	}
	above := level != "" && level != r.Level && p.Above(r.Level, level)
	switch {
	case at && t.Path != "":
		a.UnitPath = t.Path
	case above:
		a.UnitPath = t.Path[:strings.LastIndexByte(strings.TrimSuffix(t.Path, "."), '.')+1]
	}
	oversees := r.Level == unit.Directorate && (typ == nil && level == "" ||
		typ != nil && typ.Overseer != "" && (len(r.Offices) == 0 || slices.Contains(r.Offices, typ.Overseer)))
	if oversees && typ != nil {
		a.UnitCode = typ.Overseer
	}
	switch {
	case own(scope):
		return a, false
	case scope == "tenant":
		return a, true
	case scope == "territory":
		return a, at || above
	case scope == "overseen":
		return a, oversees
	}
	return a, at // of the unit itself, or of whom one teaches or looks after there
}

// level is the level of the target's unit; empty where nobody knows.
func (t Target) level(p *profile.Profile) string {
	if t.Level == "" && p.Type(t.Type) != nil {
		return unit.Institution
	}
	return t.Level
}
