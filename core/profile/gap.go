package profile

import (
	"fmt"
	"slices"
)

// Gap are working days before a term on which there is neither teaching nor a break of all.
type Gap struct {
	Term  *Term // before which they lie; of the days at the end of the year, after which
	First Date
	Days  int
}

// Gaps are the days between two terms that lie in no break of all. Weekends and holidays are no
// gap.
func (y *SchoolYear) Gaps() (out []Gap) {
	for k := 1; k < len(y.Terms); k++ {
		g := Gap{Term: &y.Terms[k]}
		if g.Term.Start == 0 || y.Terms[k-1].End < y.Start || g.Term.Start > y.End {
			continue // said as a mistake
		}
		if y.count(&g, y.Terms[k-1].End.AddDays(1), g.Term.Start); g.Days > 0 {
			out = append(out, g)
		}
	}
	return out
}

// Edges are the days of the year before its first term, and those after its last one, that lie in
// no break of all: every year has some, and more of them than there were may be a slip.
func (y *SchoolYear) Edges() (before, after Gap) {
	if len(y.Terms) == 0 {
		return before, after
	}
	before.Term, after.Term = &y.Terms[0], &y.Terms[len(y.Terms)-1]
	y.count(&before, y.Start, before.Term.Start)
	y.count(&after, after.Term.End.AddDays(1), y.End.AddDays(1))
	return before, after
}

// count counts the days of a gap from one day on, before another.
func (y *SchoolYear) count(g *Gap, from, before Date) {
	for day := from; day < before; day = day.AddDays(1) {
		if y.weekend(day.Weekday()) || y.free(day) {
			continue
		}
		if g.Days++; g.Days == 1 {
			g.First = day
		}
	}
}

// noteGaps says Gaps as notes.
func (l *loader) noteGaps(y *SchoolYear) {
	for _, g := range y.Gaps() {
		if g.Term.src == nil {
			continue
		}
		more := ""
		switch {
		case g.Days == 2:
			more = " and 1 more day"
		case g.Days > 2:
			more = fmt.Sprintf(" and %d more days", g.Days-1)
		}
		f := g.Term.src.at("start").finding(CodeBetween, "%s%s before %q lies in no term and no break", g.First, more, g.Term.ID)
		f.Note = true
		l.found = append(l.found, f)
	}
}

// free reports whether a day lies in a break of all or is a holiday.
func (y *SchoolYear) free(day Date) bool {
	return slices.ContainsFunc(y.Breaks, func(b Break) bool {
		return b.Grades == nil && len(b.Types) == 0 && b.Start <= day && day <= b.End
	}) || slices.ContainsFunc(y.Holidays, func(h Holiday) bool { return h.Start <= day && day <= h.last() })
}
