package main

import (
	"context"
	"path/filepath"
	"time"
)

const (
	mostIdle  = 80 // MB
	mostStart = 1  // s
	mostCold  = 15 // s
	mostWarm  = 5  // s
	settling  = 10 * time.Second
)

// idle measures a server that has nothing to do, how fast it comes up, and the
// demonstration from nothing.
func idle(ctx context.Context, b *build, r *report) error {
	w, err := newWorld(ctx, b, "bench_idle")
	if err != nil {
		return err
	}
	w.app.Close()
	var starts, sizes []float64
	for n := range 5 {
		p, err := w.serve(ctx, b)
		if err != nil {
			return err
		}
		starts = append(starts, p.took.Seconds())
		if n < 2 { // settled, and after a first visitor has come and gone
			if n == 1 {
				if _, _, err := p.get(host, "/", nil); err != nil {
					return err
				}
			}
			time.Sleep(settling)
			now, _, err := p.resident()
			if err != nil {
				return err
			}
			sizes = append(sizes, now)
		}
		p.stop()
	}
	r.atMost("Idle server, resident (without PostgreSQL)", max(sizes[0], sizes[1]), mostIdle, "MB")
	r.atMost("Start to ready, database up", median(starts), mostStart, "s")
	return demo(ctx, b, r)
}

// demo starts the demonstration twice: from nothing, and on what the first left.
func demo(ctx context.Context, b *build, r *report) error {
	data := filepath.Join(b.dir, "demo")
	for _, c := range []struct {
		what string
		most float64
	}{
		{"Demonstration from nothing to ready", mostCold},
		{"Demonstration, second start", mostWarm},
	} {
		p, err := b.start(ctx, 2*time.Minute, nil, "localhost", "/readyz", b.binary, "demo", "--addr", "{addr}", "--data", data)
		if err != nil {
			return err
		}
		p.stop()
		r.atMost(c.what, p.took.Seconds(), c.most, "s")
	}
	return nil
}
