package gate

import (
	"slices"
	"strings"

	"mektep/core/fault"
	"mektep/core/policy"
)

// Taken lists what the holder of some roles may do and could do no longer with one more:
// the guardrails of every office bind the person (KG-ER-6a). One entry for each object,
// in the policy's order, as a message of the object and its actions.
func Taken(m Ministry, held []string, role string) fault.List {
	if !office(m, role) {
		return nil
	}
	var objects []string
	actions := map[string]fault.List{}
	for _, mine := range held {
		m.Policy.Each(mine, func(r policy.Granted) {
			if r.Scope == "self" || r.Scope == "ward" || !slices.Contains(findable, r.Scope) || !m.Policy.Decide(role, r.Object, r.Action, r.Scope).Guardrail {
				return
			}
			if slices.ContainsFunc(held, func(other string) bool {
				return other != mine && office(m, other) && m.Policy.Decide(other, r.Object, r.Action, r.Scope).Guardrail
			}) {
				return // taken already
			}
			action := fault.Key("right." + r.Action)
			if slices.Contains(actions[r.Object], any(action)) {
				return
			}
			if actions[r.Object] == nil {
				objects = append(objects, r.Object)
			}
			actions[r.Object] = append(actions[r.Object], action)
		})
	}
	var out fault.List
	for _, id := range objects {
		out = append(out, fault.Phrase{Key: "gate.taken", Args: fault.Args{"Object": objectName(m, id), "Actions": actions[id]}})
	}
	return out
}

// office reports whether a role binds its holder: being a parent or a learner does not.
func office(m Ministry, role string) bool {
	r := m.Profile.Role(role)
	return r != nil && r.Person != "learner" && r.Person != "guardian"
}

// objectName is what a right is about: an object of the catalogue, or a group of fields
// of the profile.
func objectName(m Ministry, id string) any {
	g := m.Profile.Group(id)
	if g == nil {
		return fault.Key("object." + id)
	}
	register, _, _ := strings.Cut(strings.TrimPrefix(id, "sealed."), ".")
	if r := m.Profile.Register(register); r != nil {
		return fault.Phrase{Key: "me.rights.group", Args: fault.Args{"Register": fault.Text(r.Name), "Group": fault.Text(g.Name)}}
	}
	return fault.Text(g.Name)
}
