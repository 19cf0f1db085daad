package gate_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"mektep/core/gate"
	"mektep/core/laid"
	"mektep/core/profile"
	"mektep/profiles"
)

// KG-ER-6a: a group of whatever register that the profile calls personal or special is
// what guardrails on personal data bind.
func TestKGER6a_TheCategoryOfAGroupSaysThatItHoldsPeople(t *testing.T) {
	over := fstest.MapFS{"kg/registers.yaml": {Data: []byte("registers: [{id: institution, groups: [{id: pupils, name: {ky: Окуучулар, ru: Ученики}, category: personal, basis: {law: kg-78-1}, fields: [{id: names, name: {ky: Аттар, ru: Имена}, type: text}]}]}]\n")}}
	p, found := profile.LoadOver(laid.Folder{Built: profiles.FS, Over: over, OverName: "overlay"}, "kg")
	if p == nil {
		t.Fatal(found)
	}
	v := gate.Vocabulary(p)
	for group, want := range map[string]bool{"institution.pupils": true, "institution.general": false, "sealed.learner.nationality": true} {
		if slices.Contains(v.People, group) != want || !slices.Contains(v.Groups, group) {
			t.Errorf("%s: %v", group, v.People)
		}
	}
}
