package locale

import (
	"testing"
	"time"

	"mektep/core/fault"
)

// An end at midnight is called by the last day on which it holds, as people say it; any
// other by its hour.
func TestTRIC8_AnEndAtMidnightIsTheDayBefore(t *testing.T) {
	words := bundle(t)
	zone := time.FixedZone("", 3*3600)
	midnight, hour := time.Date(2027, 1, 11, 0, 0, 0, 0, zone), time.Date(2027, 1, 11, 17, 30, 0, 0, zone)
	for _, lang := range words.Languages() {
		l := words.Localizer(lang.Tag)
		if got, want := l.Value(fault.End(midnight)), l.Date(midnight.AddDate(0, 0, -1)); got != want {
			t.Errorf("%s: %q, want %q", lang.Tag, got, want)
		}
		if got, want := l.Value(fault.End(hour)), l.DateTime(hour); got != want {
			t.Errorf("%s: %q, want %q", lang.Tag, got, want)
		}
		if got, want := l.Value(midnight), l.Date(midnight); got != want {
			t.Errorf("%s: a beginning: %q, want %q", lang.Tag, got, want)
		}
	}
}
