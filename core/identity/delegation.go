package identity

import (
	"context"
	"slices"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// Grantable is a role that the caller may give at a unit.
type Grantable struct {
	Role   *profile.Role
	As     caller.Assignment // the caller's own appointment by which
	Within string            // relation of the unit to that appointment
	Source string            // legal basis of the delegation
}

// Grantable lists the roles that the caller may give at a unit, in the profile's
// order: the delegation rules of the profile, the limits and the policy agree.
func (s *Service) Grantable(ctx context.Context, u unit.Unit) ([]Grantable, error) {
	c, err := me(ctx)
	if err != nil {
		return nil, err
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	if !s.gate.Can(ctx, "create", appointmentAt(u)) {
		return nil, nil
	}
	var out []Grantable
	for i := range m.Profile.Roles {
		r := &m.Profile.Roles[i]
		if !fits(m.Profile, r, u, s.today(ctx)) {
			continue
		}
		if g, ok := s.giver(ctx, m, c, r, u); ok {
			out = append(out, g)
		}
	}
	return out, nil
}

func appointmentAt(u unit.Unit) gate.Target {
	return gate.Target{Object: "appointment", UID: u.UID, Path: u.Path, Type: u.Type}
}

// fits reports whether a role is held at units like u.
func fits(p *profile.Profile, r *profile.Role, u unit.Unit, today time.Time) bool {
	if r.Level != u.Level || !r.Holds(profile.DateOf(today)) || !u.OpenOn(today) {
		return false
	}
	if len(r.Institutions) > 0 && !slices.Contains(r.Institutions, groupOf(p, u)) {
		return false
	}
	return len(r.Offices) == 0 || slices.ContainsFunc(r.Offices, func(id string) bool {
		if id == u.Code && u.Level == unit.Directorate || id == u.Type {
			return true
		}
		o := p.Office(id) // a territorial office stands at every unit of its level
		return o != nil && o.Level == u.Level && u.Type == ""
	})
}

// groupOf is the group of an institution's type; empty for other units.
func groupOf(p *profile.Profile, u unit.Unit) string {
	if t := p.Type(u.Type); t != nil && u.Level == unit.Institution {
		return t.Group
	}
	return ""
}

// stands reports whether u stands in a relation to an appointment.
func stands(p *profile.Profile, relation string, a caller.Assignment, u unit.Unit) bool {
	switch relation {
	case "tenant":
		return true
	case "unit":
		return u.Path == a.UnitPath
	case "overseen":
		t := p.Type(u.Type)
		return a.UnitLevel == unit.Directorate && t != nil && t.Overseer != "" && t.Overseer == a.UnitCode
	default: // territory
		return unit.Within(u.Path, a.UnitPath)
	}
}

// grants returns the profile's rule by which the holder of a may give a role at u.
func grants(p *profile.Profile, a caller.Assignment, r *profile.Role, u unit.Unit) (*profile.Grant, bool) {
	for i := range r.GrantedBy {
		g := &r.GrantedBy[i]
		if g.Role == a.Role && stands(p, g.Within, a, u) &&
			(len(g.Institutions) == 0 || slices.Contains(g.Institutions, groupOf(p, u))) {
			return g, true
		}
	}
	return nil, false
}

// giver finds the appointment by which the caller may give a role at u.
func (s *Service) giver(ctx context.Context, m gate.Ministry, c *caller.Caller, r *profile.Role, u unit.Unit) (Grantable, bool) {
	for _, a := range s.held(c) {
		g, ok := grants(m.Profile, a, r, u)
		if !ok {
			continue
		}
		if _, never := m.Policy.Policy().MayNotGrant(a.Role, r.ID); never {
			continue
		}
		if s.unready(ctx, m, c, a) != nil {
			continue
		}
		source := g.Source
		if source == "" {
			source = r.Source
		}
		return Grantable{Role: r, As: a, Within: g.Within, Source: source}, true
	}
	return Grantable{}, false
}

// unready asks what the role demands before use, as far as identity knows. The
// gate asks the rest, by the role whose right it is.
func (s *Service) unready(ctx context.Context, m gate.Ministry, c *caller.Caller, a caller.Assignment) error {
	if r := m.Profile.Role(a.Role); r != nil && r.NeedsSecondFactor() {
		return s.BeforeUse(ctx, c, a, "second_factor")
	}
	return nil
}

// held are the caller's appointments in force today.
func (s *Service) held(c *caller.Caller) []caller.Assignment {
	today := s.clock.Today(c.Tenant.Zone)
	return slices.DeleteFunc(slices.Clone(c.Assignments), func(a caller.Assignment) bool {
		return a.Since.After(today) || !a.Until.IsZero() && !today.Before(a.Until)
	})
}

// mayGive checks the delegation rules: policy first, so that a refusal there is
// explained by the gate, then the profile's chain. A system role (onboarding, the
// demo) passes and gives nothing as a person.
func (s *Service) mayGive(ctx context.Context, a *act) (Grantable, error) {
	if _, err := s.gate.Check(ctx, "create", appointmentAt(a.unit)); err != nil {
		return Grantable{}, err
	}
	if a.system() {
		return Grantable{Role: a.role, Source: a.role.Source}, nil
	}
	if g, ok := s.giver(ctx, a.m, a.by, a.role, a.unit); ok {
		return g, nil
	}
	return Grantable{}, s.mayNot(a.m, a.by, a.role, a.unit, "identity.may_not_give")
}

// mayNot says that a role is not the caller's to give or end, and whose it is.
func (s *Service) mayNot(m gate.Ministry, c *caller.Caller, r *profile.Role, u unit.Unit, key string) *fault.Error {
	source := r.Source
	f := fault.New(fault.Denied, key).With("Role", fault.Text(r.Name)).With("Unit", fault.Text(u.Name)).
		With("action", "create").With("object", "appointment").With("path", u.Path)
	for _, a := range s.held(c) {
		if hit, never := m.Policy.Policy().MayNotGrant(a.Role, r.ID); never {
			source = hit.Source
			break
		}
	}
	f = f.WithCheck("delegation").WithRule(ruleOf(m.Profile, source), source)
	var who fault.List
	for _, g := range r.GrantedBy {
		if giver := m.Profile.Role(g.Role); giver != nil && len(who) < 4 {
			who = append(who, fault.Text(giver.Name))
		}
	}
	if len(who) == 0 {
		return f
	}
	return f.WithNext("gate.next.ask_role", "/me/rights", fault.Args{"Roles": who})
}

// superior reports whether the holder of a stands above an appointment: may give
// its role there, or may give a role that may, and so on up the chain. Whoever
// may put a head in place can also block the head's teachers.
func superior(p *profile.Profile, a caller.Assignment, r *profile.Role, u unit.Unit) bool {
	seen := map[string]bool{}
	var above func(r *profile.Role) bool
	above = func(r *profile.Role) bool {
		if r == nil || seen[r.ID] {
			return false
		}
		seen[r.ID] = true
		if _, ok := grants(p, a, r, u); ok {
			return true
		}
		for _, g := range r.GrantedBy {
			if g.Role != r.ID && above(p.Role(g.Role)) {
				return true
			}
		}
		return false
	}
	return above(r)
}

// above reports whether one of the caller's appointments stands above a role at u.
func (s *Service) above(p *profile.Profile, c *caller.Caller, r *profile.Role, u unit.Unit) bool {
	return slices.ContainsFunc(s.held(c), func(a caller.Assignment) bool { return superior(p, a, r, u) })
}

// over checks that the caller may do something to an account as a whole: the
// policy allows it at the unit of every appointment the person holds, and the
// caller stands above each of them. Otherwise the head of one school could take
// over the account of an officer who also teaches there. For a person without
// an appointment the last one counts.
func (s *Service) over(ctx context.Context, tx *db.Tx, action, object string, a Account) error {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	c := caller.From(ctx)
	if c.SignedIn() && c.Account == a.ID {
		return fault.New(fault.Denied, "identity.not_yourself").WithCheck("delegation").With("action", action).With("object", object)
	}
	posts, err := s.posts(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	if len(posts) == 0 {
		posts = []post{{}} // a person who never held anything is the whole ministry's matter
	}
	for _, p := range posts {
		t := gate.Target{Object: object, UID: a.UID, Path: p.unit.Path, Type: p.unit.Type}
		if _, err := s.gate.Check(ctx, action, t); err != nil {
			return err
		}
		if c.System != "" || p.role == "" {
			continue
		}
		r := m.Profile.Role(p.role)
		if r == nil || len(r.GrantedBy) == 0 { // no longer in the profile, or not given by people: the policy decides alone
			continue
		}
		if !s.above(m.Profile, c, r, p.unit) {
			return s.mayNot(m, c, r, p.unit, "identity.not_superior").With("action", action).With("object", object).With("uid", a.UID)
		}
	}
	return nil
}
