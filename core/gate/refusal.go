package gate

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/policy"
	"mektep/core/profile"
)

// refusal gives a fault what every refusal says: what was to be done to what.
// Faults that are no refusals (a broken connection) pass unchanged.
func refusal(err error, m Ministry, action string, t Target) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Check == "" {
		return err
	}
	// Capitals are for the message, small letters for the trail.
	return f.With("Action", fault.Key("right."+action)).With("Object", objectName(m, t.Object)).
		With("action", action).With("object", t.Object).With("uid", t.UID).With("path", t.Path)
}

// deny explains why the policy grants the action on the object to none of the
// caller's assignments: a limit of the law, another unit's matter, or simply not
// part of the caller's roles; and who could do it instead.
func (g *Gate) deny(m Ministry, c *caller.Caller, action, object string, able []Able) *fault.Error {
	active := g.active(c)
	if len(active) == 0 {
		return fault.New(fault.Denied, "gate.no_appointment").WithCheck("policy").WithOwnRule("appointment").
			WithNext("gate.next.ask_superior", "/me", nil)
	}
	for _, a := range active {
		if d := m.Policy.Decide(a.Role, object, action, "tenant"); d.Guardrail {
			// A guardrail is the law's own word: it is told before anything else.
			key := "gate.guardrail"
			if strings.HasPrefix(d.Source, fault.Own) {
				key = "gate.guardrail_platform"
			}
			f := Cite(fault.New(fault.Denied, key).WithCheck("policy"), m.Profile, d.Source, object, action)
			f = f.With("Role", roleName(m.Profile, a.Role))
			if slices.ContainsFunc(able, func(x Able) bool {
				return slices.ContainsFunc(active, func(a caller.Assignment) bool { return a.Role == x.Role.ID })
			}) {
				// One who does hold such a role: only somebody without the other can do it.
				return f.WithNext("gate.next.ask_unbound", "/me/rights", fault.Args{"Roles": Names(able), "Role": roleName(m.Profile, a.Role)})
			}
			return ask(f, m, action, object, able)
		}
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
		f := fault.New(fault.Denied, "gate.elsewhere").WithCheck("policy").
			With("Role", roleName(m.Profile, a.Role)).With("Scope", fault.Key("relation."+scope))
		return ask(Cite(f, m.Profile, d.Source, object, action), m, action, object, able)
	}
	source := granting(m, action, object, able)
	for _, a := range active { // who may look and no more is kept to that by the rule that lets them look
		if scopes := slices.DeleteFunc(slices.Clone(m.Policy.Scopes(a.Role, object, "view")), own); len(scopes) > 0 {
			if d := m.Policy.Decide(a.Role, object, "view", scopes[0]); !strings.HasPrefix(d.Source, fault.Own) {
				source = d.Source
				break
			}
		}
	}
	f := Cite(fault.New(fault.Denied, "gate.not_in_role").WithCheck("policy"), m.Profile, source, object, action)
	return ask(f, m, action, object, able)
}

// granting is the law of the grant that the caller lacks: by which somebody could do
// it to this target, else to any; a rule of the platform's own where there is none.
func granting(m Ministry, action, object string, able []Able) string {
	if len(able) > 0 {
		// Whoever looks after the platform or its trail can do many things: what the country
		// says of those who do it is the rule that others lack.
		for _, a := range able {
			if !strings.HasPrefix(a.Source, fault.Own) {
				return a.Source
			}
		}
		return able[0].Source
	}
	for _, role := range m.Policy.WhoMay(object, action) {
		for _, scope := range m.Policy.Scopes(role, object, action) {
			return m.Policy.Decide(role, object, action, scope).Source
		}
	}
	return fault.Own + "ungranted"
}

