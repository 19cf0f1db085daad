// Package jobs runs what takes longer than a request may: imports, exports,
// sealing, reports.
//
// The queue (River, on the same PostgreSQL) knows only the ministry and the
// number of a run; the run itself, with what was asked and what came of it, lies
// behind the tenant wall. A run acts as the account that asked for it, looked up
// anew when it starts, so that somebody blocked meanwhile does nothing any more,
// or as a named system role. The runs of a suspended ministry wait.
//
// A run may be tried more than once: the process may be killed in the middle.
// What must happen exactly once goes into one unit of work together with
// [Run.Finish]: either both are committed or neither, and a finished run is never
// tried again.
package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
)

// The queues. Long runs have their own, so that short ones never stand behind them.
const (
	queueShort = "short"
	queueLong  = "long"
)

// queueSchema is where Migrate of package db puts River's tables.
const queueSchema = "river"

// Config says who may act and how patient the workers are.
type Config struct {
	// Active returns the ministry. For a suspended one it returns the ministry
	// and a Locked fault (its runs wait); for one that is gone, NotFound.
	Active func(ctx context.Context, tenant int32) (caller.Tenant, error)
	// Resolve looks the account up anew. A Denied, Locked or NotFound fault (it
	// was blocked, its appointment has ended) fails the run with that fault.
	Resolve func(ctx context.Context, tenant caller.Tenant, account int64) (*caller.Caller, error)
	// Tenants lists the active ministries, for what runs periodically.
	Tenants func(ctx context.Context) ([]caller.Tenant, error)

	// Cancelled writes down that somebody cancelled a run, in the same unit of work;
	// nil: nobody does.
	Cancelled func(ctx context.Context, tx *db.Tx, run *Run) error

	// Ended hears how a run ended that this process worked on; nil: nobody does.
	Ended func(kind string, state State)

	Clock *clock.Clock // nil: the real one
	Log   *slog.Logger // nil: nothing is logged

	Workers  int                             // runs at a time in each queue; 0: as many as processors
	Wait     time.Duration                   // how soon a waiting run looks again; 0: 1 min
	Grace    time.Duration                   // what Stop gives running runs; 0: 20 s
	Throttle time.Duration                   // least time between two written progresses; 0: 500 ms
	Beat     time.Duration                   // between two signs of life; 0: 5 s. Six missed: dead
	Retry    func(attempt int) time.Duration // before the next try; nil: 10 s, doubling, at most 10 min
}

// Work does a run. ctx acts as the run's account or system role and ends when the
// run is cancelled, takes too long or the process stops. A fault that another try
// would not mend (invalid, denied, locked, conflict, not found) fails the run at
// once; any other error is tried again.
type Work func(ctx context.Context, run *Run) error

// Option refines a kind of job.
type Option func(*kind)

// Attempts bounds how often a run is tried; otherwise 3 times.
func Attempts(n int) Option { return func(k *kind) { k.attempts = n } }

// Timeout bounds one try; otherwise half an hour.
func Timeout(d time.Duration) Option { return func(k *kind) { k.timeout = d } }

// Long puts the kind into the queue of those that may take minutes.
func Long() Option { return func(k *kind) { k.queue = queueLong } }

// As names the system role in which periodic runs of the kind act; otherwise the
// role has the kind's name.
func As(role string) Option { return func(k *kind) { k.role = role } }

type kind struct {
	name     string
	work     Work
	attempts int
	timeout  time.Duration
	queue    string
	role     string
	every    time.Duration // 0: only when asked for
}

// Jobs enqueues runs and, between Start and Stop, works them.
type Jobs struct {
	db     *db.DB
	cfg    Config
	log    *slog.Logger
	kinds  map[string]*kind
	queue  *river.Client[pgx.Tx] // inserts, cancels; never works
	outage *outage

	mu     sync.Mutex
	worker *river.Client[pgx.Tx]
	stop   context.CancelFunc // of the signs of life
	alive  sync.WaitGroup
	beaten atomic.Int64 // when a sign of life was written last, in nanoseconds; 0: not started
}

