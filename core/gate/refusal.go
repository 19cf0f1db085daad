package gate

import (
	"errors"
	"slices"

	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/policy"
	"mektep/core/profile"
)

// refusal gives a fault what every refusal says: what was to be done to what.
// Faults that are no refusals (a broken connection) pass unchanged.
func refusal(err error, action string, t Target) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Check == "" {
		return err
	}
	// Capitals are for the message, small letters for the trail.
	return f.With("Action", fault.Key("right."+action)).With("Object", fault.Key("object."+t.Object)).
		With("action", action).With("object", t.Object).With("uid", t.UID).With("path", t.Path)
}

// deny explains why the policy grants the action on the object to none of the
// caller's assignments: a limit of the law, another unit's matter, or simply not
// part of the caller's roles; and who could do it instead.
func (g *Gate) deny(m Ministry, c *caller.Caller, action, object string) *fault.Error {
	f := fault.New(fault.Denied, "gate.not_in_role").WithCheck("policy")
	active := g.active(c)
	if len(active) == 0 {
		f = fault.New(fault.Denied, "gate.no_appointment").WithCheck("policy")
		return f.WithNext("gate.next.ask_superior", "/me", nil)
	}
	for _, a := range active {
		if d := m.Policy.Decide(a.Role, object, action, "tenant"); d.Guardrail {
			// A guardrail is the law's own word: it is told before anything else.
			f = fault.New(fault.Denied, "gate.guardrail").WithCheck("policy").WithRule(m.Profile.RuleOf(d.Source), d.Source)
			return f.With("Role", roleName(m.Profile, a.Role)).WithNext("gate.next.see_rights", "/me/rights", nil)
		}
	}
	// Where a role's duties are laid down is why the rest is not among them.
	if r := m.Profile.Role(active[0].Role); r != nil && r.Source != "" {
		f = f.WithRule(m.Profile.RuleOf(r.Source), r.Source)
	}
	for _, a := range active {
		scopes := m.Policy.Scopes(a.Role, object, action)
		if len(scopes) == 0 {
			continue
		}
		// Beside a right over others, the right over what is one's own explains nothing.
		scope := scopes[0]
		if i := slices.IndexFunc(scopes, func(s string) bool { return s != "self" }); i >= 0 {
			scope = scopes[i]
		}
		d := m.Policy.Decide(a.Role, object, action, scope)
		f = fault.New(fault.Denied, "gate.elsewhere").WithCheck("policy").WithRule(m.Profile.RuleOf(d.Source), d.Source).
			With("Role", roleName(m.Profile, a.Role)).With("Scope", fault.Key("relation."+scope))
		break
	}
	return whoMay(f, m, action, object)
}

// whoMay adds the roles that could do it, so that a refused person knows whom to ask.
func whoMay(f *fault.Error, m Ministry, action, object string) *fault.Error {
	var names fault.List
	for _, role := range m.Policy.WhoMay(object, action) {
		if len(names) == 4 {
			break
		}
		names = append(names, roleName(m.Profile, role))
	}
	if len(names) == 0 {
		return f.WithNext("gate.next.nobody", "/me/rights", nil)
	}
	return f.WithNext("gate.next.ask_role", "/me/rights", fault.Args{"Roles": names})
}

func roleName(p *profile.Profile, id string) any {
	if r := p.Role(id); r != nil {
		return fault.Text(r.Name)
	}
	return id
}

func ownedElsewhere(p *profile.Profile, group *profile.Group) *fault.Error {
	law := group.Basis.Law
	if law == "" {
		law = group.Basis.Duty
	}
	var register any = group.Owner
	if r := p.Register(group.Owner); r != nil {
		register = fault.Text(r.Name)
	}
	return fault.New(fault.Denied, "gate.owner").WithCheck("owner").WithRule(p.RuleOf(law), law).
		With("Group", fault.Text(group.Name)).With("Owner", register).
		WithNext("gate.next.report_error", "", fault.Args{"Owner": register})
}

// Right is one thing a role may do, with the law it rests on.
type Right struct {
	Assignment caller.Assignment
	Object     string
	Action     string
	Scope      string
	Source     string
}

// Rights lists what the caller's assignments grant: the answer to "what may I do
// here, and why". Guarded rights are left out: they are not granted.
func (g *Gate) Rights(m Ministry, c *caller.Caller) []Right {
	var rights []Right
	for _, a := range g.active(c) {
		m.Policy.Each(a.Role, func(r policy.Granted) {
			rights = append(rights, Right{Assignment: a, Object: r.Object, Action: r.Action, Scope: r.Scope, Source: r.Source})
		})
	}
	return rights
}
