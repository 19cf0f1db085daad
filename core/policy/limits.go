package policy

import (
	"slices"
	"strings"

	"mektep/core/laid"
)

// The kinds of limits.
const (
	Exclusive   = "exclusive"    // one person may not hold both roles
	NeverGrants = "never_grants" // who holds the first role may never give the second
)

// Limit is a rule about holding or giving roles. A and B are roles, level.…
// words, or * for any role.
type Limit struct {
	Kind, A, B string
	Source     string // the law that says so
	File       string
	Line       int
}

// key is what the limit means: of two roles that exclude one another the order does
// not matter.
func (l Limit) key() string {
	if l.Kind == Exclusive && l.B < l.A {
		return l.Kind + "," + l.B + "," + l.A
	}
	return l.Kind + "," + l.A + "," + l.B
}

// LimitHit is a limit that a set of roles breaks.
type LimitHit struct {
	Limit
	Roles [2]string // the two roles that meet it
}

// limits reads limits.csv: kind, role, role, source.
func (r *reader) limits(f laid.Named) (out []Limit) {
	seen := map[string]int{}
	for _, rec := range r.records(f) {
		kind := rec.cells[0].text
		if kind != Exclusive && kind != NeverGrants {
			r.report(rec, 0, "KIND", unknown("kind of limit", kind, []string{Exclusive, NeverGrants}))
			continue
		}
		if !r.columns(rec, "role", "role", "source") {
			continue
		}
		l := Limit{kind, rec.cells[1].text, rec.cells[2].text, rec.cells[3].text, rec.file, rec.line}
		before := len(r.found)
		for i, id := range []string{l.A, l.B} {
			r.limitRole(rec, i+1, id)
		}
		if l.Kind == Exclusive && l.A == l.B {
			r.report(rec, 2, "ROLE", "a role does not exclude itself")
		}
		if !r.words.lawKnown(l.Source) {
			r.report(rec, 3, "UNKNOWN_LAW", r.words.unknownLaw(l.Source))
		}
		if len(r.found) == before && r.first(seen, rec, l.key()) {
			out = append(out, l)
		}
	}
	return out
}

func (r *reader) limitRole(rec record, n int, id string) {
	level, isLevel := strings.CutPrefix(id, levelWord)
	switch {
	case id == every:
	case isLevel && !slices.Contains(r.words.levels, level):
		r.report(rec, n, "UNKNOWN_LEVEL", unknown("level", level, r.words.levels))
	case !isLevel && r.words.roles[id].ID == "":
		r.report(rec, n, "UNKNOWN_ROLE", unknownRole(id, r.words.roleIDs))
	}
}

// means reports whether the word of a limit (a role, a level, *) means the role. Who has
// all that another role gives is bound as it is, under whatever name.
func (w *words) means(parents map[string][]string, word, role string) bool {
	if level, ok := strings.CutPrefix(word, levelWord); ok {
		return slices.Contains(w.roles[role].Levels, level)
	}
	return word == every || slices.Contains(lineage(role, parents), word)
}

// apart reports whether a limit keeps one person from holding both roles, by their
// names or by what a ministry's rules let them do.
func (e *Effective) apart(l Limit, a, b string) bool {
	on := func(word, against, role string) bool {
		return e.words.means(e.parents, word, role) || len(e.held.onSide(word, against, role)) > 0
	}
	return l.Kind == Exclusive && a != b && (on(l.A, l.B, a) && on(l.B, l.A, b) || on(l.A, l.B, b) && on(l.B, l.A, a))
}

// bars reports whether a limit keeps who holds granter from giving role, by the names of
// both or by what a ministry's rules let them do.
func (e *Effective) bars(l Limit, granter, role string) bool {
	return l.Kind == NeverGrants &&
		(e.words.means(e.parents, l.A, granter) || e.held.noMore(granter, l.A)) &&
		(e.words.means(e.parents, l.B, role) || len(e.held.given(l, role)) > 0)
}

// Conflicts returns the limits that one person would break by holding these roles.
func (e *Effective) Conflicts(roles []string) []LimitHit {
	var out []LimitHit
	for _, l := range e.limits {
		for i, a := range roles {
			for _, b := range roles[i+1:] {
				if e.apart(l, a, b) {
					out = append(out, LimitHit{l, [2]string{a, b}})
				}
			}
		}
	}
	return out
}

// MayNotGrant returns the limit that forbids who holds granter to give role to
// anybody, if there is one. Whether the profile lets them at all is not asked here.
func (e *Effective) MayNotGrant(granter, role string) (LimitHit, bool) {
	for _, l := range e.limits {
		if e.bars(l, granter, role) {
			return LimitHit{l, [2]string{granter, role}}, true
		}
	}
	return LimitHit{}, false
}
