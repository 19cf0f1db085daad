package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
)

func TestRunActsAsItsAsker(t *testing.T) {
	b := newBench(t)
	var got caller.Caller
	b.jobs.Register("greet", func(ctx context.Context, run *Run) error {
		got = *caller.From(ctx)
		var p struct{ Name string }
		if err := run.Payload(&p); err != nil {
			return err
		}
		run.Result = nil
		return run.Finish(ctx, "hello "+p.Name, "afileofsixteench")
	})
	r := b.enqueue(b.ctx, "greet", map[string]string{"Name": "Нарын"})
	if r.State != Queued || r.UID == "" {
		t.Fatalf("%+v", r)
	}
	b.start(b.jobs)
	done := b.await(r.UID, Done)
	if string(done.Result) != `"hello Нарын"` || done.File == "" || done.Attempt != 1 || done.Finished.IsZero() || done.Started.IsZero() {
		t.Errorf("%+v", done)
	}
	if got.Account != 7 || got.Language != "ky" || got.Purpose != "census" || got.RequestID != "r1" || !got.SecondFactor ||
		got.Tenant.Slug != "one" || len(got.Roles()) != 1 || got.System != "" {
		t.Errorf("acted as %+v", got)
	}
}

func TestRunOfASystemRoleActsAsIt(t *testing.T) {
	b := newBench(t)
	role := make(chan string, 1)
	b.jobs.Register("night", func(ctx context.Context, _ *Run) error {
		role <- caller.From(ctx).System
		return nil
	})
	r := b.enqueue(b.sys, "night", nil)
	b.start(b.jobs)
	b.await(r.UID, Done)
	if s := <-role; s != "test" {
		t.Errorf("acted as %q", s)
	}
}

func TestRunOfABlockedAccountFailsAndSaysWhy(t *testing.T) {
	b := newBench(t)
	var worked atomic.Bool
	b.jobs.Register("x", func(context.Context, *Run) error { worked.Store(true); return nil })
	r := b.enqueue(b.ctx, "x", nil)
	b.set(false, true)
	b.start(b.jobs)
	f := b.await(r.UID, Failed).Fault
	if f == nil || f.Kind != fault.Denied || f.Key != "account.blocked" || f.Rule != "KG-ER-6c" || f.Args["Count"] != int64(3) || worked.Load() {
		t.Fatalf("%+v, worked %v", f, worked.Load())
	}
}

func TestEnqueueIsPartOfTheUnit(t *testing.T) {
	b := newBench(t)
	b.jobs.Register("x", func(context.Context, *Run) error { return nil })
	stop := errors.New("stop")
	err := b.db.Tenant(b.ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := b.jobs.Enqueue(ctx, tx, "x", nil); err != nil {
			t.Fatal(err)
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if runs, _, err := b.jobs.List(b.sys, false, ""); err != nil || len(runs) != 0 || len(b.queueRows()) != 0 {
		t.Fatalf("%v %v %v", runs, b.queueRows(), err)
	}
	err = b.db.Tenant(b.ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := b.jobs.Enqueue(ctx, tx, "unknown", nil)
		return err
	})
	if err == nil {
		t.Error("a kind that nobody knows")
	}
}

// queueRows returns everything the queue keeps, as text.
func (b *bench) queueRows() (rows []string) {
	b.t.Helper()
	r, err := dbtest.Super(b.t, b.db).Query(context.Background(), "SELECT to_jsonb(q)::text FROM river.river_job q WHERE kind = 'run' ORDER BY id")
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Close()
	for r.Next() {
		var s string
		if err := r.Scan(&s); err != nil {
			b.t.Fatal(err)
		}
		rows = append(rows, s)
	}
	return rows
}

func TestQueueKnowsOnlyMinistryAndRun(t *testing.T) {
	b := newBench(t)
	b.jobs.Register("x", func(context.Context, *Run) error { return errors.New("Aiperi has no PIN 11503200512345") }, Attempts(2))
	b.jobs.Register("y", func(context.Context, *Run) error { panic("Aiperi") }, Attempts(2))
	b.jobs.Register("z", func(context.Context, *Run) error {
		return fault.New(fault.Invalid, "form.wrong").With("Name", "Aiperi")
	})
	var runs []*Run
	for _, kind := range []string{"x", "y", "z"} {
		runs = append(runs, b.enqueue(b.ctx, kind, map[string]string{"name": "Aiperi"}))
	}
	b.start(b.jobs)
	for _, r := range runs {
		b.await(r.UID, Failed)
	}
	if r := b.get(runs[0].UID); r.Attempt != 2 || r.Fault.Key != "fault.internal" {
		t.Errorf("%+v", r)
	}
	if r := b.get(runs[2].UID); r.Attempt != 1 || r.Fault.Args["Name"] != "Aiperi" {
		t.Errorf("the reader is not told: %+v", r.Fault)
	}
	rows := b.queueRows()
	if len(rows) != 3 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		var q struct{ Args map[string]any }
		if err := json.Unmarshal([]byte(row), &q); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(row, "Aiperi") || strings.Contains(row, "11503") || len(q.Args) != 2 || q.Args["tenant"] == nil || q.Args["run"] == nil {
			t.Errorf("the queue knows %s", row)
		}
	}
}

