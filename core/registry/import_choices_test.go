package registry

import (
	"slices"
	"testing"

	"mektep/core/fault"
)

// Who wrote a word that a list does not have is told what was near it: of a short list all,
// of a long one what shares the beginning of a word or is one mistake away.
func TestANearWordOfALongListIsShown(t *testing.T) {
	types := unknownType(turkey(), now, "x")["Choices"].(fault.List)
	if len(types) != shownNear {
		t.Fatalf("%d types are shown", len(types))
	}
	for _, c := range []struct{ said, first string }{{said: "Fen Liseleri", first: "Fen lisesi"}, {said: "ilkokulu", first: "İlkokul"}, {said: "İlkokyl", first: "İlkokul"}, {said: "Orta okul", first: ""}} {
		near := unknownType(turkey(), now, c.said)["Choices"].(fault.List)
		if len(near) == 0 || len(near) > shownNear {
			t.Errorf("%q: %d", c.said, len(near))
		}
		if c.first == "" {
			continue
		}
		if !slices.ContainsFunc(near, func(v any) bool { return v.(fault.Text)["tr"] == c.first }) {
			t.Errorf("%q: %v", c.said, near)
		}
	}
	short := choices{fault.Text{"tr": "Resmî"}, fault.Text{"tr": "Özel"}}
	if near, whole := short.near("devlet"); !whole || len(near) != 2 {
		t.Errorf("%v %v", near, whole)
	}
}
