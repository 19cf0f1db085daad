package policy

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"mektep/core/laid"
)

// What roles reach: every role, object, action and scope that the rules give and no
// guardrail takes back. A country writes it down in reach.csv, row by row that a person
// can review; a row of its rules that gives anything else is a finding. What a ministry
// lays over is held against the rules of the country in the same way.

// right is one thing that a role may do.
type right struct{ role, object, action, scope string }

// given is a right with the row that gives it, and the link by which the role comes to
// the row where that link is none of the country's.
type given struct {
	right
	row  *Row
	link *link
}

// holders returns the roles of units, in the order of their names.
func (w *words) holders() []string {
	return slices.DeleteFunc(slices.Clone(w.roleIDs), func(id string) bool {
		levels := w.roles[id].Levels
		return len(levels) == 0 || slices.Contains(levels, "platform")
	})
}

// each calls fn with all that rows and links give the roles of units, what guardrails
// take back included. Links that known has are the country's own.
func (src *source) each(known map[[2]string]bool, fn func(given)) {
	parents, links := parentsOf(src.links), map[[2]string]*link{}
	for i := range src.links {
		l := &src.links[i]
		links[[2]string{l.child, l.parent}] = l
	}
	byRole := map[string][]*Row{}
	for _, rows := range [][]Row{src.base, src.rules} {
		for i := range rows {
			byRole[rows[i].Role] = append(byRole[rows[i].Role], &rows[i])
		}
	}
	for _, role := range append([]string{memberRole}, src.words.holders()...) {
		for _, word := range lineage(role, parents) {
			var by *link
			if known != nil && word != role {
				at := role
				for _, next := range wayUp(parents, role, word)[1:] {
					if l := links[[2]string{at, next}]; by == nil && !known[[2]string{at, next}] {
						by = l
					}
					at = next
				}
			}
			for _, row := range byRole[word] {
				src.words.cells(role, row, func(c right) { fn(given{c, row, by}) })
			}
		}
	}
}

// cells spells out what a row gives a role.
func (w *words) cells(role string, row *Row, fn func(right)) {
	scopes := []string{row.Scope}
	if row.Scope == every {
		scopes = w.relations
	}
	for _, o := range w.covered(row.Object) {
		if strings.HasPrefix(o, sealedWord) && row.Object != o {
			continue
		}
		for _, a := range w.objects[o] {
			if row.Action != every && row.Action != a {
				continue
			}
			for _, s := range scopes {
				fn(right{role, o, a, s})
			}
		}
	}
}

// denials returns what guardrails forbid each role.
func (src *source) denials() func(right) bool {
	parents := parentsOf(src.links)
	bySubject := map[string][]Row{}
	for _, g := range src.guardrails {
		for _, row := range src.words.spell(g) {
			bySubject[row.Role] = append(bySubject[row.Role], row)
		}
	}
	byRole := map[string][]Row{}
	for _, id := range src.words.roleIDs {
		for _, word := range lineage(id, parents) {
			byRole[id] = append(byRole[id], bySubject[word]...)
			for _, l := range src.words.roles[word].Levels {
				byRole[id] = append(byRole[id], bySubject[levelWord+l]...)
			}
		}
	}
	return func(c right) bool {
		return slices.ContainsFunc(byRole[c.role], func(r Row) bool { return r.does(c.object, c.action) && r.in(c.scope) })
	}
}

// table returns the reach of all roles; the rights of a member stand there once.
func (src *source) table() map[right]bool {
	denied, out := src.denials(), map[right]bool{}
	src.each(nil, func(g given) {
		if !out[g.right] && !out[right{memberRole, g.object, g.action, g.scope}] && !denied(g.right) {
			out[g.right] = true
		}
	})
	return out
}

const reachHead = `# What every role reaches, written by "mektep policy reach": role, object, scope, actions.
# The rights of a member are everybody's and stand here once; "-" is nobody. A row of
# rules.csv that gives anything else is a finding until this file says so too.
`

// Reach writes the reach of a country's policy as its reach.csv has it.
func Reach(fsys fs.FS, v Vocabulary, overlay *Overlay) (string, Findings) {
	src, found := read(fsys, v, overlay)
	if len(found) > 0 {
		return "", found
	}
	type entry struct{ role, object, scope string }
	actions, reached := map[entry][]string{}, map[string]bool{}
	for c := range src.table() {
		e := entry{c.role, c.object, c.scope}
		actions[e], reached[c.object] = append(actions[e], c.action), true
	}
	lines := make([]string, 0, len(actions))
	for e, list := range actions {
		slices.Sort(list)
		lines = append(lines, line([]string{e.role, e.object, e.scope, strings.Join(list, " ")}))
	}
	for _, o := range src.words.objectIDs {
		if !reached[o] {
			lines = append(lines, line([]string{"-", o, "-", "-"}))
		}
	}
	slices.Sort(lines)
	return reachHead + strings.Join(lines, "\n") + "\n", nil
}

