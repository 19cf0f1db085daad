package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"mektep/core/db"
)

// queueLog is the log for the queue's own lines. They are said to be the queue's; its
// news are details, what it failed with loses the driver's words, which may quote a row.
// While the database is lost to it, that is said once.
type queueLog struct {
	slog.Handler
	outage *outage
	lost   bool // an attribute that stands in every line tells of a lost database
}

func logOfQueue(l *slog.Logger, o *outage) *slog.Logger {
	return slog.New(queueLog{Handler: l.Handler().WithAttrs([]slog.Attr{slog.String("part", "queue")}), outage: o})
}

// outage is a time in which the queue did not reach the database. Every part of the queue
// tries on by itself, and each of them would say every time that it failed.
type outage struct {
	log   *slog.Logger
	quiet time.Duration // how long nothing must have failed before it is over

	mu          sync.Mutex
	since, last time.Time // of the first failure and the last; zero: there is none
}

// failed notes a failure: the first is said.
func (o *outage) failed(at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.since.IsZero() {
		o.since = at
		o.log.Error("the queue has lost the database, and tries on", "part", "queue")
	}
	o.last = at
}

// answered notes that the database did answer: it is over once nothing fails beside it.
func (o *outage) answered(at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.since.IsZero() || at.Sub(o.last) < o.quiet {
		return
	}
	o.log.Info("the queue has the database again", "part", "queue", "seconds", int(o.last.Sub(o.since).Round(time.Second).Seconds()))
	o.since, o.last = time.Time{}, time.Time{}
}

// Enabled lets the queue's news through where details are wanted.
func (q queueLog) Enabled(ctx context.Context, level slog.Level) bool {
	return q.Handler.Enabled(ctx, quieter(level))
}

// Handle writes a line as the house would have written it.
func (q queueLog) Handle(ctx context.Context, r slog.Record) error {
	level, lost := quieter(r.Level), q.lost
	var kept []slog.Attr
	r.Attrs(func(a slog.Attr) bool {
		lost = lost || tellsOfLoss(a)
		kept = append(kept, discreet(a))
		return true
	})
	if lost && level >= slog.LevelWarn {
		q.outage.failed(r.Time)
		level = slog.LevelDebug
		if !q.Handler.Enabled(ctx, level) {
			return nil
		}
	}
	out := slog.NewRecord(r.Time, level, r.Message, r.PC)
	out.AddAttrs(kept...)
	return q.Handler.Handle(ctx, out)
}

// tellsOfLoss reports that an attribute is the error of a lost database.
func tellsOfLoss(a slog.Attr) bool {
	if err, ok := a.Value.Any().(error); ok {
		return db.Lost(err) || db.LostText(err.Error())
	}
	return a.Value.Kind() == slog.KindString && (a.Key == "err" || a.Key == "error") && db.LostText(a.Value.String())
}

// WithAttrs and WithGroup keep the manner.
func (q queueLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	own := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		q.lost = q.lost || tellsOfLoss(a)
		own[i] = discreet(a)
	}
	q.Handler = q.Handler.WithAttrs(own)
	return q
}

// WithGroup see WithAttrs.
func (q queueLog) WithGroup(name string) slog.Handler {
	q.Handler = q.Handler.WithGroup(name)
	return q
}

func quieter(level slog.Level) slog.Level {
	if level == slog.LevelInfo {
		return slog.LevelDebug
	}
	return level
}

// discreet keeps of an error what db tells of it, and of a text under an error's name
// only that there was one.
func discreet(a slog.Attr) slog.Attr {
	if err, ok := a.Value.Any().(error); ok {
		return slog.Any(a.Key, db.Discreet(err))
	}
	if a.Value.Kind() == slog.KindString && (a.Key == "err" || a.Key == "error") {
		return slog.String(a.Key, "see the database's own log")
	}
	return a
}
