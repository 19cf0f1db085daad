package registry

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/unit"
)

// answered is how a difference was answered: when, by whom, and on which order it was decided
// otherwise.
type answered struct {
	at    time.Time
	by    string
	order audit.Order
}

// declined are the ids of the differences that were declined, with how.
func (t *Territory) declined(ctx context.Context) (map[string]answered, error) {
	out := map[string]answered{}
	b := &pgx.Batch{}
	b.Queue(`SELECT d.id, d.declined_at, coalesce(a.uid, ''), d.order_number, d.order_date FROM territory_declined d
		LEFT JOIN account a ON a.tenant_id = d.tenant_id AND a.id = d.account_id WHERE d.tenant_id = $1`, db.TenantOf(ctx)).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var id string
			var d answered
			var on *time.Time
			if err := rows.Scan(&id, &d.at, &d.by, &d.order.Number, &on); err != nil {
				return err
			}
			if on != nil {
				d.order.Date = *on
			}
			out[id] = d
		}
		return rows.Err()
	})
	return out, t.s.db.Read(ctx, b)
}

// decline writes a difference down as declined, or decided otherwise on an order; fresh says
// that it was not before.
func (t *Territory) decline(ctx context.Context, tx *db.Tx, id string, o audit.Order) (fresh bool, err error) {
	var by int64
	if c := caller.From(ctx); c != nil {
		by = c.Account
	}
	var on *time.Time
	if !o.Date.IsZero() {
		on = &o.Date
	}
	tag, err := tx.PGX().Exec(ctx, `INSERT INTO territory_declined (tenant_id, id, declined_at, account_id, order_number, order_date)
		VALUES ($1, $2, $3, nullif($4::bigint, 0), $5, $6) ON CONFLICT DO NOTHING`, tx.Tenant(), id, t.s.clock.Now(), by, o.Number, on)
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
