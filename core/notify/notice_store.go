package notify

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

func insertNotices(ctx context.Context, tx *db.Tx, accounts []int64, n Notice, args []byte, now time.Time) error {
	uids := make([]string, len(accounts))
	for i := range uids {
		uids[i] = db.NewUID()
	}
	_, err := tx.PGX().Exec(ctx, `
INSERT INTO notice (tenant_id, uid, account_id, kind, key, args, link, created_at)
SELECT $1, r.uid, r.account_id, $4, $5, $6::jsonb, $7, $8
FROM unnest($2::text[], $3::bigint[]) AS r(uid, account_id)`,
		tx.Tenant(), uids, accounts, n.Kind, n.Key, string(args), n.Link, now)
	return err
}

func queueInbox(b *pgx.Batch, tenant int32, account, before int64, limit int, each func(id int64, it Item)) {
	b.Queue(`
SELECT id, uid, kind, key, args, link, created_at, read_at IS NOT NULL
FROM notice WHERE tenant_id = $1 AND account_id = $2 AND id < $3
ORDER BY id DESC LIMIT $4`, tenant, account, before, limit).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var id int64
			var it Item
			var args []byte
			if err := rows.Scan(&id, &it.UID, &it.Kind, &it.Key, &args, &it.Link, &it.At, &it.Read); err != nil {
				return err
			}
			if err := json.Unmarshal(args, &it.Args); err != nil {
				return err
			}
			it.At = it.At.UTC()
			each(id, it)
		}
		return rows.Err()
	})
}

func queueUnread(b *pgx.Batch, tenant int32, account int64, n *int) {
	b.Queue(`
SELECT count(*) FROM (
  SELECT FROM notice WHERE tenant_id = $1 AND account_id = $2 AND read_at IS NULL LIMIT $3) AS unread`,
		tenant, account, mostUnread).QueryRow(func(row pgx.Row) error { return row.Scan(n) })
}

func markRead(ctx context.Context, tx *db.Tx, account int64, uids []string, now time.Time) error {
	_, err := tx.PGX().Exec(ctx, `
UPDATE notice SET read_at = $4
WHERE tenant_id = $1 AND account_id = $2 AND read_at IS NULL AND ($3::text[] IS NULL OR uid = ANY($3))`,
		tx.Tenant(), account, uids, now)
	return err
}

func purge(ctx context.Context, tx *db.Tx, before time.Time) error {
	if tx.Tenant() != 0 { // the platform's own accounts have no inbox
		if _, err := tx.PGX().Exec(ctx, `DELETE FROM notice WHERE tenant_id = $1 AND read_at < $2`, tx.Tenant(), before); err != nil {
			return err
		}
	}
	_, err := tx.PGX().Exec(ctx, `DELETE FROM `+outbox(tx)+` WHERE tenant_id = $1 AND state <> 'waiting' AND created_at < $2`, tx.Tenant(), before)
	return err
}
