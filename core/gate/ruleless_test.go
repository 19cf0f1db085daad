package gate

import (
	"testing"

	"mektep/core/policy"
	"mektep/core/profile"
	"mektep/policies"
	"mektep/profiles"
)

// Every refusal names its rule: each legal basis that one can cite has one, in the
// profile's words and in the policy's.
func TestEveryLawThatARefusalCitesHasARule(t *testing.T) {
	for _, id := range policy.Countries(policies.FS) {
		p, found := profile.Load(profiles.FS, id)
		if p == nil {
			t.Fatal(found)
		}
		e, found := policy.Load(policies.FS, Vocabulary(p), nil)
		if e == nil {
			t.Fatal(found)
		}
		for _, note := range Ruleless(p, e) {
			t.Error(note)
		}
		p.Rules = nil // what would be said if the rules were missing
		if notes := Ruleless(p, e); len(notes) < 10 || len(notes.Mistakes()) > 0 {
			t.Errorf("%s: without rules %d notes", id, len(notes))
		}
	}
}
