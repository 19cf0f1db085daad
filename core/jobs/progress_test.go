package jobs

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
)

func TestCancelQueued(t *testing.T) {
	b := newBench(t)
	var worked atomic.Bool
	b.jobs.Register("x", func(context.Context, *Run) error { worked.Store(true); return nil })
	r := b.enqueue(b.ctx, "x", nil)
	if err := b.jobs.Cancel(dbtest.As(b.sys, caller.Caller{Account: 8}), r.UID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("somebody else cancelled it: %v", err)
	}
	if err := b.jobs.Cancel(b.ctx, r.UID); err != nil {
		t.Fatal(err)
	}
	if b.get(r.UID).State != Cancelled {
		t.Fatal(b.get(r.UID).State)
	}
	if err := b.jobs.Cancel(b.ctx, r.UID); fault.KindOf(err) != fault.Conflict {
		t.Errorf("cancelled twice: %v", err)
	}
	b.start(b.jobs)
	next := b.enqueue(b.ctx, "x", nil)
	worked.Store(false)
	b.await(next.UID, Done)
	if b.get(r.UID).State != Cancelled {
		t.Error("a cancelled run was worked")
	}
}

func TestCancelRunningUndoesItsUnit(t *testing.T) {
	b := newBench(t)
	leave, count := b.effects()
	begun, cancelled := make(chan struct{}, 2), make(chan struct{})
	b.jobs.Register("listens", func(ctx context.Context, _ *Run) error {
		begun <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	b.jobs.Register("deaf", func(ctx context.Context, run *Run) error {
		begun <- struct{}{}
		<-cancelled
		return b.db.Tenant(context.WithoutCancel(ctx), func(ctx context.Context, tx *db.Tx) error {
			if err := leave(ctx, "late"); err != nil {
				return err
			}
			return run.Finish(ctx, nil, "")
		})
	})
	listens, deaf := b.enqueue(b.ctx, "listens", nil), b.enqueue(b.ctx, "deaf", nil)
	b.start(b.jobs)
	<-begun
	<-begun
	for _, r := range []*Run{listens, deaf} {
		if err := b.jobs.Cancel(b.ctx, r.UID); err != nil {
			t.Fatal(err)
		}
	}
	close(cancelled)
	b.await(listens.UID, Cancelled)
	b.await(deaf.UID, Cancelled)
	if n := count("late"); n != 0 {
		t.Errorf("a cancelled run left %d effects", n)
	}
}

func TestProgressIsSeenWhileTheUnitIsOpen(t *testing.T) {
	b := newBench(t)
	leave, count := b.effects()
	told, look := make(chan struct{}), make(chan struct{})
	b.jobs.Register("x", func(ctx context.Context, run *Run) error {
		return b.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
			if err := leave(ctx, "row"); err != nil {
				return err
			}
			if err := run.Progress(ctx, 30, 100, "import.rows", fault.Args{"Count": 30}); err != nil {
				return err
			}
			close(told)
			<-look
			return run.Finish(ctx, nil, "")
		})
	})
	r := b.enqueue(b.ctx, "x", nil)
	b.start(b.jobs)
	<-told
	got := b.get(r.UID)
	if got.Done != 30 || got.Total != 100 || got.Message != "import.rows" || got.Args["Count"] != int64(30) || got.State != Running {
		t.Errorf("%+v", got)
	}
	if count("row") != 0 {
		t.Error("the unit was not open any more")
	}
	close(look)
	b.await(r.UID, Done)
}

func TestProgressIsWrittenSeldom(t *testing.T) {
	b := newBench(t)
	j := b.process(func(c *Config) { c.Throttle = time.Hour })
	b.jobs = j
	versions := make(chan int, 1)
	j.Register("x", func(ctx context.Context, run *Run) error {
		for i := range int64(1000) {
			if err := run.Progress(ctx, i, 1000, "m", nil); err != nil {
				return err
			}
		}
		return b.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
			var v int
			err := tx.PGX().QueryRow(ctx, "SELECT version FROM job_run WHERE tenant_id = $1 AND uid = $2", tx.Tenant(), run.UID).Scan(&v)
			versions <- v
			return err
		})
	})
	r := b.enqueue(b.ctx, "x", nil)
	b.start(j)
	if done := b.await(r.UID, Done); done.Done != 999 {
		t.Errorf("the end lost the last word: %d", done.Done)
	}
	if v := <-versions; v > 4 {
		t.Errorf("written %d times", v)
	}
}

// The last step is written however soon it follows the one before: who watches sees all done.
func TestTheLastStepIsWrittenAtOnce(t *testing.T) {
	b := newBench(t)
	b.jobs = b.process(func(c *Config) { c.Throttle = time.Hour })
	told, look := make(chan struct{}), make(chan struct{})
	b.jobs.Register("x", func(ctx context.Context, run *Run) error {
		for i := range int64(10) {
			if err := run.Progress(ctx, i+1, 10, "m", nil); err != nil {
				return err
			}
		}
		close(told)
		<-look
		return nil
	})
	r := b.enqueue(b.ctx, "x", nil)
	b.start(b.jobs)
	<-told
	if got := b.get(r.UID); got.Done != 10 {
		t.Errorf("seen are %d of 10 steps", got.Done)
	}
	close(look)
	b.await(r.UID, Done)
}

// A run that has said how it ended tells of no further step: it would wait for its own unit.
func TestNoStepIsToldAfterTheEnd(t *testing.T) {
	b := newBench(t)
	told := make(chan error, 2)
	b.jobs.Register("x", func(ctx context.Context, run *Run) error {
		err := b.db.Tenant(ctx, func(ctx context.Context, _ *db.Tx) error {
			if err := run.Finish(ctx, nil, ""); err != nil {
				return err
			}
			soon, cancel := context.WithTimeout(ctx, 5*time.Second)
			defer cancel()
			told <- run.Progress(soon, 1, 2, "m", nil)
			return nil
		})
		told <- run.Progress(ctx, 1, 2, "m", nil)
		return err
	})
	r := b.enqueue(b.ctx, "x", nil)
	b.start(b.jobs)
	for range 2 {
		if err := <-told; err != nil {
			t.Error(err)
		}
	}
	b.await(r.UID, Done)
}
