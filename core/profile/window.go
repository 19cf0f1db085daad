package profile

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"mektep/core/finding"
)

// expr is a parsed window expression: a day of the year's own, moved by some
// days, at a time of day.
type expr struct {
	ref  string // id of a term, break or holiday, or year; empty for a plain day
	end  bool   // its last day rather than its first
	day  Date   // of a plain day
	days int    // added
	hour int    // -1: none given
	min  int
}

var exprForm = regexp.MustCompile(`^(?:([a-z][a-z0-9_]*)\.(start|end)|([0-9]{4}-[0-9]{2}-[0-9]{2}))(?: *([+-]) *([0-9]{1,3})([dw]))?(?: +([01][0-9]|2[0-3]):([0-5][0-9]))?$`)

// parseExpr reads term_1.end + 10d 18:00 and its like.
func parseExpr(s string) (expr, error) {
	m := exprForm.FindStringSubmatch(s)
	if m == nil {
		return expr{}, fmt.Errorf("%q is no window expression; write term_1.start, term_1.end + 10d, year.end - 2w 18:00 or 2026-06-26", s)
	}
	e := expr{ref: m[1], end: m[2] == "end", hour: -1}
	if m[3] != "" {
		day, err := ParseDate(m[3])
		if err != nil {
			return expr{}, err
		}
		e.day = day
	}
	if m[5] != "" {
		e.days, _ = strconv.Atoi(m[5]) // three digits at most
		if m[6] == "w" {
			e.days *= 7
		}
		if m[4] == "-" {
			e.days = -e.days
		}
	}
	if m[7] != "" {
		e.hour, _ = strconv.Atoi(m[7])
		e.min, _ = strconv.Atoi(m[8])
	}
	return e, nil
}

// resolve returns the day that the expression means in a school year.
func (e expr) resolve(y *SchoolYear) (Date, error) {
	if e.day != 0 {
		return e.day.AddDays(e.days), nil
	}
	start, end, ok := y.span(e.ref)
	if !ok {
		return 0, fmt.Errorf("the year has no %q%s", e.ref, finding.DidYouMean(e.ref, y.names()))
	}
	if e.end {
		start = end
	}
	return start.AddDays(e.days), nil
}

// opening returns the moment at which a window with this expression opens:
// the given time of day, or the beginning of the day.
func (e expr) opening(day Date, zone *time.Location) time.Time {
	h, m := max(e.hour, 0), e.min
	t := day.Time()
	return time.Date(t.Year(), t.Month(), t.Day(), h, m, 0, 0, zone)
}

// closing returns the first moment at which it is closed: the given time of
// day, or the beginning of the next day.
func (e expr) closing(day Date, zone *time.Location) time.Time {
	if e.hour < 0 {
		return day.AddDays(1).In(zone)
	}
	return e.opening(day, zone)
}

// span returns the first and last day of a term, break, holiday, or of the year.
func (y *SchoolYear) span(id string) (start, end Date, ok bool) {
	if id == "year" {
		return y.Start, y.End, true
	}
	for i := range y.Terms {
		if t := &y.Terms[i]; t.ID == id {
			return t.Start, t.End, true
		}
	}
	for i := range y.Breaks {
		if b := &y.Breaks[i]; b.ID == id {
			return b.Start, b.End, true
		}
	}
	for i := range y.Holidays {
		if h := &y.Holidays[i]; h.ID == id {
			return h.Start, h.last(), true
		}
	}
	return 0, 0, false
}

func (y *SchoolYear) names() []string {
	names := []string{"year"}
	for i := range y.Terms {
		names = append(names, y.Terms[i].ID)
	}
	for i := range y.Breaks {
		names = append(names, y.Breaks[i].ID)
	}
	for i := range y.Holidays {
		names = append(names, y.Holidays[i].ID)
	}
	return names
}

func (y *SchoolYear) hasTerm(id string) bool {
	for i := range y.Terms {
		if y.Terms[i].ID == id {
			return true
		}
	}
	return false
}

func (h *Holiday) last() Date {
	if h.End == 0 {
		return h.Start
	}
	return h.End
}
