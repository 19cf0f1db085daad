package unit_test

import (
	"context"
	"errors"
	"testing"

	"mektep/core/db"
)

// Inside a unit of work places are those that are remembered, until it changes one itself; what it
// takes back nobody else ever hears of.
func TestPlacesAreThoseThatTheUnitOfWorkMade(t *testing.T) {
	w := newWorld(t)
	called := func(ctx context.Context, want string) {
		t.Helper()
		places, err := w.tree.Places(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if u := places.ByID(w.east.ID); u == nil || u.Name["tr"] != want {
			t.Errorf("%+v", u)
		}
	}
	called(w.ctx, "Doğu")
	taken := context.Canceled
	err := w.db.Tenant(w.ctx, func(ctx context.Context, _ *db.Tx) error {
		called(ctx, "Doğu")
		east, err := w.tree.Get(ctx, w.east.UID)
		if err != nil {
			return err
		}
		if err := w.tree.Rename(ctx, east, named("Uzak Doğu"), day("2026-09-01"), "1"); err != nil {
			return err
		}
		called(ctx, "Uzak Doğu")
		return taken
	})
	if !errors.Is(err, taken) {
		t.Fatal(err)
	}
	called(w.ctx, "Doğu")
	if err := w.tree.Rename(w.ctx, w.again(t, w.east), named("Yakın Doğu"), day("2026-09-01"), "2"); err != nil {
		t.Fatal(err)
	}
	called(w.ctx, "Yakın Doğu")
}
