package record

import (
	"context"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// Heads reads the heads of records by their public ids, whoever asks. What is not there is not
// among them.
func (rs *Records) Heads(ctx context.Context, uids []string) (map[string]Head, error) {
	found := make(map[string]Head, len(uids))
	b := &pgx.Batch{}
	b.Queue("SELECT "+headColumns+" FROM "+rs.reg.heads()+" u WHERE u.tenant_id = $1 AND u.uid = ANY($2)", db.TenantOf(ctx), uids).
		Query(eachHead(func(h Head) { found[h.UID] = h }))
	return found, rs.db.Read(ctx, b)
}

// HeadsByID is Heads by ids, in the open unit of work.
func (rs *Records) HeadsByID(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]Head, error) {
	found := make(map[int64]Head, len(ids))
	rows, err := tx.PGX().Query(ctx, "SELECT "+headColumns+" FROM "+rs.reg.heads()+" u WHERE u.tenant_id = $1 AND u.id = ANY($2)", tx.Tenant(), ids)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return found, eachHead(func(h Head) { found[h.ID] = h })(rows)
}

func eachHead(do func(h Head)) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		for rows.Next() {
			h, err := scanHead(rows)
			if err != nil {
				return err
			}
			do(h)
		}
		return rows.Err()
	}
}

// Saved holds records, until the unit of work ends, and returns those that are no longer of the
// version that is named for each: with their public id, which what is gone has not.
func (rs *Records) Saved(ctx context.Context, tx *db.Tx, ids []int64, versions []int32) ([]Head, error) {
	heads := rs.reg.heads()
	// Held from the look on: what somebody saves in between is not to be lost.
	if _, err := tx.PGX().Exec(ctx, "SELECT FROM "+heads+" WHERE tenant_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE", tx.Tenant(), ids); err != nil {
		return nil, err
	}
	rows, err := tx.PGX().Query(ctx, `SELECT m.id, coalesce(u.uid, '') FROM unnest($2::bigint[], $3::int[]) AS m(id, version)
		LEFT JOIN `+heads+` u ON u.tenant_id = $1 AND u.id = m.id WHERE u.version IS DISTINCT FROM m.version`, tx.Tenant(), ids, versions)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (h Head, err error) {
		err = r.Scan(&h.ID, &h.UID)
		return h, err
	})
}

// Last is the id of the last record that was entered; 0: none was.
func (rs *Records) Last(ctx context.Context) (last int64, err error) {
	b := &pgx.Batch{}
	b.Queue("SELECT coalesce(max(id), 0) FROM "+rs.reg.heads()+" WHERE tenant_id = $1", db.TenantOf(ctx)).QueryRow(func(r pgx.Row) error { return r.Scan(&last) })
	return last, rs.db.Read(ctx, b)
}
