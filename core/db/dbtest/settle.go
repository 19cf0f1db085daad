package dbtest

import (
	"context"
	"testing"
	"time"

	"mektep/core/db"
)

// Settle waits until whatever was written into d before can be sealed: a seal takes
// nothing that is younger than the oldest transaction at work, of any database of the
// server, and tests share theirs.
func Settle(t testing.TB, d *db.DB) {
	t.Helper()
	conn := Super(t, d)
	defer conn.Close(context.Background()) //nolint:errcheck // only read
	var mine, oldest int64
	if err := conn.QueryRow(t.Context(), "SELECT pg_current_xact_id()::text::bigint").Scan(&mine); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); oldest <= mine; time.Sleep(20 * time.Millisecond) {
		if err := conn.QueryRow(t.Context(), "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint").Scan(&oldest); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(end) {
			t.Fatal("a transaction of another test does not end")
		}
	}
}
