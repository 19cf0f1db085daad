package jobs

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
)

// Open counts the runs of the ministry in ctx that are not over, by state, and
// says since when the oldest that nobody has begun waits; zero: none does.
func (j *Jobs) Open(ctx context.Context) (map[State]int, time.Time, error) {
	n := map[State]int{Queued: 0, Waiting: 0, Running: 0}
	var oldest time.Time
	b := &pgx.Batch{}
	countOpen(b, db.TenantOf(ctx), n, &oldest)
	err := j.db.Read(ctx, b)
	return n, oldest, fault.Wrap(err, "jobs: open runs")
}
