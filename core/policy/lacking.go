package policy

import (
	"fmt"
	"io/fs"
	"path"

	"mektep/core/laid"
)

// A ministry's own rules.csv takes the place of its country's, and stays as it is when
// the country's gets more rows with the next version. What it lacks of them is no
// mistake, since the rights are the ministry's to take back, but nobody would see it:
// so each row is a note, until the ministry's own cases say that it is on purpose.

// lackingRows notes the country's rows and links that give what a ministry's rules do not.
func (src *source) lackingRows() (notes Findings) {
	if src.country == nil {
		return nil
	}
	gives, rows := map[right]bool{}, map[Row]bool{}
	src.each(nil, func(g given) { gives[g.right] = true })
	for _, r := range src.rules {
		rows[r.meaning()] = true
	}
	type lack struct {
		excess
		meant bool // on purpose
		words string
	}
	by, denied := map[int]*lack{}, src.country.denials()
	src.country.each(map[[2]string]bool{}, func(g given) {
		if g.row.File != src.country.rulesName || gives[g.right] || gives[right{memberRole, g.object, g.action, g.scope}] || denied(g.right) {
			return
		}
		line, words := g.row.Line, fmt.Sprintf("p, %s, %s, %s, %s", g.row.Role, g.row.Object, g.row.Action, g.row.Scope)
		if g.link != nil && rows[g.row.meaning()] { // the row is here: what is not is the way to it
			line, words = g.link.line, fmt.Sprintf("g, %s, %s", g.link.child, g.link.parent)
		}
		if by[line] == nil {
			by[line] = &lack{words: words}
		}
		by[line].cells = append(by[line].cells, g.right)
		by[line].meant = by[line].meant || src.taken[Case{Role: g.role, Object: g.object, Action: g.action, Scope: g.scope}.asks()]
	})
	for line, l := range by {
		if !l.meant {
			notes = append(notes, Finding{File: src.rulesName, Line: 1, Column: 1, Code: "LACKS", Note: true, Message: fmt.Sprintf(
				"line %d of the country's own %s (%s) is not here, so nobody is given %s by it: take it over, or where that is meant say so with a deny of it in %s",
				line, rulesFile, l.words, &l.excess, casesFile)})
		}
	}
	return notes.Sorted()
}

// meaning is the row without where it stands.
func (r Row) meaning() Row {
	return Row{Role: r.Role, Object: r.Object, Action: r.Action, Scope: r.Scope, Allow: r.Allow}
}

// untried notes the proofs of a country's own rows, which a ministry's own rules are not
// held to: that all cases hold says nothing of them.
func (src *source) untried(fsys fs.FS, country string, snap *Snapshot) Findings {
	if !src.ownRules {
		return nil
	}
	r := &reader{words: src.words}
	all, failing := 0, 0
	file := laid.Folder{Built: fsys}.Builtin(path.Join(country, proofsFile))
	for _, rec := range r.records(file) {
		c, ok := r.testCase(rec)
		if !ok || c.ofLimit() {
			continue
		}
		if all++; snap.decideCase(c).Allow != c.Allow {
			failing++
		}
	}
	if all == 0 {
		return nil
	}
	return Findings{{File: file.Shown, Line: 1, Column: 1, Code: "UNTRIED", Note: true, Message: fmt.Sprintf(
		"%d cases for the rows of the country's own %s are not among those that were tried, since %s takes its place: %d of them would be decided otherwise",
		all, rulesFile, src.rulesName, failing)}}
}
