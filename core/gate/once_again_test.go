package gate_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/once"
)

// Operators' keys are few: whoever takes one sweeps those that are over.
func TestTheKeysOfOperatorsAreSweptByWhoTakesOne(t *testing.T) {
	w := newWorld(t, "kg")
	store := once.OfPlatform(w.db, w.clock)
	operator := caller.With(context.Background(), caller.System(caller.Tenant{}, "command", "request"))
	start := w.clock.Now()
	left := 0
	for i, name := range []string{"key-of-one-form", "key-of-another"} {
		w.clock.Set(start.Add(time.Duration(i) * 49 * time.Hour))
		err := store.Unit(once.With(operator, once.Key{Name: name}), func(ctx context.Context, tx *db.Tx) error {
			return tx.PGX().QueryRow(ctx, "SELECT count(*) FROM platform.write_key").Scan(&left)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if left != 1 {
		t.Errorf("%d keys", left)
	}
}

// What another version of the program kept, of other results, is filled into nothing: it says
// only that it was done. Whoever repeats took no key.
func TestWhatAnotherVersionKeptIsNotFilledIn(t *testing.T) {
	w := newWorld(t, "kg")
	officer := w.as(holding("district_officer", "district", "1.2.3.", ""))
	k := once.Key{Name: "key-of-one-form", Box: box(t, "0123456789abcdef")}
	nothing := func(context.Context, *db.Tx) error { return nil }
	f, first := found{UID: "u"}, once.With(officer, k)
	if err := w.gate.Unit(first, nothing, &f); err != nil {
		t.Fatal(err)
	}
	var again found
	replay := once.With(officer, k)
	if err := w.gate.Unit(replay, nothing, &again); err != nil || again != f {
		t.Errorf("%+v %v", again, err)
	}
	if !once.Took(first) || once.Took(replay) || !once.Replayed(replay) {
		t.Error("who repeats took the key, or who was first did not")
	}
	for name, results := range map[string][]any{"fewer": {}, "more": {&found{}, &found{}}} {
		if err := w.gate.Unit(once.With(officer, k), nothing, results...); !errors.Is(err, once.Repeated) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A law of the profile is a word by which the trail can be searched as by a rule.
func TestALawIsAKnownWordAsARule(t *testing.T) {
	w := newWorld(t, "kg")
	m, err := w.gate.Ministry(w.base)
	if err != nil {
		t.Fatal(err)
	}
	law := m.Profile.Laws[0].ID
	for word, known := range map[string]bool{law: true, "no-such-law": false} {
		out, err := w.gate.Unrecorded(w.base, audit.Filter{Rule: word})
		if _, unknown := out["rule"]; err != nil || unknown == known {
			t.Errorf("%s: %v %v", word, out, err)
		}
	}
}
