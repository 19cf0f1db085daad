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

// Retyped refuses another type for an institution, from a day on and before another (nil: without
// end), when a post held there on one of those days, now or to come, would come under or leave the
// caller by it: who may give which role depends on the type (KG-ER-6c: a district gives the heads
// of general schools, not of lyceums), and nobody widens their own reach by changing it. Each day
// is judged by the type and place that are entered for it. Fault: Denied with the rule and who may.
func (s *Service) Retyped(ctx context.Context, institution, typ string, from time.Time, until *time.Time) error {
	return s.becomes(ctx, institution, from, func(ctx context.Context, tx *db.Tx, m gate.Ministry, c *caller.Caller, now unit.Unit, from time.Time) error {
		spells, err := s.spells(ctx, now, from, until)
		if err != nil {
			return err
		}
		for i, was := range spells {
			end := until
			if i+1 < len(spells) {
				end = &spells[i+1].On
			}
			roles, err := s.heldAt(ctx, tx, now, was.On, end)
			if err != nil {
				return err
			}
			for _, id := range roles {
				if err := s.movesNone(ctx, m, c, now, was.Unit, m.Profile.Role(id), typ); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// becomes judges what a caller makes of an institution from a day on, not before today, while nobody
// is given a post there; what the program does by itself is judged by nobody.
func (s *Service) becomes(ctx context.Context, institution string, from time.Time,
	judge func(ctx context.Context, tx *db.Tx, m gate.Ministry, c *caller.Caller, now unit.Unit, from time.Time) error,
) error {
	c := caller.From(ctx)
	if c == nil || c.System != "" {
		return nil
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	return s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		now, err := s.tree.Get(ctx, institution)
		if err != nil {
			return err
		}
		if now, err = s.tree.Hold(ctx, tx, now.ID); err != nil {
			return err
		}
		if today := s.today(ctx); from.Before(today) {
			from = today
		}
		return judge(ctx, tx, m, c, now, from)
	})
}

// spells are a unit as it is, by what is entered, from a day on and before another: one for each
// spell of days on which its type and place stay the same.
func (s *Service) spells(ctx context.Context, u unit.Unit, from time.Time, until *time.Time) ([]unit.Coming, error) {
	if until != nil && !from.Before(*until) {
		return nil, nil
	}
	coming, err := s.tree.Ahead(ctx, u)
	spells := []unit.Coming{{On: from, Unit: u}}
	for _, c := range coming {
		switch {
		case !c.On.After(from):
			spells[0].Unit = c.Unit
		case until == nil || c.On.Before(*until):
			spells = append(spells, c)
		}
	}
	return spells, err
}

// movesNone refuses another type for an institution as it is on some days, where whether the caller
// stands above a role there depends on it. On days on which the institution is not the caller's to
// retype, nobody who is has been asked: there none may come to stand above the role, or cease to.
func (s *Service) movesNone(ctx context.Context, m gate.Ministry, c *caller.Caller, now, was unit.Unit, r *profile.Role, typ string) error {
	if r == nil {
		return nil
	}
	will := was
	will.Type = typ
	moved := gate.Then(c, was)
	before, after := s.above(m.Profile, moved, r, was), s.above(m.Profile, moved, r, will)
	if before == after && (before || sameSuperiors(m.Profile, r, was, will) || s.retypes(ctx, moved, was)) {
		return nil
	}
	f := fault.New(fault.Denied, "identity.retype_posts").WithCheck("delegation").
		With("Role", fault.Text(r.Name)).With("Unit", fault.Text(was.Name)).
		With("action", "retype").With("object", "institution").With("uid", now.UID).With("path", now.Path)
	f = gate.Cite(f, m.Profile, s.lacking(m, moved, r, was), "appointment", "create")
	return s.givenBy(ctx, f, "retype", gate.Target{
		Object: "institution", UID: now.UID, Path: now.Path, Type: now.Type,
		Whom: func(a caller.Assignment) bool {
			a.UnitPath = was.Rebased(a.UnitPath)
			return superior(m.Profile, a, r, was) && superior(m.Profile, a, r, will)
		},
	})
}

// retypes reports whether an institution as it is on some days is a caller's to retype.
func (s *Service) retypes(ctx context.Context, c *caller.Caller, was unit.Unit) bool {
	return s.gate.Can(caller.With(ctx, c), "retype", gate.Target{Object: "institution", UID: was.UID, Path: was.Path, Type: was.Type})
}

// Moved refuses another place for an institution, from a day on and before another (nil: without end),
// when on one of those days it is not the caller's to move, there or from where it lies by what is
// entered, and a post that is held there then would come under others by it (KG-ER-6c): a move of
// one's own days goes on on those of another. Fault: Denied with the rule and who may.
func (s *Service) Moved(ctx context.Context, institution string, place unit.Unit, from time.Time, until *time.Time) error {
	return s.becomes(ctx, institution, from, func(ctx context.Context, tx *db.Tx, m gate.Ministry, c *caller.Caller, now unit.Unit, from time.Time) error {
		days, err := s.turns(ctx, from, until, now, place)
		if err != nil {
			return err
		}
		for i, day := range days {
			end := until
			if i+1 < len(days) {
				end = &days[i+1]
			}
			then, err := s.tree.Then(ctx, []unit.Unit{now, place}, []time.Time{day, day})
			if err != nil {
				return err
			}
			was, will := then[0], then[0]
			will.Path = unit.Join(then[1].Path, now.ID)
			if s.moves(ctx, c, was, was.Path) && s.moves(ctx, c, will, then[1].Path) {
				continue
			}
			roles, err := s.heldAt(ctx, tx, now, day, end)
			if err != nil {
				return err
			}
			for _, id := range roles {
				if r := m.Profile.Role(id); r != nil && !sameSuperiors(m.Profile, r, was, will) &&
					!(s.above(m.Profile, gate.Then(c, was), r, was) && s.above(m.Profile, gate.Then(c, will), r, will)) {
					return s.mayNotMove(ctx, m, c, now, place, then[1], unit.Coming{On: day, Unit: was}, r)
				}
			}
		}
		return nil
	})
}

// turns are the days from one on and before another on which one of some units becomes another, or
// lies elsewhere, by what is entered; the first of them is that one.
func (s *Service) turns(ctx context.Context, from time.Time, until *time.Time, units ...unit.Unit) ([]time.Time, error) {
	if until != nil && !from.Before(*until) {
		return nil, nil
	}
	days := []time.Time{from}
	for _, u := range units {
		coming, err := s.tree.Ahead(ctx, u)
		if err != nil {
			return nil, err
		}
		for _, c := range coming {
			if c.On.After(from) && (until == nil || c.On.Before(*until)) {
				days = append(days, c.On)
			}
		}
	}
	slices.SortFunc(days, time.Time.Compare)
	return slices.CompactFunc(days, time.Time.Equal), nil
}

// moves reports whether an institution as it is on a day is a caller's to move, at a place.
func (s *Service) moves(ctx context.Context, c *caller.Caller, u unit.Unit, at string) bool {
	return s.gate.Can(caller.With(ctx, gate.Then(c, u)), "move", gate.Target{Object: "institution", UID: u.UID, Path: at, Type: u.Type})
}

func (s *Service) mayNotMove(ctx context.Context, m gate.Ministry, c *caller.Caller, now, place, will unit.Unit, was unit.Coming, r *profile.Role) error {
	t := gate.Target{Object: "institution", UID: now.UID, Path: now.Path, Type: now.Type}
	then := t
	then.Path, then.Type = was.Unit.Path, was.Unit.Type
	var err error
	if t.Whom, err = s.movesTo(ctx, t, place.Path); err != nil {
		return err
	}
	if then.Whom, err = s.movesTo(ctx, then, will.Path); err != nil {
		return err
	}
	f := fault.New(fault.Denied, "identity.move_posts").WithCheck("delegation").
		With("Role", fault.Text(r.Name)).With("Unit", fault.Text(now.Name)).With("Day", was.On).
		With("action", "move").With("object", "institution").With("uid", now.UID).With("path", now.Path)
	f = gate.Cite(f, m.Profile, s.lacking(m, c, r, was.Unit), "appointment", "create")
	return s.gate.WhoThen(ctx, s.givenBy(ctx, f, "move", t), "move", t, then, []unit.Coming{was})
}

// movesTo tells who may move an institution at another place as well.
func (s *Service) movesTo(ctx context.Context, t gate.Target, place string) (func(a caller.Assignment) bool, error) {
	t.Path = place
	there, err := s.gate.Able(ctx, "move", t)
	return func(a caller.Assignment) bool {
		return slices.ContainsFunc(there, func(x gate.Able) bool {
			return x.Role.ID == a.Role && (x.At == nil || seatOf(x) == seatOf(gate.Able{As: a}))
		})
	}, err
}
