package door

import (
	"testing"
	"time"
)

// A clock that was wrong keeps nobody out longer than a counter may: what it wrote down
// ends with the longest wait of its kind, and what lies altogether in the future is nothing.
func TestNoCounterLetsWaitLongerThanItMay(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for kind, p := range paces {
		many := p.free + 20
		for _, c := range []struct {
			what        string
			last, until time.Time
			want        time.Duration
		}{
			{"it goes right", now, now.Add(p.first), p.first},
			{"the end lies too far off", now, now.Add(1000 * time.Hour), p.most},
			{"it was over", now.Add(-time.Hour), now.Add(-time.Minute), 0},
			{"the failures lie in the future", now.Add(p.most + time.Second), now.Add(p.most + time.Minute), 0},
		} {
			if got := p.wait(counter{failures: many, last: c.last, until: c.until}, now); got != c.want {
				t.Errorf("%s, %s: waits %s, want %s", kind, c.what, got, c.want)
			}
		}
		if got := p.wait(counter{failures: p.free, last: now, until: now.Add(time.Hour)}, now); got != 0 {
			t.Errorf("%s: %s before there were too many", kind, got)
		}
	}
}
