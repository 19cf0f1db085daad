package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// State says where a run stands.
type State string

// The states; Done, Failed and Cancelled are final.
const (
	Queued    State = "queued"
	Waiting   State = "waiting" // the ministry is suspended
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Over reports whether nothing more will happen.
func (s State) Over() bool { return s == Done || s == Failed || s == Cancelled }

const pageSize = 50

// ownTimeout bounds the short units in which a run keeps its own books.
const ownTimeout = 15 * time.Second

// Run is one run of a job.
type Run struct {
	UID        string
	Kind       string
	Account    int64 // who asked; 0: a system role
	AccountUID string
	System     string
	Language   string // what the asker reads
	State      State
	Finished   time.Time // zero: not over
	Started    time.Time // zero: not begun
	Created    time.Time
	Done       int64  // steps done
	Total      int64  // of so many; 0: not known
	Message    string // key of what it is doing
	Args       fault.Args
	Result     json.RawMessage
	Fault      *fault.Error // why it failed
	File       string       // name in Files of what it made
	Attempt    int

	id           int64
	queueID      int64
	tenant       caller.Tenant
	fence        string
	payload      json.RawMessage
	purpose      string
	requestID    string
	secondFactor bool
	jobs         *Jobs // nil unless the run is being worked

	mu       sync.Mutex
	written  time.Time // when progress was written last
	finished bool
}

// errStale says that somebody else has claimed the run since.
var errStale = errors.New("jobs: another worker has taken this run over")

// Payload decodes what the run was asked with.
func (r *Run) Payload(into any) error {
	if err := json.Unmarshal(r.payload, into); err != nil {
		return fmt.Errorf("jobs: payload of %s: %w", r.Kind, err)
	}
	return nil
}

// Progress tells watchers how far the run is: done of total steps (0: not known),
// and a message key. It is written in a unit of its own, so that it is seen while
// the run's own unit is still open, and not oftener than twice a second; the last
// step always is. It returns a fault once the run has been cancelled or the
// ministry suspended: return that.
func (r *Run) Progress(ctx context.Context, done, total int64, key string, args fault.Args) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Done, r.Total, r.Message, r.Args = done, total, key, args
	now := time.Now() //nolint:forbidigo // a rate, not a date
	if r.jobs == nil || r.finished || now.Sub(r.written) < r.jobs.cfg.Throttle && done != total {
		return nil
	}
	r.written = now
	own, cancel := alone(caller.From(ctx))
	defer cancel()
	if _, err := r.jobs.cfg.Active(own, r.tenant.ID); err != nil && fault.KindOf(err) == fault.Locked {
		return errSuspended()
	}
	cancelled := false
	err := r.jobs.db.Tenant(own, func(ctx context.Context, tx *db.Tx) error {
		var err error
		cancelled, err = writeProgress(ctx, tx, r)
		return err
	})
	if err == nil && cancelled {
		err = errCancelled()
	}
	return err
}

// Finish ends the run well, with a result (anything JSON can carry, or nil) and
// the name of a file in Files (or none). Called in the unit that did the work, it
// makes that work happen exactly once. It fails, and with it the unit, when the
// run was cancelled or taken over by another worker. Work that does not call it
// has it called when it returns nil.
func (r *Run) Finish(ctx context.Context, result any, file string) error {
	text, err := json.Marshal(result)
	if err != nil {
		return errors.New("jobs: the result has no JSON form")
	}
	if r.jobs == nil {
		return errors.New("jobs: the run is not being worked")
	}
	r.mu.Lock()
	r.finished = true // from here on progress would wait for this very unit
	r.Result, r.File = text, file
	r.mu.Unlock()
	return r.jobs.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		ok, cancelled, err := finishRun(ctx, tx, r, r.jobs.cfg.Clock.Now())
		switch {
		case err != nil:
			return fmt.Errorf("jobs: finish %s: %w", r.Kind, err)
		case cancelled:
			return errCancelled()
		case !ok:
			return errStale
		}
		return nil
	})
}

func errCancelled() error { return fault.New(fault.Conflict, "job.cancelled") }
func errSuspended() error {
	return fault.New(fault.Locked, "job.suspended").WithCheck("ministry").WithOwnRule("suspended").WithNext("tenant.next.operator", "", nil)
}

// alone returns a context in which c acts, outside any open unit and unmoved by
// the end of the run's own context: the books are kept to the end.
func alone(c *caller.Caller) (context.Context, context.CancelFunc) {
	return context.WithTimeout(caller.With(context.Background(), c), ownTimeout)
}

func cursorOf(r *Run) string { return strconv.FormatInt(r.id, 36) }

// parseCursor returns the number before which a page begins; the largest there is
// for the first page.
func parseCursor(s string) (int64, error) {
	if s == "" {
		return 1<<63 - 1, nil
	}
	n, err := strconv.ParseInt(s, 36, 64)
	if err != nil || n < 0 {
		return 0, fault.New(fault.Invalid, "job.cursor").WithField("after", "job.cursor", nil)
	}
	return n, nil
}
