package profile

import (
	"slices"
	"strings"
	"time"
)

// SchoolYears returns the school years in order of time.
func (p *Profile) SchoolYears() []*SchoolYear { return slices.Clone(p.Years) }

// SchoolYear returns the year with the id, or nil.
func (p *Profile) SchoolYear(id string) *SchoolYear { return p.index.years[id] }

// Year returns the school year that the day lies in, or nil.
func (p *Profile) Year(on time.Time) *SchoolYear {
	day := dateOn(on)
	for _, y := range p.Years {
		if y.Start <= day && day <= y.End {
			return y
		}
	}
	return nil
}

// Provisional reports whether the year's dates are not published yet.
func (y *SchoolYear) Provisional() bool { return y.Status == "provisional" }

// TermAt returns the term that the day lies in, or nil.
func (y *SchoolYear) TermAt(on time.Time) *Term {
	day := dateOn(on)
	for i := range y.Terms {
		if y.Terms[i].Start <= day && day <= y.Terms[i].End {
			return &y.Terms[i]
		}
	}
	return nil
}

// SchoolDay reports whether teaching takes place on the day, for at least half
// of it: within a term, no weekend, no break of all, no full holiday. grade is
// the class asked for, or 0 for those without a break of their own.
func (y *SchoolYear) SchoolDay(on time.Time, grade int) bool {
	day := dateOn(on)
	if y.TermAt(on) == nil || y.weekend(day.Weekday()) {
		return false
	}
	for i := range y.Breaks {
		b := &y.Breaks[i]
		if b.Start > day || day > b.End || len(b.Types) > 0 {
			continue
		}
		if b.Grades == nil || grade > 0 && b.Grades.From <= grade && grade <= b.Grades.To {
			return false
		}
	}
	for i := range y.Holidays {
		h := &y.Holidays[i]
		if h.Start > day || day > h.last() {
			continue
		}
		half := h.From != "" && day == h.Start || h.Until != "" && day == h.last()
		if !half {
			return false
		}
	}
	return true
}

func (y *SchoolYear) weekend(day time.Weekday) bool {
	weekend := y.Weekend
	if weekend == nil {
		weekend = []string{"sat", "sun"}
	}
	return slices.Contains(weekend, strings.ToLower(day.String()[:3]))
}

// Opens returns the moment from which the window is open.
func (w *Window) OpensAt() time.Time { return w.opens }

// ClosesAt returns the first moment at which the window is closed again.
func (w *Window) ClosesAt() time.Time { return w.closes }

// Open reports whether the window is open at a moment.
func (w *Window) Open(at time.Time) bool { return !at.Before(w.opens) && at.Before(w.closes) }

// Year returns the school year of the window.
func (w *Window) Year() *SchoolYear { return w.year }

// For reports whether the window is for institutions of the type.
func (w *Window) For(institutionType string) bool {
	return len(w.Types) == 0 || slices.Contains(w.Types, institutionType)
}

// Windows returns the windows of a section in all school years, in the order in
// which they open. "grades" finds the windows of all terms, "grades.term_1" those
// of one. A section without any is open always; one that has some is closed outside
// them, also on days of which no school year tells (TR-IC-8, TR-IC-9).
func (p *Profile) Windows(section string) []*Window {
	base, term, ofTerm := strings.Cut(section, ".")
	var out []*Window
	for _, y := range p.Years {
		for i := range y.Windows {
			w := &y.Windows[i]
			name, _, _ := strings.Cut(w.Section, ".")
			if name == base && (!ofTerm || w.Term == term) {
				out = append(out, w)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *Window) int { return a.opens.Compare(b.opens) })
	return out
}

// IsOpen reports whether one of the section's windows is open at a moment.
func (p *Profile) IsOpen(section string, at time.Time) bool {
	return slices.ContainsFunc(p.Windows(section), func(w *Window) bool { return w.Open(at) })
}

// CalendarEnds returns the last day of which a school year tells, the zero time
// where there is none. Days between two years count as told.
func (p *Profile) CalendarEnds() time.Time {
	var last Date
	for _, y := range p.Years {
		last = max(last, y.End)
	}
	return last.Time()
}

// As returns the first or last day of something in the calendar ("term_2.end")
// as it was known on a day, before later amendments.
func (y *SchoolYear) As(what string, known time.Time) Date {
	id, edge, _ := strings.Cut(what, ".")
	start, end, _ := y.span(id)
	if edge == "end" {
		start = end
	}
	day := dateOn(known)
	for i := len(y.Amendments) - 1; i >= 0 && y.Amendments[i].On > day; i-- {
		for _, c := range y.Amendments[i].Changes {
			if c.What == what {
				start = c.Was
			}
		}
	}
	return start
}