// ask adds who could do it, so that a refused person knows whom to ask.
func ask(f *fault.Error, m Ministry, action, object string, able []Able) *fault.Error {
	if len(able) > 0 {
		return f.WithNext("gate.next.ask_role", "/me/rights", fault.Args{"Roles": Names(able)})
	}
	if m.Policy.Policy().WaitsFor(object, action) {
		return f.WithNext("gate.next.waits", "/me/rights", nil)
	}
	for _, role := range m.Policy.WhoMay(object, action) {
		if slices.ContainsFunc(m.Policy.Scopes(role, object, action), own) {
			return f.WithNext(ownWord(object, action), "/me/rights", nil)
		}
	}
	return f.WithNext("gate.next.nobody", "/me/rights", nil)
}

// whose says who it is to whom a thing is their own: whom it is about, who asked for it, or
// who keeps it. What is not named here is about the person.
var whose = map[string]string{
	"approval": "asked", "change_request": "asked", "data_request": "asked", "export": "asked", "job": "asked", "ticket": "asked",
	"approval.accept": "", "approval.decline": "", // whom it is offered to
	"attendance": "kept", "evaluation": "kept", "placement": "kept", "survey": "kept", "subject": "kept", "teaching": "kept",
	"visit": "kept", "visit.movements": "kept", "workplace": "kept", "workplace_training": "kept",
	"workplace_training.location": "kept", "workplace_training.visit": "kept",
}

// ownWord is the advice to somebody whose a thing is not.
func ownWord(object, action string) string {
	word, known := whose[object+"."+action]
	if !known {
		word = whose[object]
	}
	return "gate.own." + cmp.Or(word, "about")
}

// own reports whether a relation is to what is a person's own, or their child's.
func own(scope string) bool { return scope == "self" || scope == "ward" }

// Cite names the law that a refusal of an act rests on and the requirement behind it. A
// rule of the platform's own is both. A law that names no requirement of the kind leaves
// the rule that the refusal has already.
func Cite(f *fault.Error, p *profile.Profile, source, object, action string) *fault.Error {
	if strings.HasPrefix(source, fault.Own) {
		return f.WithRule(source, source)
	}
	return f.WithRule(cmp.Or(p.RuleOf(source, object, action), f.Rule), source)
}

// Cited is Cite for what a service found wrong with a request: a refusal of its content
// that names no law yet rests on what allows the act at all. Other errors stay as they are.
func Cited(err error, p *profile.Profile, by Grant) error {
	var f *fault.Error
	if by.Source == "" || !errors.As(err, &f) || err != error(f) || f.Kind != fault.Invalid || f.Law != "" { //nolint:errorlint // what is wrapped says more than its fault
		return err
	}
	return Cite(f, p, by.Source, by.Object, by.Action)
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
	return Cite(fault.New(fault.Denied, "gate.owner").WithCheck("owner"), p, law, group.Object(), "update").
		With("Group", fault.Text(group.Name)).With("Owner", register).
		WithNext("gate.next.report_error", "", fault.Args{"Owner": register})
}

// Explain is Check for who only wants to know. What the rules give and no part of the
// platform does yet is promised to nobody.
func (g *Gate) Explain(ctx context.Context, action string, t Target) (Grant, error) {
	grant, err := g.Check(ctx, action, t)
	if err != nil {
		return grant, err
	}
	m, err := g.ministry(ctx)
	if err != nil || !m.Policy.Policy().WaitsFor(t.Object, action) {
		return grant, err
	}
	f := Cite(fault.New(fault.Denied, "gate.waits").WithCheck("policy"), m.Profile, grant.Source, t.objects(m.Profile)[0], action)
	return Grant{}, refusal(f.WithNext("gate.next.waits", "/me/rights", nil), m, action, t)
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
// here, and why". Guarded rights are left out, and what another office takes away: they are
// not granted.
func (g *Gate) Rights(m Ministry, c *caller.Caller) []Right {
	var rights []Right
	active := g.active(c)
	for _, a := range active {
		m.Policy.Each(a.Role, func(r policy.Granted) {
			if !slices.Contains(findable, r.Scope) || m.Policy.Policy().WaitsFor(r.Object, r.Action) || bound(m, active, r.Object, r.Action, r.Scope) {
				return
			}
			rights = append(rights, Right{Assignment: a, Object: r.Object, Action: r.Action, Scope: r.Scope, Source: r.Source})
		})
	}
	return rights
}
