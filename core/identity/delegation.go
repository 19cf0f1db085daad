package identity

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"mektep/core/caller"
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
	Until  time.Time         // the first day on which it is the caller's to give no longer, by what is entered ahead; zero: none
}

// Grantable lists the roles that the caller may give at a unit, in the profile's
// order: the delegation rules of the profile, the limits and the policy agree. Where the
// unit will change its type or place, it says until when, as Appoint asks for each day.
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
	coming, err := s.tree.Ahead(ctx, u)
	if err != nil {
		return nil, err
	}
	var out []Grantable
	for i := range m.Profile.Roles {
		r := &m.Profile.Roles[i]
		if !fits(m.Profile, r, u, s.today(ctx)) {
			continue
		}
		if g, ok := s.giver(ctx, m, c, r, u); ok {
			if last, ends := s.givenUntil(ctx, m, c, r, coming); ends {
				g.Until = last.On
			}
			out = append(out, g)
		}
	}
	return out, nil
}

func appointmentAt(u unit.Unit) gate.Target {
	return gate.Target{Object: "appointment", UID: u.UID, Path: u.Path, Type: u.Type, Level: u.Level}
}

// fits reports whether a role is held at u on a day.
func fits(p *profile.Profile, r *profile.Role, u unit.Unit, day time.Time) bool {
	return r.Holds(profile.DateOf(day)) && u.OpenOn(day) && kindred(p, r, u)
}

