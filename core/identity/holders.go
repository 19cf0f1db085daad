package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/unit"
)

// HoldersAt returns the next accounts, by id, after one, that can work and on a day hold
// one of the roles at an institution of the types (none: of any), or at one unit (0: at any), each
// once. It is for work behind the requests, which asks for no right.
func HoldersAt(ctx context.Context, tx *db.Tx, roles, types []string, at int64, day time.Time, after int64, most int) ([]int64, error) {
	if types == nil {
		types = []string{}
	}
	rows, err := tx.PGX().Query(ctx, `SELECT DISTINCT p.account_id FROM appointment p
		JOIN account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
		JOIN unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
		WHERE p.tenant_id = $1 AND p.account_id > $2 AND p.role = ANY($3) AND `+givesOn("$4")+`
		  AND a.state <> 'blocked' AND u.level = $5 AND (cardinality($6::text[]) = 0 OR u.type = ANY($6))
		  AND ($8::bigint = 0 OR u.id = $8)
		ORDER BY p.account_id LIMIT $7`, tx.Tenant(), after, roles, day, unit.Institution, types, most, at)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}
