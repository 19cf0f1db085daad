package policy

import (
	"fmt"
	"slices"
	"strings"
)

// What of a country's or ministry's rules does nothing, or cannot: rows that another one
// covers, rights that rest on two laws, scopes that never hold, roles that nobody gives.

// act is a right without the role.
type act struct{ object, action, scope string }

// doubleRows notes rows of one file that give what another row gives whoever has them: what
// is taken back with one of them stays with the other, and under two laws a refusal or the
// trail names the one or the other.
func (src *source) doubleRows() (notes Findings) {
	holders := src.holdersOf()
	acts := make([]map[act]bool, len(src.rules))
	for i := range src.rules {
		acts[i] = map[act]bool{}
		src.words.cells("", &src.rules[i], func(c right) { acts[i][act{c.object, c.action, c.scope}] = true })
	}
	within := func(i, k int) bool { // row k gives whoever has row i all that row i gives
		return len(acts[i]) > 0 && !slices.ContainsFunc(holders[src.rules[i].Role], func(id string) bool { return !slices.Contains(holders[src.rules[k].Role], id) }) &&
			len(common(acts[i], acts[k])) == len(acts[i])
	}
	for i, r := range src.rules {
		for k, q := range src.rules {
			if i == k || !slices.ContainsFunc(holders[r.Role], func(id string) bool { return slices.Contains(holders[q.Role], id) }) {
				continue
			}
			both := common(acts[i], acts[k])
			if len(both) == 0 {
				continue
			}
			all, back := within(i, k), within(k, i)
			if all && (!back || k < i) || !all && !back && k < i && q.Source != r.Source {
				notes = append(notes, doubled(r, q, both, all))
				break
			}
		}
	}
	return notes
}

func common(a, b map[act]bool) (both []act) {
	for x := range a {
		if b[x] {
			both = append(both, x)
		}
	}
	return both
}

// doubled is the note on a row r that gives what q gives as well.
func doubled(r, q Row, both []act, all bool) Finding {
	f := Finding{File: r.File, Line: r.Line, Column: 1, Code: "COVERED", Note: true}
	what := "all that this row gives"
	if !all {
		slices.SortFunc(both, func(a, b act) int {
			return strings.Compare(a.object+a.action+a.scope, b.object+b.action+b.scope)
		})
		what = fmt.Sprintf("%s, %s in scope %s", both[0].object, both[0].action, both[0].scope)
	}
	f.Message = fmt.Sprintf("line %d gives %s as well (%s)", q.Line, what, q)
	switch {
	case q.Source != r.Source:
		f.Code = "LAWS"
		f.Message += fmt.Sprintf(": %s and %s stand for the same right, and whoever is told the law is told one of them; leave the row of one of them", q.Source, r.Source)
	default:
		f.Message += ": leave it out, or who takes the one back still gives it by the other"
	}
	return f
}

// neverRows finds rows whose scope never holds: for no role that has them, or for nothing
// that they name.
func (src *source) neverRows() (found Findings) {
	holders := src.holdersOf()
	for _, r := range src.rules {
		if levels := src.words.levelsOf[r.Scope]; levels != nil && len(holders[r.Role]) > 0 && !slices.ContainsFunc(holders[r.Role], func(id string) bool {
			return slices.ContainsFunc(src.words.roles[id].Levels, func(l string) bool { return slices.Contains(levels, l) })
		}) {
			id := holders[r.Role][0]
			found = append(found, Finding{File: r.File, Line: r.Line, Column: 1, Code: "NEVER", Message: fmt.Sprintf("gives nothing: scope %s holds at level %s only, and %s is held at level %s", r.Scope, strings.Join(levels, ", "), id, strings.Join(src.words.roles[id].Levels, ", "))})
			continue
		}
		objects := src.words.covered(r.Object)
		if r.Scope == every || len(objects) == 0 || slices.ContainsFunc(objects, func(o string) bool {
			return src.words.scopes[o] == nil || slices.Contains(src.words.scopes[o], r.Scope)
		}) {
			continue
		}
		found = append(found, Finding{File: r.File, Line: r.Line, Column: 1, Code: "NEVER", Message: fmt.Sprintf("gives nothing: there is one %s for the whole ministry, and of it only scope %s holds", r.Object, strings.Join(src.words.scopes[objects[0]], ", "))})
	}
	return found
}

// holdersOf returns, for every word that a row may name, the roles of units that have it.
func (src *source) holdersOf() map[string][]string {
	parents, holders := parentsOf(src.links), map[string][]string{}
	for _, id := range src.words.holders() {
		for _, word := range append(lineage(id, parents), memberRole) {
			holders[word] = append(holders[word], id)
		}
	}
	return holders
}

// ungiven finds roles that nobody can ever be given: each who the profile says gives them
// is kept from it by a limit, may appoint nobody, or can be nobody. notes say which limits
// take back what the profile says.
func (s *Snapshot) ungiven(src *source) (found, notes Findings) {
	w, e := s.policy.words, s.policy
	appoints := func(id string) bool {
		return slices.ContainsFunc(s.Scopes(id, "appointment", "create"), func(scope string) bool { return scope != "self" })
	}
	given := map[string]bool{adminRole: true} // the first ones are invited when a ministry is set up
	for more := true; more; {
		more = false
		for _, id := range w.holders() {
			if !given[id] && slices.ContainsFunc(w.roles[id].Givers, func(g string) bool {
				_, barred := e.MayNotGrant(g, id)
				return given[g] && !barred && appoints(g)
			}) {
				given[id], more = true, true
			}
		}
	}
	for _, id := range w.holders() {
		at := Finding{File: src.rulesName, Line: 1, Column: 1, Code: "NO_GIVER"}
		var why []string
		for _, g := range w.roles[id].Givers {
			hit, barred := e.MayNotGrant(g, id)
			switch {
			case barred:
				why = append(why, fmt.Sprintf("%s is kept from it by %s:%d", g, hit.File, hit.Line))
				at.File, at.Line = hit.File, hit.Line
				if given[id] {
					notes = append(notes, Finding{File: hit.File, Line: hit.Line, Column: 1, Code: "GIVER", Note: true, Message: fmt.Sprintf("the profile lets %s give %s (granted_by), and this limit does not: %s gives it no more", g, id, g)})
				}
			case !appoints(g):
				why = append(why, fmt.Sprintf("%s may appoint nobody", g))
			case !given[g]:
				why = append(why, fmt.Sprintf("%s is given to nobody either", g))
			}
		}
		if !given[id] && len(why) > 0 {
			at.Message = fmt.Sprintf("nobody can be given %s any more: %s; leave one of them the right", id, strings.Join(why, "; "))
			found = append(found, at)
		}
	}
	return found, notes
}
