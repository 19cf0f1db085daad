package app

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"mektep/core/db/dbtest"
)

// written is a log that several write at the same time.
type written struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}

// lines counts the lines that hold all of some words.
func (w *written) lines(words ...string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, line := range strings.Split(w.out.String(), "\n") {
		held := line != ""
		for _, word := range words {
			held = held && strings.Contains(line, word)
		}
		if held {
			n++
		}
	}
	return n
}

// A load balancer asks every few seconds: that the answer has changed is written down once,
// and being told so is no failure of its request.
func TestAProbeIsAnsweredAndAlarmsOnce(t *testing.T) {
	cfg, line := dbtest.ConfigBehind(t)
	var log written
	s := newSiteOn(t, cfg, func(c *Config) {
		c.Rate, c.PerMinistry = 100_000, 10_000
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	who := s.asker("kg", "special")
	s.until("it is ready", func() bool { return who.get("/readyz").status == http.StatusOK })
	before := log.lines("level=ERROR", "not ready")
	line.Silence()
	defer line.Speak()
	var probes sync.WaitGroup
	for range 12 {
		probes.Go(func() {
			if a := who.get("/readyz"); a.status != http.StatusServiceUnavailable || len(a.body) == 0 {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	probes.Wait()
	line.Speak()
	s.until("it is ready again", func() bool { return who.get("/readyz").status == http.StatusOK })
	if n := log.lines("level=ERROR", "not ready") - before; n != 1 {
		t.Errorf("%d alarms", n)
	}
	if log.lines("level=INFO", "ready again") == 0 || log.lines("level=ERROR", "route=/readyz") != 0 {
		t.Errorf("%d times ready again, %d failed probes", log.lines("ready again"), log.lines("level=ERROR", "route=/readyz"))
	}
}
