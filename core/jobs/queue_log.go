package jobs

import (
	"context"
	"log/slog"

	"mektep/core/db"
)

// queueLog is the log for the queue's own lines. They are said to be the queue's; its
// news are details, what it failed with loses the driver's words, which may quote a row.
type queueLog struct{ slog.Handler }

func logOfQueue(l *slog.Logger) *slog.Logger {
	return slog.New(queueLog{l.Handler().WithAttrs([]slog.Attr{slog.String("part", "queue")})})
}

// Enabled lets the queue's news through where details are wanted.
func (q queueLog) Enabled(ctx context.Context, level slog.Level) bool {
	return q.Handler.Enabled(ctx, quieter(level))
}

// Handle writes a line as the house would have written it.
func (q queueLog) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, quieter(r.Level), r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		out.AddAttrs(discreet(a))
		return true
	})
	return q.Handler.Handle(ctx, out)
}

// WithAttrs and WithGroup keep the manner.
func (q queueLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	own := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		own[i] = discreet(a)
	}
	return queueLog{q.Handler.WithAttrs(own)}
}

// WithGroup see WithAttrs.
func (q queueLog) WithGroup(name string) slog.Handler { return queueLog{q.Handler.WithGroup(name)} }

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
