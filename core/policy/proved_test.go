package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mektep/policies"
)

// giving returns the places of the rows and links without which nobody would allow what
// a case asks for: its proof, when there is one.
func (s *Snapshot) giving(c Case) []string {
	if c.ofLimit() || strings.Contains(c.Role, "+") || strings.HasPrefix(c.Role, newWord) {
		return nil
	}
	parents := map[string][]string{}
	for _, l := range s.policy.links {
		parents[l.child] = append(parents[l.child], l.parent)
	}
	by := func(parents map[string][]string) (places []string) {
		all := lineage(c.Role, parents)
		for _, r := range s.policy.rows {
			if r.Allow && matches(c.Object, r.Object) && (r.Action == every || r.Action == c.Action) && (r.Scope == every || r.Scope == c.Scope) && slices.Contains(all, r.Role) {
				places = append(places, fmt.Sprintf("%s:%d", r.File, r.Line))
			}
		}
		return places
	}
	var out []string
	if one := by(parents); len(one) == 1 {
		out = one
	}
	for _, l := range s.policy.links {
		if l.file == "" {
			continue
		}
		without := map[string][]string{}
		for child, up := range parents {
			without[child] = slices.DeleteFunc(slices.Clone(up), func(p string) bool { return child == l.child && p == l.parent })
		}
		if len(by(without)) == 0 {
			out = append(out, fmt.Sprintf("%s:%d", l.file, l.line))
		}
	}
	return out
}

// A rule is done when a test fails if it is taken away: every row of rules.csv, links
// included, has a case that is decided otherwise without it. A row that gives nothing
// which another does not give is no rule: it goes.
func TestEveryRowIsProvedByACase(t *testing.T) {
	missing := map[string]int{} // a row of the base is proved when one country proves it: a guardrail of another may take it away
	countries := Countries(policies.FS)
	for _, country := range countries {
		src, found := readAll(policies.FS, vocabulary(t, country), nil)
		if len(found) > 0 {
			t.Fatal(found)
		}
		results, snap, found := src.try()
		if len(found) > 0 {
			t.Fatal(found)
		}
		proved := map[string]bool{}
		for _, r := range results {
			if r.Allow && r.OK {
				for _, at := range snap.giving(r.Case) {
					proved[at] = true
				}
			}
		}
		tell := func(file string, line int, text string) {
			if !proved[fmt.Sprintf("%s:%d", file, line)] {
				missing[fmt.Sprintf("%s:%d: %s", file, line, text)]++
			}
		}
		for _, r := range slices.Concat(src.base, src.rules) {
			tell(r.File, r.Line, r.String())
		}
		for _, l := range src.links {
			tell(l.file, l.line, l.String())
		}
		if len(src.rules) < 100 {
			t.Errorf("%s: only %d rows were tried", country, len(src.rules))
		}
	}
	for row, n := range missing {
		if n == len(countries) || !strings.HasPrefix(row, baseFolder+"/") {
			t.Errorf("%s could be taken away and no case would fail: add one to %s", row, proofsFile)
		}
	}
}
