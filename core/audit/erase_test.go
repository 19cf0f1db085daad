package audit_test

import (
	"testing"
	"time"

	"mektep/core/audit"
)

// Retention takes what was recorded before its day, and nothing of that day or later.
func TestAnErasureTakesOnlyWhatIsOlderThanItsDay(t *testing.T) {
	b := newBench(t)
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for k, at := range []time.Time{day.Add(-time.Second), day, day.AddDate(0, 0, 1)} {
		b.clock.Set(at)
		b.record(b.ctx, write("s", k, k+1))
	}
	if n, err := b.trail.Erase(b.ctx, audit.Erasure{Object: "institution", Target: "s", Before: day, Law: "kg-58"}); err != nil || n != 1 {
		t.Fatalf("erased %d, %v", n, err)
	}
	lines, _, err := b.trail.Changes(b.sys, "institution", "s", "")
	if err != nil || len(lines) != 3 {
		t.Fatalf("%+v %v", lines, err)
	}
	for _, l := range lines {
		if old := l.At.Before(day); old != (l.New == nil) {
			t.Errorf("of %s: %s", l.At, l.New)
		}
	}
}
