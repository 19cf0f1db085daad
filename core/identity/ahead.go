package identity

import (
	"context"
	"time"

	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// givesAhead refuses an appointment where, by what is entered already, the unit will on
// a day of it have a type or lie in a place at which the role is not the caller's to
// give (KG-ER-6c): the post would be theirs only because they gave it before. Fault:
// Denied with the day and the type.
func (s *Service) givesAhead(ctx context.Context, a *act, since, until time.Time) error {
	if a.system() || a.role == nil || len(a.role.GrantedBy) == 0 {
		return nil
	}
	coming, err := s.tree.Ahead(ctx, a.unit)
	if err != nil {
		return err
	}
	for i, c := range coming {
		if !until.IsZero() && !c.On.Before(until) || i+1 < len(coming) && !coming[i+1].On.After(since) {
			continue
		}
		if _, ok := s.giver(ctx, a.m, gate.Then(a.by, c.Unit), a.role, c.Unit); ok {
			continue
		}
		return s.mayNotAhead(ctx, a, c)
	}
	return nil
}

// givenUntil returns the first of what is entered for later days by which a role is the
// caller's to give no longer.
func (s *Service) givenUntil(ctx context.Context, m gate.Ministry, c *caller.Caller, r *profile.Role, coming []unit.Coming) (unit.Coming, bool) {
	for _, next := range coming {
		if len(r.GrantedBy) == 0 {
			break
		}
		if _, ok := s.giver(ctx, m, gate.Then(c, next.Unit), r, next.Unit); !ok {
			return next, true
		}
	}
	return unit.Coming{}, false
}

func (s *Service) mayNotAhead(ctx context.Context, a *act, c unit.Coming) error {
	args := fault.Args{"Role": fault.Text(a.role.Name), "Unit": fault.Text(a.unit.Name), "Day": c.On}
	key := "identity.may_not_give_moved"
	if t := a.m.Profile.Type(c.Unit.Type); t != nil && c.Unit.Type != a.unit.Type {
		key, args["Type"] = "identity.may_not_give_retyped", fault.Text(t.Name)
	}
	f := fault.New(fault.Denied, key).WithCheck("delegation").With("action", "create").With("object", "appointment").With("path", a.unit.Path)
	for name, v := range args {
		f = f.With(name, v)
	}
	f = gate.Cite(f, a.m.Profile, s.lacking(a.m, a.by, a.role, c.Unit), "appointment", "create")
	t := giving(a.m, a.role, a.unit)
	today := t.Whom
	t.Whom = func(by caller.Assignment) bool {
		if !today(by) {
			return false
		}
		by.UnitPath = c.Unit.Rebased(by.UnitPath)
		_, ok := grants(a.m.Profile, by, a.role, c.Unit)
		return ok
	}
	return s.givenBy(ctx, f, "create", t)
}
