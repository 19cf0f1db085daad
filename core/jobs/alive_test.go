package jobs

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
)

func TestStopLosesNoRun(t *testing.T) {
	b := newBench(t)
	first, second := b.process(func(c *Config) { c.Grace = 50 * time.Millisecond }), b.process(nil)
	b.jobs = first
	begun := make(chan struct{}, 1)
	var stopped atomic.Bool
	work := func(ctx context.Context, _ *Run) error {
		if stopped.Load() {
			return nil
		}
		begun <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
	first.Register("x", work, Attempts(1))
	second.Register("x", work, Attempts(1))
	r := b.enqueue(b.ctx, "x", nil)
	b.start(first)
	<-begun
	b.stop(first)
	if got := b.get(r.UID); got.State != Queued || got.Attempt != 0 {
		t.Fatalf("after the stop: %s, %d tries", got.State, got.Attempt)
	}
	stopped.Store(true)
	b.start(second)
	if got := b.await(r.UID, Done); got.Attempt != 1 {
		t.Errorf("%d tries", got.Attempt)
	}
}

func TestStopWaitsForWhatEndsInTime(t *testing.T) {
	b := newBench(t)
	begun := make(chan struct{})
	b.jobs.Register("x", func(context.Context, *Run) error {
		close(begun)
		time.Sleep(300 * time.Millisecond)
		return nil
	})
	r := b.enqueue(b.ctx, "x", nil)
	b.start(b.jobs)
	<-begun
	b.stop(b.jobs)
	if got := b.get(r.UID); got.State != Done {
		t.Fatal(got.State)
	}
}

func TestRunsOfAKilledProcessAreTakenUp(t *testing.T) {
	b := newBench(t)
	b.jobs.Register("x", func(context.Context, *Run) error { return nil })
	r := b.enqueue(b.ctx, "x", nil)
	b.super("UPDATE river.river_job SET state = 'running', attempt = 1, attempted_by = '{w-killed}', attempted_at = now() - interval '1 minute'")
	b.super("UPDATE job_run SET state = 'running', attempt = 1, fence = 'old'")
	b.super("INSERT INTO platform.job_worker VALUES ('w-killed', now())")
	b.start(b.jobs)
	if got := b.await(r.UID, Done); got.Attempt != 2 {
		t.Errorf("%d tries", got.Attempt)
	}
}

func (b *bench) super(sql string) {
	b.t.Helper()
	if _, err := dbtest.Super(b.t, b.db).Exec(context.Background(), sql); err != nil {
		b.t.Fatal(err)
	}
}

func TestProcessThatDiesInEveryTryIsGivenUp(t *testing.T) {
	b := newBench(t)
	var worked atomic.Bool
	b.jobs.Register("x", func(context.Context, *Run) error { worked.Store(true); return nil })
	r := b.enqueue(b.ctx, "x", nil)
	b.super("UPDATE job_run SET state = 'running', attempt = 3, fence = 'old'")
	b.start(b.jobs)
	if got := b.await(r.UID, Failed); got.Fault.Key != "job.gave_up" || worked.Load() {
		t.Errorf("%+v", got.Fault)
	}
}

func TestRunThatTakesTooLongFails(t *testing.T) {
	b := newBench(t)
	b.jobs.Register("x", func(ctx context.Context, _ *Run) error { <-ctx.Done(); return ctx.Err() }, Timeout(50*time.Millisecond), Long())
	r := b.enqueue(b.ctx, "x", nil)
	b.start(b.jobs)
	if got := b.await(r.UID, Failed); got.Fault.Key != "job.timeout" || got.Attempt != 1 {
		t.Errorf("%+v", got.Fault)
	}
}

// A worker thought dead that wakes up again must not write over its successor.
func TestWorkerThatWasReplacedWritesNothing(t *testing.T) {
	b := newBench(t)
	leave, count := b.effects()
	b.jobs.Register("x", func(context.Context, *Run) error { return nil })
	r := b.enqueue(b.ctx, "x", nil)
	books := caller.From(b.sys)
	old, _, err := b.jobs.claim(books, r.id, false)
	if err != nil {
		t.Fatal(err)
	}
	successor, _, err := b.jobs.claim(books, r.id, false)
	if err != nil {
		t.Fatal(err)
	}
	err = b.db.Tenant(b.ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := leave(ctx, "old"); err != nil {
			return err
		}
		return old.Finish(ctx, nil, "")
	})
	if !errors.Is(err, errStale) || count("old") != 0 {
		t.Fatalf("%v, %d effects", err, count("old"))
	}
	if err := old.Progress(b.ctx, 1, 2, "m", nil); !errors.Is(err, errStale) && err != nil {
		t.Errorf("%v", err)
	}
	if err := successor.Finish(b.ctx, "mine", ""); err != nil {
		t.Fatal(err)
	}
	if got := b.get(r.UID); got.State != Done || string(got.Result) != `"mine"` {
		t.Errorf("%+v", got)
	}
}

func TestPeriodicKindsRunInEveryActiveMinistry(t *testing.T) {
	b := newBench(t)
	two := dbtest.Tenant(t, b.db, "two", "test")
	b.tenants = append(b.tenants, caller.From(two).Tenant)
	var one, other, wrong atomic.Int32
	b.jobs.Register("seal", func(ctx context.Context, _ *Run) error {
		switch c := caller.From(ctx); {
		case c.System != "sealer":
			wrong.Add(1)
		case c.Tenant.Slug == "one":
			one.Add(1)
		default:
			other.Add(1)
		}
		return nil
	}, As("sealer"))
	b.jobs.Every("seal", time.Second)
	b.start(b.jobs)
	b.eventually("two rounds in both", func() bool { return one.Load() >= 2 && other.Load() >= 2 })
	if wrong.Load() != 0 {
		t.Error("acted as somebody else")
	}
	if runs, _, err := b.jobs.List(b.sys, false, ""); err != nil || len(runs) != 1 {
		t.Errorf("%d rows of one periodic kind, %v", len(runs), err)
	}
}

