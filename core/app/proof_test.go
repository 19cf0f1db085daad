package app

import (
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
)

// The command line warns of a trail whose end nothing outside the database guards, and of no other.
func TestAuditVerifyWarnsWhereNoHeadWasWrittenDown(t *testing.T) {
	at := time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)
	for heads, warns := range map[int]bool{0: true, 3: false} {
		var out strings.Builder
		p := proof{out: &out}
		r := audit.Report{Entries: 5, Blocks: 1}
		if r.Kept.Heads = heads; heads > 0 {
			r.Kept.Latest = at
		}
		p.tell("kg", r)
		said := out.String()
		if got := strings.Contains(said, "kg: WARNING: no head of this trail was written down outside the database"); got != warns || p.verdict() != nil {
			t.Errorf("%d heads: %s", heads, said)
		}
		if got := strings.Contains(said, "lead to 3 heads written down until 2026-11-24"); got == warns {
			t.Errorf("%d heads: %s", heads, said)
		}
	}
}

// The command line says which acts of operators nobody knows the end of.
func TestAuditVerifySaysWhatWasBegunAndHasNoEnd(t *testing.T) {
	for open, want := range map[int]bool{0: false, 2: true} {
		var out strings.Builder
		p := proof{out: &out}
		p.tell("operators", audit.Report{Entries: 5, Blocks: 1, Open: open})
		if got := strings.Contains(out.String(), "operators: 2 acts were begun"); got != want || p.broken {
			t.Errorf("%d open: %s", open, out.String())
		}
	}
}
