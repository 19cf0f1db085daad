package audit_test

import (
	"slices"
	"testing"
	"time"

	"mektep/core/audit"
)

// A clock that was wrong for a while moves no entry: trail and history are read in the order
// in which they were written, page by page.
func TestTheTrailStandsInTheOrderInWhichItWasWritten(t *testing.T) {
	b := newBench(t)
	right := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for i := range 130 {
		b.clock.Set(right.Add(time.Duration(i) * time.Minute))
		if i%7 == 3 {
			b.clock.Set(right.AddDate(1, 0, -i)) // ahead, and less so each time
		}
		b.record(b.ctx, write("x", i, i+1))
	}
	var trail, history []int64
	for after := ""; ; {
		page, next, err := b.trail.Search(b.ctx, audit.Filter{Target: "x", Limit: 20}, after)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			trail = append(trail, r.ID)
		}
		if after = next; next == "" {
			break
		}
	}
	for after := ""; ; {
		page, next, err := b.trail.Changes(b.ctx, "institution", "x", after)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			history = append(history, r.ID)
		}
		if after = next; next == "" {
			break
		}
	}
	want := b.ids()
	slices.Reverse(want)
	want = slices.DeleteFunc(want, func(id int64) bool { return !slices.Contains(trail, id) })
	if len(trail) != 130 || !slices.Equal(trail, want) || !slices.Equal(history, want) {
		t.Errorf("trail %v\nhistory %v", trail, history)
	}
}
