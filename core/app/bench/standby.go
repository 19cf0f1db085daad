package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"mektep/core/db/dbtest"
)

const (
	writers      = 4
	beforeKill   = 5 * time.Second
	afterServing = 2 * time.Second
	mostTakeOver = time.Minute
)

// standby kills a primary under writers, as no shutdown would, promotes its standby and
// counts: acknowledged writes that are gone, and how long nobody could write.
func standby(ctx context.Context, b *build, o options, r *report) error {
	for _, mode := range []struct {
		name, commit string
		cut          time.Duration
	}{
		{"asynchronous", "", 0},
		{"asynchronous, line cut 1 s before", "", time.Second},
		{"`synchronous_commit = remote_apply`, line cut 1 s before", "remote_apply", time.Second},
	} {
		var acknowledged, lost int
		var kills, promotes, rates []float64
		for range o.rounds {
			t, err := takeOver(ctx, b, mode.commit, mode.cut)
			if err != nil {
				return fmt.Errorf("%s: %w", mode.name, err)
			}
			acknowledged, lost = acknowledged+t.acknowledged, lost+t.lost
			kills, promotes, rates = append(kills, t.fromKill.Seconds()), append(promotes, t.fromPromote.Seconds()), append(rates, t.rate)
		}
		what := "Takeover, " + mode.name + ": "
		r.add(line{what: fmt.Sprintf("%sacknowledged writes lost, of %d in %d kills", what, acknowledged, o.rounds), got: strconv.Itoa(lost)})
		r.figure(what+"from the kill to the first acknowledged write", median(kills), "s")
		r.figure(what+"from the end of `pg_ctl promote` to it", median(promotes), "s")
		r.figure(what+fmt.Sprintf("writes before the kill, %d callers", writers), median(rates), "/s")
	}
	r.note("Primary, standby, service and callers share one machine and its disk; the promotion is ordered as soon as the primary is dead, which people or a watchdog do later. The record's version counts its writes: what a caller was told and the record no longer says is lost.")
	return nil
}

// taken is how one takeover went.
type taken struct {
	acknowledged, lost    int
	fromKill, fromPromote time.Duration
	rate                  float64
}

