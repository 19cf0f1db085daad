package gate

import (
	"context"
	"slices"
	"strings"

	"mektep/core/audit"
	"mektep/core/fault"
)

// Recorded are the words by which entries of the trail can be looked up: objects and
// actions of the policy, what is recorded besides, and the rules that refuse.
type Recorded struct {
	Objects, Actions, Rules []string
}

// Recorded returns the words of a ministry's trail, sorted.
func (m Ministry) Recorded() Recorded {
	p := m.Policy.Policy()
	r := Recorded{Objects: p.Objects(), Actions: slices.Clone(audit.Deeds)}
	for _, o := range r.Objects {
		r.Actions = append(r.Actions, p.Actions(o)...)
	}
	for i := range m.Profile.Rules {
		r.Rules = append(r.Rules, m.Profile.Rules[i].ID)
	}
	for _, list := range []*[]string{&r.Objects, &r.Actions, &r.Rules} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return r
}

// Unrecorded returns the words of a question to the trail that name nothing, by field, with
// the words that there are: an empty answer would say that nothing of the kind was done. What
// an entry says, of a policy or a program of then, is known, and so is a rule of the
// platform's own. The caller may read the trail.
func (g *Gate) Unrecorded(ctx context.Context, f audit.Filter) (map[string][]string, error) {
	m, err := g.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	r, out := m.Recorded(), map[string][]string{}
	for _, w := range []struct {
		name, word string
		known      []string
		alone      audit.Filter
	}{
		{"object", f.Object, r.Objects, audit.Filter{Object: f.Object, Limit: 1}},
		{"action", f.Action, r.Actions, audit.Filter{Action: f.Action, Limit: 1}},
		{"rule", f.Rule, r.Rules, audit.Filter{Rule: f.Rule, Limit: 1}},
	} {
		if w.word == "" || slices.Contains(w.known, w.word) || w.name == "rule" && strings.HasPrefix(w.word, fault.Own) {
			continue
		}
		entries, _, err := g.trail.Search(ctx, w.alone, "")
		if err != nil {
			return nil, err
		}
		if len(entries) == 0 {
			out[w.name] = w.known
		}
	}
	return out, nil
}
