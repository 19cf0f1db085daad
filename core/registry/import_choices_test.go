package registry

import (
	"slices"
	"testing"

	"mektep/core/fault"
	"mektep/core/intake"
)

// Who wrote a word that a list does not have is told what was near it: of a short list all,
// of a long one what shares the beginning of a word or is one mistake away.
func TestANearWordOfALongListIsShown(t *testing.T) {
	key, args := unknownType(turkey(), now, "x")
	if types := args["Choices"].(fault.List); len(types) != intake.ShownNear || key != "import.row.unknown_type" {
		t.Fatalf("%s: %d types are shown", key, len(types))
	}
	for _, c := range []struct{ said, first string }{{said: "Fen Liseleri", first: "Fen lisesi"}, {said: "ilkokulu", first: "İlkokul"}, {said: "İlkokyl", first: "İlkokul"}, {said: "Orta okul", first: ""}} {
		key, args := unknownType(turkey(), now, c.said)
		near := args["Choices"].(fault.List)
		if len(near) == 0 || len(near) > intake.ShownNear {
			t.Errorf("%q: %d", c.said, len(near))
		}
		if c.first == "" {
			continue
		}
		if key != "import.row.unknown_type_near" {
			t.Errorf("%q: %s", c.said, key)
		}
		if !slices.ContainsFunc(near, func(v any) bool { return v.(fault.Text)["tr"] == c.first }) {
			t.Errorf("%q: %v", c.said, near)
		}
	}
}
