package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"mektep/core/caller"
	"mektep/core/db"
)

const (
	deadAfter  = 6                // missed signs of life
	sweepEvery = time.Minute      // looking for runs that no queue knows
	sweepAge   = 2 * time.Minute  // how long a run may stand unknown
	rescueLate = 24 * time.Hour   // River's own rescue, which ours makes superfluous
	keepQueued = 15 * time.Minute // how long the queue remembers what is over
)

// tickArgs let a periodic kind run in every active ministry.
type tickArgs struct {
	Job string `json:"job"`
}

// Kind is the queue's word for it.
func (tickArgs) Kind() string { return "tick" }

// sweepArgs look for runs that the queue has lost.
type sweepArgs struct{}

// Kind is the queue's word for it.
func (sweepArgs) Kind() string { return "sweep" }

// Start begins working. ctx bounds only the start; Stop ends the work.
func (j *Jobs) Start(ctx context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.worker != nil {
		return errors.New("jobs: started already")
	}
	driver, err := j.db.River(ctx)
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &runner{jobs: j})
	river.AddWorker(workers, river.WorkFunc(j.tick))
	river.AddWorker(workers, river.WorkFunc(j.sweep))
	id := "w-" + db.NewUID()
	client, err := river.NewClient(driver, &river.Config{
		ID: id, Schema: queueSchema, Logger: logOfQueue(j.log, j.outage), Workers: workers,
		Queues:       map[string]river.QueueConfig{queueShort: {MaxWorkers: j.cfg.Workers}, queueLong: {MaxWorkers: j.cfg.Workers}},
		PeriodicJobs: j.periodic(),
		PollOnly:     !j.db.Listens(), // a pooler lends connections out and carries no notices
		JobTimeout:   -1, RescueStuckJobsAfter: rescueLate, MaxAttempts: maxQueueAttempts,
		CompletedJobRetentionPeriod: keepQueued, CancelledJobRetentionPeriod: keepQueued,
		// The queue's tables belong to the owner, and only an owner may reindex.
		ReindexerIndexNames: []string{}, ReindexerSchedule: river.NeverSchedule(),
	})
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	if err := j.beat(ctx, id); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	own, stop := context.WithCancel(context.WithoutCancel(ctx))
	if err := client.Start(own); err != nil {
		stop()
		return fmt.Errorf("jobs: %w", err)
	}
	j.worker, j.stop = client, stop
	j.alive.Go(func() { j.keepAlive(own, id) })
	return nil
}

// Stop takes no more runs, lets the running ones end for the configured grace,
// then interrupts them: those are queued again and lose no try. It returns when
// all have ended, or with ctx's error when that ends first.
func (j *Jobs) Stop(ctx context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.worker == nil {
		return nil
	}
	grace, cancel := context.WithTimeout(ctx, j.cfg.Grace)
	err := j.worker.Stop(grace)
	cancel()
	if err != nil {
		err = j.worker.StopAndCancel(ctx)
	}
	j.stop()
	j.alive.Wait()
	j.beaten.Store(0)
	if err != nil {
		return fmt.Errorf("jobs: stop: %w", err)
	}
	j.worker, j.stop = nil, nil
	return nil
}

// periodic are the queue's own clocks. The unique keys keep a slow ministry from
// piling ticks up.
func (j *Jobs) periodic() []*river.PeriodicJob {
	once := func() *river.InsertOpts {
		return &river.InsertOpts{Queue: queueShort, MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled,
		}}}
	}
	list := []*river.PeriodicJob{river.NewPeriodicJob(river.PeriodicInterval(sweepEvery), func() (river.JobArgs, *river.InsertOpts) {
		return sweepArgs{}, once()
	}, nil)}
	for _, k := range j.kinds {
		if k.every > 0 {
			list = append(list, river.NewPeriodicJob(river.PeriodicInterval(k.every), func() (river.JobArgs, *river.InsertOpts) {
				return tickArgs{Job: k.name}, once()
			}, &river.PeriodicJobOpts{RunOnStart: true}))
		}
	}
	return list
}

