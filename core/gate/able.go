package gate

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/unit"
)

// Able is a role whose holder could do something to a target, with the law of the
// grant, and from where.
type Able struct {
	Role   *profile.Role
	Source string
	Scope  string            // the relation that the grant takes
	As     caller.Assignment // as an appointment to it would have to be
	At     any               // the name of its unit, for a message; nil where it is the ministry's as a whole
}

// most bounds how many roles a refused person is told of.
const most = 4

// Names are the names of roles, each with the unit at which it has to be held: who is
// refused in one place may hold the very role in another.
func Names(able []Able) fault.List {
	var names fault.List
	for _, a := range able[:min(len(able), most)] {
		if a.At == nil {
			names = append(names, fault.Text(a.Role.Name))
			continue
		}
		names = append(names, fault.Phrase{Key: "gate.role_at", Args: fault.Args{"Role": fault.Text(a.Role.Name), "Unit": a.At}})
	}
	return names
}

// Named are Names of offices of which somebody holds one today; where nobody holds any, each is named
// with who has to fill it first: whoever is refused is sent to no empty desk alone.
func (g *Gate) Named(ctx context.Context, able []Able) (fault.List, error) {
	names := Names(able)
	if g.checks.Vacant == nil || quiet(ctx) || slices.ContainsFunc(able, func(a Able) bool { return a.At == nil }) {
		return names, nil // somebody holds what is the ministry's as a whole
	}
	givers, err := g.checks.Vacant(ctx, able[:len(names)])
	for i, who := range givers {
		if len(who) > 0 {
			names[i] = fault.Phrase{Key: "gate.vacant", Args: fault.Args{"Office": names[i], "Roles": Names(who)}}
		}
	}
	return names, err
}

// vacant makes a refusal that names offices name them by Named.
func (g *Gate) vacant(ctx context.Context, f *fault.Error, able []Able) error {
	if f.Next == nil || f.Next.Args["Roles"] == nil {
		return f
	}
	names, err := g.Named(ctx, able)
	if err != nil {
		return err
	}
	args := maps.Clone(f.Next.Args)
	args["Roles"] = names
	return f.WithNext(f.Next.Key, f.Next.URL, args)
}

// Able returns the roles whose holders could do an action to a target, in the order
// of their ids: what the policy grants in a relation that an appointment to the role
// can have to this target, and what the thing's owner would admit. It returns none
// where nobody will read it (see Can).
func (g *Gate) Able(ctx context.Context, action string, t Target) ([]Able, error) {
	m, err := g.ministry(ctx)
	if err != nil {
		return nil, err
	}
	return g.able(ctx, m, action, t.objects(m.Profile)[0], t)
}

func (g *Gate) able(ctx context.Context, m Ministry, action, object string, t Target) ([]Able, error) {
	if m.Policy.Policy().WaitsFor(object, action) {
		return nil, nil
	}
	s, err := g.spot(ctx, m.Profile, t)
	if err != nil {
		return nil, err
	}
	if u := s.unit(t.Path); u != nil && t.Whom == nil && g.checks.Whom != nil {
		as := *u
		as.Type = cmp.Or(t.Type, u.Type)
		t.Whom = g.checks.Whom(m, action, object, as)
	}
	today := profile.DateOf(g.clock.Today(m.Profile.Zone))
	var out []Able
	for _, id := range m.Policy.WhoMay(object, action) {
		r := m.Profile.Role(id)
		if r == nil || !r.Holds(today) {
			continue
		}
		for _, scope := range m.Policy.Scopes(id, object, action) {
			if !slices.Contains(findable, scope) {
				continue
			}
			a, reaches := s.standing(r, scope)
			if !reaches || !s.sits(a, scope, today) || t.Admit != nil && t.Admit(a, scope) != nil || t.Whom != nil && !t.Whom(a) {
				continue
			}
			out = append(out, Able{Role: r, Source: m.Policy.Decide(id, object, action, scope).Source, Scope: scope, As: a, At: s.name(r, a, scope)})
			break
		}
	}
	return out, nil
}

// spot is where a target lies: what of its surroundings decides who could act on it.
type spot struct {
	p     *profile.Profile
	path  string
	level string        // of the unit with that path; empty where nobody knows
	typ   *profile.Type // of the institution; nil for none
	way   []unit.Unit   // from the ministry down to the unit; nil where nobody knows
	gone  bool          // the tree has no office that oversees the type
}

