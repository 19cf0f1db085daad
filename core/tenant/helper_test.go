package tenant_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

const jobsWait = time.Hour // a waiting run looks again only when it is woken

func afterAWhile() <-chan time.Time { return time.After(700 * time.Millisecond) }
func afterLong() <-chan time.Time   { return time.After(15 * time.Second) }

// owned is number for a database that the test opened itself: the owner may
// count where the wall is not asked.
func owned(t *testing.T, cfg db.Config, sql string) (n int) {
	t.Helper()
	conn := must(pgx.Connect(context.Background(), cfg.OwnerDSN))
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(context.Background(), "SELECT set_config('mektep.tenant', '1', false)"); err != nil {
		t.Fatal(err)
	}
	if err := conn.QueryRow(context.Background(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
