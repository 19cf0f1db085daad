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
	attempts int   // this one included
	by       int64 // who had it written; 0: the ministry itself
}

// outbox is where the letters of a unit wait: its ministry's, or the platform's own.
func outbox(tx *db.Tx) string {
	if tx.Tenant() == 0 {
		return "platform.mail_outbox"
	}
	return "mail_outbox"
}

func insertLetter(ctx context.Context, tx *db.Tx, l Letter, by int64, args []byte, now time.Time) error {
	_, err := tx.PGX().Exec(ctx, `
INSERT INTO `+outbox(tx)+` (tenant_id, uid, kind, address, language, subject_key, body_key, button_key, args, url, next_at, expires_at, created_at, account_id, by_account_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12, $11, nullif($13::bigint, 0), nullif($14::bigint, 0))`,
		tx.Tenant(), db.NewUID(), l.Kind, l.To, l.Language, l.SubjectKey, l.BodyKey, l.ButtonKey, string(args), l.URL, now, orNull(l.Expires), l.Account, by)
	return err
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// forget takes away what an ended letter told, and whom.
const forget = `address = '', url = '', args = '{}'`

// expireLetters gives up what would come too late, and returns it. What failed is not
// sent again from then on.
func expireLetters(ctx context.Context, tx *db.Tx, now time.Time) ([]queued, error) {
	if _, err := tx.PGX().Exec(ctx, `
UPDATE `+outbox(tx)+` SET `+forget+` WHERE tenant_id = $1 AND state = 'failed' AND address <> '' AND expires_at <= $2`, tx.Tenant(), now); err != nil {
		return nil, err
	}
	rows, err := tx.PGX().Query(ctx, `
UPDATE `+outbox(tx)+` SET state = 'expired', ended_at = $2, `+forget+`
WHERE tenant_id = $1 AND state = 'waiting' AND expires_at <= $2
RETURNING id, uid, kind, subject_key, attempts, coalesce(account_id, 0), coalesce(by_account_id, 0)`, tx.Tenant(), now)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (q queued, err error) {
		return q, row.Scan(&q.id, &q.uid, &q.Kind, &q.SubjectKey, &q.attempts, &q.Account, &q.by)
	})
}

// claimLetters takes letters that are due for as long as the lease runs: should
// the process die with them, they are due again after it. One that lies further ahead than
// it could have been put off by then was put off by a clock that was wrong, and is due.
func claimLetters(ctx context.Context, tx *db.Tx, now, until time.Time, limit int) ([]queued, error) {
	rows, err := tx.PGX().Query(ctx, `
UPDATE `+outbox(tx)+` AS m SET next_at = $3, attempts = m.attempts + 1
FROM (
  SELECT id FROM `+outbox(tx)+` WHERE tenant_id = $1 AND state = 'waiting'
    AND (next_at <= $2 OR next_at > $2 + make_interval(secs => ($5::float8[])[least(attempts, cardinality($5)-1) + 1]))
  ORDER BY next_at LIMIT $4 FOR UPDATE SKIP LOCKED) AS due
WHERE m.tenant_id = $1 AND m.id = due.id
RETURNING m.id, m.uid, m.kind, m.address, m.language, m.subject_key, m.body_key, m.button_key, m.args, m.url, m.attempts,
  coalesce(m.account_id, 0), coalesce(m.by_account_id, 0)`,
		tx.Tenant(), now, until, limit, mostAhead())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (queued, error) {
		var q queued
		var args []byte
		err := row.Scan(&q.id, &q.uid, &q.Kind, &q.To, &q.Language, &q.SubjectKey, &q.BodyKey, &q.ButtonKey, &args, &q.URL, &q.attempts, &q.Account, &q.by)
		if err != nil {
			return q, err
		}
		return q, json.Unmarshal(args, &q.Args)
	})
}

// endLetter records that a letter has left, and forgets whom and what it told.
func endLetter(ctx context.Context, tx *db.Tx, id int64, now time.Time) error {
	_, err := tx.PGX().Exec(ctx, `
UPDATE `+outbox(tx)+` SET state = 'sent', code = 250, answer = '', sent_at = $3, ended_at = $3, `+forget+`
WHERE tenant_id = $1 AND id = $2 AND state = 'waiting'`, tx.Tenant(), id, now)
	return err
}

