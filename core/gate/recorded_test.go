package gate_test

import (
	"io/fs"
	"regexp"
	"slices"
	"testing"

	"mektep/core/fault"
	"mektep/locales"
)

// Every rule of the platform's own that a refusal may name can be looked up in the trail, and
// is offered to whoever looks one up that there is not.
func TestEveryRuleOfThePlatformCanBeLookedUp(t *testing.T) {
	w := newWorld(t, "kg")
	m, err := w.gate.Ministry(w.base)
	if err != nil {
		t.Fatal(err)
	}
	words, err := fs.ReadFile(locales.FS, "en.toml")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, found := range regexp.MustCompile(`(?m)^"source\.([a-z_]+)"`).FindAllSubmatch(words, -1) {
		named = append(named, fault.Own+string(found[1]))
	}
	rules := m.Recorded().Rules
	for _, name := range named {
		if !slices.Contains(rules, name) {
			t.Errorf("%s cannot be looked up", name)
		}
	}
	if len(named) < 10 {
		t.Errorf("only %v are named", named)
	}
}