func (g *Gate) spot(ctx context.Context, p *profile.Profile, t Target) (spot, error) {
	s := spot{p: p, path: t.Path, level: t.Level, typ: p.Type(t.Type)}
	if t.Path != "" && g.checks.Way != nil {
		var err error
		if s.way, err = g.checks.Way(ctx, unit.Unit{Path: t.Path}); err != nil {
			return s, err
		}
	}
	if s.typ != nil && s.typ.Overseer != "" && g.checks.Seat != nil {
		seat, found, err := g.checks.Seat(ctx, s.typ.Overseer)
		if err != nil {
			return s, err
		}
		s.gone = !found || !seat.OpenOn(g.clock.Today(p.Zone))
	}
	if n := len(s.way); n > 0 && s.way[n-1].Path == t.Path {
		s.level = s.way[n-1].Level
	} else if s.level == "" && s.typ != nil {
		s.level = unit.Institution
	}
	return s, nil
}

// nowhere is the path of a unit under which nothing lies.
const nowhere = "-"

// standing is an appointment to a role as it would have to be for a relation to the
// target to hold, and whether there can be such a one. What is a person's own is no
// matter of a role.
func (s spot) standing(r *profile.Role, scope string) (caller.Assignment, bool) {
	a := caller.Assignment{Role: r.ID, UnitLevel: r.Level, UnitPath: nowhere}
	at := s.level == "" || s.level == r.Level
	if at && s.typ != nil && len(r.Institutions) > 0 {
		at = slices.Contains(r.Institutions, s.typ.Group)
	}
	above := s.level != "" && s.level != r.Level && s.p.Above(r.Level, s.level)
	switch {
	case at && s.path != "":
		a.UnitPath = s.path
	case above:
		a.UnitPath, above = s.ancestor(r.Level)
	}
	oversees := r.Level == unit.Directorate && (s.typ == nil && s.level == "" ||
		s.typ != nil && s.typ.Overseer != "" && (len(r.Offices) == 0 || slices.Contains(r.Offices, s.typ.Overseer)))
	switch {
	case oversees && s.typ != nil:
		a.UnitCode = s.typ.Overseer
	case at || above:
		if u := s.unit(a.UnitPath); u != nil {
			a.UnitCode = u.Code
		}
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

// sits reports whether an appointment can be held today at the unit where it would have to
// be: nobody is sent to an office that has ended, or that the tree has not.
func (s spot) sits(a caller.Assignment, scope string, today profile.Date) bool {
	if scope == "overseen" {
		return !s.gone
	}
	u := s.unit(a.UnitPath)
	return scope == "tenant" || u == nil || u.OpenOn(today.Time())
}

// ancestor is the path of the unit of a level above the target, and whether there is
// one as far as anybody knows.
func (s spot) ancestor(level string) (string, bool) {
	if len(s.way) == 0 {
		return s.path[:strings.LastIndexByte(strings.TrimSuffix(s.path, "."), '.')+1], true
	}
	for i := range s.way {
		if s.way[i].Level == level {
			return s.way[i].Path, true
		}
	}
	return nowhere, false
}

func (s spot) unit(path string) *unit.Unit {
	for i := range s.way {
		if s.way[i].Path == path {
			return &s.way[i]
		}
	}
	return nil
}

// name is where an appointment in a relation to the target is held, for a message; nil
// where the role is held for the whole ministry.
func (s spot) name(r *profile.Role, a caller.Assignment, scope string) any {
	if scope == "overseen" {
		if d := s.p.Directorate(a.UnitCode); d != nil {
			return fault.Text(d.Name)
		}
		return fault.Key("gate.at.overseer")
	}
	if r.Level == unit.Ministry || scope == "tenant" {
		return nil
	}
	if u := s.unit(a.UnitPath); u != nil {
		return fault.Text(u.Name)
	}
	if s.path == "" {
		return fault.Key("gate.at.own")
	}
	return nil
}

type quietKey struct{}

func quietly(ctx context.Context) context.Context { return context.WithValue(ctx, quietKey{}, true) }

// errNo is the refusal that nobody reads.
var errNo = errors.New("gate: no")

// quiet reports whether nobody reads why something is refused.
func quiet(ctx context.Context) bool { return ctx.Value(quietKey{}) != nil }
