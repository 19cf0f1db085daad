package app

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// restAfter is how long little must have been asked until memory is given back, and littleIs
// how many bytes a process allocates in that time that only sees to itself.
const (
	restAfter = 30 * time.Second
	littleIs  = 32 << 20
)

// whileReading is how early the collector runs, in percent of what is kept, while countries
// and words are read: most of what that takes is not kept, and what is kept would lie scattered
// between it.
const whileReading = 20

// giveBack returns to the system what the process has used and no longer needs, as often as
// it has had nothing to do for a while: what was read at the start, what an import took. Under
// load the collector does as it sees fit, and what is taken stays.
func giveBack(ctx context.Context, every time.Duration, little uint64) {
	debug.FreeOSMemory()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for last := allocated(); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := allocated()
		if now-last < little {
			debug.FreeOSMemory()
		}
		last = now
	}
}

// allocated is how many bytes the process has ever allocated.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
