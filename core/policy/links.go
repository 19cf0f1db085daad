package policy

import (
	"fmt"
	"slices"
	"strings"
)

// link says that a role has the rights of another.
type link struct {
	child, parent string
	more          bool // gives what the country does not, on purpose
	file          string
	line          int
}

func (l link) String() string { return line([]string{"g", l.child, l.parent}) }

func (r *reader) link(rec record) (link, bool) {
	more := rec.ends(moreWord, 3)
	if !r.columns(rec, "role", "inherits") {
		return link{}, false
	}
	before := len(r.found)
	for i := 1; i <= 2; i++ {
		id := rec.cells[i].text
		switch {
		case strings.HasPrefix(id, levelWord):
			r.report(rec, i, "LEVEL", "levels are bound by the compiler")
		case id == memberRole:
			r.report(rec, i, "MEMBER", "every role has the rights of a member, and a member no other's")
		case strings.HasPrefix(id, commonWord) && idForm.MatchString(id):
		case r.words.roles[id].ID == "":
			r.report(rec, i, "UNKNOWN_ROLE", unknown("role", id, r.words.roleIDs))
		}
	}
	for _, x := range r.words.reserved {
		if slices.Contains(x.Roles, rec.cells[2].text) {
			r.report(rec, 2, "RESERVED", fmt.Sprintf("%s would have the rights of %s, and %s, %s is for that role alone", rec.cells[1].text, rec.cells[2].text, x.Object, strings.Join(x.Actions, " and ")))
		}
	}
	l := link{rec.cells[1].text, rec.cells[2].text, more, rec.file, rec.line}
	return l, len(r.found) == before
}

// checkCommon sees that every common.… set of rights is both filled and had by
// somebody: a mistyped one would give nothing, silently. It also follows the
// inheritance.
func (r *reader) checkCommon(src *source) {
	filled, had := map[string]bool{}, map[string]bool{}
	for _, row := range slices.Concat(src.base, src.rules) {
		filled[row.Role] = true
	}
	for _, l := range src.links {
		had[l.parent], filled[l.child] = true, true
	}
	for _, row := range slices.Concat(src.base, src.rules) {
		if strings.HasPrefix(row.Role, commonWord) && !had[row.Role] {
			r.found = append(r.found, Finding{File: row.File, Line: row.Line, Column: 1, Code: "UNKNOWN_ROLE", Message: unknown("role", row.Role, sortedKeys(had)) + ": no role has these rights"})
			had[row.Role] = true
		}
	}
	for _, l := range src.links {
		if strings.HasPrefix(l.parent, commonWord) && !filled[l.parent] {
			r.found = append(r.found, Finding{File: l.file, Line: l.line, Column: 1, Code: "UNKNOWN_ROLE", Message: unknown("role", l.parent, sortedKeys(filled)) + ": it gives no right"})
			filled[l.parent] = true
		}
	}
	r.inheritance(src.links)
}

// inheritance adds link after link, so that a circle is told once, at the row that
// closes it, with the way round; and so that no chain grows too long.
func (r *reader) inheritance(links []link) {
	parents := map[string][]string{}
	for _, l := range links {
		if way := wayUp(parents, l.parent, l.child); way != nil {
			r.found = append(r.found, Finding{File: l.file, Line: l.line, Column: 1, Code: "CYCLE", Message: fmt.Sprintf("closes a circle: %s → %s", l.child, strings.Join(way, " → "))})
			continue
		}
		parents[l.child] = append(parents[l.child], l.parent)
	}
	told := map[string]bool{}
	walk := &chains{parents, map[string][]string{}}
	for _, l := range links {
		if chain := walk.from(l.child); len(chain)-1 > maxDepth && !told[l.child] {
			told[l.child] = true
			r.found = append(r.found, Finding{File: l.file, Line: l.line, Column: 1, Code: "DEPTH", Message: fmt.Sprintf("inherits %d deep, %d is the most: %s", len(chain)-1, maxDepth, strings.Join(chain, " → "))})
		}
	}
}

// wayUp returns the shortest chain of inheritance from one role to another, nil
// where there is none.
func wayUp(parents map[string][]string, from, to string) []string {
	before, queue := map[string]string{from: ""}, []string{from}
	for len(queue) > 0 && queue[0] != to {
		for _, p := range parents[queue[0]] {
			if _, seen := before[p]; !seen {
				before[p] = queue[0]
				queue = append(queue, p)
			}
		}
		queue = queue[1:]
	}
	if len(queue) == 0 {
		return nil
	}
	var way []string
	for at := to; at != ""; at = before[at] {
		way = append(way, at)
	}
	slices.Reverse(way)
	return way
}

// chains finds the longest chain of inheritance from each role; there are no circles.
type chains struct {
	parents map[string][]string
	done    map[string][]string
}

// from returns the longest chain that begins at id.
func (c *chains) from(id string) []string {
	if chain, ok := c.done[id]; ok {
		return chain
	}
	best := []string{id}
	for _, p := range c.parents[id] {
		if chain := c.from(p); len(chain)+1 > len(best) {
			best = append([]string{id}, chain...)
		}
	}
	c.done[id] = best
	return best
}
