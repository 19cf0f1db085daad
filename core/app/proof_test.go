package app

import (
	"strings"
	"testing"

	"mektep/core/audit"
)

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
