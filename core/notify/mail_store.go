package notify

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// queued is a letter on its way.
type queued struct {
	Letter
	id       int64
	uid      string
	attempts int // this one included
}

func insertLetter(ctx context.Context, tx *db.Tx, l Letter, args []byte, now time.Time) error {
	_, err := tx.PGX().Exec(ctx, `
INSERT INTO mail_outbox (tenant_id, uid, kind, address, language, subject_key, body_key, button_key, args, url, next_at, expires_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12, $11)`,
		tx.Tenant(), db.NewUID(), l.Kind, l.To, l.Language, l.SubjectKey, l.BodyKey, l.ButtonKey, string(args), l.URL, now, orNull(l.Expires))
	return err
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// expireLetters gives up what would come too late.
func expireLetters(ctx context.Context, tx *db.Tx, now time.Time) error {
	_, err := tx.PGX().Exec(ctx, `
UPDATE mail_outbox SET state = 'expired', address = '', url = '', args = '{}'
WHERE tenant_id = $1 AND state = 'waiting' AND expires_at <= $2`, tx.Tenant(), now)
	return err
}

// claimLetters takes letters that are due for as long as the lease runs: should
// the process die with them, they are due again after it.
func claimLetters(ctx context.Context, tx *db.Tx, now, until time.Time, limit int) ([]queued, error) {
	rows, err := tx.PGX().Query(ctx, `
UPDATE mail_outbox AS m SET next_at = $3, attempts = m.attempts + 1
FROM (
  SELECT id FROM mail_outbox WHERE tenant_id = $1 AND state = 'waiting' AND next_at <= $2
  ORDER BY next_at LIMIT $4 FOR UPDATE SKIP LOCKED) AS due
WHERE m.tenant_id = $1 AND m.id = due.id
RETURNING m.id, m.uid, m.kind, m.address, m.language, m.subject_key, m.body_key, m.button_key, m.args, m.url, m.attempts`,
		tx.Tenant(), now, until, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (queued, error) {
		var q queued
		var args []byte
		err := row.Scan(&q.id, &q.uid, &q.Kind, &q.To, &q.Language, &q.SubjectKey, &q.BodyKey, &q.ButtonKey, &args, &q.URL, &q.attempts)
		if err != nil {
			return q, err
		}
		return q, json.Unmarshal(args, &q.Args)
	})
}

// endLetter records that a letter has left (state "sent") or never will
// ("failed"), and forgets whom and what it told.
func endLetter(ctx context.Context, tx *db.Tx, id int64, state string, code int, now time.Time) error {
	_, err := tx.PGX().Exec(ctx, `
UPDATE mail_outbox SET state = $3, code = $4, sent_at = CASE WHEN $3 = 'sent' THEN $5::timestamptz END, address = '', url = '', args = '{}'
WHERE tenant_id = $1 AND id = $2 AND state = 'waiting'`, tx.Tenant(), id, state, code, now)
	return err
}

func postponeLetter(ctx context.Context, tx *db.Tx, id int64, code int, until time.Time) error {
	_, err := tx.PGX().Exec(ctx, `
UPDATE mail_outbox SET next_at = $3, code = $4 WHERE tenant_id = $1 AND id = $2 AND state = 'waiting'`, tx.Tenant(), id, until, code)
	return err
}

// countLetters returns how many letters wait, and how many could not be delivered.
func countLetters(b *pgx.Batch, tenant int32, waiting, failed *int) {
	b.Queue(`
SELECT count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'failed')
FROM mail_outbox WHERE tenant_id = $1`, tenant).QueryRow(func(row pgx.Row) error { return row.Scan(waiting, failed) })
}
