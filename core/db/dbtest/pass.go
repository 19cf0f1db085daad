package dbtest

import (
	"context"
	"testing"
	"time"

	"mektep/core/db"
)

// LetPass lets time go by for what is measured by the database's clock, which no
// test can set: the brakes on guessing grow older.
func LetPass(t testing.TB, d *db.DB, by time.Duration) {
	t.Helper()
	for _, table := range []string{"sign_in_throttle", "platform.operator_throttle"} {
		_, err := Super(t, d).Exec(context.Background(), "UPDATE "+table+" SET last_at = last_at - $1::interval, until = until - $1::interval", by)
		if err != nil {
			t.Fatal(err)
		}
	}
}
