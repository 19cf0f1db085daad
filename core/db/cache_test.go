package db_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
)

// in is a context in which something acts in a ministry; no database knows it.
func in(tenant int32) context.Context {
	return caller.With(context.Background(), caller.System(caller.Tenant{ID: tenant}, "test", "test"))
}

func value(s string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return s, nil }
}

func want(t *testing.T, ctx context.Context, c *db.Cache[string, string], key, v string) { //nolint:revive // t first, as everywhere in tests
	t.Helper()
	got, ok := c.Peek(ctx, key)
	if got != v || ok != (v != "") {
		t.Errorf("%s of ministry %d is %q, want %q", key, db.TenantOf(ctx), got, v)
	}
}

func TestACacheIsKeyedByMinistry(t *testing.T) {
	t.Parallel()
	c := db.NewCache[string, string](dbtest.New(t), "thing", 10, time.Minute)
	for tenant, v := range map[int32]string{1: "a", 2: "b"} {
		if got, err := c.Get(in(tenant), "k", value(v)); err != nil || got != v {
			t.Errorf("%q, %v", got, err)
		}
	}
	want(t, in(1), c, "k", "a")
	want(t, in(2), c, "k", "b")
	if _, err := c.Get(context.Background(), "k", value("nobody's")); !errors.Is(err, db.ErrNoTenant) {
		t.Errorf("without a ministry: %v", err)
	}
	c.Put(context.Background(), c.Asked(context.Background()), "k", "nobody's")
	want(t, context.Background(), c, "k", "")
}

func TestACacheIsBounded(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	c := db.NewCache[string, string](d, "thing", 2, time.Minute)
	c.Put(in(1), c.Asked(in(1)), "a", "1")
	c.Put(in(1), c.Asked(in(1)), "b", "2")
	want(t, in(1), c, "a", "1") // used last
	c.Put(in(1), c.Asked(in(1)), "c", "3")
	want(t, in(1), c, "b", "")
	want(t, in(1), c, "a", "1")
	short := db.NewCache[string, string](d, "thing", 2, time.Millisecond)
	short.Put(in(1), short.Asked(in(1)), "a", "1")
	time.Sleep(5 * time.Millisecond)
	want(t, in(1), short, "a", "")
}

func TestOneLoadForManyCallers(t *testing.T) {
	t.Parallel()
	c := db.NewCache[string, string](dbtest.New(t), "thing", 10, time.Minute)
	var loads atomic.Int64
	release := make(chan struct{})
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			v, err := c.Get(in(1), "k", func(context.Context) (string, error) {
				loads.Add(1)
				<-release
				return "v", nil
			})
			if v != "v" || err != nil {
				t.Errorf("%q, %v", v, err)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	// Who leaves does not wait for the others.
	ctx, cancel := context.WithCancel(in(1))
	cancel()
	if _, err := c.Get(ctx, "k", value("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("who left got %v", err)
	}
	close(release)
	wait.Wait()
	if loads.Load() != 1 {
		t.Errorf("%d loads", loads.Load())
	}
	// Errors are not remembered, and the failure of one who asked is not the others'.
	bad := errors.New("bad")
	if _, err := c.Get(in(1), "e", func(context.Context) (string, error) { return "", bad }); !errors.Is(err, bad) {
		t.Error(err)
	}
	if v, err := c.Get(in(1), "e", value("good")); v != "good" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
}

func TestNoticesDropWhatTheyName(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	one, two := dbtest.Tenant(t, d, "one", "xx"), dbtest.Tenant(t, d, "two", "xx")
	c := db.NewCache[string, string](d, "thing", 10, time.Minute)
	numbers := db.NewCache[int64, string](d, "thing", 10, time.Minute)
	fill := func() {
		for _, ctx := range []context.Context{one, two} {
			c.Put(ctx, c.Asked(ctx), "a", "1")
			c.Put(ctx, c.Asked(ctx), "b", "2")
			numbers.Put(ctx, numbers.Asked(ctx), 7, "3")
		}
	}
	notify := func(ctx context.Context, key string) {
		t.Helper()
		if err := d.Tenant(ctx, func(ctx context.Context, _ *db.Tx) error { return d.Notify(ctx, "thing", key) }); err != nil {
			t.Fatal(err)
		}
	}
	fill()
	notify(one, "a")
	want(t, one, c, "a", "")
	want(t, one, c, "b", "2")
	want(t, two, c, "a", "1")
	notify(one, "7")
	if _, ok := numbers.Peek(one, 7); ok {
		t.Error("a number as key is not dropped")
	}
	notify(two, "")
	want(t, two, c, "a", "")
	want(t, one, c, "b", "2")
	fill()
	if err := d.Platform(one, func(ctx context.Context, _ *db.Tx) error { return d.Notify(ctx, "thing", "") }); err != nil {
		t.Fatal(err)
	}
	want(t, one, c, "a", "")
	want(t, two, c, "b", "")
	// What was asked before the notice is not remembered after it.
	if _, err := c.Get(one, "a", func(context.Context) (string, error) { notify(one, "a"); return "old", nil }); err != nil {
		t.Fatal(err)
	}
	want(t, one, c, "a", "")
}

func TestWhatIsNotCommittedIsNotRemembered(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	one := dbtest.Tenant(t, d, "one", "xx")
	c := db.NewCache[string, string](d, "thing", 10, time.Minute)
	bad := errors.New("bad")
	for _, end := range []error{bad, nil} {
		err := d.Tenant(one, func(ctx context.Context, _ *db.Tx) error {
			if v, err := c.Get(ctx, "k", value("mine")); v != "mine" || err != nil {
				t.Errorf("%q, %v", v, err)
			}
			want(t, one, c, "k", "")
			return end
		})
		if !errors.Is(err, end) {
			t.Fatal(err)
		}
		if end != nil {
			want(t, one, c, "k", "")
		}
	}
	want(t, one, c, "k", "mine")
}

// What was dropped while somebody read it is not remembered again.
func TestWhatWasDroppedMeanwhileIsNotPut(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	one := dbtest.Tenant(t, d, "one", "xx")
	c := db.NewCache[string, string](d, "thing", 10, time.Minute)
	asked := c.Asked(one)
	if err := d.Tenant(one, func(ctx context.Context, _ *db.Tx) error { return d.Notify(ctx, "thing", "a") }); err != nil {
		t.Fatal(err)
	}
	c.Put(one, asked, "a", "as it was")
	want(t, one, c, "a", "")
	c.Put(one, c.Asked(one), "a", "as it is")
	want(t, one, c, "a", "as it is")
}
