package registry

import (
	"context"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
)

// FieldsUsed counts the institutions that have a value of each field, whether or not the profile
// has the field.
func (s *Service) FieldsUsed(ctx context.Context) (map[string]int, error) {
	out := map[string]int{}
	b := &pgx.Batch{}
	b.Queue("SELECT field, count(*) FROM institution, jsonb_object_keys(fields) field WHERE tenant_id = $1 GROUP BY field", db.TenantOf(ctx)).Query(db.Counts(out))
	return out, fault.Wrap(s.db.Read(ctx, b), "registry: fields used")
}
