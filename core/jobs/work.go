package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// maxQueueAttempts keeps the queue from giving up: the run's own row counts.
const maxQueueAttempts = 1000

// lockWait is how long a run waits for a lock.
const lockWait = time.Minute

// runArgs are all that the queue knows of a run.
type runArgs struct {
	Tenant int32 `json:"tenant"`
	Run    int64 `json:"run"`
}

// Kind is the queue's word for every run.
func (runArgs) Kind() string { return "run" }

// Errors as the queue keeps them: outside the wall, so they say nothing.
var (
	errGone  = errors.New("the ministry is gone")
	errEnded = errors.New("the run failed; its row says why")
	errAgain = errors.New("the run will be tried again; its row says more")
)

// runner is River's worker for all kinds.
type runner struct {
	river.WorkerDefaults[runArgs]
	jobs *Jobs
}

// Timeout is the kind's, which the queue does not know: execute sees to it.
func (w *runner) Timeout(*river.Job[runArgs]) time.Duration { return -1 }

// NextRetry says when the queue tries again.
func (w *runner) NextRetry(job *river.Job[runArgs]) time.Time {
	return time.Now().Add(w.jobs.cfg.Retry(job.Attempt)) //nolint:forbidigo // the queue's own clock
}

// Work does one try of one run.
func (w *runner) Work(ctx context.Context, job *river.Job[runArgs]) error {
	j := w.jobs
	tenant, err := j.cfg.Active(ctx, job.Args.Tenant)
	suspended := err != nil && fault.KindOf(err) == fault.Locked
	switch {
	case err == nil, suspended && tenant.ID == job.Args.Tenant:
	case suspended:
		return river.JobSnooze(j.cfg.Wait)
	case fault.KindOf(err) == fault.NotFound:
		return river.JobCancel(errGone)
	default:
		j.log.Warn("a run could not begin", "tenant", job.Args.Tenant, "run", job.Args.Run, "error", safe(err))
		return river.JobSnooze(j.cfg.Wait)
	}
	books := caller.System(tenant, "jobs", "")
	r, k, err := j.claim(books, job.Args.Run, suspended)
	switch {
	case err != nil:
		j.log.Warn("a run could not begin", "tenant", job.Args.Tenant, "run", job.Args.Run, "error", safe(err))
		return river.JobSnooze(j.cfg.Wait)
	case suspended && r != nil:
		return river.JobSnooze(j.cfg.Wait)
	case r == nil || k == nil:
		return nil
	}
	return j.settle(ctx, books, r, k, j.execute(ctx, tenant, r, k))
}

// claim makes the run this worker's. It returns nil for a run that is over, and
// ends one that has been tried too often or that nobody can do any more.
func (j *Jobs) claim(books *caller.Caller, id int64, suspended bool) (r *Run, k *kind, err error) {
	ctx, cancel := alone(books)
	defer cancel()
	err = j.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if r, err = openRun(ctx, tx, id); err != nil || r == nil {
			return err
		}
		if suspended {
			return putBack(ctx, tx, r, Waiting, false)
		}
		now := j.cfg.Clock.Now()
		mine, err := claimRun(ctx, tx, r, now)
		if err != nil {
			return err
		}
		if !mine { // cancelled while a dead worker had it
			err = endRun(ctx, tx, r, Cancelled, nil, now)
			r = nil
			return err
		}
		var known bool
		k, known = j.kinds[r.Kind]
		if !known || r.Attempt > k.attempts {
			// The process died in every try: one that ends by itself is settled below.
			err = endRun(ctx, tx, r, Failed, fault.New(fault.Internal, "job.gave_up"), now)
			r = nil
		}
		return err
	})
	if r != nil {
		r.tenant, r.jobs = books.Tenant, j
	}
	return r, k, err
}