func TestSweepQueuesAgainWhatTheQueueLost(t *testing.T) {
	b := newBench(t)
	later := &clock.Clock{}
	later.Set(time.Now().Add(time.Hour))
	j := b.process(func(c *Config) { c.Clock = later })
	for _, p := range []*Jobs{b.jobs, j} {
		p.Register("x", func(context.Context, *Run) error { return nil })
	}
	lost, kept := b.enqueue(b.ctx, "x", nil), b.enqueue(b.ctx, "x", nil)
	b.super("DELETE FROM river.river_job WHERE id = (SELECT queue_id FROM job_run WHERE uid = '" + lost.UID + "')")
	if err := j.sweepTenant(b.sys, caller.From(b.sys).Tenant); err != nil {
		t.Fatal(err)
	}
	if n := len(b.queueRows()); n != 2 {
		t.Fatalf("%d in the queue", n)
	}
	b.start(j)
	b.await(lost.UID, Done)
	b.await(kept.UID, Done)
}

func TestRunOfAMinistryInAnotherPlacementIsQueuedAfterItsCommit(t *testing.T) {
	d := dbtest.Open(t, db.Config{Placements: nil})
	sys := dbtest.Tenant(t, d, "one", "test")
	dbtest.Accounts(t, d, sys, map[int64]string{7: "seven"})
	b := &bench{t: t, db: d, sys: sys, ctx: dbtest.As(sys, caller.Caller{Account: 7}), tenants: []caller.Tenant{caller.From(sys).Tenant}}
	b.jobs = b.process(nil)
	b.jobs.Register("x", func(context.Context, *Run) error { return nil })
	elsewhere := caller.From(sys).Tenant
	elsewhere.Placement = "second"
	var id int64
	// The unit itself stays in the first placement: only the way to the queue differs.
	err := d.Tenant(b.ctx, func(ctx context.Context, tx *db.Tx) error {
		r := &Run{UID: db.NewUID(), Kind: "x", Account: 7, Created: time.Now(), payload: []byte("null")}
		if err := insertRun(ctx, tx, r); err != nil {
			return err
		}
		id = r.id
		if err := b.jobs.push(ctx, tx, elsewhere, b.jobs.kinds["x"], r.id); err != nil {
			return err
		}
		if len(b.queueRows()) != 0 {
			t.Error("queued before the commit")
		}
		return nil
	})
	if err != nil || len(b.queueRows()) != 1 {
		t.Fatalf("%v, %d in the queue", err, len(b.queueRows()))
	}
	err = d.Tenant(sys, func(ctx context.Context, tx *db.Tx) error {
		r, err := openRun(ctx, tx, id)
		if err == nil && r.queueID == 0 {
			t.Error("the run does not know its place in the queue")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWiringMistakesAreLoud(t *testing.T) {
	b := newBench(t)
	work := func(context.Context, *Run) error { return nil }
	b.jobs.Register("x", work)
	for name, wrong := range map[string]func(){
		"twice":     func() { b.jobs.Register("x", work) },
		"no name":   func() { b.jobs.Register("", work) },
		"no work":   func() { b.jobs.Register("y", nil) },
		"unknown":   func() { b.jobs.Every("z", time.Minute) },
		"too often": func() { b.jobs.Every("x", time.Millisecond) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			wrong()
		}()
	}
	if _, err := New(context.Background(), b.db, Config{}); err == nil {
		t.Error("nobody says who may act")
	}
	b.start(b.jobs)
	if err := b.jobs.Start(context.Background()); err == nil {
		t.Error("started twice")
	}
}

func TestOnlyHopefulFailuresAreTriedAgain(t *testing.T) {
	for k, want := range map[fault.Kind]bool{
		fault.Internal: false, fault.Unavailable: false, fault.TooMany: false,
		fault.Invalid: true, fault.Denied: true, fault.Locked: true, fault.Conflict: true, fault.NotFound: true, fault.Unauthenticated: true, fault.TooLarge: true,
	} {
		if final(k) != want {
			t.Errorf("%s", k)
		}
	}
}

// O4: behind a pooler nothing listens for notices, which it would not carry: the queue asks.
func TestTheQueueListensOnlyWhereNoticesComeThrough(t *testing.T) {
	for _, pooler := range []bool{false, true} {
		cfg := dbtest.Config(t)
		cfg.Pooler = pooler
		d, err := db.Open(context.Background(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(d.Close)
		b := newBenchOn(t, d)
		b.jobs.Register("x", func(context.Context, *Run) error { return nil })
		b.start(b.jobs)
		b.await(b.enqueue(b.ctx, "x", nil).UID, Done)
		listens := func() (n int) {
			if err := d.Platform(context.Background(), func(ctx context.Context, tx *db.Tx) error {
				return tx.PGX().QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity
					WHERE datname = current_database() AND query ILIKE 'listen%' AND query ILIKE '%river%'`).Scan(&n)
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		for end := time.Now().Add(20 * time.Second); !pooler && listens() == 0; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the queue does not listen where it could")
			}
		}
		if n := listens(); pooler && n > 0 {
			t.Errorf("behind a pooler %d connections listen", n)
		}
		b.stop(b.jobs)
	}
}
