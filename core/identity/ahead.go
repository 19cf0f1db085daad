package identity

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// givesAhead refuses an appointment where, by what is entered already, the unit will on
// a day of it have a type or lie in a place at which the role is not the caller's to
// give (KG-ER-6c): the post would be theirs only because they gave it before. Fault:
// Denied with the day and the type.
func (s *Service) givesAhead(ctx context.Context, a *act) error {
	if a.system() || a.role == nil || len(a.role.GrantedBy) == 0 {
		return nil
	}
	for _, c := range a.ahead {
		if _, ok := s.giver(ctx, a.m, gate.Then(a.by, c.Unit), a.role, c.Unit); !ok {
			return s.mayNotAhead(ctx, a, c)
		}
	}
	return nil
}

// looksAhead finds what the unit will be on the days of a post, from one on and before another
// (zero: today; without end).
func (s *Service) looksAhead(ctx context.Context, a *act, since, until time.Time) error {
	coming, err := s.tree.Ahead(ctx, a.unit)
	if since.IsZero() {
		since = a.today
	}
	for i, c := range coming {
		if !until.IsZero() && !c.On.Before(until) {
			break
		}
		a.coming = append(a.coming, c)
		if i+1 == len(coming) || coming[i+1].On.After(since) {
			a.ahead = append(a.ahead, c)
		}
	}
	return err
}

// giving is what the gate is asked for the post: whom it then names may give it on all days of it.
func (a *act) giving() gate.Target {
	t := giving(a.m, a.role, a.unit)
	today := t.Whom
	t.Whom = func(by caller.Assignment) bool { return today(by) && a.gives(by, a.ahead) }
	return t
}

// gives reports whether the holder of an appointment may give the role at the unit as it will be.
func (a *act) gives(by caller.Assignment, spells []unit.Coming) bool {
	return !slices.ContainsFunc(spells, func(c unit.Coming) bool {
		then := by
		then.UnitPath = c.Unit.Rebased(by.UnitPath)
		_, ok := grants(a.m.Profile, then, a.role, c.Unit)
		return !ok
	})
}

// whoGives makes true whom a refusal to give a post sends to. What nobody may give yet, as the unit is
// one's today and another's on the days of the post, is that one's from then on. And where nobody holds
// any of the offices that give it, one of them comes first: whoever gives that is named.
func (s *Service) whoGives(ctx context.Context, a *act, refused error) error {
	f, is := errors.AsType[*fault.Error](refused)
	if !is || f.Kind != fault.Denied || f.Next == nil || f.Next.Key != "gate.next.nobody" && f.Next.Key != "gate.next.ask_role" {
		return refused
	}
	able, err := s.gate.Able(ctx, "create", a.giving())
	if err != nil {
		return err
	}
	if filled, err := s.filled(ctx, a.tx, able); err != nil || len(filled) > 0 {
		return cmp.Or[error](err, f)
	}
	day, later, err := s.givesLater(ctx, a)
	if err != nil {
		return err
	}
	if filled, err := s.filled(ctx, a.tx, later); err != nil || len(filled) > 0 || len(able) == 0 && len(later) > 0 {
		return cmp.Or[error](err, gate.FromDay(f, day, later))
	}
	var givers []gate.Able
	for _, x := range able {
		more, err := s.fill(ctx, a.m, x)
		if err != nil {
			return err
		}
		givers = join(givers, more)
	}
	if len(givers) == 0 {
		return f
	}
	return f.WithNext("identity.next.office_first", "", fault.Args{"Offices": gate.Names(able), "Roles": gate.Names(givers)})
}

// givesLater are those who may give the post from a day on, before which nobody may, as the unit is
// then; and that day.
func (s *Service) givesLater(ctx context.Context, a *act) (time.Time, []gate.Able, error) {
	for _, c := range a.coming {
		if !kindred(a.m.Profile, a.role, c.Unit) {
			continue
		}
		then := slices.DeleteFunc(slices.Clone(a.ahead), func(x unit.Coming) bool { return !x.On.After(c.On) })
		t := giving(a.m, a.role, c.Unit)
		t.Whom = func(by caller.Assignment) bool {
			_, never := a.m.Policy.Policy().MayNotGrant(by.Role, a.role.ID)
			return !never && a.gives(by, append([]unit.Coming{c}, then...))
		}
		if able, err := s.gate.Able(ctx, "create", t); err != nil || len(able) > 0 {
			return c.On, able, err
		}
	}
	return time.Time{}, nil, nil
}

// Vacant is what the gate asks of offices that it is about to name: where nobody holds any of them, who
// could fill each.
func (s *Service) Vacant(ctx context.Context, able []gate.Able) (givers [][]gate.Able, err error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		givers = nil
		filled, err := s.filled(ctx, tx, able)
		if err != nil || len(filled) > 0 {
			return err
		}
		for _, x := range able {
			more, err := s.fill(ctx, m, x)
			if err != nil {
				return err
			}
			givers = append(givers, more)
		}
		return nil
	})
	return givers, err
}

// fill are those who could fill an office.
func (s *Service) fill(ctx context.Context, m gate.Ministry, x gate.Able) ([]gate.Able, error) {
	id, err := s.seat(ctx, x)
	if err != nil || id == 0 {
		return nil, err
	}
	at, err := s.tree.ByID(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.gate.Able(ctx, "create", giving(m, x.Role, at))
}

// filled are those of some offices that somebody holds today. Of one of the ministry's as a whole that is
// taken for granted.
func (s *Service) filled(ctx context.Context, tx *db.Tx, able []gate.Able) (out []gate.Able, err error) {
	for _, x := range able {
		id, err := s.seat(ctx, x)
		if err != nil {
			return nil, err
		}
		held := x.At == nil || id == 0
		if !held {
			if held, err = heldToday(ctx, tx, id, x.Role.ID, s.today(ctx)); err != nil {
				return nil, err
			}
		}
		if held {
			out = append(out, x)
		}
	}
	return out, nil
}

// seat is the unit at which an office is held today; 0 where the tree has none.
func (s *Service) seat(ctx context.Context, x gate.Able) (int64, error) {
	if x.Scope != "overseen" {
		return seatOf(x), nil
	}
	u, found, err := s.tree.Seat(ctx, x.As.UnitCode)
	if err != nil || !found {
		return 0, err
	}
	return u.ID, nil
}

// seatOf is the unit at which an office is held, wherever that lies; 0 for one that oversees a type.
func seatOf(x gate.Able) int64 {
	ids := unit.IDs(x.As.UnitPath)
	if x.Scope == "overseen" || len(ids) == 0 {
		return 0
	}
	return ids[len(ids)-1]
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
	return s.givenBy(ctx, f, "create", a.giving())
}
