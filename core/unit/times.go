package unit

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// Elsewhen is what a region or district was called, or in which place it lay, at another
// time than today, or will, or which code it had: the name, the place or the code is set.
type Elsewhen struct {
	UnitID  int64
	Name    map[string]string
	PlaceID int64
	Code    string
	Since   time.Time
	Until   *time.Time
}

// Elsewhen returns the names and places of regions and districts that are not today's, and
// the codes that they and offices had.
func (t *Tree) Elsewhen(ctx context.Context) ([]Elsewhen, error) {
	var all []Elsewhen
	b := &pgx.Batch{}
	b.Queue(`SELECT u.id, n.name, 0::bigint, '', n.since, n.until FROM unit u CROSS JOIN LATERAL unit_names(u.tenant_id, u.id) n
			WHERE u.tenant_id = $1 AND u.level IN ('region', 'district') AND NOT (n.since <= $2 AND (n.until IS NULL OR n.until > $2))
		UNION ALL SELECT u.id, NULL, p.parent_id, '', p.since, p.until FROM unit u CROSS JOIN LATERAL unit_places(u.tenant_id, u.id) p
			WHERE u.tenant_id = $1 AND u.level IN ('region', 'district') AND NOT (p.since <= $2 AND (p.until IS NULL OR p.until > $2))
		UNION ALL SELECT c.unit_id, NULL, 0, c.code, u.since, c.until FROM unit_code_before c JOIN unit u ON u.tenant_id = c.tenant_id AND u.id = c.unit_id
			WHERE c.tenant_id = $1 AND u.level <> 'institution'
		ORDER BY 1, 5`, db.TenantOf(ctx), t.Today(ctx)).Query(func(rows pgx.Rows) error {
		all = nil
		for rows.Next() {
			var e Elsewhen
			if err := rows.Scan(&e.UnitID, &e.Name, &e.PlaceID, &e.Code, &e.Since, &e.Until); err != nil {
				return err
			}
			all = append(all, e)
		}
		return rows.Err()
	})
	return all, t.db.Read(ctx, b)
}
