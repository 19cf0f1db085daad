package audit_test

import (
	"context"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/db"
)

// Of two who erase the same at once one took it: the other took nothing, and the first
// still answers for all that it says it took.
func TestWhatTwoEraseAtOnceIsTakenByOne(t *testing.T) {
	b := newBench(t)
	b.record(b.ctx, write("s", "one", "two"), write("s", "two", "three"))
	erase := func(ctx context.Context) (int, error) {
		return b.trail.Erase(ctx, audit.Erasure{Object: "institution", Target: "s", Law: "kg-58"})
	}
	first, second := 0, make(chan int, 1)
	err := b.db.Tenant(b.ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if first, err = erase(ctx); err != nil {
			return err
		}
		go func() {
			n, err := erase(b.sys)
			if err != nil {
				t.Error(err)
			}
			second <- n
		}()
		for n := 0; n == 0; time.Sleep(time.Millisecond) {
			if err := tx.PGX().QueryRow(ctx, `SELECT count(*) FROM pg_stat_clear_snapshot(), pg_stat_activity
				WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := <-second; first != 2 || n != 0 {
		t.Fatalf("one took %d, the other %d", first, n)
	}
	b.seal(4)
	if r := b.verify(); !r.OK() {
		t.Errorf("%+v", r)
	}
}
