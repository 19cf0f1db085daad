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
	b.Queue("SELECT p.role, count(*) FROM appointment p WHERE p.tenant_id = $1 AND "+holdsFrom("$2")+" GROUP BY p.role", db.TenantOf(ctx), s.today(ctx)).Query(db.Counts(out))
	return out, fault.Wrap(s.db.Read(ctx, b), "identity: roles used")
}
