package transfer

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"mektep/core/exchange"
	"mektep/core/intake"
)

// Headings that take several rows: what stands over several columns ("Area (m²)" over "Land" and
// "Floor") is read together with what stands below it, as a person reads it, and units stand in a
// row of their own. Workbooks merge such a cell; in a text file the cells beside it are empty.

// mostHeadings bounds the rows that headings take.
const mostHeadings = 3

// headings are what columns are called.
type headings struct {
	texts []string // from the top down
	over  []string // of each, what stands over other columns too; empty: nothing does
	rows  int      // how many rows they take, from the one that was found
}

// headings reads those in the row at, and in the rows below it that are part of them.
func (h *head) headings(at int, m *Matcher) headings {
	out := headings{texts: slices.Clone(h.rows[at].Cells), over: make([]string, len(h.rows[at].Cells)), rows: 1}
	above := slices.Concat(h.above, h.rows[:at])
	if last := len(above) - 1; at == 0 && last >= 0 && partedBy(above[last], h.rows[0]) {
		out = headings{texts: slices.Clone(above[last].Cells), over: make([]string, len(above[last].Cells)), rows: 1}
		out.below(above[last], h.rows[0], m)
		above = above[:last]
	}
	last := at
	for ; last+2 < len(h.rows) && last-at < mostHeadings && partedBy(h.rows[last], h.rows[last+1]); last++ {
		out.below(h.rows[last], h.rows[last+1], m)
	}
	for last+2 < len(h.rows) && last-at < mostHeadings && m.again(h.rows[last], h.rows[last+1]) { // in another language
		last++
	}
	out.above(above, h.rows[at], m)
	out.spread(h.rows[last], h.rows[last+1:])
	out.beside(h.rows[last+1:], m)
	if last+2 < len(h.rows) && m.unitsBelow(h.rows[last], h.rows[last+1]) {
		last++
		for k, s := range h.rows[last].Cells {
			if s != "" && s != h.rows[last-1].Cells[k] {
				out.texts[k] += " (" + strings.Trim(s, "()[] ") + ")"
			}
		}
	}
	out.rows += last - at
	return out
}

// group is the last column over which the heading of a column stands, and whether the file says so
// itself; the column itself where it stands over no other.
func group(row, below exchange.Row, k int) (last int, merged bool) {
	if across := row.Draws(k).Across; across > k {
		return across, true
	}
	for last = k; cellOf(row, last+1) == "" && worded(cellOf(below, last+1)); {
		last++
	}
	return last, false
}

// cellOf is a cell of a row, from 0; empty behind its last.
func cellOf(row exchange.Row, k int) string {
	if k >= len(row.Cells) {
		return ""
	}
	return row.Cells[k]
}

// worded reports what a column can be called: words, or a year.
func worded(s string) bool {
	return strings.ContainsFunc(s, unicode.IsLetter) || len(s) == len("2006") && (s[:2] == "19" || s[:2] == "20")
}

// partedBy reports that the row below one of headings says what the parts of some of them are: it
// says something below what stands over several columns, and nothing below another one. What is
// called the same is merged over both.
func partedBy(row, below exchange.Row) bool {
	if below.Line != row.Line+1 {
		return false
	}
	parts, alone := false, false
	for k, width := 0, max(len(row.Cells), len(below.Cells)); k < width; k++ {
		over, under := cellOf(row, k), cellOf(below, k)
		if over == "" {
			if under != "" && !worded(under) {
				return false
			}
			continue
		}
		last, merged := group(row, below, k)
		if last == k {
			if under != "" && under != over {
				return false
			}
			alone = true
			continue
		}
		if !merged && under != "" && !worded(under) {
			return false
		}
		for ; k <= last; k++ {
			part := cellOf(below, k)
			parts = parts || part != "" && part != over
		}
		k--
	}
	return parts && alone
}

