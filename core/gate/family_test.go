package gate_test

import (
	"slices"
	"strings"
	"testing"

	"mektep/core/gate"
)

// Being somebody's parent, or a learner, is no office: what the guardrails keep from
// families, whose post is held at a school, takes no officer's right away.
func TestKGER6a_BeingAParentTakesAwayNoOfficersRight(t *testing.T) {
	w, tried := newWorld(t, "tr"), 0
	for i := range w.p.Roles {
		family := &w.p.Roles[i]
		if family.Person != "guardian" && family.Person != "learner" {
			continue
		}
		for k := range w.p.Roles {
			post := &w.p.Roles[k]
			if post.Person == "guardian" || post.Person == "learner" {
				continue
			}
			office := holding(post.ID, post.Level, "1.2.3.", "")
			alone, both := w.as(office), w.as(office, holding(family.ID, family.Level, "1.2.3.4.", ""))
			for _, object := range w.policy.Policy().Objects() {
				owner, group, grouped := strings.Cut(object, ".")
				if g := w.p.Group(object); grouped && (g == nil || g.Owner != "" && g.Owner != "self") {
					continue
				}
				for _, action := range w.policy.Policy().Actions(object) {
					reached := slices.ContainsFunc([]string{"territory", "tenant"}, func(s string) bool {
						return w.policy.Decide(post.ID, object, action, s).Allow && w.policy.Decide(family.ID, object, action, s).Guardrail
					})
					target := gate.Target{Object: owner, Path: "1.2.3.4."}
					if grouped {
						target.Groups = []string{group}
					}
					if !reached || w.check(alone, action, target) != nil {
						continue
					}
					if tried++; w.check(both, action, target) != nil {
						t.Errorf("%s may %s %s, and as %s of a child no longer", post.ID, action, object, family.ID)
					}
				}
			}
		}
	}
	if tried < 3 {
		t.Errorf("only %d rights were tried", tried)
	}
}