func takeOver(ctx context.Context, b *build, commit string, cut time.Duration) (taken, error) {
	dir, err := os.MkdirTemp("", "mektep-standby-")
	if err != nil {
		return taken{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // PostgreSQL's account passes through
		return taken{}, err
	}
	primary, err := newCluster(ctx, filepath.Join(dir, "db1"))
	if err != nil {
		return taken{}, err
	}
	defer primary.stop(ctx)
	here := *b
	here.super = primary.dsn()
	if here.template, err = dbtest.Template(ctx, here.super); err != nil {
		return taken{}, err
	}
	w, err := newWorld(ctx, &here, "bench_standby")
	if err != nil {
		return taken{}, err
	}
	var records []string
	if err = w.seed(ctx, entries(w.profile, writers)); err == nil {
		_, records, err = w.addresses()
	}
	w.app.Close()
	if err != nil {
		return taken{}, err
	}
	second, err := primary.follower(ctx, filepath.Join(dir, "db2"))
	if err != nil {
		return taken{}, err
	}
	defer second.stop(ctx)
	if commit != "" {
		for _, sql := range []string{"ALTER SYSTEM SET synchronous_standby_names = 'db2'", "ALTER SYSTEM SET synchronous_commit = " + commit, "SELECT pg_reload_conf()"} {
			if err := execute(ctx, here.super, sql); err != nil {
				return taken{}, err
			}
		}
	}
	if w.service, err = either(w.service, second); err != nil {
		return taken{}, err
	}
	p, err := w.serve(ctx, &here)
	if err != nil {
		return taken{}, err
	}
	defer p.stop()
	return w.through(ctx, p, records, primary, second, cut)
}

// through lets the callers write until the primary is dead and again afterwards.
func (w *world) through(ctx context.Context, p *process, records []string, primary, second *cluster, cut time.Duration) (taken, error) {
	all, err := w.keepers(ctx, p, records)
	if err != nil {
		return taken{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	for _, c := range all {
		wg.Go(func() { c.write(ctx) })
	}
	begun := now()
	time.Sleep(beforeKill)
	t := taken{}
	for _, c := range all {
		t.rate += float64(c.count()) / now().Sub(begun).Seconds()
	}
	if cut > 0 {
		if err := second.cutOff(ctx); err != nil {
			return t, err
		}
		time.Sleep(cut)
	}
	killed := now()
	if err := primary.kill(); err != nil {
		return t, err
	}
	if err := second.promote(ctx); err != nil {
		return t, err
	}
	promoted := now()
	var again time.Time
	for _, c := range all {
		at, ok := c.again(killed)
		if !ok {
			return t, fmt.Errorf("no caller wrote again within %s: %s; %s", mostTakeOver, c.said(), p.complaint())
		}
		if again.IsZero() || at.Before(again) {
			again = at
		}
	}
	time.Sleep(afterServing)
	cancel()
	wg.Wait()
	t.fromKill, t.fromPromote = again.Sub(killed), again.Sub(promoted)
	for _, c := range all {
		t.acknowledged, t.lost = t.acknowledged+c.acknowledged, t.lost+c.lost
	}
	return t, nil
}

// keeper is a caller who writes to one record that nobody else writes to, so that its version counts
// the writes.
type keeper struct {
	http        *http.Client
	addr, token string
	path, field string

	mu                 sync.Mutex
	version            int // of the last acknowledged write
	acknowledged, lost int
	last               time.Time // when that was
	resumed            time.Time // when the first after a failure was
	failed             bool
	complaint          string
}

func (w *world) keepers(ctx context.Context, p *process, records []string) ([]*keeper, error) {
	field := ""
	for _, e := range entries(w.profile, writers) {
		for id, v := range e.fields {
			if _, ok := v.(int64); ok && (field == "" || id < field) {
				field = id
			}
		}
	}
	all := make([]*keeper, 0, len(records))
	for _, at := range records {
		c := &keeper{http: &http.Client{Timeout: 10 * time.Second}, addr: p.addr, token: w.token, path: at, field: field}
		status, version, said := c.send(ctx, http.MethodGet, "", "")
		if status != http.StatusOK {
			return nil, fmt.Errorf("a record: %d %s", status, said)
		}
		c.version = version
		all = append(all, c)
	}
	return all, nil
}

// write writes until ctx ends. What fails is asked for before it goes on: nobody
// knows whether a write whose answer was lost has happened.
func (c *keeper) write(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		body := fmt.Sprintf(`{"fields": {%q: %d}}`, c.field, 1+n%200)
		status, version, said := c.send(ctx, http.MethodPatch, body, fmt.Sprintf("%s-%d", path.Base(c.path), n))
		if ctx.Err() != nil {
			return
		}
		if status == http.StatusOK {
			c.keep(version)
			continue
		}
		c.note(fmt.Sprintf("%d %s", status, said))
		for ctx.Err() == nil {
			if status, version, said := c.send(ctx, http.MethodGet, "", ""); status == http.StatusOK {
				c.compare(version)
				break
			} else {
				c.note(fmt.Sprintf("%d %s", status, said))
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}

func (c *keeper) keep(version int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version, c.last = version, now()
	c.acknowledged++
	if c.failed && c.resumed.IsZero() {
		c.resumed = c.last
	}
}

func (c *keeper) note(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed, c.complaint = true, what
}

// compare holds what the record says against what was acknowledged.
func (c *keeper) compare(version int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost += max(0, c.version-version)
	c.version = version
}

func (c *keeper) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.acknowledged
}

func (c *keeper) said() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.complaint
}

// again waits for the first write that was acknowledged after the primary was dead.
func (c *keeper) again(killed time.Time) (time.Time, bool) {
	for now().Sub(killed) < mostTakeOver {
		c.mu.Lock()
		at := c.resumed
		c.mu.Unlock()
		if at.After(killed) {
			return at, true
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Time{}, false
}

func (c *keeper) send(ctx context.Context, method, body, key string) (status, version int, said string) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+c.addr+c.path, strings.NewReader(body))
	if err != nil {
		return 0, 0, err.Error()
	}
	req.Host = host
	req.Header.Set("Authorization", "Bearer "+c.token)
	if method != http.MethodGet {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", key)
		req.Header.Set("If-Match", fmt.Sprintf("%q", strconv.Itoa(c.version)))
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, 0, err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	raw, _ := io.ReadAll(resp.Body)
	version, _ = strconv.Atoi(strings.Trim(resp.Header.Get("ETag"), `W/"`))
	return resp.StatusCode, version, string(raw[:min(len(raw), 500)])
}
