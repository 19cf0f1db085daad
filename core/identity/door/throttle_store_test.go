package door

import (
	"context"
	"testing"
	"time"

	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// counted is one counter of a ministry, and how it is tried on.
type counted struct {
	t   *testing.T
	db  *db.DB
	ctx context.Context
	a   attempts
}

func newCounted(t *testing.T) counted {
	t.Helper()
	d := dbtest.New(t)
	return counted{t, d, dbtest.Tenant(t, d, "one", "kg"), attempts{realm: ministryRealm(d)}}
}

func (c counted) in(fn func(ctx context.Context, tx *db.Tx) error) error {
	return c.db.Tenant(c.ctx, fn)
}

// attempt counts an attempt that is not over yet.
func (c counted) attempt() (charge, error) {
	one := []charge{{kind: "remote", key: []byte("an address")}}
	err := c.in(func(ctx context.Context, tx *db.Tx) error { return c.a.debit(ctx, tx, one) })
	return one[0], err
}

func (c counted) begun() charge {
	c.t.Helper()
	one, err := c.attempt()
	if err != nil {
		c.t.Fatal(err)
	}
	dbtest.LetPass(c.t, c.db, paces["remote"].most) // a slow one: what it closed is open again
	return one
}

// An attempt that was right after all takes back the wait that it brought itself, and none
// that others have brought meanwhile.
func TestAnAttemptTakenBackOpensOnlyWhatItClosed(t *testing.T) {
	c := newCounted(t)
	for range paces["remote"].free {
		c.begun()
	}
	slow := c.begun()
	for range 3 {
		c.begun()
	}
	last, err := c.attempt()
	if err != nil {
		t.Fatal(err)
	}
	back := func(x charge) {
		t.Helper()
		if err := c.in(func(ctx context.Context, tx *db.Tx) error { return c.a.uncount(ctx, tx, x) }); err != nil {
			t.Fatal(err)
		}
	}
	back(slow)
	if _, err := c.attempt(); fault.KindOf(err) != fault.TooMany {
		t.Errorf("one that came before opened the way: %v", err)
	}
	back(last)
	if _, err := c.attempt(); err != nil {
		t.Errorf("what the last one closed is closed still: %v", err)
	}
}

// A counter is swept when it counts for nothing any more, and no earlier: not while it lets
// wait, nor while its failures are remembered.
func TestACounterIsSweptWhenItCountsNoMore(t *testing.T) {
	c := newCounted(t)
	left := func() (n int) {
		t.Helper()
		if err := c.in(func(ctx context.Context, tx *db.Tx) error {
			if err := c.a.sweepAttempts(ctx, tx); err != nil {
				return err
			}
			return tx.PGX().QueryRow(ctx, "SELECT count(*) FROM sign_in_throttle WHERE tenant_id = $1", tx.Tenant()).Scan(&n)
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	var longest time.Duration
	for _, p := range paces {
		longest = max(longest, p.most, p.forget)
	}
	if _, err := c.attempt(); err != nil {
		t.Fatal(err)
	}
	dbtest.LetPass(t, c.db, longest-time.Minute)
	if left() != 1 {
		t.Errorf("a counter is gone that others like it still count by, after %s", longest)
	}
	dbtest.LetPass(t, c.db, longest+time.Hour)
	if left() != 0 {
		t.Error("a counter stays that counts for nothing any more")
	}
}
