package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/unit"
)

// Posts returns the roles of all posts at a unit that are held, were held or will be, and
// keeps others from giving one there until the unit of work ends.
func (s *Service) Posts(ctx context.Context, u unit.Unit) (roles []string, err error) {
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.tree.Hold(ctx, tx, u.ID); err != nil {
			return err
		}
		rows, err := tx.PGX().Query(ctx, "SELECT DISTINCT role FROM appointment WHERE tenant_id = $1 AND unit_id = $2 ORDER BY role", tx.Tenant(), u.ID)
		if err != nil {
			return err
		}
		roles, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return roles, err
}
