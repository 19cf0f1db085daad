package profile

import (
	"fmt"
	"slices"
)

// noteGaps says, as a note, that days between two terms lie in no break of all: on them
// there would be neither teaching nor a break. Weekends and holidays are no gap.
func (l *loader) noteGaps(y *SchoolYear) {
	for k := 1; k < len(y.Terms); k++ {
		t := &y.Terms[k]
		if t.src == nil || t.Start == 0 || y.Terms[k-1].End < y.Start || t.Start > y.End {
			continue // said as a mistake
		}
		var first Date
		n := 0
		for day := y.Terms[k-1].End.AddDays(1); day < t.Start; day = day.AddDays(1) {
			if y.weekend(day.Weekday()) || y.free(day) {
				continue
			}
			if n++; n == 1 {
				first = day
			}
		}
		if n == 0 {
			continue
		}
		more := ""
		switch {
		case n == 2:
			more = " and 1 more day"
		case n > 2:
			more = fmt.Sprintf(" and %d more days", n-1)
		}
		f := t.src.at("start").finding(CodeBetween, "%s%s before %q lies in no term and no break", first, more, t.ID)
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
