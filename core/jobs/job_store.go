package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"mektep/core/db"
	"mektep/core/fault"
)

const runColumns = `id, uid, kind, coalesce(account_id, 0), account_uid, system, second_factor, language, purpose, request_id,
  state, done, total, message, args, payload, result, fault, file, attempt, fence, queue_id, created_at, started_at, finished_at`

func scanRun(row pgx.Row) (*Run, error) {
	r := &Run{}
	var args, failure []byte
	var state string
	var started, finished *time.Time
	err := row.Scan(&r.id, &r.UID, &r.Kind, &r.Account, &r.AccountUID, &r.System, &r.secondFactor, &r.Language, &r.purpose, &r.requestID,
		&state, &r.Done, &r.Total, &r.Message, &args, &r.payload, &r.Result, &failure, &r.File, &r.Attempt, &r.fence, &r.queueID,
		&r.Created, &started, &finished)
	if err != nil {
		return nil, err
	}
	r.State, r.Created = State(state), r.Created.UTC()
	if started != nil {
		r.Started = started.UTC()
	}
	if finished != nil {
		r.Finished = finished.UTC()
	}
	if r.Args, err = decodeArgs(args); err != nil {
		return nil, err
	}
	r.Fault, err = decodeFault(failure)
	return r, err
}

// countOpen adds to b the question how many runs are not over.
func countOpen(b *pgx.Batch, tenant int32, n map[State]int, oldest *time.Time) {
	b.Queue(`SELECT state, count(*), min(created_at) FILTER (WHERE started_at IS NULL)
FROM job_run WHERE tenant_id = $1 AND finished_at IS NULL GROUP BY state`, tenant).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var state string
			var count int
			var since *time.Time
			if err := rows.Scan(&state, &count, &since); err != nil {
				return err
			}
			n[State(state)] = count
			if since != nil && (oldest.IsZero() || since.Before(*oldest)) {
				*oldest = since.UTC()
			}
		}
		return rows.Err()
	})
}

func insertRun(ctx context.Context, tx *db.Tx, r *Run) error {
	return tx.PGX().QueryRow(ctx, `INSERT INTO job_run
  (tenant_id, uid, kind, account_id, account_uid, system, second_factor, language, purpose, request_id, payload, created_at)
VALUES ($1, $2, $3, nullif($4::bigint, 0), $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id`,
		tx.Tenant(), r.UID, r.Kind, r.Account, r.AccountUID, r.System, r.secondFactor, r.Language, r.purpose, r.requestID,
		r.payload, r.Created).Scan(&r.id)
}

// renewPeriodic makes the one row of a periodic kind queued again. It returns nil
// while the last run is not over.
func renewPeriodic(ctx context.Context, tx *db.Tx, k *kind, now time.Time) (*Run, error) {
	r, err := scanRun(tx.PGX().QueryRow(ctx, `INSERT INTO job_run AS j (tenant_id, uid, kind, system, periodic, created_at)
VALUES ($1, $2, $3, $4, true, $5)
ON CONFLICT (tenant_id, kind) WHERE periodic DO UPDATE
  SET state = 'queued', cancel = false, done = 0, total = 0, message = '', args = '{}', result = 'null', fault = NULL, file = '',
      system = excluded.system, attempt = 0, created_at = excluded.created_at, started_at = NULL, finished_at = NULL
  WHERE j.finished_at IS NOT NULL
RETURNING `+runColumns, tx.Tenant(), db.NewUID(), k.name, k.role, now))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // the last one is still going on
	}
	return r, err
}

