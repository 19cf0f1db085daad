package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// Sweep is the ministry's daily round, run by a system role: accounts whose last
// appointment has run out are blocked as if they had been dismissed, and what
// nobody needs any more is removed. That nobody comes in a day late does not hang
// on it: sign-in, sessions and the gate look at the days themselves.
func (s *Service) Sweep(ctx context.Context) error {
	var over []int64
	err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.PGX().Query(ctx, `SELECT a.id FROM account a WHERE a.tenant_id = $1 AND a.state <> 'blocked'
			AND EXISTS (SELECT FROM appointment p WHERE p.tenant_id = $1 AND p.account_id = a.id)
			AND NOT EXISTS (SELECT FROM appointment p WHERE p.tenant_id = $1 AND p.account_id = a.id AND (p.until IS NULL OR p.until > $2))
			ORDER BY a.id`, tx.Tenant(), s.today(ctx))
		if err != nil {
			return err
		}
		over, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range over {
		if err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error { return s.settle(ctx, tx, id) }); err != nil {
			return err
		}
	}
	return s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.PGX().Exec(ctx, `DELETE FROM sharing_sign WHERE tenant_id = $1 AND at < $2`, tx.Tenant(), s.now().Add(-signsKept)); err != nil {
			return err
		}
		if _, err := tx.PGX().Exec(ctx, `DELETE FROM alike_told WHERE tenant_id = $1 AND at NOT BETWEEN $2 AND $3`, tx.Tenant(), s.now().Add(-alikeAnew), s.now().Add(alikeAnew)); err != nil {
			return err
		}
		return s.Door.Sweep(ctx, tx)
	})
}
