package gate_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/once"
)

// A write key is remembered for two days, longer than any retry, and no longer.
func TestAWriteKeyIsRememberedForTwoDays(t *testing.T) {
	w := newWorld(t, "kg")
	officer := w.as(holding("district_officer", "district", "1.2.3.", ""))
	ran := 0
	write := func() error {
		ctx := once.With(officer, once.Key{Name: "key-of-one-form"})
		return w.gate.Unit(ctx, func(context.Context, *db.Tx) error { ran++; return nil })
	}
	start := w.clock.Now()
	for _, c := range []struct {
		after time.Duration
		ran   int
	}{{0, 1}, {47 * time.Hour, 1}, {49 * time.Hour, 2}} {
		w.clock.Set(start.Add(c.after))
		if err := w.gate.ForgetKeys(officer); err != nil {
			t.Fatal(err)
		}
		if err := write(); err != nil || ran != c.ran {
			t.Errorf("after %s: %v, ran %d times", c.after, err, ran)
		}
	}
}

// A key counts as taken by what was done: where a request's first unit of work fails and
// another one does it, that one has the key.
func TestAWriteKeyIsTakenByWhatWasDone(t *testing.T) {
	w := newWorld(t, "kg")
	officer := w.as(holding("district_officer", "district", "1.2.3.", ""))
	k := once.Key{Name: "key-of-one-form"}
	ran := 0
	unit := func(ctx context.Context, err error) error {
		return w.gate.Unit(ctx, func(context.Context, *db.Tx) error {
			if err == nil {
				ran++
			}
			return err
		})
	}
	first, again := once.With(officer, k), once.With(officer, k)
	if err := unit(first, fault.New(fault.Conflict, "x")); fault.KindOf(err) != fault.Conflict {
		t.Fatal(err)
	}
	if err := unit(first, nil); err != nil {
		t.Fatal(err)
	}
	if err := unit(again, nil); err != nil || ran != 1 || !once.Replayed(again) {
		t.Errorf("%v, ran %d times", err, ran)
	}
}

// Whether something was done is told to who has signed in: of anybody else nobody knows
// whose key it was.
func TestNobodyWhoHasNotSignedInIsToldWhatWasDone(t *testing.T) {
	w := newWorld(t, "kg")
	officer := w.as(holding("district_officer", "district", "1.2.3.", ""))
	stranger := caller.With(context.Background(), &caller.Caller{Tenant: caller.From(officer).Tenant})
	store := once.OfMinistries(w.db, w.clock)
	for name, c := range map[string]struct {
		ctx  context.Context
		told bool
	}{"signed in": {officer, true}, "a stranger": {stranger, false}} {
		k := once.Key{Name: "key-of-one-form", Box: box(t, "0123456789abcdef")}
		f := found{Link: "/join/secret"}
		if err := store.Unit(once.With(c.ctx, k), func(context.Context, *db.Tx) error { return nil }, &f); err != nil {
			t.Fatal(err)
		}
		var again found
		done, err := store.Done(once.With(c.ctx, k), &again)
		if err != nil || done != c.told || (again == f) != c.told {
			t.Errorf("%s: %t %+v %v", name, done, again, err)
		}
	}
}

// What is kept beside a key opens for its owner: laid to another's key it says only that it
// was done.
func TestWhatIsKeptOpensForItsOwner(t *testing.T) {
	w := newWorld(t, "kg")
	officer := w.as(holding("district_officer", "district", "1.2.3.", ""))
	k := once.Key{Name: "key-of-one-form", Box: box(t, "0123456789abcdef")}
	f := found{Link: "/join/secret"}
	if err := w.gate.Unit(once.With(officer, k), func(context.Context, *db.Tx) error { return nil }, &f); err != nil {
		t.Fatal(err)
	}
	if _, err := dbtest.Super(t, w.db).Exec(t.Context(), "UPDATE write_key SET owner = 'account8' WHERE key = $1", k.Name); err != nil {
		t.Fatal(err)
	}
	c := *caller.From(officer)
	c.Account, c.AccountUID = 8, "account8"
	var theirs found
	err := w.gate.Unit(once.With(caller.With(context.Background(), &c), k), func(context.Context, *db.Tx) error { return nil }, &theirs)
	if !errors.Is(err, once.Repeated) || theirs != (found{}) {
		t.Errorf("%+v %v", theirs, err)
	}
}
