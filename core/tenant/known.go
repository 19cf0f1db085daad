package tenant

import (
	"context"
	"sync"
	"time"

	"mektep/core/db"
	"mektep/core/fault"
)

const (
	changed db.Kind = "tenant" // the kind of notice that spreads a change

	// believed is how long a reading counts when no notice comes: a process whose
	// listening connection has died unnoticed must not serve a suspended ministry.
	believed = 10 * time.Second
	// bridged is how old a reading may be while the directory cannot be read at all:
	// without a database nothing can be done in a ministry anyway.
	bridged = time.Minute
	// patient is how long somebody waits for a new reading who could have an old one.
	patient  = 500 * time.Millisecond
	readMost = 5 * time.Second
	// rested is how long a failure is remembered, so that a database that does not
	// answer is asked once a second and not once a request.
	rested = time.Second
)

// known is the directory as this process has read it: one reader at a time, for
// whom nobody waits longer than their own request may take.
type known struct {
	mu      sync.Mutex // never held while something is read
	last    *directory // nil: never read
	changed bool       // last is known to be out of date
	reading *reading   // nil: nobody reads
	failed  time.Time  // when reading failed last; zero: it did not
	why     error
}

// reading is one reading for which several wait.
type reading struct {
	done  chan struct{}
	stale bool // something has changed since it began
	d     *directory
	err   error
}

// forget says that the directory has changed.
func (k *known) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.changed, k.failed = true, time.Time{}
	if k.reading != nil {
		k.reading.stale = true
		k.reading = nil // who comes now does not join it
	}
}

// get returns the directory: a fresh one, or where none is to be had in time the
// last one, as long as that can be believed.
func (k *known) get(ctx context.Context, read func(context.Context) (*directory, error)) (*directory, error) {
	k.mu.Lock()
	old, fresh := k.last, k.last != nil && !k.changed && time.Since(k.last.readAt) < believed
	if fresh {
		k.mu.Unlock()
		return old, nil
	}
	if !k.failed.IsZero() && time.Since(k.failed) < rested {
		err := k.why
		k.mu.Unlock()
		return bridge(old, err)
	}
	r := k.reading
	if r == nil {
		r = &reading{done: make(chan struct{})}
		k.reading = r
		go k.read(r, read)
	}
	outdated := k.changed
	k.mu.Unlock()
	var enough <-chan time.Time
	if bridges(old) && !outdated {
		timer := time.NewTimer(patient)
		defer timer.Stop()
		enough = timer.C
	}
	select {
	case <-r.done:
		if r.err != nil {
			return bridge(old, r.err)
		}
		return r.d, nil
	case <-enough:
		return old, nil
	case <-ctx.Done():
		return bridge(old, ctx.Err())
	}
}

// read reads in a time of its own: whoever asked first and goes away must not keep
// the others from an answer.
func (k *known) read(r *reading, read func(context.Context) (*directory, error)) {
	ctx, cancel := context.WithTimeout(context.Background(), readMost)
	defer cancel()
	begun := time.Now() //nolint:forbidigo // an age, not a date
	r.d, r.err = read(ctx)
	k.mu.Lock()
	if r.err != nil {
		k.failed, k.why = time.Now(), r.err //nolint:forbidigo // as above
	} else {
		r.d.readAt, k.failed = begun, time.Time{}
		if !r.stale {
			k.last, k.changed = r.d, false
		}
	}
	if k.reading == r {
		k.reading = nil
	}
	k.mu.Unlock()
	close(r.done)
}

// bridges reports whether an old reading may stand in for a new one.
func bridges(old *directory) bool { return old != nil && time.Since(old.readAt) < bridged }

func bridge(old *directory, err error) (*directory, error) {
	if bridges(old) {
		return old, nil
	}
	return nil, fault.New(fault.Unavailable, "fault.unavailable").WithWait(5).WithCause(err)
}
