package identity

import (
	"context"
	"slices"

	"mektep/core/db"
	"mektep/core/unit"
)

// Superior is somebody who may give a person's role where they hold it.
type Superior struct {
	Name string
	Role string
	Unit unit.Unit

	account int64
}

// Superiors lists who stands directly above a person: whom to ask for a new key.
// Everybody may ask for their own; of others, who may see their accounts.
func (s *Service) Superiors(ctx context.Context, accountUID string) ([]Superior, error) {
	var out []Superior
	err := s.gate.Look(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err := s.accountByUID(ctx, tx, accountUID)
		if err != nil {
			return err
		}
		all, err := appointments(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if err := s.visible(ctx, &PersonPage{Account: a}, all); err != nil {
			return err
		}
		m, err := s.gate.Ministry(ctx)
		if err != nil {
			return err
		}
		posts, err := s.posts(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		out = nil
		for _, p := range posts {
			more, err := s.directlyAbove(ctx, tx, m, p, a.ID)
			if err != nil {
				return err
			}
			for _, sup := range more { // who stands above two posts is one to ask
				if !slices.ContainsFunc(out, func(o Superior) bool {
					return o.account == sup.account && o.Role == sup.Role && o.Unit.ID == sup.Unit.ID
				}) {
					out = append(out, sup)
				}
			}
		}
		return nil
	})
	return out, err
}
