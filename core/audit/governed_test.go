package audit_test

import (
	"context"
	"fmt"
	"testing"

	"mektep/core/audit"
)

// Each entry says by which profile and policy it was decided, and the seal covers it:
// entries from before that was kept verify as they did, and nobody can say of one that
// another law held, or take the word out, or put one in.
func TestAnEntrySaysByWhichLawItWasDecided(t *testing.T) {
	for name, c := range map[string]struct {
		sql string
		at  int // index of the entry that is tampered with; -1: none
	}{
		"untouched":              {"", -1},
		"another law":            {"UPDATE audit_entry SET governed = 'c.d' WHERE id = %d", 1},
		"the law taken out":      {"UPDATE audit_entry SET governed = '' WHERE id = %d", 2},
		"a law put into the old": {"UPDATE audit_entry SET governed = 'a.b' WHERE id = %d", 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.record(b.ctx, write("s", 1, 2)) // from before
			law := "a.b"
			b.trail.Govern(func(context.Context, string) string { return law })
			b.record(b.ctx, write("s", 2, 3))
			b.record(b.ctx, write("s", 3, 4), write("s", 4, 5)) // many at once
			ids := b.ids()
			for k, want := range []string{"", "a.b", "a.b", "a.b"} {
				if got, err := b.trail.Get(b.ctx, ids[k]); err != nil || got.Governed != want {
					t.Errorf("entry %d says %q, want %q (%v)", k, got.Governed, want, err)
				}
			}
			b.seal(4)
			if c.sql != "" {
				b.owner(fmt.Sprintf(c.sql, ids[c.at]))
			}
			r := b.verify()
			if c.at < 0 && !r.OK() || c.at >= 0 && (r.OK() || r.Finding.Damage != audit.Changed || r.Finding.Entry != ids[c.at]) {
				t.Errorf("%+v", r)
			}
		})
	}
}
