package policy

import (
	"fmt"
	"slices"
	"strings"
)

// What a limit keeps apart is what its roles can do, not what they are called. A role that
// a ministry's rules give power which the country does not give it stands, besides where
// its name and its descent put it, on the side of a limit whose distinctive power it has:
// acts of power (weighs) that somebody on that side has, and that nobody has in the
// country whom the limit, or another one like it, does not bind as well.

// held holds a ministry's rules against its country's, for limits. The nil held is of a
// country's own rules: there roles are what they are called. It never changes.
type held struct {
	b      *beyond
	limits []Limit
	before map[string][]string        // parents of roles in the country
	now    map[string][]string        // and by the ministry's rules
	roles  []string                   // that the country gives something
	own    []string                   // that are the ministry's own
	power  map[string][]right         // of roles that the ministry's rules give some, all that they have
	at     map[right]place            // where the rules give it
	apart  map[string]map[string]bool // which of the country's roles the limits keep apart
}

// holdAgainst compares a ministry's own rules with its country's.
func (src *source) holdAgainst(country *source) *held {
	b, w := src.beside(country), src.words
	h := &held{b: b, limits: src.limits, before: parentsOf(country.links), now: parentsOf(src.links), power: map[string][]right{}, at: map[right]place{}}
	for _, id := range w.holders() {
		if b.had[id] {
			h.roles = append(h.roles, id)
		} else {
			h.own = append(h.own, id)
		}
	}
	more := map[string]bool{}
	src.each(b.known, func(g given) {
		if _, seen := h.at[g.right]; seen || !w.weighs(g.right) || b.denied(g.right) {
			return
		}
		h.at[g.right] = placeOf(g)
		h.power[g.role] = append(h.power[g.role], g.right)
		more[g.role] = more[g.role] || !b.before[g.right]
	})
	for id := range h.power {
		if !more[id] {
			delete(h.power, id)
		}
	}
	h.apart = map[string]map[string]bool{}
	for _, a := range h.roles {
		h.apart[a] = map[string]bool{}
		for _, b := range h.roles {
			h.apart[a][b] = a != b && slices.ContainsFunc(h.limits, func(l Limit) bool {
				return l.Kind == Exclusive && (h.means(l.A, a) && h.means(l.B, b) || h.means(l.A, b) && h.means(l.B, a))
			})
		}
	}
	return h
}

// means reports whether a word of a limit names a role of the country.
func (h *held) means(word, role string) bool { return h.b.src.words.means(h.before, word, role) }

// meant are the roles of the country that a word of a limit names.
func (h *held) meant(word string) []string {
	return slices.DeleteFunc(slices.Clone(h.roles), func(id string) bool { return !h.means(word, id) })
}

// of returns what of some rights the country gives a role, in that scope or a wider one.
func (h *held) of(id string, rights []right) []right {
	return slices.DeleteFunc(slices.Clone(rights), func(c right) bool { return !h.b.has(id, c, upTo(c.scope)) })
}

// distinctive returns what a role has of the power of a word, nil where somebody in the
// country has as much and is not bound.
func (h *held) distinctive(word, role string, bound func(id string) bool) []right {
	for _, id := range h.meant(word) {
		part := h.of(id, h.power[role])
		if len(part) > 0 && !slices.ContainsFunc(h.roles, func(z string) bool { return !bound(z) && len(h.of(z, part)) == len(part) }) {
			return h.least(part, bound)
		}
	}
	return nil
}

// least returns one act of power that is distinctive by itself, or all where only
// together they are.
func (h *held) least(part []right, bound func(id string) bool) []right {
	for i := range part {
		if one := part[i : i+1]; !slices.ContainsFunc(h.roles, func(z string) bool { return !bound(z) && len(h.of(z, one)) == 1 }) {
			return one
		}
	}
	return part
}

// onSide returns the power by which a role stands on the side word of an exclusive limit,
// against the other one.
func (h *held) onSide(word, against, role string) []right {
	if h == nil || len(h.power[role]) == 0 {
		return nil
	}
	others := h.meant(against)
	return h.distinctive(word, role, func(z string) bool {
		return !slices.ContainsFunc(others, func(id string) bool { return !h.apart[z][id] })
	})
}

// given returns the power by which a role is one that a limit keeps from being given.
func (h *held) given(l Limit, role string) []right {
	if h == nil || len(h.power[role]) == 0 {
		return nil
	}
	granters := h.meant(l.A)
	return h.distinctive(l.B, role, func(z string) bool {
		return !slices.ContainsFunc(granters, func(id string) bool { return h.gives(id, z) })
	})
}

// gives reports whether a role of the country gives another one.
func (h *held) gives(giver, role string) bool {
	return slices.Contains(h.b.src.words.roles[role].Givers, giver) && !slices.ContainsFunc(h.limits, func(l Limit) bool {
		return l.Kind == NeverGrants && h.means(l.A, giver) && h.means(l.B, role)
	})
}

// noMore reports whether a role of the ministry's own has no power that a role of the word
// lacks: who gives nothing with it there gives nothing with it here.
func (h *held) noMore(role, word string) bool {
	if h == nil || !slices.Contains(h.own, role) {
		return false
	}
	return slices.ContainsFunc(h.meant(word), func(id string) bool {
		return len(h.of(id, h.power[role])) == len(h.power[role])
	})
}

// united finds roles that have by themselves what a limit keeps two people for. Of several
// limits it tells the one that names the role.
func (h *held) united() (found Findings) {
	w := h.b.src.words
	for _, role := range sortedKeys(h.power) {
		var worst *Finding
		for _, l := range h.limits {
			if l.Kind != Exclusive {
				continue
			}
			a, b := h.half(l.A, l.B, role), h.half(l.B, l.A, role)
			named := w.means(h.now, l.A, role) || w.means(h.now, l.B, role)
			if a == "" || b == "" || worst != nil && !named {
				continue
			}
			at := h.where(role, l)
			worst = &Finding{File: at.file, Line: at.line, Column: 1, Code: "UNITES", Message: fmt.Sprintf(
				"%s has what %s:%d keeps apart (%s): %s on the one hand, %s on the other; leave one of the two to another role",
				role, l.File, l.Line, l.Source, a, b)}
		}
		if worst != nil {
			found = append(found, *worst)
		}
	}
	return found
}

// half names what puts a role on a side of a limit: its name, level or descent, or what it
// has of the power there; "" where nothing does.
func (h *held) half(word, against, role string) string {
	if h.b.src.words.means(h.now, word, role) {
		return "all of " + word
	}
	if part := h.onSide(word, against, role); part != nil {
		x := &excess{cells: slices.Clone(part)}
		return fmt.Sprintf("of %s %s", word, strings.ReplaceAll(x.String(), role+": ", ""))
	}
	return ""
}

// where is the row that adds the half which the country does not give the role.
func (h *held) where(role string, l Limit) place {
	for _, side := range [][2]string{{l.B, l.A}, {l.A, l.B}} {
		for _, c := range h.onSide(side[0], side[1], role) {
			if !h.b.before[c] {
				return h.at[c]
			}
		}
	}
	for _, c := range h.power[role] {
		if !h.b.before[c] {
			return h.at[c]
		}
	}
	return place{file: l.File, line: l.Line}
}
