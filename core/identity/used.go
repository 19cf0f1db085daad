package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
)

// RolesUsed counts the posts of each role that are held or to come, whether or not the profile
// has the role.
func (s *Service) RolesUsed(ctx context.Context) (map[string]int, error) {
	out := map[string]int{}
	b := &pgx.Batch{}
	b.Queue("SELECT role, count(*) FROM appointment WHERE tenant_id = $1 AND (until IS NULL OR until > $2) GROUP BY role", db.TenantOf(ctx), s.today(ctx)).Query(db.Counts(out))
	return out, fault.Wrap(s.db.Read(ctx, b), "identity: roles used")
}
