package transfer

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"mektep/core/exchange"
	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/profile"
)

// Groups of columns: a row above that of the headings says of several of them what they have in
// common. It may be the part of the list in which they stand, or that their numbers are others: what
// is planned, of the old building, of a year.

// above reads the headings of a row together with the rows above it that stand over some of them,
// up to a title.
func (t *headings) above(rows []exchange.Row, row exchange.Row, m *Matcher) {
	line := row.Line
	for n := 0; n < mostHeadings-1 && n < len(rows); n++ {
		over := rows[len(rows)-1-n]
		apart := line - over.Line - 1 // empty rows between
		if line = over.Line; apart > mostApart {
			return
		}
		if !groups(over, row) {
			if s := title(over); m.ofAnotherYear(s) {
				t.titled(s, m)
			}
			return
		}
		for k := 0; k < len(over.Cells); k++ {
			last := standsOver(over, row, k)
			if s := over.Cells[k]; worded(s) && s != cellOf(row, k) && !m.Secrecy(s) && (apart == 0 || m.ofAnotherYear(s)) && !m.corner(over, row, k) {
				_, merged := group(over, row, k)
				t.group(s, k, last, merged, m)
			}
			k = last
		}
	}
}

// title is what a row above the headings says, where it says one thing and cites nothing: the day or the
// number of an order is no year of the list.
func title(over exchange.Row) (said string) {
	for _, s := range over.Cells {
		if s == "" || s == said {
			continue
		}
		if said != "" {
			return ""
		}
		said = s
	}
	figures := strings.FieldsFunc(said, func(r rune) bool { return !unicode.IsDigit(r) })
	if len(figures) > len(intake.YearsOf(said)) {
		return ""
	}
	return said
}

// titled has the figures of a list asked about whose title names another year: they are of then, and what
// the register has is of now. Whatever else it says holds as long as nothing was changed.
func (t *headings) titled(s string, m *Matcher) {
	for k, own := range t.texts {
		f := m.fields.Field(m.called(own))
		if own == "" || f == nil || f.Type.Kind != profile.KindInt && f.Type.Kind != profile.KindDecimal || len(intake.YearsOf(own)) > 0 {
			continue
		}
		t.texts[k], t.over[k] = s+" "+own, s
	}
}

// mostApart is how many empty rows may stand between headings and what stands over them.
const mostApart = 2

// corner reports a remark on the list in its upper right corner, alone or beside a title: its date, its
// page, its number, the place where it was written. What names another year is none.
func (m *Matcher) corner(over, row exchange.Row, k int) bool {
	s := over.Cells[k]
	if k == 0 || !m.place(s) && !strings.ContainsAny(s, ":/-№") && !strings.ContainsFunc(s, unicode.IsDigit) || m.ofAnotherYear(s) || m.unit(strings.Trim(s, "()[] ")) {
		return false
	}
	for at := range max(len(row.Cells), len(over.Cells)) {
		if at > k && cellOf(row, at) != "" || at > 0 && at != k && cellOf(over, at) != "" {
			return false
		}
	}
	return true
}

// place reports the name of a place of the country.
func (m *Matcher) place(s string) bool {
	said := locale.Compact(s)
	return slices.ContainsFunc(m.P.Territory, func(a profile.Area) bool {
		for _, name := range a.Name {
			if locale.Compact(name) == said {
				return true
			}
		}
		return false
	})
}

// groups reports that a row above one of headings stands over some of its columns: a title stands
// over all of them.
func groups(over, row exchange.Row) bool {
	first, end := -1, 0 // the columns that have a heading
	for k, s := range row.Cells {
		if s == "" {
			continue
		}
		if end = k; first < 0 {
			first = k
		}
	}
	found, wide := 0, false
	for k := 0; k < len(over.Cells); k++ {
		last := standsOver(over, row, k)
		if s := over.Cells[k]; worded(s) && s != cellOf(row, k) && k <= end {
			if found++; k <= first && last >= end {
				return false
			}
			wide = wide || last > k
		}
		k = last
	}
	return wide || found > 0 && found <= end-first // each column with a cell of its own is another row of the list
}

// standsOver is the last column over which a cell above those of a row stands; the column itself where it
// is one with the cell below.
func standsOver(over, row exchange.Row, k int) int {
	if over.Cells[k] == cellOf(row, k) {
		return k
	}
	last, _ := group(over, row, k)
	for over.Cells[k] != "" && cellOf(over, last+1) == over.Cells[k] && cellOf(row, last+1) != over.Cells[k] { // written anew over each
		last++
	}
	return last
}

