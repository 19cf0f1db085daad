package tenant

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
)

// However many ask a directory that does not answer, one reads, and each waits no
// longer than its own time.
func TestASilentDirectoryCostsNobodyMoreThanTheirOwnTime(t *testing.T) {
	var k known
	var readers atomic.Int32
	silent := func(ctx context.Context) (*directory, error) {
		readers.Add(1)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	var asked sync.WaitGroup
	begun := time.Now()
	for range 60 {
		asked.Go(func() {
			if _, err := k.get(ctx, silent); fault.KindOf(err) != fault.Unavailable || faulttest.Of(t, err).Wait == 0 {
				t.Errorf("got %v", err)
			}
		})
	}
	asked.Wait()
	if took := time.Since(begun); took > 3*time.Second || readers.Load() != 1 {
		t.Errorf("60 waited %v for %d readers", took, readers.Load())
	}
}

func TestAFailureOfTheDirectoryIsRememberedForAMoment(t *testing.T) {
	var k known
	reads := 0
	broken := func(context.Context) (*directory, error) { reads++; return nil, errors.New("broken") }
	for range 50 {
		if _, err := k.get(context.Background(), broken); fault.KindOf(err) != fault.Unavailable {
			t.Fatalf("got %v", err)
		}
	}
	if reads > 10 { // one a second, and the machine may be slow
		t.Errorf("it was read %d times", reads)
	}
}

func TestAnOldReadingBridgesAFailureUpToABound(t *testing.T) {
	var k known
	broken := func(context.Context) (*directory, error) { return nil, errors.New("broken") }
	good := func(context.Context) (*directory, error) { return newDirectory(nil), nil }
	first, err := k.get(context.Background(), good)
	if err != nil {
		t.Fatal(err)
	}
	first.readAt = time.Now().Add(-believed)
	if d, err := k.get(context.Background(), broken); err != nil || d != first {
		t.Errorf("an old reading did not bridge: %v", err)
	}
	first.readAt = time.Now().Add(-bridged)
	if _, err := k.get(context.Background(), broken); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a reading beyond its bound was believed: %v", err)
	}
	k.forget() // the failure is over
	if d, err := k.get(context.Background(), good); err != nil || d == first {
		t.Errorf("a change was not read: %v", err)
	}
}

// A reading that began before a change does not count for who asks after it.
func TestAReadingFromBeforeAChangeIsNotKept(t *testing.T) {
	var k known
	begun, go1 := make(chan bool), make(chan bool)
	old, now := newDirectory(nil), newDirectory(nil)
	answered := make(chan *directory)
	go func() {
		d, _ := k.get(context.Background(), func(context.Context) (*directory, error) {
			close(begun)
			<-go1
			return old, nil
		})
		answered <- d
	}()
	<-begun
	k.forget()
	fresh := func(context.Context) (*directory, error) { return now, nil }
	if d, _ := k.get(context.Background(), fresh); d != now {
		t.Error("who asked after the change got the reading from before")
	}
	close(go1)
	<-answered
	if d, _ := k.get(context.Background(), fresh); d != now {
		t.Error("the reading from before the change was kept")
	}
}
