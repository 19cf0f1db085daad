package gate_test

import (
	"slices"
	"testing"

	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/profiles"
)

// KG-ER-6b, KG-ER-7a: what the profile demands of a role's holders is what policies are
// judged by.
func TestKGER6b_ThePolicyKnowsWhatARoleDemands(t *testing.T) {
	p, found := profile.Load(profiles.FS, "kg")
	if p == nil {
		t.Fatal(found)
	}
	needs := map[string][]string{}
	for _, r := range gate.Vocabulary(p).Roles {
		needs[r.ID] = r.Needs
	}
	for id, want := range map[string][]string{
		"special_administrator": {"order: required", "identification: required", "before_use: undertaking:annex_1_1", "before_use: second_factor", "guarded: true"},
		"teacher":               {"identification: required", "before_use: undertaking:annex_1_1"},
		"tenant_admin":          {"identification: required", "before_use: second_factor", "guarded: true"},
	} {
		if !slices.Equal(needs[id], want) {
			t.Errorf("%s: %v", id, needs[id])
		}
	}
}
