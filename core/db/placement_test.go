package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/migrations"
)

func TestPlacementsAreSeparateDatabases(t *testing.T) {
	t.Parallel()
	far := dbtest.Config(t)
	asked := 0
	d := dbtest.Open(t, db.Config{Placements: func(_ context.Context, name string) (string, error) {
		asked++
		if name != "far" {
			return "", errors.New("unknown")
		}
		return far.ServiceDSN, nil
	}})
	database := func(placement string) (name string, err error) {
		ctx := caller.With(context.Background(), caller.System(caller.Tenant{ID: 7, Placement: placement}, "test", "test"))
		err = d.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
			return tx.PGX().QueryRow(ctx, "SELECT current_database()::text").Scan(&name)
		})
		return name, err
	}
	first, err := database("")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		second, err := database("far")
		if err != nil || second == first || !strings.Contains(far.ServiceDSN, second) {
			t.Errorf("far is %s beside %s: %v", second, first, err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	if _, err := database("nowhere"); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("an unknown placement says %v", err)
	}
}

// Whatever keeps the program out of a placement, its ministries are told to come again: it
// is no defect, and passes.
func TestAPlacementThatLetsNobodyInIsSaidToBeUnavailable(t *testing.T) {
	t.Parallel()
	far := dbtest.Config(t)
	cfg, err := pgx.ParseConfig(far.ServiceDSN)
	if err != nil {
		t.Fatal(err)
	}
	super := dbtest.Super(t, dbtest.New(t))
	do := func(sql string) {
		t.Helper()
		if _, err := super.Exec(context.Background(), sql); err != nil {
			t.Fatal(err)
		}
	}
	name := pgx.Identifier{cfg.Database}.Sanitize()
	reach := func(d *db.DB) error {
		ctx := caller.With(context.Background(), caller.System(caller.Tenant{ID: 7, Placement: "far"}, "test", "test"))
		return d.Tenant(ctx, func(_ context.Context, tx *db.Tx) error { return tx.Gorm().Exec("SELECT 1").Error })
	}
	at := func(dsn string) db.Config {
		return db.Config{Placements: func(context.Context, string) (string, error) { return dsn, nil }}
	}
	for change, back := range map[string]string{
		"ALTER DATABASE " + name + " ALLOW_CONNECTIONS false":              "ALTER DATABASE " + name + " ALLOW_CONNECTIONS true",
		"ALTER DATABASE " + name + " CONNECTION LIMIT 0":                   "ALTER DATABASE " + name + " CONNECTION LIMIT -1",
		"REVOKE CONNECT ON DATABASE " + name + " FROM PUBLIC, " + cfg.User: "GRANT CONNECT ON DATABASE " + name + " TO " + cfg.User,
	} {
		d := dbtest.Open(t, at(far.ServiceDSN))
		do(change)
		if err := reach(d); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: %v", change, err)
		}
		do(back)
		if err := reach(d); err != nil {
			t.Errorf("%s: %v", back, err)
		}
	}
	for what, cfg := range map[string]db.Config{
		"none are configured": {}, "its address cannot be read": at("postgres://%zz"), "nobody is there": at("postgres://nobody@127.0.0.1:1/none"),
	} {
		if err := reach(dbtest.Open(t, cfg)); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A placement that was updated too early, too late or never has its ministries wait; the
// first one's go on, and once it belongs the next request is answered.
func TestAPlacementOfAnotherVersionIsNotWorkedWith(t *testing.T) {
	t.Parallel()
	far := dbtest.Config(t)
	owner, err := pgx.Connect(t.Context(), far.OwnerDSN)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(context.WithoutCancel(t.Context())) //nolint:errcheck // the test is over
	var log bytes.Buffer
	d := dbtest.Open(t, db.Config{
		Migrations: migrations.FS, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Placements: func(context.Context, string) (string, error) { return far.ServiceDSN, nil },
	})
	work := func(placement string) error {
		ctx := caller.With(context.Background(), caller.System(caller.Tenant{ID: 7, Placement: placement}, "test", "test"))
		return d.Tenant(ctx, func(_ context.Context, tx *db.Tx) error { return tx.Gorm().Exec("SELECT 1").Error })
	}
	for _, c := range []struct{ change, say, back string }{
		{"INSERT INTO platform.goose_db_version (version_id, is_applied) VALUES (9999, true)", "newer", "DELETE FROM platform.goose_db_version WHERE version_id = 9999"},
		{"UPDATE platform.goose_db_version SET version_id = -50 WHERE version_id = 50", "older", "UPDATE platform.goose_db_version SET version_id = 50 WHERE version_id = -50"},
		{"ALTER TABLE platform.goose_db_version RENAME TO gone", "mektep migrate", "ALTER TABLE platform.gone RENAME TO goose_db_version"},
	} {
		if _, err := owner.Exec(t.Context(), c.change); err != nil {
			t.Fatal(err)
		}
		log.Reset()
		if err := work("far"); fault.KindOf(err) != fault.Unavailable || !strings.Contains(log.String(), c.say) {
			t.Errorf("%s: %v; the log says %s", c.say, err, log.String())
		}
		if err := work(""); err != nil {
			t.Errorf("%s: the first placement: %v", c.say, err)
		}
		if _, err := owner.Exec(t.Context(), c.back); err != nil {
			t.Fatal(err)
		}
	}
	if err := work("far"); err != nil {
		t.Error(err)
	}
}

func TestAPlacementKnowsItsMinistries(t *testing.T) {
	t.Parallel()
	far := dbtest.Config(t)
	d := dbtest.Open(t, db.Config{Placements: func(context.Context, string) (string, error) { return far.ServiceDSN, nil }})
	here := dbtest.Tenant(t, d, "one", "xx")
	for range 2 {
		if err := d.Mirror(context.Background(), db.TenantOf(here), "far"); err != nil {
			t.Fatal(err)
		}
	}
	away := caller.With(context.Background(), caller.System(caller.Tenant{ID: db.TenantOf(here), Placement: "far"}, "test", "test"))
	err := d.Tenant(away, func(ctx context.Context, tx *db.Tx) error {
		var slug string
		if err := tx.PGX().QueryRow(ctx, "SELECT slug FROM platform.tenant WHERE id = $1", tx.Tenant()).Scan(&slug); err != nil || slug != "one" {
			return fmt.Errorf("%q: %w", slug, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := d.Mirror(context.Background(), 99, "far"); !db.NoRows(err) {
		t.Errorf("an unknown ministry: %v", err)
	}
}
