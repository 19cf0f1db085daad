package gate_test

import (
	"testing"

	"mektep/core/gate"
)

// No refusal names a role that may only in a relation which nothing finds.
func TestTRIC1_NobodyIsSentToWhomNothingReaches(t *testing.T) {
	for _, country := range []string{"kg", "tr"} {
		w := newWorld(t, country)
		for _, action := range []string{"approve", "reject"} {
			able, err := w.gate.Able(w.base, action, gate.Target{Object: "approval"})
			if err != nil || len(able) == 0 {
				t.Fatalf("%v %v", able, err)
			}
			for _, a := range able {
				if a.Role.ID == "directorate_officer" {
					t.Errorf("%s: %s: sent to %s, who may only in matters assigned", country, action, a.Role.ID)
				}
			}
		}
	}
}
