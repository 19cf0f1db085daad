package identity

import (
	"context"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
)

// Retyped refuses another type for an institution when a post held there, now or to
// come, would come under or leave the caller by it: who may give which role depends on
// the type (KG-ER-6c: a district gives the heads of general schools, not of lyceums), and
// nobody widens their own reach by changing it. Fault: Denied with the rule and who may.
func (s *Service) Retyped(ctx context.Context, institution, typ string) error {
	c := caller.From(ctx)
	if c == nil || c.System != "" {
		return nil
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	return s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		was, err := s.tree.Get(ctx, institution)
		if err != nil {
			return err
		}
		if was, err = s.tree.Hold(ctx, tx, was.ID); err != nil { // nobody is given a post there meanwhile
			return err
		}
		roles, err := s.heldAt(ctx, tx, was)
		if err != nil {
			return err
		}
		will := was
		will.Type = typ
		for _, id := range roles {
			r := m.Profile.Role(id)
			if r == nil || s.above(m.Profile, c, r, was) == s.above(m.Profile, c, r, will) {
				continue
			}
			f := fault.New(fault.Denied, "identity.retype_posts").WithCheck("delegation").
				With("Role", fault.Text(r.Name)).With("Unit", fault.Text(was.Name)).
				With("action", "retype").With("object", "institution").With("uid", was.UID).With("path", was.Path)
			f = gate.Cite(f, m.Profile, s.lacking(m, c, r, was), "appointment", "create")
			return s.givenBy(ctx, f, "retype", gate.Target{
				Object: "institution", UID: was.UID, Path: was.Path, Type: was.Type,
				Whom: func(a caller.Assignment) bool {
					return superior(m.Profile, a, r, was) && superior(m.Profile, a, r, will)
				},
			})
		}
		return nil
	})
}
