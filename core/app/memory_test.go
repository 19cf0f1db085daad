package app

import (
	"context"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

// released is how much of the heap's memory the system has back.
func released() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// What somebody used and needs no longer goes back once there is nothing to do.
func TestMemoryGoesBackOnceThereIsNothingToDo(t *testing.T) {
	const taken = 96 << 20
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	use := func() {
		b := make([]byte, taken)
		for k := range b {
			b[k] = 1
		}
		runtime.KeepAlive(b)
	}
	go giveBack(ctx, 50*time.Millisecond, littleIs)
	time.Sleep(time.Second) // it begins by giving back: that is not what is looked for
	use()
	before := released()
	for end := time.Now().Add(20 * time.Second); released() < before+taken/2; time.Sleep(20 * time.Millisecond) { //nolint:forbidigo // a wait
		if time.Now().After(end) { //nolint:forbidigo // a wait
			t.Fatalf("%d MB were given back", (int64(released())-int64(before))>>20)
		}
	}
}
