package db_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"mektep/core/db"
	"mektep/core/db/dbtest"
)

// changes collects what OnChange is told.
type changes struct {
	mu   sync.Mutex
	list []string
}

func (c *changes) add(tenant int32, key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, strconv.Itoa(int(tenant))+":"+key)
}

func (c *changes) has(s string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Contains(c.list, s)
}

func (c *changes) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = nil
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 500 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

// second opens the same database as another process would.
func second(t *testing.T, cfg db.Config) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func TestAChangeReachesEveryProcess(t *testing.T) {
	t.Parallel()
	cfg := dbtest.Config(t)
	here, there := second(t, cfg), second(t, cfg)
	one := dbtest.Tenant(t, here, "one", "xx")
	var heard, local changes
	there.OnChange("thing", heard.add)
	here.OnChange("thing", local.add)
	there.Listen(t.Context())
	there.Listen(t.Context()) // once is enough
	eventually(t, "the listener forgot everything when it began", func() bool { return heard.has("0:") })

	notify := func(ctx context.Context, tx *db.Tx) error { return here.Notify(ctx, "thing", "a:b") }
	if err := here.Tenant(one, notify); err != nil {
		t.Fatal(err)
	}
	if !local.has("1:a:b") {
		t.Error("this process did not hear it at once")
	}
	eventually(t, "the other process heard it", func() bool { return heard.has("1:a:b") })
	if err := here.Platform(one, notify); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the platform's", func() bool { return heard.has("0:a:b") })

	heard.reset()
	local.reset()
	bad := errors.New("bad")
	_ = here.Tenant(one, func(ctx context.Context, tx *db.Tx) error { return errors.Join(notify(ctx, tx), bad) })
	if err := here.Tenant(one, func(ctx context.Context, _ *db.Tx) error { return here.Notify(ctx, "thing", "last") }); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the one after the rolled back", func() bool { return heard.has("1:last") })
	if heard.has("1:a:b") || local.has("1:a:b") {
		t.Error("a rolled back change was told")
	}
	if err := here.Notify(one, "thing", "x"); !errors.Is(err, db.ErrNotInUnit) {
		t.Errorf("outside a unit: %v", err)
	}
}

func TestALostListenerForgetsEverythingAndComesBack(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	super := dbtest.Super(t, d)
	one := dbtest.Tenant(t, d, "one", "xx")
	var heard changes
	d.OnChange("thing", heard.add)
	d.Listen(t.Context())
	eventually(t, "it listens", func() bool { return heard.has("0:") })
	heard.reset()
	if _, err := super.Exec(context.Background(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND query LIKE 'LISTEN%'`); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it forgot everything", func() bool { return heard.has("0:") })
	eventually(t, "it listens again", func() bool {
		if _, err := super.Exec(context.Background(), "SELECT pg_notify('mektep', 'thing:5:from elsewhere')"); err != nil {
			t.Fatal(err)
		}
		return heard.has("5:from elsewhere")
	})
	// What is no notice of ours is passed over.
	if _, err := super.Exec(context.Background(), "SELECT pg_notify('mektep', s) FROM unnest(ARRAY['', 'x', 'thing:', 'thing:x:y', 'thing:-1:y', 'thing:99999999999:y']) s"); err != nil {
		t.Fatal(err)
	}
	if err := d.Tenant(one, func(ctx context.Context, _ *db.Tx) error { return d.Notify(ctx, "thing", "end") }); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end", func() bool { return heard.has("1:end") })
}