// group adds to some columns what stands over them. What says nothing of a column that is known
// without it, or stands over the code of the record itself, is a title of them; merged over some
// columns alone it is one of what the record itself is called.
func (t *headings) group(s string, from, last int, merged bool, m *Matcher) {
	last = min(last, len(t.texts)-1)
	titled := slices.ContainsFunc(t.texts[from:max(from, last+1)], func(own string) bool { return m.called(own) == intake.TargetCode })
	for k := from; k <= last; k++ {
		own := t.texts[k]
		id := m.called(own)
		f := m.fields.Field(id)
		if own == "" || id != "" && (titled && (!merged || f == nil) || !m.ofAnotherYear(s) && m.Heads(s, id, f)) {
			continue
		}
		if unit := strings.Trim(s, "()[] "); m.unit(unit) {
			t.texts[k] = own + " (" + unit + ")"
			continue
		}
		over := m.unitFirst(s)
		t.texts[k], t.over[k] = over+" "+own, over
	}
}

// beside calls a column that has values and no heading, between others, by the one before it, where
// that has values of the same sort: a text file has lost over which columns a heading stood.
func (t *headings) beside(rows []exchange.Row, m *Matcher) {
	sortsAt := func(k int) (s sorts) {
		for _, r := range rows {
			if sort := sortOf(cellOf(r, k)); sort != sortNone {
				s[sort]++
			}
		}
		return s
	}
	for k := 1; k < len(t.texts); k++ {
		before := t.texts[k-1]
		if t.texts[k] != "" || before == "" || m.called(before) == intake.TargetCode {
			continue
		}
		headed := slices.ContainsFunc(t.texts[k+1:], func(s string) bool { return strings.TrimSpace(s) != "" })
		was, now := sortsAt(k-1), sortsAt(k)
		if headed && slices.ContainsFunc([]int{sortFigures, sortWords, sortMail}, func(sort int) bool { return was[sort] > 0 && now[sort] > 0 }) {
			t.texts[k] = before
		}
	}
}

// headed is the target that the own part of a column is the full name of, where what stands over it
// says no more than in which part of the list it stands.
func (m *Matcher) headed(c intake.Column) string {
	own, of := strings.CutPrefix(c.Heading, c.Over)
	if c.Over == "" || !of {
		return ""
	}
	if id := m.inLanguage(c.Over, strings.TrimSpace(own)); id != "" {
		return id
	}
	id := m.Of(strings.TrimSpace(own))
	if id == "" || !m.Heads(c.Over, id, m.fields.Field(id)) {
		return ""
	}
	return id
}

// inLanguage is the target of a column below whose text's name its language stands, each in one language
// or in several: "Name ▸ Russian", "Name / Аталышы ▸ Russian / орусча". Empty: it is not headed so.
func (m *Matcher) inLanguage(over, own string) string {
	of := m.called(over)
	if text, lang := m.tongue(of); text == "" || lang != "" {
		return ""
	}
	found := map[string]bool{}
	for _, text := range said(over) {
		for _, lang := range said(own) {
			id := m.called(text + " " + lang)
			if text, lang := m.tongue(id); text == of && lang != "" {
				found[id] = true
			}
		}
	}
	if len(found) != 1 {
		return ""
	}
	return slices.Collect(maps.Keys(found))[0]
}

// said are the texts of a heading in each of its languages, and the whole of it.
func said(heading string) []string {
	out := []string{heading}
	for _, way := range intake.Tongues(heading) {
		out = append(out, way...)
	}
	return out
}

// sorts makes known what records of some sort are called: by their type, and by the lists of the register.
func (m *Matcher) sorts(subject Subject) {
	for word := range subject.Types(m.P) {
		m.Kind(word)
	}
	for _, t := range m.P.TypesAt(m.On) {
		for _, name := range t.Name {
			m.Sort(name)
		}
	}
	for _, f := range m.fields.FieldsAt(m.On) {
		if f.Type.Kind != profile.KindReference {
			continue
		}
		for _, i := range m.P.ItemsAt(f.Type.Target, m.On) {
			for _, name := range i.Name {
				m.Sort(name)
			}
		}
	}
}
