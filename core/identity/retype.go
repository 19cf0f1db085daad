package identity

import (
	"context"
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
		if now, err = s.tree.Hold(ctx, tx, now.ID); err != nil { // nobody is given a post there meanwhile
			return err
		}
		if today := s.today(ctx); from.Before(today) {
			from = today
		}
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
