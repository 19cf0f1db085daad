package core

import (
	"slices"
	"testing"

	"github.com/goccy/go-yaml"

	"mektep/policies"
)

// served are objects that somebody sees without the gate being asked: one's own notices,
// and what a ministry tells everybody. The list may only shrink.
var served = []string{"help", "inbox", "window"}

// An object of the catalogue that no service asks the gate about promises what nobody
// does: it is marked "waits", no refusal and no list of rights names whoever may do it,
// and the mark goes with the part that asks. Both ways are tried, from the code.
func TestObjectsThatNoServiceAsksAboutAreMarked(t *testing.T) {
	var catalogue struct {
		Objects []struct {
			ID    string `yaml:"id"`
			Waits bool   `yaml:"waits"`
		} `yaml:"objects"`
	}
	text, err := policies.FS.ReadFile("catalogue.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &catalogue); err != nil || len(catalogue.Objects) < 40 {
		t.Fatalf("%d objects, %v", len(catalogue.Objects), err)
	}
	asked := program(t).asked
	for _, o := range catalogue.Objects {
		switch {
		case slices.Contains(served, o.ID):
			if asked[o.ID] || o.Waits {
				t.Errorf("%s: take it off the list", o.ID)
			}
		case !asked[o.ID] && !o.Waits:
			t.Errorf("no service asks about %s: mark it waits, or ask", o.ID)
		case asked[o.ID] && o.Waits:
			t.Errorf("%s is asked about by now: take the mark away", o.ID)
		}
	}
}