// New returns the jobs of d. Nothing runs until Start; Enqueue works at once.
func New(ctx context.Context, d *db.DB, cfg Config) (*Jobs, error) {
	if cfg.Active == nil || cfg.Resolve == nil || cfg.Tenants == nil {
		return nil, errors.New("jobs: Active, Resolve and Tenants must be given")
	}
	cfg.defaults()
	driver, err := d.River(ctx)
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	gone := &outage{log: cfg.Log, quiet: 2 * cfg.Beat}
	queue, err := river.NewClient(driver, &river.Config{Schema: queueSchema, Logger: logOfQueue(cfg.Log, gone)})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return &Jobs{db: d, cfg: cfg, log: cfg.Log, kinds: map[string]*kind{}, queue: queue, outage: gone}, nil
}

func (c *Config) defaults() {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Workers <= 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	for _, d := range []struct {
		value     *time.Duration
		otherwise time.Duration
	}{
		{&c.Wait, time.Minute},
		{&c.Grace, 20 * time.Second},
		{&c.Throttle, 500 * time.Millisecond},
		{&c.Beat, 5 * time.Second},
	} {
		if *d.value <= 0 {
			*d.value = d.otherwise
		}
	}
	if c.Retry == nil {
		c.Retry = func(attempt int) time.Duration {
			return min(10*time.Second<<min(max(attempt-1, 0), 10), 10*time.Minute)
		}
	}
}

// Register makes a kind known. It panics on a kind that is known already and
// after Start: both are mistakes of the wiring.
func (j *Jobs) Register(name string, work Work, options ...Option) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, known := j.kinds[name]; known || name == "" || work == nil || j.worker != nil {
		panic("jobs: " + name + " is registered twice, too late or without work")
	}
	k := &kind{name: name, work: work, attempts: 3, timeout: 30 * time.Minute, queue: queueShort, role: name}
	for _, o := range options {
		o(k)
	}
	j.kinds[name] = k
}

// Every lets a registered kind run in every active ministry once an interval, as
// a system role. While one run of it is not over, no second begins; its row is
// used again, so that it shows the last run and piles nothing up.
func (j *Jobs) Every(name string, interval time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	k, known := j.kinds[name]
	if !known || interval < time.Second || j.worker != nil {
		panic("jobs: " + name + " must be registered before it runs periodically, no oftener than every second")
	}
	k.every = interval
}

// Enqueue writes down a run in the open unit tx: when that commits, the run will
// happen; when not, it never was. It acts as the caller of ctx. The payload is
// anything JSON can carry; it stays behind the wall.
func (j *Jobs) Enqueue(ctx context.Context, tx *db.Tx, name string, payload any) (*Run, error) {
	k, known := j.kinds[name]
	if !known {
		return nil, fmt.Errorf("jobs: no job %q is registered", name)
	}
	c := caller.From(ctx)
	if c == nil || c.Tenant.ID == 0 || c.Tenant.ID != tx.Tenant() || c.Account == 0 && c.System == "" {
		return nil, errors.New("jobs: nobody asks for the run")
	}
	text, err := json.Marshal(payload)
	if err != nil {
		return nil, errors.New("jobs: the payload has no JSON form") // the cause may quote it
	}
	r := &Run{
		UID: db.NewUID(), Kind: name, Account: c.Account, AccountUID: c.AccountUID, System: c.System,
		Language: c.Language, State: Queued, Created: j.cfg.Clock.Now(),
		tenant: c.Tenant, payload: text, purpose: c.Purpose, requestID: c.RequestID, secondFactor: c.SecondFactor,
	}
	if r.Account != 0 {
		r.System = ""
	}
	if err := insertRun(ctx, tx, r); err != nil {
		return nil, fmt.Errorf("jobs: enqueue %s: %w", name, err)
	}
	return r, j.push(ctx, tx, c.Tenant, k, r.id)
}

// push puts a run into the queue: in the same transaction where queue and
// ministry share a database, otherwise right after it. Should the process die in
// between, the sweep finds the run.
func (j *Jobs) push(ctx context.Context, tx *db.Tx, tenant caller.Tenant, k *kind, id int64) error {
	args, opts := runArgs{Tenant: tenant.ID, Run: id}, &river.InsertOpts{Queue: k.queue, MaxAttempts: maxQueueAttempts}
	if tenant.Placement == "" {
		in, err := j.queue.InsertTx(ctx, tx.PGX(), args, opts)
		if err != nil {
			return fmt.Errorf("jobs: enqueue %s: %w", k.name, err)
		}
		return setQueueID(ctx, tx, id, in.Job.ID)
	}
	db.AfterCommit(ctx, func() {
		own, cancel := alone(caller.From(ctx))
		defer cancel()
		in, err := j.queue.Insert(own, args, opts)
		if err == nil {
			err = j.db.Tenant(own, func(ctx context.Context, tx *db.Tx) error { return setQueueID(ctx, tx, id, in.Job.ID) })
		}
		if err != nil {
			j.log.Warn("a run was not queued; the sweep will", "kind", k.name, "tenant", tenant.ID, "run", id)
		}
	})
	return nil
}