// written reads a country's reach.csv; ok is false where it has none.
func (r *reader) written(f laid.Named) (table map[right]bool, objects map[string]bool, ok bool) {
	if !f.Exists() {
		return nil, nil, false
	}
	table, objects = map[right]bool{}, map[string]bool{}
	for _, rec := range r.records(f) {
		if len(rec.cells) != 4 {
			r.report(rec, 0, "COLUMNS", fmt.Sprintf("has %d columns, must have 4: role, object, scope, actions", len(rec.cells)))
			continue
		}
		role, object, scope := rec.cells[0].text, rec.cells[1].text, rec.cells[2].text
		objects[object] = true
		for _, action := range strings.Fields(rec.cells[3].text) {
			table[right{role, object, action, scope}] = true
		}
	}
	return table, objects, true
}

// reachFindings holds what is given against what may be: a ministry's own rules against
// the country's, all others against the country's reach.csv. notes say what a ministry
// gives on purpose.
func (src *source) reachFindings(fsys fs.FS, v Vocabulary, overlay *Overlay) (found, notes Findings) {
	if src.ownRules {
		return src.beyondCountry(fsys, v)
	}
	for _, row := range src.rules {
		if row.More {
			found = append(found, Finding{File: row.File, Line: row.Line, Column: 1, Code: "MORE", Message: "ends with " + moreWord + ": that stands only in rules that a ministry lays over its country's"})
		}
	}
	folder := folderOf(fsys, overlay)
	file := folder.Builtin(path.Join(v.Country, reachFile))
	if own, ok := folder.Laid(file.Name); ok && !laid.IsFolder(fsys, v.Country) {
		file = own
	}
	r := &reader{words: src.words, src: src}
	table, objects, ok := r.written(file)
	found = append(found, r.found...)
	if !ok || len(r.found) > 0 {
		return found, nil
	}
	w := &writtenReach{file.Shown, table, objects, v.Groups, src.denials()}
	return append(found, w.unwritten(src)...).Sorted(), nil
}

// writtenReach is what a country's reach.csv says.
type writtenReach struct {
	file    string
	table   map[right]bool
	objects map[string]bool // that the file knows
	groups  []string        // of the profile: one that a ministry adds is new to the file
	denied  func(right) bool
}

// unwritten finds rows that give what the file does not hold.
func (w *writtenReach) unwritten(src *source) (found Findings) {
	by := map[*Row]*excess{}
	src.each(nil, func(g given) {
		if w.table[g.right] || w.table[right{memberRole, g.object, g.action, g.scope}] || !w.objects[g.object] && slices.Contains(w.groups, g.object) || w.denied(g.right) {
			return
		}
		if by[g.row] == nil {
			by[g.row] = &excess{}
		}
		by[g.row].cells = append(by[g.row].cells, g.right)
	})
	for row, x := range by {
		found = append(found, Finding{File: row.File, Line: row.Line, Column: 1, Code: "REACH", Message: fmt.Sprintf("gives %s, which %s does not hold: take it back, or where it is meant write that file anew with mektep policy reach", x, w.file)})
	}
	return found
}

// excess is what a row or a link gives beyond what there was.
type excess struct{ cells []right }

// String names the first of it.
func (x *excess) String() string {
	const most = 4
	var parts []string
	seen := map[right]bool{}
	slices.SortFunc(x.cells, func(a, b right) int {
		return slices.Compare([]string{a.role, a.object, a.action, a.scope}, []string{b.role, b.object, b.action, b.scope})
	})
	for _, c := range x.cells {
		if !seen[c] {
			parts = append(parts, fmt.Sprintf("%s: %s, %s in scope %s", c.role, c.object, c.action, c.scope))
		}
		seen[c] = true
	}
	if n := len(parts) - most; n > 0 {
		parts = append(parts[:most], fmt.Sprintf("%d more", n))
	}
	return strings.Join(parts, "; ")
}

