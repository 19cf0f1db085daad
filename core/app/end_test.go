package app

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"mektep/core/db/dbtest"
)

// A port that is taken is noticed before any job runs, and nothing stays behind.
func TestAPortThatIsTakenStartsNoJobs(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // over
	cfg := dbtest.Config(t)
	addr := taken.Addr().String()
	a, err := New(t.Context(), Config{
		Addr: addr, URL: DemoURL(addr), DSN: cfg.ServiceDSN, MaxConns: 4, Log: slog.New(slog.DiscardHandler),
		Secrets: []string{"a secret of the tests, long enough"}, Files: "file://" + t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("got %v", err)
	}
	if a.Jobs.Alive() {
		t.Error("jobs were started")
	}
}

// Jobs end in their own time, however long a client takes to say what it wants.
func TestASlowClientDoesNotKeepJobsFromTheirEnd(t *testing.T) {
	s := newSite(t)
	slow, err := net.Dial("tcp", s.Config.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close() //nolint:errcheck // over
	if _, err := slow.Write([]byte("POST /sign-in HTTP/1.1\r\nHost: kg.localhost\r\nContent-Length: 1000\r\n\r\na")); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.end(context.Background()) }()
	s.until("the jobs end beside the open request", func() bool { return !s.Jobs.Alive() })
	select {
	case <-ended:
	case <-time.After(10 * time.Millisecond): // the request may still be open: it ends with its own limit
	}
	_ = slow.Close()
}
