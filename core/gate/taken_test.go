package gate_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"mektep/core/fault"
	"mektep/core/gate"
)

// What a further post takes away is what its holder could do before and can do no longer, no
// less and no more: what another post of theirs keeps from them already is taken by none.
func TestKGER6a_APostTakesAwayOnlyWhatOneHas(t *testing.T) {
	w := newWorld(t, "kg")
	m := gate.Ministry{Profile: w.p, Policy: w.policy}
	office := func(id string) bool {
		r := w.p.Role(id)
		return r.Person != "learner" && r.Person != "guardian"
	}
	may := func(held []string) map[string]bool {
		out := map[string]bool{}
		for _, object := range w.policy.Policy().Objects() {
			for _, action := range w.policy.Policy().Actions(object) {
				for _, scope := range []string{"tenant", "territory", "overseen", "unit"} {
					allowed := slices.ContainsFunc(held, func(id string) bool { return w.policy.Decide(id, object, action, scope).Allow })
					kept := slices.ContainsFunc(held, func(id string) bool {
						return office(id) && w.policy.Decide(id, object, action, scope).Guardrail
					})
					if allowed && !kept {
						out[object+" "+action] = true
					}
				}
			}
		}
		return out
	}
	told, twice := 0, 0
	for i := range w.p.Roles {
		for k := range w.p.Roles {
			held := []string{w.p.Roles[i].ID, w.p.Roles[k].ID}
			before := may(held)
			for n := range w.p.Roles {
				role := w.p.Roles[n].ID
				if i >= k || slices.Contains(held, role) {
					continue
				}
				after := may(append([]string{role}, held...))
				said := map[string]bool{}
				for _, p := range gate.Taken(m, held, role) {
					p := p.(fault.Phrase)
					for _, a := range p.Args["Actions"].(fault.List) {
						said[fmt.Sprint(p.Args["Object"])+" "+strings.TrimPrefix(fmt.Sprint(a), "right.")] = true
					}
				}
				lost := 0
				for right := range before {
					if !after[right] {
						lost++
					}
				}
				told += len(said)
				if lost != len(said) {
					t.Errorf("%v and %s: %d are lost, and told are %v", held, role, lost, slices.Sorted(maps.Keys(said)))
				}
				if len(gate.Taken(m, held[:1], role)) > 0 && len(said) == 0 {
					twice++
				}
			}
		}
	}
	if told == 0 || twice == 0 {
		t.Errorf("%d rights were told, %d were taken already", told, twice)
	}
}
