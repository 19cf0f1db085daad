package policy

import (
	"fmt"
	"slices"
	"strings"
)

// What rows mean together: judged when every word of them is understood.

// wideRows finds rows that reach beyond the place of a role that has them: the whole
// ministry for who sits in a district or a school, everybody of a school for who
// stands there for themself or their child. Whoever means it says so: wide.
func (src *source) wideRows() Findings {
	holders := src.holdersOf()
	var found Findings
	for _, row := range slices.Concat(src.base, src.rules) {
		who := ""
		for _, id := range holders[row.Role] {
			if src.words.beyond(row.Scope, src.words.roles[id]) {
				who = id
				break
			}
		}
		message := ""
		switch {
		case who != "" && !row.Wide:
			message = fmt.Sprintf("scope %s is wider than the place of %s (%s): where that is meant, end the row with %s", row.Scope, who, src.words.place(who), wideWord)
		case who == "" && row.Wide && !strings.HasPrefix(row.File, baseFolder+"/"):
			message = fmt.Sprintf("ends with %s, and scope %s is not wider than the place of who has it: leave it out", wideWord, row.Scope)
		default:
			continue
		}
		found = append(found, Finding{File: row.File, Line: row.Line, Column: 1, Code: "WIDE", Message: message})
	}
	return found
}

// beyond reports whether a scope reaches further than the place a role is held at.
func (w *words) beyond(scope string, r Role) bool {
	switch scope {
	case "self", "ward", "taught", "placed", "assigned":
		return false
	case "tenant", every:
		return slices.ContainsFunc(r.Levels, func(l string) bool { return l != "ministry" })
	}
	return r.Personal // unit, territory, overseen: more people than oneself
}

func (w *words) place(role string) string {
	if w.roles[role].Personal {
		return "the person, or their child"
	}
	return "level " + strings.Join(w.roles[role].Levels, ", ")
}

// idleRoles finds roles of the profile that no row gives anything.
func (src *source) idleRoles(v Vocabulary) Findings {
	parents, filled := map[string][]string{}, map[string]bool{}
	for _, l := range src.links {
		parents[l.child] = append(parents[l.child], l.parent)
	}
	for _, r := range slices.Concat(src.base, src.rules) {
		filled[r.Role] = true
	}
	file, cure := src.rulesName, "give it a row here"
	switch {
	case src.rulesOver:
	case src.ownName != "": // nobody can write into what is built in
		file, cure = src.ownName, "copy the country's own "+rulesFile+" to this place and give it a row"
	default:
		cure += ", or in a copy of this file in the folder that MEKTEP_POLICIES_DIR names"
	}
	var found Findings
	for _, r := range v.Roles {
		if !slices.ContainsFunc(lineage(r.ID, parents), func(word string) bool { return filled[word] }) {
			found = append(found, Finding{File: file, Line: 1, Column: 1, Code: "NO_RIGHT", Message: fmt.Sprintf("no row gives the profile's role %s anything, and who holds it could do nothing: %s", r.ID, cure)})
		}
	}
	return found
}

// unproved finds guardrails and limits that could be taken away and no case would
// fail: nobody would notice that they are gone. Where something is laid over, only its
// rows are judged: what it adds may well forbid what a built-in row forbids already.
func (s *Snapshot) unproved(src *source, results []Result) Findings {
	proved := map[string]bool{}
	for _, r := range results {
		if r.Allow || !r.OK {
			continue
		}
		if r.ofLimit() {
			proved[onlyOne(r.Limits, func(l Limit) string { return fmt.Sprintf("%s:%d", l.File, l.Line) })] = true
			continue
		}
		places := s.deniedBy(r.Case)
		proved[onlyOne(places, func(p string) string { return p })] = true
		// the base stands by itself: a country may well forbid more of the same
		ofBase := slices.DeleteFunc(places, func(p string) bool { return !strings.HasPrefix(p, baseFolder+"/") })
		proved[onlyOne(ofBase, func(p string) string { return p })] = true
	}
	var found Findings
	over := map[string]bool{}
	for _, f := range src.files {
		over[f.Name] = f.Over
	}
	laidOver := slices.ContainsFunc(src.files, func(f File) bool { return f.Over })
	tell := func(file string, line int, what string) {
		if over[file] == laidOver && !proved[fmt.Sprintf("%s:%d", file, line)] {
			found = append(found, Finding{File: file, Line: line, Column: 1, Code: "UNPROVED", Message: what + " could be taken away and no case would fail: add one to " + casesFile})
		}
	}
	for _, g := range src.guardrails {
		tell(g.File, g.Line, "this guardrail")
	}
	for _, l := range src.limits {
		tell(l.File, l.Line, "this limit")
	}
	return found
}

// deniedBy returns the places of the guardrails without which the case would be
// allowed.
func (s *Snapshot) deniedBy(c Case) (places []string) {
	allowed := false
	scopes := strings.Split(c.Scope, "+")
	for i, role := range strings.Split(c.Role, "+") {
		j := s.judge(role)
		if j == nil || scopes[i] == "-" {
			continue
		}
		for _, r := range s.policy.rows {
			if !r.does(c.Object, c.Action) || !r.in(scopes[i]) || !slices.Contains(j.lineage, r.Role) {
				continue
			}
			allowed = allowed || r.Allow
			if !r.Allow {
				places = append(places, fmt.Sprintf("%s:%d", r.File, r.Line))
			}
		}
	}
	if !allowed {
		return nil
	}
	return places
}

// onlyOne returns what all have in common, "" where they differ or there is none.
func onlyOne[T any](all []T, name func(T) string) string {
	one := ""
	for _, x := range all {
		if one != "" && one != name(x) {
			return ""
		}
		one = name(x)
	}
	return one
}
