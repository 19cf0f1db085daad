package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// Holders counts, by role, the active accounts of the ministry that hold it today: for who
// gives roles and must know which nobody holds. It names nobody. Faults: Denied for who
// gives none.
func (s *Service) Holders(ctx context.Context) (map[string]int, error) {
	if _, err := s.gate.Scope(ctx, "create", "appointment"); err != nil {
		return nil, err
	}
	out := map[string]int{}
	b := &pgx.Batch{}
	b.Queue(`SELECT p.role, count(DISTINCT a.id) FROM appointment p
		JOIN account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
		WHERE p.tenant_id = $1 AND a.state = $2 AND `+givesOn("$3")+`
		GROUP BY p.role`, db.TenantOf(ctx), Active, s.today(ctx)).Query(db.Counts(out))
	return out, s.db.Read(ctx, b)
}
