package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// Holders counts, by role, the active accounts that hold it today at units whose people
// the caller may see. Faults: Denied for who sees no accounts.
func (s *Service) Holders(ctx context.Context) (map[string]int, error) {
	scope, err := s.gate.Scope(ctx, "view", "account")
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		q := &question{args: []any{tx.Tenant(), Active, s.today(ctx)}}
		q.text.WriteString(`SELECT p.role, count(DISTINCT a.id) FROM appointment p
			JOIN account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
			JOIN unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
			WHERE p.tenant_id = $1 AND a.state = $2 AND p.since <= $3 AND (p.until IS NULL OR p.until > $3) AND p.stopped_at IS NULL`)
		q.text.WriteString(q.within(scope, Filter{}, s.today(ctx)) + " GROUP BY p.role")
		rows, err := tx.PGX().Query(ctx, q.text.String(), q.args...)
		if err != nil {
			return err
		}
		var role string
		var n int
		_, err = pgx.ForEachRow(rows, []any{&role, &n}, func() error {
			out[role] = n
			return nil
		})
		return err
	})
	return out, err
}
