package unit

import (
	"context"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
)

// TypesUsed counts the institutions of each type that are there or to come, whether or not the
// profile has the type.
func (t *Tree) TypesUsed(ctx context.Context) (map[string]int, error) {
	out := map[string]int{}
	b := &pgx.Batch{}
	b.Queue("SELECT type, count(*) FROM unit WHERE tenant_id = $1 AND level = $2 AND (until IS NULL OR until > $3) GROUP BY type", db.TenantOf(ctx), Institution, t.Today(ctx)).Query(db.Counts(out))
	return out, fault.Wrap(t.db.Read(ctx, b), "unit: types used")
}
