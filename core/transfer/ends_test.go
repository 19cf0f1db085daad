package transfer_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"mektep/core/transfer"
)

// meanwhile is what happens once whoever asks has got as far as the gate: what they read before
// is of a moment that has passed.
type meanwhile struct{}

func happens(ctx context.Context) {
	if do, ok := ctx.Value(meanwhile{}).(func()); ok {
		do()
	}
}

// Whoever asks after an import whose job ends in this moment, between what is read of the one and
// of the other, is told where it has got to, and never that it is back where it began.
func TestAJobThatEndsWhileItIsAskedAfterIsOver(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		ctx := w.as("inspector", w.north)
		i, err := s.t.Upload(ctx, "list.csv", strings.NewReader(s.list("", s.row("1001", "Gull", true))))
		ok(t, err)
		for _, step := range []struct {
			do   func(context.Context, string, int) (*transfer.Import, error)
			runs transfer.State
			over transfer.State
		}{{s.t.Preview, transfer.Checking, transfer.Checked}, {s.t.Apply, transfer.Applying, transfer.Applied}, {s.t.Undo, transfer.Undoing, transfer.Undone}} {
			w.mu.Lock() // no job finds out for whom it works
			running, err := step.do(ctx, i.UID, i.Version)
			if err != nil || running.State != step.runs {
				w.mu.Unlock()
				t.Fatal(running, err)
			}
			end := sync.OnceFunc(func() {
				w.mu.Unlock()
				w.over(ctx, running.Job)
			})
			i, err = s.t.Import(context.WithValue(ctx, meanwhile{}, end), i.UID)
			end()
			ok(t, err)
			if i.State != step.over || step.over == transfer.Checked && i.Counts.New != 1 {
				t.Errorf("%s: %s %+v", step.runs, i.State, i.Counts)
			}
		}
	})
}