// Get returns a run by its public id. People see their own runs, system roles
// all; anything else is NotFound.
func (j *Jobs) Get(ctx context.Context, uid string) (*Run, error) {
	var r *Run
	err := j.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		r, err = findRun(ctx, tx, uid)
		return err
	})
	if err != nil {
		return nil, fault.Wrap(err, "jobs: get")
	}
	if c := caller.From(ctx); r == nil || c.System == "" && r.Account != c.Account {
		return nil, fault.New(fault.NotFound, "job.not_found")
	}
	return r, nil
}

// List returns runs, newest first, 50 at a time: the caller's own, or all of the
// ministry's, for which the caller of this package has to ask the gate. next is
// the cursor of the following page, empty at the end.
func (j *Jobs) List(ctx context.Context, mine bool, after string) (runs []*Run, next string, err error) {
	before, err := parseCursor(after)
	if err != nil {
		return nil, "", err
	}
	err = j.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		runs, err = listRuns(ctx, tx, mine, caller.From(ctx).Account, before, pageSize+1)
		return err
	})
	if err != nil {
		return nil, "", fault.Wrap(err, "jobs: list")
	}
	if len(runs) > pageSize {
		runs = runs[:pageSize]
		next = cursorOf(runs[pageSize-1])
	}
	return runs, next, nil
}

// Cancel ends a run of the caller's own (a system role's: any). One that is
// running is told to stop and ends as cancelled at its next step. A run that is
// over is a Conflict fault.
func (j *Jobs) Cancel(ctx context.Context, uid string) error {
	r, err := j.Get(ctx, uid)
	if err != nil {
		return err
	}
	return j.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		queueID, open, err := cancelRun(ctx, tx, r.id, j.cfg.Clock.Now())
		if err != nil {
			return fmt.Errorf("jobs: cancel: %w", err)
		}
		if !open {
			return fault.New(fault.Conflict, "job.over")
		}
		if j.cfg.Cancelled != nil {
			if err := j.cfg.Cancelled(ctx, tx, r); err != nil {
				return err
			}
		}
		db.AfterCommit(ctx, func() {
			own, cancel := alone(caller.From(ctx))
			defer cancel()
			// Only a nudge: the run's row already says so, and the run looks there.
			if _, err := j.queue.JobCancel(own, queueID); err != nil && !errors.Is(err, river.ErrNotFound) {
				j.log.Warn("a cancelled run was not told at once", "kind", r.Kind, "run", r.id, "error", err)
			}
		})
		return nil
	})
}

// Wake lets the waiting runs of the ministry in ctx look again at once, for when
// it is resumed.
func (j *Jobs) Wake(ctx context.Context) error {
	var ids []int64
	err := j.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		ids, err = waitingRuns(ctx, tx)
		return err
	})
	for _, id := range ids {
		if _, rerr := j.queue.JobRetry(ctx, id); rerr != nil && !errors.Is(rerr, river.ErrNotFound) {
			err = errors.Join(err, rerr)
		}
	}
	return fault.Wrap(err, "jobs: wake")
}

// Purge removes runs that were over before that moment, with their files (files
// may be nil), and returns how many.
func (j *Jobs) Purge(ctx context.Context, before time.Time, files *Files) (int, error) {
	var gone []string
	err := j.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		gone, err = purgeRuns(ctx, tx, before)
		return err
	})
	if err != nil {
		return 0, fault.Wrap(err, "jobs: purge")
	}
	for _, name := range gone {
		if name == "" || files == nil {
			continue
		}
		if err := files.Delete(ctx, name); err != nil && fault.KindOf(err) != fault.NotFound {
			return len(gone), err
		}
	}
	return len(gone), nil
}