// execute does the work as who asked for it and turns a panic into an error.
func (j *Jobs) execute(ctx context.Context, tenant caller.Tenant, r *Run, k *kind) (err error) {
	c := caller.System(tenant, r.System, r.requestID)
	if r.Account != 0 {
		if c, err = j.cfg.Resolve(ctx, tenant, r.Account); err != nil {
			return err
		}
		if c == nil || c.Tenant.ID != tenant.ID || c.Account != r.Account {
			return fault.New(fault.Denied, "job.nobody").WithCheck("account").WithOwnRule("appointment").WithNext("job.next.somebody", "", nil)
		}
		asker := *c
		asker.Language, asker.Purpose, asker.RequestID, asker.SecondFactor = r.Language, r.purpose, r.requestID, r.secondFactor
		c = &asker
	}
	c.Language = r.Language
	// A run has tries of its own, and nobody sits before it: its units are not run
	// again by themselves and wait longer for what somebody has open.
	ctx = db.Patient(db.OnlyOnce(caller.With(ctx, c)), lockWait)
	ctx, cancel := context.WithTimeoutCause(ctx, k.timeout, errTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			// What was panicked with may hold anything; where it happened is enough to mend it.
			j.log.Error("a run panicked", "kind", r.Kind, "tenant", tenant.ID, "run", r.id, "stack", string(debug.Stack()))
			err = fmt.Errorf("jobs: %s panicked", r.Kind)
		}
	}()
	if err = k.work(ctx, r); err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = errors.Join(context.Cause(ctx), err)
	}
	return err
}

var errTimeout = errors.New("jobs: the run took too long")

// settle writes down how a try ended and tells the queue.
func (j *Jobs) settle(ctx context.Context, books *caller.Caller, r *Run, k *kind, err error) error {
	own, cancel := alone(books)
	defer cancel()
	if err == nil {
		if err = j.complete(own, r); err == nil {
			j.ended(r.Kind, Done)
			return nil
		}
	}
	v := j.judge(ctx, r, k, err)
	if v.state == "" {
		return nil
	}
	if kind := fault.KindOf(err); v.state != Cancelled && (kind == fault.Internal || kind == fault.Unavailable) {
		j.log.Warn("a run did not succeed", "kind", r.Kind, "tenant", books.Tenant.ID, "run", r.id, "attempt", r.Attempt, "error", safe(err))
	}
	werr := j.db.Tenant(own, func(ctx context.Context, tx *db.Tx) error {
		if v.state.Over() {
			return endRun(ctx, tx, r, v.state, v.why, j.cfg.Clock.Now())
		}
		return putBack(ctx, tx, r, v.state, v.uncount)
	})
	if werr != nil {
		j.log.Error("a run's end was not written", "tenant", books.Tenant.ID, "run", r.id, "error", safe(werr))
		return errAgain
	}
	if v.state.Over() {
		j.ended(r.Kind, v.state)
	}
	return v.queue
}

func (j *Jobs) ended(kind string, state State) {
	if j.cfg.Ended != nil {
		j.cfg.Ended(kind, state)
	}
}

// verdict is what becomes of a run after a try that did not succeed.
type verdict struct {
	state   State // empty: it is somebody else's now
	why     error
	uncount bool  // the try was not the run's own failure
	queue   error // what the queue is told
}

func (j *Jobs) judge(ctx context.Context, r *Run, k *kind, err error) verdict {
	switch {
	case errors.Is(err, errStale):
		return verdict{}
	case errors.Is(err, river.ErrJobCancelledRemotely), errors.Is(err, errCancelled()):
		return verdict{state: Cancelled}
	case errors.Is(err, errSuspended()):
		return verdict{state: Waiting, uncount: true, queue: river.JobSnooze(j.cfg.Wait)}
	case errors.Is(err, errTimeout):
		return verdict{state: Failed, why: fault.New(fault.Unavailable, "job.timeout"), queue: river.JobCancel(errEnded)}
	case ctx.Err() != nil: // the process stops
		return verdict{state: Queued, uncount: true, queue: river.JobSnooze(0)}
	case final(fault.KindOf(err)), r.Attempt >= k.attempts:
		return verdict{state: Failed, why: err, queue: river.JobCancel(errEnded)}
	default:
		return verdict{state: Queued, queue: errAgain}
	}
}

// complete ends a run whose work returned without an error. Work that called
// Finish in its own unit has done that already.
func (j *Jobs) complete(own context.Context, r *Run) error {
	return j.db.Tenant(own, func(ctx context.Context, tx *db.Tx) error {
		_, cancelled, err := finishRun(ctx, tx, r, j.cfg.Clock.Now())
		if err == nil && cancelled {
			return errCancelled()
		}
		return err
	})
}

// final reports whether another try would end the same way.
func final(k fault.Kind) bool {
	switch k {
	case fault.Invalid, fault.Unauthenticated, fault.Denied, fault.Locked, fault.Conflict, fault.NotFound, fault.TooLarge:
		return true
	default:
		return false
	}
}

// safe is an error as a log may keep it.
func safe(err error) string { return db.Discreet(err) }