// beyondCountry judges a ministry's own rules: what they give a role beyond what the
// country gives it stands there on purpose or is a finding; and whatever gives power
// over people, or opens their data, is had no wider than at its level in the country, and
// demands of a role what the country demands.
func (src *source) beyondCountry(fsys fs.FS, v Vocabulary) (found, notes Findings) {
	if src.country == nil {
		_, wrong := read(fsys, v, nil)
		return wrong, nil
	}
	b := src.held.b
	more, lacks := map[place]*excess{}, map[place]*lack{}
	src.each(b.known, func(g given) {
		if b.before[g.right] || b.before[right{memberRole, g.object, g.action, g.scope}] || b.denied(g.right) {
			return
		}
		at := placeOf(g)
		if !b.usual(g.right) {
			if more[at] == nil {
				more[at] = &excess{}
			}
			more[at].cells = append(more[at].cells, g.right)
		}
		if x := b.lacks(g.right); x != nil {
			if old := lacks[at]; old == nil || len(old.who) > 0 && len(x.who) == 0 {
				lacks[at] = x
			} else if len(old.who) > 0 {
				old.needs = append(old.needs, x.needs...)
			}
		}
	})
	for at, x := range more {
		f := Finding{File: at.file, Line: at.line, Column: 1, Code: "MORE", Note: at.more, Message: "gives more than the country does, on purpose: " + x.String()}
		if !at.more {
			f.Message = fmt.Sprintf("gives %s, which the country's rules do not give: where that is meant, end the row with %s", x, moreWord)
		}
		found = append(found, f)
	}
	for at, x := range lacks {
		found = append(found, Finding{File: at.file, Line: at.line, Column: 1, Code: "NEEDS", Message: x.String()})
	}
	for at := range src.marked() {
		if more[at] == nil {
			found = append(found, Finding{File: at.file, Line: at.line, Column: 1, Code: "MORE", Message: fmt.Sprintf("ends with %s, and gives nothing that the country's rules do not give: leave it out", moreWord)})
		}
	}
	for _, f := range src.held.united() {
		if lacks[place{f.File, f.Line, true}] == nil && lacks[place{f.File, f.Line, false}] == nil { // what is too much in itself is told once
			found = append(found, f)
		}
	}
	return found.Mistakes().Sorted(), found.Notes().Sorted()
}

// place is where something is given, and whether it says that it is more on purpose.
type place struct {
	file string
	line int
	more bool
}

func placeOf(g given) place {
	if g.link != nil {
		return place{g.link.file, g.link.line, g.link.more}
	}
	return place{g.row.File, g.row.Line, g.row.More}
}

// marked are the rows and links that say they give more.
func (src *source) marked() map[place]bool {
	out := map[place]bool{}
	for _, r := range src.rules {
		if r.More {
			out[place{r.File, r.Line, true}] = true
		}
	}
	for _, l := range src.links {
		if l.more {
			out[place{l.file, l.line, true}] = true
		}
	}
	return out
}

// beyond compares a ministry's own rules with its country's.
type beyond struct {
	src    *source
	before map[right]bool
	known  map[[2]string]bool
	had    map[string]bool // roles that the country gives something: all others are the ministry's own
	given  map[string]bool // objects that the country gives somebody something of
	denied func(right) bool
}

// beside holds rules against those of the country they are laid over.
func (src *source) beside(country *source) *beyond {
	b := &beyond{src: src, before: map[right]bool{}, known: map[[2]string]bool{}, had: map[string]bool{}, given: map[string]bool{}, denied: src.denials()}
	for _, l := range country.links {
		b.known[[2]string{l.child, l.parent}] = true
	}
	country.each(nil, func(g given) {
		b.before[g.right], b.given[g.object] = true, true
		b.had[g.role] = b.had[g.role] || g.row.Role != memberRole
	})
	return b
}

// peers are the roles of the country that stand where a role stands.
func (b *beyond) peers(role string) []string {
	w := b.src.words
	r := w.roles[role]
	return slices.DeleteFunc(w.holders(), func(id string) bool {
		x := w.roles[id]
		return id == role || !b.had[id] || x.Personal != r.Personal ||
			!slices.ContainsFunc(x.Levels, func(l string) bool { return slices.Contains(r.Levels, l) })
	})
}

// usual reports whether a role of the ministry's own has what the country gives a role
// of its level.
func (b *beyond) usual(c right) bool {
	return !b.had[c.role] && c.role != memberRole && slices.ContainsFunc(b.peers(c.role), func(id string) bool {
		return b.before[right{id, c.object, c.action, c.scope}]
	})
}

// powerful reports whether an act gives power over people or shows what is known of
// them, or opens what the law holds closed.
func (w *words) powerful(object, action string) bool {
	return slices.ContainsFunc(w.power, func(x reserved) bool { return x.Object == object && slices.Contains(x.Actions, action) })
}