// below adds what the row below says of each column.
func (t *headings) below(row, below exchange.Row, m *Matcher) {
	for len(t.texts) < len(below.Cells) {
		t.texts, t.over = append(t.texts, ""), append(t.over, "")
	}
	for k := 0; k < len(t.texts); k++ {
		over := t.texts[k]
		if cellOf(row, k) == "" {
			t.texts[k] = strings.TrimSpace(over + " " + cellOf(below, k))
			continue
		}
		last, _ := group(row, below, k)
		if last == k {
			continue
		}
		for ; k <= min(last, len(t.texts)-1); k++ {
			t.texts[k] = m.unitFirst(over)
			t.over[k] = cmp.Or(t.over[k], t.texts[k])
			if part := cellOf(below, k); part != "" && part != cellOf(row, k) {
				t.texts[k] += " " + part
			}
		}
		k--
	}
}

// spread calls all columns over which a heading stands by it where nothing says how they differ:
// nobody knows which of them is meant.
func (t *headings) spread(row exchange.Row, rows []exchange.Row) {
	for k, s := range row.Cells {
		last := row.Draws(k).Across
		if s == "" || last <= k {
			continue
		}
		for at := k + 1; at <= last; at++ {
			if !slices.ContainsFunc(rows, func(r exchange.Row) bool { return cellOf(r, at) != "" }) {
				continue
			}
			for len(t.texts) <= at {
				t.texts, t.over = append(t.texts, ""), append(t.over, "")
			}
			t.texts[at] = t.texts[k]
		}
	}
}

// unitsBelow reports that the row below headings says nothing but what their numbers are counted in,
// or of which year or plan they are.
func (m *Matcher) unitsBelow(row, below exchange.Row) bool {
	found, years := 0, 0
	for k, s := range below.Cells {
		if s == "" || s == cellOf(row, k) {
			continue
		}
		year := len(s) == len("2006") && len(intake.YearsOf(s)) == 1
		if cellOf(row, k) == "" || !year && !bracketed(s) && !m.unit(strings.Trim(s, "()[] ")) {
			return false
		}
		if found++; year {
			years++
		}
	}
	return found > 0 && (years == 0 || years > 1 && years == found) && below.Line == row.Line+1
}

// bracketed reports words in brackets alone.
func bracketed(s string) bool {
	return strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") && strings.ContainsFunc(s, unicode.IsLetter)
}

// unit reports what numbers of some field are counted in.
func (m *Matcher) unit(s string) bool {
	return m.CountedIn(s) || slices.ContainsFunc(m.targets, func(t Target) bool {
		f := m.fields.Field(t.ID)
		return f != nil && (f.CountsIn(s) || f.Factor(s) > 0)
	})
}

// again reports that the row below headings calls the same columns once more, in another language.
func (m *Matcher) again(row, below exchange.Row) bool {
	n := 0
	for k, s := range below.Cells {
		if s == "" {
			continue
		}
		id := m.called(s)
		if id == "" || s == cellOf(row, k) || m.called(cellOf(row, k)) != id {
			return false
		}
		n++
	}
	return n >= fewWords && below.Line == row.Line+1
}

// oneLine is a heading without its breaks; what stands in several languages, one below the other,
// stands side by side.
func (m *Matcher) oneLine(heading string) string {
	lines := strings.Split(strings.TrimSpace(heading), "\n")
	if len(lines) > 1 && intake.Twofold(heading, m.called) != "" {
		return strings.Join(strings.Fields(strings.Join(lines, " / ")), " ")
	}
	return strings.Join(strings.Fields(heading), " ")
}

// unitFirst is a heading with the unit in brackets in which it ends: what stands below it comes
// behind.
func (m *Matcher) unitFirst(heading string) string {
	if strings.ContainsAny(heading, "([") {
		return heading
	}
	for _, t := range m.targets {
		rest := intake.Untailed(heading, m.fields.Field(t.ID))
		if tail, ends := strings.CutPrefix(heading, rest); rest != "" && ends {
			return rest + " (" + strings.Trim(tail, " ,;:-–—/") + ")"
		}
	}
	return heading
}

// part is what a column could be whose heading stands over others too: what its own part is
// called alone, which may be another's, or what all of them are together.
func (m *Matcher) part(c intake.Column) string {
	if c.Over == "" {
		return ""
	}
	own, _ := strings.CutPrefix(c.Heading, c.Over)
	if id := m.called(strings.TrimSpace(own)); id != "" {
		return id
	}
	return m.called(c.Over)
}