func setQueueID(ctx context.Context, tx *db.Tx, id, queueID int64) error {
	_, err := tx.PGX().Exec(ctx, `UPDATE job_run SET queue_id = $3 WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), id, queueID)
	return err
}

// findRun returns a run by its public id, nil when there is none.
func findRun(ctx context.Context, tx *db.Tx, uid string) (*Run, error) {
	return oneOrNil(tx.PGX().QueryRow(ctx, `SELECT `+runColumns+` FROM job_run WHERE tenant_id = $1 AND uid = $2`, tx.Tenant(), uid))
}

// openRun returns a run that is not over by its number, nil when there is none.
func openRun(ctx context.Context, tx *db.Tx, id int64) (*Run, error) {
	return oneOrNil(tx.PGX().QueryRow(ctx, `SELECT `+runColumns+` FROM job_run
WHERE tenant_id = $1 AND id = $2 AND finished_at IS NULL`, tx.Tenant(), id))
}

func oneOrNil(row pgx.Row) (*Run, error) {
	r, err := scanRun(row)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // the callers make a fault of it, each its own
	}
	return r, err
}

func listRuns(ctx context.Context, tx *db.Tx, mine bool, account, before int64, limit int) ([]*Run, error) {
	sql := `SELECT ` + runColumns + ` FROM job_run WHERE tenant_id = $1 AND id < $2`
	args := []any{tx.Tenant(), before, limit}
	if mine {
		sql += ` AND account_id = $4`
		args = append(args, account)
	}
	rows, err := tx.PGX().Query(ctx, sql+` ORDER BY id DESC LIMIT $3`, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (*Run, error) { return scanRun(row) })
}

// claimRun makes r this worker's: whoever worked it before can write no more. It
// returns false, and leaves r as it was, for a run that was cancelled.
func claimRun(ctx context.Context, tx *db.Tx, r *Run, now time.Time) (bool, error) {
	fence := db.NewUID()
	ok, err := touched(tx.PGX().Exec(ctx, `UPDATE job_run
SET state = 'running', fence = $3, attempt = attempt + 1, started_at = coalesce(started_at, $4), version = version + 1
WHERE tenant_id = $1 AND id = $2 AND finished_at IS NULL AND NOT cancel`, tx.Tenant(), r.id, fence, now))
	if ok && err == nil {
		r.fence, r.State = fence, Running
		r.Attempt++
	}
	return ok, err
}

// finishRun ends a claimed run well.
func finishRun(ctx context.Context, tx *db.Tx, r *Run, now time.Time) (ok, cancelled bool, err error) {
	ok, err = touched(tx.PGX().Exec(ctx, `UPDATE job_run
SET state = 'done', result = $4, file = $5, done = $6, total = $7, message = $8, args = $9, fault = NULL,
    finished_at = $10, version = version + 1
WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND state = 'running' AND NOT cancel`,
		tx.Tenant(), r.id, r.fence, jsonOrNull(r.Result), r.File, r.Done, r.Total, r.Message, encodeArgs(r.Args), now))
	if ok || err != nil {
		return ok, false, err
	}
	err = tx.PGX().QueryRow(ctx, `SELECT cancel AND finished_at IS NULL FROM job_run WHERE tenant_id = $1 AND id = $2`,
		tx.Tenant(), r.id).Scan(&cancelled)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return false, cancelled, err
}

// endRun ends a claimed run as failed or cancelled.
func endRun(ctx context.Context, tx *db.Tx, r *Run, state State, why error, now time.Time) error {
	failure, err := encodeFault(why)
	if err != nil {
		return err
	}
	_, err = tx.PGX().Exec(ctx, `UPDATE job_run SET state = $4, fault = $5, finished_at = $6, version = version + 1
WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND finished_at IS NULL`,
		tx.Tenant(), r.id, r.fence, string(state), failure, now)
	return err
}

// putBack makes a claimed run wait for its next try, or for its ministry.
func putBack(ctx context.Context, tx *db.Tx, r *Run, state State, uncount bool) error {
	_, err := tx.PGX().Exec(ctx, `UPDATE job_run SET state = $4, attempt = greatest(attempt - $5, 0), version = version + 1
WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND finished_at IS NULL`,
		tx.Tenant(), r.id, r.fence, string(state), map[bool]int{true: 1}[uncount])
	return err
}

// writeProgress keeps what the run said of itself and reports whether it was cancelled.
func writeProgress(ctx context.Context, tx *db.Tx, r *Run) (cancelled bool, err error) {
	err = tx.PGX().QueryRow(ctx, `UPDATE job_run SET done = $4, total = $5, message = $6, args = $7, version = version + 1
WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND state = 'running' RETURNING cancel`,
		tx.Tenant(), r.id, r.fence, r.Done, r.Total, r.Message, encodeArgs(r.Args)).Scan(&cancelled)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, errStale
	}
	return cancelled, err
}

// cancelRun marks an open run; one that is not running is over at once.
func cancelRun(ctx context.Context, tx *db.Tx, id int64, now time.Time) (queueID int64, open bool, err error) {
	err = tx.PGX().QueryRow(ctx, `UPDATE job_run
SET cancel = true, version = version + 1,
    state = CASE WHEN state = 'running' THEN state ELSE 'cancelled' END,
    finished_at = CASE WHEN state = 'running' THEN NULL ELSE $3::timestamptz END
WHERE tenant_id = $1 AND id = $2 AND finished_at IS NULL RETURNING queue_id`, tx.Tenant(), id, now).Scan(&queueID)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, false, nil
	}
	return queueID, err == nil, err
}

func waitingRuns(ctx context.Context, tx *db.Tx) ([]int64, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT queue_id FROM job_run
WHERE tenant_id = $1 AND finished_at IS NULL AND state = 'waiting' AND queue_id <> 0 ORDER BY id`, tx.Tenant())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// oldOpenRuns returns the runs that have not been over since a moment: their
// numbers by kind, with their numbers in the queue.
func oldOpenRuns(ctx context.Context, tx *db.Tx, before time.Time) ([]*Run, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT `+runColumns+` FROM job_run
WHERE tenant_id = $1 AND finished_at IS NULL AND created_at < $2 ORDER BY id LIMIT 1000`, tx.Tenant(), before)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (*Run, error) { return scanRun(row) })
}

// purgeRuns removes runs that were over before a moment and returns their files' names.
func purgeRuns(ctx context.Context, tx *db.Tx, before time.Time) ([]string, error) {
	rows, err := tx.PGX().Query(ctx, `DELETE FROM job_run
WHERE tenant_id = $1 AND finished_at IS NOT NULL AND finished_at < $2 RETURNING file`, tx.Tenant(), before)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// storedFault is a fault as a run keeps it for its reader.
type storedFault struct {
	Kind   fault.Kind    `json:"kind"`
	Key    string        `json:"key"`
	Args   fault.Args    `json:"args,omitempty"`
	Check  string        `json:"check,omitempty"`
	Rule   string        `json:"rule,omitempty"`
	Law    string        `json:"law,omitempty"`
	Next   *fault.Step   `json:"next,omitempty"`
	Fields []fault.Field `json:"fields,omitempty"`
}

func encodeFault(err error) ([]byte, error) {
	f := fault.From(err)
	if f == nil {
		return nil, nil
	}
	return json.Marshal(storedFault{f.Kind, f.Key, f.Args, f.Check, f.Rule, f.Law, f.Next, f.Fields})
}

func decodeFault(b []byte) (*fault.Error, error) {
	if b == nil {
		return nil, nil //nolint:nilnil // no fault is the ordinary answer
	}
	var s storedFault
	if err := decode(b, &s); err != nil {
		return nil, err
	}
	f := &fault.Error{Kind: s.Kind, Key: s.Key, Args: s.Args, Check: s.Check, Rule: s.Rule, Law: s.Law, Next: s.Next, Fields: s.Fields}
	whole(f.Args)
	if f.Next != nil {
		whole(f.Next.Args)
	}
	for _, field := range f.Fields {
		whole(field.Args)
	}
	return f, nil
}

func encodeArgs(a fault.Args) []byte {
	b, err := json.Marshal(a)
	if err != nil || a == nil {
		return []byte("{}")
	}
	return b
}

func decodeArgs(b []byte) (fault.Args, error) {
	var a fault.Args
	err := decode(b, &a)
	whole(a)
	return a, err
}

func decode(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode(into)
}

// whole turns numbers back into what they were: a count must be an integer to
// choose a plural form.
func whole(a fault.Args) {
	for name, v := range a {
		n, ok := v.(json.Number)
		if !ok {
			continue
		}
		if i, err := n.Int64(); err == nil {
			a[name] = i
		} else if f, err := n.Float64(); err == nil {
			a[name] = f
		}
	}
}

func jsonOrNull(b json.RawMessage) []byte {
	if b == nil {
		return []byte("null")
	}
	return b
}

// touched reports whether a statement that should change one row did.
func touched(tag pgconn.CommandTag, err error) (bool, error) { return tag.RowsAffected() == 1, err }
