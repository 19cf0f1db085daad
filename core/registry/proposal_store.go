package registry

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/unit"
)

// declined are the ids of the differences that were declined, with when.
func (t *Territory) declined(ctx context.Context) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	b := &pgx.Batch{}
	b.Queue("SELECT id, declined_at FROM territory_declined WHERE tenant_id = $1", db.TenantOf(ctx)).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var id string
			var at time.Time
			if err := rows.Scan(&id, &at); err != nil {
				return err
			}
			out[id] = at
		}
		return rows.Err()
	})
	return out, t.s.db.Read(ctx, b)
}

// decline writes a difference down as declined; fresh says that it was not before.
func (t *Territory) decline(ctx context.Context, tx *db.Tx, id string) (fresh bool, err error) {
	tag, err := tx.PGX().Exec(ctx, "INSERT INTO territory_declined (tenant_id, id, declined_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", tx.Tenant(), id, t.s.clock.Now())
	return tag.RowsAffected() == 1, err
}

// alone keeps others from changing the territory until the unit of work ends: what a change
// makes of the whole is judged by what the others have made of it.
func (d *Dated) alone(ctx context.Context, tx *db.Tx) error {
	_, err := tx.PGX().Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('territory', $1))", tx.Tenant())
	return err
}

// keepDeclined forgets all but some.
func (t *Territory) keepDeclined(ctx context.Context, ids []string) error {
	return t.s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		tag, err := tx.PGX().Exec(ctx, "DELETE FROM territory_declined WHERE tenant_id = $1 AND NOT (id = ANY($2))", tx.Tenant(), ids)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		return t.s.db.Notify(ctx, unit.Changed, "")
	})
}
