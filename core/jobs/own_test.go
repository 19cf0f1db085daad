package jobs

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
)

// A run acts as nobody but the account that asked for it, of its own ministry.
func TestARunActsAsNobodyElse(t *testing.T) {
	for name, other := range map[string]func(c *caller.Caller) *caller.Caller{
		"another account":  func(c *caller.Caller) *caller.Caller { c.Account = 8; return c },
		"another ministry": func(c *caller.Caller) *caller.Caller { c.Tenant.ID = 99; return c },
		"nobody":           func(*caller.Caller) *caller.Caller { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.jobs = b.process(func(cfg *Config) {
				cfg.Resolve = func(ctx context.Context, tenant caller.Tenant, account int64) (*caller.Caller, error) {
					c, err := b.resolve(ctx, tenant, account)
					return other(c), err
				}
			})
			var worked atomic.Bool
			b.jobs.Register("x", func(context.Context, *Run) error { worked.Store(true); return nil })
			r := b.enqueue(b.ctx, "x", nil)
			b.start(b.jobs)
			if f := b.await(r.UID, Failed).Fault; f == nil || f.Kind != fault.Denied || f.Key != "job.nobody" || worked.Load() {
				t.Errorf("%+v, worked %t", f, worked.Load())
			}
		})
	}
}

// A run's units are not run again by themselves: a run has tries of its own. They wait for a
// lock as long as nobody who looks at a page would.
func TestARunsUnitsRunOnceAndWaitLonger(t *testing.T) {
	b := newBench(t)
	var units atomic.Int32
	var wait atomic.Value
	b.jobs.Register("x", func(ctx context.Context, run *Run) error {
		if run.Attempt > 1 {
			return nil
		}
		return b.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
			units.Add(1)
			var s string
			if err := tx.PGX().QueryRow(ctx, "SHOW lock_timeout").Scan(&s); err != nil {
				return err
			}
			wait.Store(s)
			_, err := tx.PGX().Exec(ctx, "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$")
			return err
		})
	})
	r := b.enqueue(b.ctx, "x", nil)
	b.start(b.jobs)
	b.await(r.UID, Done)
	if units.Load() != 1 || wait.Load() != "1min" {
		t.Errorf("%d units, which wait %v", units.Load(), wait.Load())
	}
}

// kept is a log that several may write to.
type kept struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.b.Write(p)
}

func (k *kept) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.b.String()
}

// What a run panicked with may hold anything: it is written nowhere.
func TestWhatARunPanickedWithIsWrittenNowhere(t *testing.T) {
	b := newBench(t)
	var log kept
	b.jobs = b.process(func(cfg *Config) { cfg.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	b.jobs.Register("x", func(context.Context, *Run) error { panic("Айбек Асанов") })
	r := b.enqueue(b.ctx, "x", nil)
	b.start(b.jobs)
	f := b.await(r.UID, Failed).Fault
	if said := log.String(); strings.Contains(said, "Айбек") || !strings.Contains(said, "a run panicked") {
		t.Errorf("the log says %s", said)
	}
	if f == nil || strings.Contains(f.Error(), "Айбек") {
		t.Errorf("the run says %v", f)
	}
}

// A run has a second factor where its asker had one when they asked, whatever their account has
// when it begins.
func TestARunHasTheSecondFactorOfWhoAsked(t *testing.T) {
	for _, asked := range []bool{true, false} {
		b := newBench(t)
		b.jobs = b.process(func(cfg *Config) {
			cfg.Resolve = func(ctx context.Context, tenant caller.Tenant, account int64) (*caller.Caller, error) {
				c, err := b.resolve(ctx, tenant, account)
				c.SecondFactor = !asked
				return c, err
			}
		})
		var had atomic.Bool
		b.jobs.Register("x", func(ctx context.Context, _ *Run) error { had.Store(caller.From(ctx).SecondFactor); return nil })
		c := *caller.From(b.ctx)
		c.SecondFactor = asked
		r := b.enqueue(caller.With(context.Background(), &c), "x", nil)
		b.start(b.jobs)
		if b.await(r.UID, Done); had.Load() != asked {
			t.Errorf("asked with a second factor %t, ran with %t", asked, had.Load())
		}
	}
}

// A run belongs to the ministry of who asks for it: nobody asks for one in another's unit.
func TestARunIsAskedForInOnesOwnMinistry(t *testing.T) {
	b := newBench(t)
	b.jobs.Register("x", func(context.Context, *Run) error { return nil })
	other := caller.From(dbtest.Tenant(t, b.db, "two", "test")).Tenant
	for name, c := range map[string]struct {
		change func(c *caller.Caller)
		may    bool
	}{
		"one's own": {func(*caller.Caller) {}, true},
		"another":   {func(c *caller.Caller) { c.Tenant = other }, false},
		"none":      {func(c *caller.Caller) { c.Tenant = caller.Tenant{} }, false},
		"nobody":    {func(c *caller.Caller) { c.Account = 0 }, false},
	} {
		err := b.db.Tenant(b.ctx, func(ctx context.Context, tx *db.Tx) error {
			by := *caller.From(ctx)
			c.change(&by)
			_, err := b.jobs.Enqueue(caller.With(ctx, &by), tx, "x", nil)
			return err
		})
		if (err == nil) != c.may {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whoever counts how runs end hears of ends only: a try that is made again is none.
func TestOnlyTheEndOfARunIsHeard(t *testing.T) {
	b := newBench(t)
	var mu sync.Mutex
	heard := map[string][]State{}
	b.jobs = b.process(func(cfg *Config) {
		cfg.Ended = func(kind string, s State) {
			mu.Lock()
			defer mu.Unlock()
			heard[kind] = append(heard[kind], s)
		}
	})
	fails := func(times int) Work {
		return func(_ context.Context, run *Run) error {
			if run.Attempt <= times {
				return errors.New("not yet")
			}
			return nil
		}
	}
	b.jobs.Register("again", fails(1))
	b.jobs.Register("never", fails(9))
	done, failed := b.enqueue(b.ctx, "again", nil), b.enqueue(b.ctx, "never", nil)
	b.start(b.jobs)
	b.await(done.UID, Done)
	b.await(failed.UID, Failed)
	b.eventually("both ends are heard", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return slices.Contains(heard["again"], Done) && slices.Contains(heard["never"], Failed)
	})
	mu.Lock()
	defer mu.Unlock()
	if len(heard["again"]) != 1 || len(heard["never"]) != 1 {
		t.Errorf("heard %v", heard)
	}
}
