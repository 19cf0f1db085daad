package jobs

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// signOfLife writes down that a worker lives and makes available what dead ones
// were running. All times are the database's: the workers' clocks may differ.
func signOfLife(ctx context.Context, tx *db.Tx, id string, dead time.Duration) (freed int64, err error) {
	batch := &pgx.Batch{}
	batch.Queue(`INSERT INTO platform.job_worker (id, beat_at) VALUES ($1, now())
ON CONFLICT (id) DO UPDATE SET beat_at = excluded.beat_at`, id)
	batch.Queue(`UPDATE `+queueSchema+`.river_job AS q SET state = 'available', scheduled_at = now()
WHERE q.state = 'running' AND q.kind = 'run' AND q.attempted_at < now() - make_interval(secs => $1)
  AND NOT EXISTS (SELECT FROM platform.job_worker w
    WHERE w.id = q.attempted_by[array_upper(q.attempted_by, 1)] AND w.beat_at > now() - make_interval(secs => $1))`, dead.Seconds())
	batch.Queue(`DELETE FROM platform.job_worker WHERE beat_at < now() - interval '1 day'`)
	results := tx.PGX().SendBatch(ctx, batch)
	defer func() { _ = results.Close() }()
	if _, err = results.Exec(); err != nil {
		return 0, err
	}
	tag, err := results.Exec()
	if err != nil {
		return 0, err
	}
	return tag.RowsAffected(), results.Close()
}

func forgetWorker(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.PGX().Exec(ctx, `DELETE FROM platform.job_worker WHERE id = $1`, id)
	return err
}

// queued returns which of the runs the queue still means to work.
func queued(ctx context.Context, tx *db.Tx, runs []*Run) (map[int64]bool, error) {
	ids := make([]int64, len(runs))
	for i, r := range runs {
		ids[i] = r.queueID
	}
	rows, err := tx.PGX().Query(ctx, `SELECT id FROM `+queueSchema+`.river_job
WHERE id = ANY($1) AND state IN ('available', 'pending', 'retryable', 'running', 'scheduled')`, ids)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	known := make(map[int64]bool, len(list))
	for _, id := range list {
		known[id] = true
	}
	return known, err
}
