package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"mektep/core/db"
	"mektep/core/db/dbtest"
)

// A part in which a nested unit has failed is undone, though whoever did it goes on; what was
// around it stands.
func TestTryOfAPartWithAFailedUnitIsUndone(t *testing.T) {
	t.Parallel()
	d := withProbe(t, db.Config{})
	one := dbtest.Tenant(t, d, "one", "xx")
	broken := errors.New("broken")
	err := d.Tenant(one, func(ctx context.Context, tx *db.Tx) error {
		if err := insert(tx, "a"); err != nil {
			return err
		}
		err := tx.Try(ctx, func(ctx context.Context) error {
			if err := insert(tx, "b"); err != nil {
				return err
			}
			_ = d.Tenant(ctx, func(context.Context, *db.Tx) error { return broken })
			return nil
		})
		if !errors.Is(err, db.ErrDoomed) || !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := notes(one, t, d); got != "a" {
		t.Errorf("left %q", got)
	}
}

// A database that has refused to keep something is ailing for a while, by what it said.
func TestADatabaseThatKeepsNothingIsAiling(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{"53100": "53100", "53200": "53200", "25006": "25006", "58030": "58030", "40001": ""} {
		d := withProbe(t, db.Config{})
		err := d.Platform(db.OnlyOnce(context.Background()), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.PGX().Exec(ctx, "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '"+code+"'; END $$")
			return err
		})
		if got := d.Ailing(time.Minute); err == nil || got != want {
			t.Errorf("after %s it is %q: %v", code, got, err)
		}
	}
}
