package gate

import (
	"context"
	"slices"

	"mektep/core/audit"
	"mektep/core/fault"
)

// Recorded are the words by which entries of the trail can be looked up: objects and
// actions of the policy, what is recorded besides, and the rules that refuse.
type Recorded struct {
	Objects, Actions, Rules []string
}

// ownRules are the rules of the platform's own that entries may rest on, by name.
var ownRules = []string{
	"administration", "appointment", "audit", "blocked", "history", "not_oneself", "one_account", "operators", "orders", "own_forms", "public_facts", "second_factor", "self_service",
	"separation_of_duties", "suspended", "switched_off", "ungranted",
}

// Recorded returns the words of a ministry's trail, sorted.
func (m Ministry) Recorded() Recorded {
	p := m.Policy.Policy()
	r := Recorded{Objects: p.Objects(), Actions: slices.Clone(audit.Deeds)}
	for _, o := range r.Objects {
		r.Actions = append(r.Actions, p.Actions(o)...)
	}
	for _, name := range ownRules {
		r.Rules = append(r.Rules, fault.Own+name)
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
// the words that there are, as far as they can be listed: an empty answer would say that
// nothing of the kind was done. What an entry says, of a policy or a program of then, is
// known, and so is a law of the profile as a rule. The caller may read the trail.
func (g *Gate) Unrecorded(ctx context.Context, f audit.Filter) (map[string][]string, error) {
	m, err := g.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	r, out := m.Recorded(), map[string][]string{}
	if !f.From.IsZero() && !f.Until.IsZero() && !f.From.Before(f.Until) {
		out["until"] = nil
	}
	if outcomes := []string{string(audit.Allow), string(audit.Deny), string(audit.Error)}; f.Outcome != "" && !slices.Contains(outcomes, string(f.Outcome)) {
		out["outcome"] = outcomes
	}
	for _, w := range []struct {
		name, word string
		known      []string
		alone      audit.Filter
	}{
		{"object", f.Object, r.Objects, audit.Filter{Object: f.Object, Limit: 1}},
		{"action", f.Action, r.Actions, audit.Filter{Action: f.Action, Limit: 1}},
		{"rule", f.Rule, r.Rules, audit.Filter{Rule: f.Rule, Limit: 1}},
		{"system", f.System, nil, audit.Filter{System: f.System, Limit: 1}},
		{"target", f.Target, nil, audit.Filter{Target: f.Target, Limit: 1}},
	} {
		if w.word == "" || slices.Contains(w.known, w.word) || w.name == "rule" && m.Profile.Law(w.word) != nil {
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