func TestEffectHappensOnceHoweverOftenItIsTried(t *testing.T) {
	b := newBench(t)
	leave, count := b.effects()
	var tries atomic.Int32
	b.jobs.Register("import", func(ctx context.Context, run *Run) error {
		try := tries.Add(1)
		err := b.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
			if err := leave(ctx, "row"); err != nil {
				return err
			}
			if err := run.Finish(ctx, nil, ""); err != nil {
				return err
			}
			if try == 1 {
				panic("killed before the commit")
			}
			return nil
		})
		if err == nil {
			err = errors.New("killed after the commit")
		}
		return err
	})
	r := b.enqueue(b.ctx, "import", nil)
	b.start(b.jobs)
	b.await(r.UID, Done)
	b.eventually("the queue is done with it", func() bool { return !strings.Contains(b.queueRows()[0], `"finalized_at": null`) })
	if n := count("row"); n != 1 || tries.Load() != 2 {
		t.Fatalf("%d effects in %d tries", n, tries.Load())
	}
}

func TestRunsOfASuspendedMinistryWait(t *testing.T) {
	b := newBench(t)
	var worked atomic.Int32
	begun, seen := make(chan struct{}), make(chan error, 1)
	b.jobs.Register("x", func(context.Context, *Run) error { worked.Add(1); return nil })
	b.jobs.Register("long", func(ctx context.Context, run *Run) error {
		if worked.Add(1) > 1 {
			return nil
		}
		close(begun)
		for i := int64(0); ctx.Err() == nil; i++ {
			if err := run.Progress(ctx, i, 0, "m", nil); err != nil {
				seen <- err
				return err
			}
			time.Sleep(10 * time.Millisecond)
		}
		return ctx.Err()
	})
	long := b.enqueue(b.ctx, "long", nil)
	b.start(b.jobs)
	<-begun
	b.set(true, false)
	select {
	case err := <-seen:
		if fault.KindOf(err) != fault.Locked {
			t.Errorf("the running run saw %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the running run saw nothing")
	}
	b.await(long.UID, Waiting)
	short := b.enqueue(b.ctx, "x", nil)
	b.await(short.UID, Waiting)
	time.Sleep(500 * time.Millisecond)
	if worked.Load() != 1 {
		t.Fatal("worked for a suspended ministry")
	}
	b.set(false, false)
	if err := b.jobs.Wake(b.sys); err != nil {
		t.Fatal(err)
	}
	b.await(short.UID, Done)
	if r := b.await(long.UID, Done); r.Attempt != 1 {
		t.Errorf("waiting cost tries: %d", r.Attempt)
	}
}

func TestRunsAreSeenByTheirOwnersOnly(t *testing.T) {
	b := newBench(t)
	b.jobs.Register("x", func(context.Context, *Run) error { return nil })
	two := dbtest.Tenant(t, b.db, "two", "test")
	var mine []*Run
	for range pageSize + 3 {
		mine = append(mine, b.enqueue(b.ctx, "x", nil))
	}
	eight := dbtest.As(b.sys, caller.Caller{Account: 8})
	theirs := b.enqueue(eight, "x", nil)
	for name, ctx := range map[string]context.Context{"another ministry": two, "its account 7": dbtest.As(two, caller.Caller{Account: 7}), "a colleague": eight} {
		if _, err := b.jobs.Get(ctx, mine[0].UID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v", name, err)
		}
		if err := b.jobs.Cancel(ctx, mine[0].UID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s cancels: %v", name, err)
		}
	}
	page, next, err := b.jobs.List(b.ctx, true, "")
	if err != nil || len(page) != pageSize || next == "" || page[0].UID != mine[len(mine)-1].UID {
		t.Fatalf("%d %q %v", len(page), next, err)
	}
	rest, next, err := b.jobs.List(b.ctx, true, next)
	if err != nil || len(rest) != 3 || next != "" || rest[2].UID != mine[0].UID {
		t.Fatalf("%d %q %v", len(rest), next, err)
	}
	if all, _, err := b.jobs.List(b.sys, false, ""); err != nil || all[0].UID != theirs.UID {
		t.Errorf("%v", err)
	}
	if none, _, err := b.jobs.List(two, false, ""); err != nil || len(none) != 0 {
		t.Errorf("another ministry lists %d, %v", len(none), err)
	}
	if _, _, err := b.jobs.List(b.ctx, true, "!"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a cursor of nonsense: %v", err)
	}
}

func TestPurgeTakesWhatIsOver(t *testing.T) {
	b := newBench(t)
	files, err := OpenFiles(context.Background(), "file://"+t.TempDir()+"?metadata=skip&no_tmp_dir=true")
	if err != nil {
		t.Fatal(err)
	}
	var name string
	b.jobs.Register("x", func(ctx context.Context, run *Run) error {
		name = put(t, files, ctx, "text")
		return run.Finish(ctx, nil, name)
	})
	r := b.enqueue(b.ctx, "x", nil)
	b.start(b.jobs)
	b.await(r.UID, Done)
	b.stop(b.jobs)
	open := b.enqueue(b.ctx, "x", nil)
	if n, err := b.jobs.Purge(b.sys, time.Now().Add(-time.Hour), files); n != 0 || err != nil {
		t.Fatalf("%d %v", n, err)
	}
	if n, err := b.jobs.Purge(b.sys, time.Now().Add(time.Hour), files); n != 1 || err != nil {
		t.Fatalf("%d %v", n, err)
	}
	if _, err := files.Open(b.ctx, name); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the file stayed: %v", err)
	}
	if b.get(open.UID).State != Queued {
		t.Error("an open run was purged")
	}
}