// tick lets one periodic kind run in every active ministry. One ministry that
// cannot be reached does not keep the others from theirs.
func (j *Jobs) tick(ctx context.Context, job *river.Job[tickArgs]) error {
	k, known := j.kinds[job.Args.Job]
	if !known {
		return nil
	}
	return j.everywhere(ctx, func(ctx context.Context, tenant caller.Tenant) error {
		return j.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
			r, err := renewPeriodic(ctx, tx, k, j.cfg.Clock.Now())
			if err != nil || r == nil {
				return err
			}
			return j.push(ctx, tx, tenant, k, r.id)
		})
	})
}

// sweep queues runs again that no queue knows: their process died between the
// commit and the queue, or the queue was restored from an older backup.
func (j *Jobs) sweep(ctx context.Context, _ *river.Job[sweepArgs]) error {
	return j.everywhere(ctx, func(ctx context.Context, tenant caller.Tenant) error {
		return j.sweepTenant(ctx, tenant)
	})
}

func (j *Jobs) sweepTenant(ctx context.Context, tenant caller.Tenant) error {
	var runs []*Run
	err := j.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		runs, err = oldOpenRuns(ctx, tx, j.cfg.Clock.Now().Add(-sweepAge))
		return err
	})
	if err != nil || len(runs) == 0 {
		return err
	}
	var known map[int64]bool
	// The queue stands outside the wall, in the first placement.
	outside := caller.With(ctx, &caller.Caller{System: "jobs"})
	err = j.db.Platform(outside, func(ctx context.Context, tx *db.Tx) error {
		var err error
		known, err = queued(ctx, tx, runs)
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range runs {
		k, registered := j.kinds[r.Kind]
		if known[r.queueID] || !registered {
			continue
		}
		err = errors.Join(err, j.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error { return j.push(ctx, tx, tenant, k, r.id) }))
	}
	return err
}

func (j *Jobs) everywhere(ctx context.Context, do func(ctx context.Context, tenant caller.Tenant) error) error {
	tenants, err := j.cfg.Tenants(ctx)
	if err != nil {
		return errors.New("the ministries could not be listed")
	}
	for _, t := range tenants {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := do(caller.With(ctx, caller.System(t, "jobs", "")), t); err != nil {
			j.log.Warn("periodic work was not queued", "tenant", t.ID, "error", safe(err))
		}
	}
	return nil
}

// keepAlive gives signs of life and takes up the runs of processes that give none.
func (j *Jobs) keepAlive(ctx context.Context, id string) {
	ticker := time.NewTicker(j.cfg.Beat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			own, cancel := context.WithTimeout(context.WithoutCancel(ctx), ownTimeout)
			defer cancel()
			if err := j.db.Platform(own, func(ctx context.Context, tx *db.Tx) error { return forgetWorker(ctx, tx, id) }); err != nil {
				j.log.Warn("a worker's end was not written", "error", safe(err))
			}
			return
		case <-ticker.C:
			switch err := j.beat(ctx, id); {
			case err == nil:
				j.outage.answered(time.Now()) //nolint:forbidigo // an age, not a date
			case ctx.Err() != nil:
			case db.Lost(err):
				j.outage.failed(time.Now()) //nolint:forbidigo // as above
			default:
				j.log.Warn("a worker gave no sign of life", "error", safe(err))
			}
		}
	}
}

// Alive reports whether this process works runs and could lately write so down.
func (j *Jobs) Alive() bool {
	last := j.beaten.Load()
	return last != 0 && time.Since(time.Unix(0, last)) < deadAfter/2*j.cfg.Beat
}

// beat gives one sign of life and frees the runs of dead workers.
func (j *Jobs) beat(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, ownTimeout)
	defer cancel()
	err := j.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		freed, err := signOfLife(ctx, tx, id, deadAfter*j.cfg.Beat)
		if freed > 0 {
			j.log.Warn("runs of a dead worker were taken up", "runs", freed)
		}
		return err
	})
	if err == nil {
		j.beaten.Store(time.Now().UnixNano()) //nolint:forbidigo // an age, not a date
	}
	return err
}
