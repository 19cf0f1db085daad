package policy

import (
	"fmt"
	"io/fs"
	"slices"
)

// Change is one row that an overlay adds to, or takes from, the rules it began from.
type Change struct {
	Added bool
	Row   string // as a policy file writes it
	Line  int    // in the new text when added, in the old one when removed
}

// Diff compares two texts of rules.csv by meaning: order, comments and alignment
// don't count. A text that can't be read gives its findings instead.
func Diff(fsys fs.FS, v Vocabulary, from, to Overlay) ([]Change, Findings) {
	w, found := readWords(fsys, v)
	if w == nil || len(found) > 0 {
		return nil, found
	}
	before, found := rulesOf(w, from)
	after, more := rulesOf(w, to)
	if found = append(found, more...); len(found) > 0 {
		return nil, found
	}
	var out []Change
	for text, at := range before {
		if _, kept := after[text]; !kept {
			out = append(out, Change{false, text, at})
		}
	}
	for text, at := range after {
		if _, had := before[text]; !had {
			out = append(out, Change{true, text, at})
		}
	}
	slices.SortFunc(out, func(a, b Change) int {
		if a.Added != b.Added {
			if a.Added {
				return 1
			}
			return -1
		}
		return a.Line - b.Line
	})
	return out, nil
}

// String is the change as a list of differences shows it.
func (c Change) String() string {
	if c.Added {
		return fmt.Sprintf("+ %s", c.Row)
	}
	return fmt.Sprintf("- %s", c.Row)
}

func rulesOf(w *words, o Overlay) (map[string]int, Findings) {
	if o.Rules == nil {
		o.Rules = []byte{}
	}
	r := &reader{words: w}
	rows, links := r.rules(o.Name, o.Rules, false)
	out := map[string]int{}
	for _, row := range rows {
		out[row.String()] = row.Line
	}
	for _, l := range links {
		out[l.String()] = l.line
	}
	return out, r.found
}
