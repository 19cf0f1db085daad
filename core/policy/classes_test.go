package policy

import (
	"slices"
	"strings"
	"testing"

	"mektep/policies"
)

// The class of an action decides what binds it: guardrails over every write, owner and
// window of a record, a ministry that is suspended. It is said once in the catalogue and
// here once more, by who looked at what the services do; whatever is not named writes.
func TestTheClassesOfActionsAreThoseOfWhatTheyDo(t *testing.T) {
	reading := strings.Fields("view aggregate export verify")
	own := map[string]string{"give": "self ward", "refuse": "self ward", "withdraw": "self ward", "fill": "self ward"}
	for _, id := range strings.Fields("personalise end obtain mark discard sign open accept decline") {
		own[id] = "self"
	}
	src, found := read(policies.FS, vocabulary(t, "kg"), nil)
	if len(found) > 0 {
		t.Fatal(found)
	}
	if len(src.words.actions) < 40 {
		t.Fatalf("only %d actions", len(src.words.actions))
	}
	for id, a := range src.words.actions {
		want, scopes := classWrite, own[id]
		switch {
		case scopes != "":
			want = classOwn
		case slices.Contains(reading, id):
			want = classRead
		}
		if a.Class != want || strings.Join(a.Scopes, " ") != scopes {
			t.Errorf("%s is of class %s in %v, want %s in [%s]", id, a.Class, a.Scopes, want, scopes)
		}
	}
}