// kindred reports whether a role is held at units like u, whatever the day.
func kindred(p *profile.Profile, r *profile.Role, u unit.Unit) bool {
	if r.Level != u.Level {
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

// fits reports whether the role of an act is held at units like its own on a day.
func (a *act) fits(day time.Time) bool { return fits(a.m.Profile, a.role, a.unit, day) }

// notHere adds to bad why the role is not held here on a day, today or the one on which a post
// begins: the unit has ended or is to come, the profile has no such role then, or units like this one
// have others; and which.
func (a *act) notHere(bad *fault.Error, on time.Time) *fault.Error {
	day := profile.DateOf(on)
	switch {
	case a.unit.Until != nil && !on.Before(*a.unit.Until) && a.today.Before(*a.unit.Until):
		return bad.WithField("since", "identity.unit_ends", fault.Args{"Unit": fault.Text(a.unit.Name), "Until": *a.unit.Until}).
			WithNext("identity.next.before_end", "", fault.Args{"Until": *a.unit.Until})
	case a.unit.Until != nil && !on.Before(*a.unit.Until):
		return bad.WithField("role", "identity.unit_over", fault.Args{"Unit": fault.Text(a.unit.Name), "Until": *a.unit.Until}).
			WithNext("identity.next.open_unit", "", nil)
	case !a.unit.OpenOn(on):
		return bad.WithField("role", "identity.unit_to_come", fault.Args{"Unit": fault.Text(a.unit.Name), "Since": a.unit.Since}).
			WithNext("identity.next.from_then", "", fault.Args{"Since": a.unit.Since})
	case a.role.Until != 0 && a.role.Until < day:
		bad = bad.WithField("role", "identity.role_over", fault.Args{"Role": fault.Text(a.role.Name), "Until": a.role.Until.Time()})
	case !a.role.Holds(day):
		bad = bad.WithField("role", "identity.role_to_come", fault.Args{"Role": fault.Text(a.role.Name), "Since": a.role.Since.Time()})
	default:
		bad = bad.WithField("role", "identity.role_not_here", fault.Args{"Role": fault.Text(a.role.Name)})
	}
	var names fault.List
	for i := range a.m.Profile.Roles {
		if r := &a.m.Profile.Roles[i]; fits(a.m.Profile, r, a.unit, on) {
			names = append(names, fault.Text(r.Name))
		}
	}
	if len(names) == 0 {
		return bad
	}
	return bad.WithNext("identity.next.fits", "", fault.Args{"Roles": names})
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
		if g := &r.GrantedBy[i]; g.Role == a.Role && stands(p, g.Within, a, u) && ofType(p, g, u) {
			return g, true
		}
	}
	return nil, false
}

// ofType reports whether a rule is one for units of u's type.
func ofType(p *profile.Profile, g *profile.Grant, u unit.Unit) bool {
	return len(g.Institutions) == 0 || slices.Contains(g.Institutions, groupOf(p, u))
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
		return Grantable{Role: r, As: a, Within: g.Within, Source: sourceOf(*g, r)}, true
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
	t := a.giving()
	if !a.fits(a.today) { // what is held nowhere like this is nobody's to give here
		t.Whom = func(caller.Assignment) bool { return false }
	}
	if _, err := s.gate.Check(ctx, "create", t); err != nil {
		return Grantable{}, err
	}
	if a.system() {
		return Grantable{Role: a.role, Source: a.role.Source}, nil
	}
	if g, ok := s.giver(ctx, a.m, a.by, a.role, a.unit); ok {
		return g, nil
	}
	if !a.fits(a.today) {
		return Grantable{}, a.notHere(a.invalid(), a.today)
	}
	return Grantable{}, s.mayNot(ctx, a)
}

// mayNot says that a role is not the caller's to give, and whose it is.
func (s *Service) mayNot(ctx context.Context, a *act) error {
	f := fault.New(fault.Denied, "identity.may_not_give").WithCheck("delegation").
		With("Role", fault.Text(a.role.Name)).With("Unit", fault.Text(a.unit.Name)).
		With("action", "create").With("object", "appointment").With("path", a.unit.Path)
	f = gate.Cite(f, a.m.Profile, s.lacking(a.m, a.by, a.role, a.unit), "appointment", "create")
	return s.givenBy(ctx, f, "create", a.giving())
}

// toThisPerson makes what is refused to a giver true of whom the role is for. What goes together
// with nothing that they hold (KG-ER-6a) is nobody's to give to them: whoever may see them is told
// that in its place. Others, who are told nothing of what strangers hold, are named who gives the
// role here, and that it is asked then.
func (s *Service) toThisPerson(ctx context.Context, a *act, n NewAppointment, refused error) error {
	refused = s.whoGives(ctx, a, refused)
	f := fault.From(refused)
	if n.Account == "" || f.Next == nil || f.Next.Args["Roles"] == nil || f.Kind != fault.Denied {
		return refused
	}
	p, err := s.accountByUID(ctx, a.tx, n.Account)
	if fault.KindOf(err) == fault.NotFound {
		return refused
	}
	if err != nil {
		return err
	}
	seen, _, err := s.sees(ctx, a.tx, p, true)
	switch {
	case err != nil:
		return err
	case !seen && f.Next.Args["Day"] == nil && f.Next.Args["Offices"] == nil: // those come first, whoever it is for
		return f.WithNext("identity.next.given_here", f.Next.URL, f.Next.Args)
	case !seen:
		return refused
	}
	return cmp.Or(s.compatible(ctx, a, n, p.ID), refused)
}

// notSuperior says that the caller does not stand above whom it is to be done to, and
// who does. t is what the gate was asked.
func (s *Service) notSuperior(ctx context.Context, m gate.Ministry, r *profile.Role, u unit.Unit, action string, t gate.Target) error {
	f := fault.New(fault.Denied, "identity.not_superior").WithCheck("delegation").
		With("Role", fault.Text(r.Name)).With("Unit", fault.Text(u.Name)).
		With("action", action).With("object", t.Object).With("uid", t.UID).With("path", t.Path)
	t.Whom = func(a caller.Assignment) bool { return superior(m.Profile, a, r, u) }
	f = gate.Cite(f, m.Profile, s.lacking(m, caller.From(ctx), r, u), t.Object, action)
	return s.givenBy(ctx, f, action, t)
}

// notYourself refuses what people do to others only, and names who does it: whom t
// names, else who stands above r at u.
func (s *Service) notYourself(ctx context.Context, m gate.Ministry, r *profile.Role, u unit.Unit, action string, t gate.Target) error {
	f := fault.New(fault.Denied, "identity.not_yourself").WithCheck("delegation").WithOwnRule("not_oneself").
		With("action", action).With("object", t.Object).With("uid", t.UID).With("path", t.Path)
	if r != nil && t.Whom == nil {
		t.Whom = func(a caller.Assignment) bool { return len(r.GrantedBy) == 0 || superior(m.Profile, a, r, u) }
	}
	return s.givenBy(ctx, f, action, t)
}

// giving is what the gate is asked for an appointment to r at u, and whom it then
// names: those whom the profile lets give it to this type of institution.
func giving(m gate.Ministry, r *profile.Role, u unit.Unit) gate.Target {
	t := appointmentAt(u)
	t.Whom = func(a caller.Assignment) bool {
		_, ok := grants(m.Profile, a, r, u)
		_, never := m.Policy.Policy().MayNotGrant(a.Role, r.ID)
		return ok && !never
	}
	return t
}

// Whom tells whom the profile lets give anything at a unit, for naming them where nobody
// has said yet which role is meant.
func Whom(m gate.Ministry, _, object string, u unit.Unit) func(a caller.Assignment) bool {
	if object != "appointment" && object != "invitation" {
		return nil
	}
	return func(a caller.Assignment) bool {
		for i := range m.Profile.Roles {
			r := &m.Profile.Roles[i]
			at := r.Level == u.Level && (len(r.Institutions) == 0 || slices.Contains(r.Institutions, groupOf(m.Profile, u)))
			_, gives := grants(m.Profile, a, r, u)
			_, never := m.Policy.Policy().MayNotGrant(a.Role, r.ID)
			if at && gives && !never {
				return true
			}
		}
		return false
	}
}

// givenBy adds who could do it instead.
func (s *Service) givenBy(ctx context.Context, f *fault.Error, action string, t gate.Target) error {
	able, err := s.gate.Able(ctx, action, t)
	if err != nil {
		return err
	}
	return named(f, able)
}

// named adds who could do it instead.
func named(f *fault.Error, able []gate.Able) *fault.Error {
	switch {
	case len(able) == 0:
		return f.WithNext("gate.next.nobody", "/me/rights", nil)
	case f.Key == "identity.not_yourself":
		return f.WithNext("gate.next.ask_other", "/me/rights", fault.Args{"Roles": gate.Names(able)})
	}
	return f.WithNext("gate.next.ask_role", "/me/rights", fault.Args{"Roles": gate.Names(able)})
}

// lacking is the law of the grant that a caller lacks for giving r at u: the grant that
// they have for other places or types; else what forbids it to the office that would
// give it, or to all that they hold; else that by which it is given here.
func (s *Service) lacking(m gate.Ministry, c *caller.Caller, r *profile.Role, u unit.Unit) string {
	held := s.held(c)
	never := ""
	free := false // something that they hold is forbidden nothing
	for _, a := range held {
		hit, barred := m.Policy.Policy().MayNotGrant(a.Role, r.ID)
		i := slices.IndexFunc(r.GrantedBy, func(g profile.Grant) bool { return g.Role == a.Role })
		switch {
		case i >= 0 && !barred:
			return sourceOf(r.GrantedBy[i], r)
		case i >= 0:
			return hit.Source
		case barred:
			never = hit.Source
		default:
			free = true
		}
	}
	if never != "" && !free {
		return never
	}
	for _, g := range r.GrantedBy {
		if len(g.Institutions) == 0 || slices.Contains(g.Institutions, groupOf(m.Profile, u)) {
			return sourceOf(g, r)
		}
	}
	return sourceOf(profile.Grant{}, r)
}

// sourceOf is the law by which a role is given: the grant's, else the role's, else
// what the platform leaves to the administrator.
func sourceOf(g profile.Grant, r *profile.Role) string {
	return cmp.Or(g.Source, r.Source, fault.Own+"administration")
}

// superior reports whether the holder of a stands above an appointment: may give
// its role there, or may give a role that may, and so on up the chain. Whoever
// may put a head in place can also block the head's teachers.
func superior(p *profile.Profile, a caller.Assignment, r *profile.Role, u unit.Unit) bool {
	return slices.ContainsFunc(chain(p, r), func(r *profile.Role) bool {
		_, ok := grants(p, a, r, u)
		return ok
	})
}

// chain is a role with those that may give it anywhere, and so on up.
func chain(p *profile.Profile, r *profile.Role) []*profile.Role {
	if r == nil {
		return nil
	}
	all := []*profile.Role{r}
	for i := 0; i < len(all); i++ {
		for _, g := range all[i].GrantedBy {
			if up := p.Role(g.Role); up != nil && !slices.Contains(all, up) {
				all = append(all, up)
			}
		}
	}
	return all
}

// sameSuperiors reports whether those who stand above a role at a unit are the same where its type
// or place is another, whoever holds the offices.
func sameSuperiors(p *profile.Profile, r *profile.Role, u, other unit.Unit) bool {
	return slices.Equal(offices(p, r, u), offices(p, r, other))
}

// offices are those whose holders stand above a role at a unit, by what of its type and place decides it.
func offices(p *profile.Profile, r *profile.Role, u unit.Unit) (all []string) {
	overseer := ""
	if t := p.Type(u.Type); t != nil {
		overseer = t.Overseer
	}
	for _, r := range chain(p, r) {
		for i := range r.GrantedBy {
			g := &r.GrantedBy[i]
			if !ofType(p, g, u) || g.Within == "overseen" && overseer == "" {
				continue
			}
			o := g.Role + " " + g.Within
			switch g.Within {
			case "overseen":
				o += " " + overseer
			case "territory":
				o += " " + fmt.Sprint(unit.IDs(u.Path))
			}
			all = append(all, o)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// above reports whether one of the caller's appointments stands above a role at u.
func (s *Service) above(p *profile.Profile, c *caller.Caller, r *profile.Role, u unit.Unit) bool {
	return slices.ContainsFunc(s.held(c), func(a caller.Assignment) bool { return superior(p, a, r, u) })
}
