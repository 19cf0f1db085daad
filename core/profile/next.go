package profile

import (
	"regexp"
	"slices"
	"strconv"
)

// aYear is what days of the week are kept by.
const aYear = 52 * 7

// Next proposes the school year that follows, for an office to go over:
//
//   - It begins on the day after this one ends, and ends on the same date a year later.
//   - Terms and breaks keep their days of the week: they move by 52 weeks. A term that
//     begins on a Monday does so again; by date it would begin on a Tuesday, and every
//     line would have to be put right. What begins or ends with the year itself (a first
//     term on 1 September) goes with it.
//   - Holidays and days that windows name stay at their date: a public holiday is a date,
//     and so is the day on which a report is due. Feasts that go by the moon cannot be
//     told from here: the form says that they are to be looked up.
//   - Windows written relative to terms need nothing: they move with them.
//
// Amendments and the note belong to the year that has them. The names count on where
// they hold the years.
func (y *SchoolYear) Next() *SchoolYear {
	n := &SchoolYear{
		ID: countOn(y.ID), Status: "published", Name: nextText(y.Name), Source: y.Source, Weekend: slices.Clone(y.Weekend),
		Start: y.End.AddDays(1), End: sameDate(y.End),
	}
	day := func(d Date) Date {
		switch d {
		case 0:
			return 0
		case y.Start:
			return n.Start
		case y.End:
			return n.End
		}
		return min(max(d.AddDays(aYear), n.Start), n.End)
	}
	for _, t := range y.Terms {
		t.Start, t.End, t.Name = day(t.Start), day(t.End), nextText(t.Name)
		n.Terms = append(n.Terms, t)
	}
	for _, b := range y.Breaks {
		b.Start, b.End, b.Name = day(b.Start), day(b.End), nextText(b.Name)
		n.Breaks = append(n.Breaks, b)
	}
	for _, h := range y.Holidays {
		h.Start, h.End = sameDate(h.Start), sameDate(h.End)
		n.Holidays = append(n.Holidays, h)
	}
	for _, w := range y.Windows {
		n.Windows = append(n.Windows, Window{
			Entry: w.Entry, Name: nextText(w.Name), Section: w.Section, Term: w.Term, Opens: nextExpr(w.Opens), Closes: nextExpr(w.Closes),
			Types: w.Types, ExtendedBy: w.ExtendedBy, AfterClose: w.AfterClose, Source: w.Source,
		})
	}
	return n
}

// sameDate is the same date a year later; 28 February for the 29th.
func sameDate(d Date) Date {
	if d == 0 {
		return 0
	}
	if d%10000 == 229 {
		d--
	}
	return d + 10000
}

var (
	years    = regexp.MustCompile(`\b(\d{4})(\s*[-–/]\s*)(\d{4}|\d{2})\b`)
	plainDay = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}`)
)

// countOn moves the years that a name holds on by one: 2026–27 becomes 2027–28.
func countOn(name string) string {
	return years.ReplaceAllStringFunc(name, func(s string) string {
		m := years.FindStringSubmatch(s)
		from, _ := strconv.Atoi(m[1])
		to := strconv.Itoa(from + 2)
		return strconv.Itoa(from+1) + m[2] + to[len(to)-len(m[3]):]
	})
}

func nextText(t Text) Text {
	if t == nil {
		return nil
	}
	out := Text{}
	for tag, s := range t {
		out[tag] = countOn(s)
	}
	return out
}

// nextExpr moves a window expression that names a plain day.
func nextExpr(s string) string {
	return plainDay.ReplaceAllStringFunc(s, func(day string) string {
		d, err := ParseDate(day)
		if err != nil {
			return day
		}
		return sameDate(d).String()
	})
}