// failLetter records that a letter will not leave unless somebody sends it again, which
// they may until it is over.
func failLetter(ctx context.Context, tx *db.Tx, id int64, r *refusal, now, over time.Time) error {
	_, err := tx.PGX().Exec(ctx, `
UPDATE `+outbox(tx)+` SET state = 'failed', code = $3, answer = $4, ended_at = $5, expires_at = least(coalesce(expires_at, $6), $6)
WHERE tenant_id = $1 AND id = $2 AND state = 'waiting'`, tx.Tenant(), id, r.code, r.words, now, over)
	return err
}

func postponeLetter(ctx context.Context, tx *db.Tx, id int64, r *refusal, until time.Time) error {
	_, err := tx.PGX().Exec(ctx, `
UPDATE `+outbox(tx)+` SET next_at = $3, code = $4, answer = $5 WHERE tenant_id = $1 AND id = $2 AND state = 'waiting'`, tx.Tenant(), id, until, r.code, r.words)
	return err
}

func withdraw(ctx context.Context, tx *db.Tx, account int64, subject string, now time.Time) error {
	_, err := tx.PGX().Exec(ctx, `
UPDATE `+outbox(tx)+` SET state = CASE state WHEN 'waiting' THEN 'expired' ELSE state END, ended_at = coalesce(ended_at, $4), `+forget+`
WHERE tenant_id = $1 AND account_id = $2 AND subject_key = $3 AND state IN ('waiting', 'failed') AND address <> ''`, tx.Tenant(), account, subject, now)
	return err
}

// resend has every failed letter that is not over tried anew.
func resend(ctx context.Context, tx *db.Tx, now time.Time) (int, error) {
	tag, err := tx.PGX().Exec(ctx, `
UPDATE `+outbox(tx)+` SET state = 'waiting', attempts = 0, next_at = $2, ended_at = NULL
WHERE tenant_id = $1 AND state = 'failed' AND address <> '' AND (expires_at IS NULL OR expires_at > $2)`, tx.Tenant(), now)
	return int(tag.RowsAffected()), err
}

// countLetters counts the letters of a ministry that have not left.
func countLetters(b *pgx.Batch, tenant int32, n *Outbox) {
	b.Queue(`
SELECT count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'failed' AND code < 500),
  count(*) FILTER (WHERE state = 'failed' AND code >= 500), count(*) FILTER (WHERE state = 'failed' AND address <> ''),
  min(created_at) FILTER (WHERE state = 'waiting')
FROM mail_outbox WHERE tenant_id = $1 AND state IN ('waiting', 'failed')`, tenant).QueryRow(func(row pgx.Row) error {
		var oldest *time.Time
		if err := row.Scan(&n.Waiting, &n.Failed, &n.Refused, &n.Again, &oldest); err != nil {
			return err
		}
		if oldest != nil {
			n.Oldest = *oldest
		}
		return nil
	})
}

// lettersTo are the last letters to somebody, newest first.
func lettersTo(ctx context.Context, tx *db.Tx, account int64, most int) ([]Sent, error) {
	rows, err := tx.PGX().Query(ctx, `
SELECT subject_key, state, code, answer, attempts, created_at, coalesce(ended_at, sent_at, created_at)
FROM mail_outbox WHERE tenant_id = $1 AND account_id = $2 ORDER BY id DESC LIMIT $3`, tx.Tenant(), account, most)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (l Sent, err error) {
		var state string
		err = row.Scan(&l.Subject, &state, &l.Code, &l.Answer, &l.Attempts, &l.Queued, &l.Ended)
		l.State = stateOf(state, l.Code)
		return l, err
	})
}

// knowsOfRefusal reports whether somebody has an unread notice already that a letter to
// an account did not arrive.
func knowsOfRefusal(ctx context.Context, tx *db.Tx, by int64, link string) (knows bool, err error) {
	err = tx.PGX().QueryRow(ctx, `
SELECT EXISTS (SELECT FROM notice WHERE tenant_id = $1 AND account_id = $2 AND read_at IS NULL AND kind = $3 AND link = $4)`,
		tx.Tenant(), by, refusedKind, link).Scan(&knows)
	return knows, err
}
