package jobs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
)

func TestTheQueuesLinesAreQuietAndDiscreet(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	l := logOfQueue(log, &outage{log: log})
	l.Info("Producer job counts", "num_completed", 3)
	if out.Len() > 0 {
		t.Errorf("news of the queue stand in the log: %s", out.String())
	}
	row := &pgconn.PgError{Code: "23505", Message: "duplicate key", Detail: "Key (name)=(Айбек) already exists."}
	for _, err := range []any{fmt.Errorf("fetch: %w", row), errors.Join(row), "ERROR: Key (name)=(Айбек)"} {
		out.Reset()
		l.With("err", err).Error("producer: Error fetching jobs", "error", err)
		if line := out.String(); strings.Contains(line, "Айбек") || !strings.Contains(line, "part=queue") || !strings.Contains(line, "level=ERROR") {
			t.Errorf("%s", line)
		}
	}
}

// A lost database is one line, and its coming back another, whatever the parts of the
// queue say meanwhile; what else fails is said as ever.
func TestALostDatabaseIsSaidOnceAndItsReturnOnce(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	o := &outage{log: log, quiet: 10 * time.Second}
	l := logOfQueue(log, o)
	begun := time.Now()
	for range 2 {
		out.Reset()
		for range 20 {
			l.Error("producer: Error fetching jobs", "err", "failed to connect to `user=x database=y`: dial error: connect: connection refused")
			l.With("err", &pgconn.PgError{Code: "57P01", Message: "terminating connection"}).Error("Elector: Error attempting reelection")
			l.Warn("Notifier: Error running listener", "err", io.ErrUnexpectedEOF)
		}
		o.answered(begun) // while others still fail
		if got := out.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "level=ERROR") || !strings.Contains(got, "has lost the database") {
			t.Errorf("lost: %s", got)
		}
		l.Error("JobExecutor: Unhandled job kind", "kind", "x", "err", "no worker")
		l.Error("producer: Error fetching jobs", "err", &pgconn.PgError{Code: "42703", Message: "column of Aibek does not exist"})
		if got := out.String(); strings.Count(got, "level=ERROR") < 2 {
			t.Errorf("what fails by a defect is not said: %s", got)
		}
		out.Reset()
		o.answered(time.Now().Add(5 * time.Second))
		o.answered(time.Now().Add(11 * time.Second))
		o.answered(time.Now().Add(16 * time.Second))
		if got := out.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "level=INFO") || !strings.Contains(got, "has the database again") || !strings.Contains(got, "seconds=") {
			t.Errorf("back: %s", got)
		}
	}
}

// lines is a log that several write at the same time.
type lines struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

func (l *lines) count(parts ...string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range strings.Split(l.out.String(), "\n") {
		ok := line != ""
		for _, p := range parts {
			ok = ok && strings.Contains(line, p)
		}
		if ok {
			n++
		}
	}
	return n
}

// The queue itself, with its database gone: many of its parts fail, and one line says so.
func TestAQueueWithoutItsDatabaseSaysSoOnce(t *testing.T) {
	d, line := dbtest.OpenBehind(t, db.Config{})
	b := &bench{t: t, db: d, sys: dbtest.Tenant(t, d, "one", "test")}
	b.tenants = []caller.Tenant{caller.From(b.sys).Tenant}
	var log lines
	j := b.process(func(c *Config) {
		c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	b.jobs = j
	b.start(j)
	line.Silence()
	b.eventually("the queue's parts fail", func() bool {
		line.Cut()
		return log.count("level=DEBUG", "part=queue", "err") >= 6
	})
	line.Speak()
	b.eventually("it is back", func() bool { return log.count("the queue has the database again") == 1 })
	if n, bad := log.count("has lost the database"), log.count("level=ERROR")+log.count("level=WARN"); n != 1 || bad != 1 {
		t.Errorf("%d times lost, %d lines that alarm:\n%s", n, bad, log.out.String())
	}
}
