package calendar

import (
	"context"
	"slices"
	"time"

	"mektep/core/clock"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// A section is open for an institution by its type, and that can change: what is entered already
// ends the time on the day on which another type closes it, or begins it on the day on which
// another type opens it, and everything ends with the institution (TR-IC-8).

// Standing is how a section stands now for an institution.
type Standing struct {
	Open  bool
	Until time.Time // the first moment at which it no longer is; zero: the calendar sets no end
	Opens time.Time // of one that is closed; zero: not known
	// Turn is what ends it before the calendar does, or opens it: another type of the institution,
	// or, without a type, its own end; nil: the calendar.
	Turn *unit.Turn

	zone *time.Location
}

// DaysLeft is how many days follow today until the last on which the section is open; see
// [Window.DaysLeft].
func (s Standing) DaysLeft(now time.Time) int {
	if !s.Open || s.Until.IsZero() {
		return 0
	}
	return daysLeft(s.Until, now, s.zone)
}

// daysLeft counts by the days of a zone; a moment is the first at which something is over.
func daysLeft(closes, now time.Time, zone *time.Location) int {
	last, today := clock.Day(closes.In(zone).Add(-time.Nanosecond)), clock.Day(now.In(zone))
	return int(last.Sub(today) / (24 * time.Hour))
}

// Stands says how a section stands now for what has a course. known is false for a section to
// which the calendar gives no window at all.
func (s *Service) Stands(ctx context.Context, section string, c unit.Course) (st Standing, known bool, err error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return st, false, err
	}
	all := m.Profile.Windows(section)
	if len(all) == 0 {
		return st, false, nil
	}
	extensions, err := s.extensions(ctx)
	if err != nil {
		return st, true, err
	}
	return standing(m.Profile, all, extensions, c, s.clock.Now()), true, nil
}

func standing(p *profile.Profile, all []*profile.Window, extensions []Extension, c unit.Course, now time.Time) Standing {
	open, _, next := around(spells(p, all, extensions, c, now), now)
	switch {
	case open != nil:
		return Standing{Open: true, Until: open.closes, Turn: open.ends, zone: p.Zone}
	case next != nil:
		return Standing{Opens: next.opens, Turn: next.begins, zone: p.Zone}
	}
	return Standing{zone: p.Zone}
}

// spell is a time in which a section, or one window of it, is open.
type spell struct {
	opens, closes time.Time
	first, last   *profile.Window // that begins it, and that ends it
	begins, ends  *unit.Turn      // what does so instead of the calendar
}

// spells are the times in which windows are open for what has a course, each as long as it lasts
// without a break, in order. What lies before today is judged by today's type.
func spells(p *profile.Profile, all []*profile.Window, extensions []Extension, c unit.Course, now time.Time) []spell {
	var out []spell
	typ, begins := c.Type, (*unit.Turn)(nil)
	turns := slices.Clone(c.Turns)
	if c.Until != nil {
		turns = append(slices.DeleteFunc(turns, func(t unit.Turn) bool { return !t.On.Before(*c.Until) }), unit.Turn{On: *c.Until})
	}
	for i := range len(turns) + 1 {
		var ends *unit.Turn
		if i < len(turns) {
			ends = &turns[i]
		}
		for _, w := range all {
			if typ != "" && !w.For(typ) {
				continue
			}
			s := spell{opens: w.OpensAt(), closes: stand(w, extensions, []string{typ}, now).Closes, first: w, last: w}
			if begins != nil && dayOf(p, *begins).After(s.opens) {
				s.opens, s.begins = dayOf(p, *begins), begins
			}
			if ends != nil && dayOf(p, *ends).Before(s.closes) {
				s.closes, s.ends = dayOf(p, *ends), ends
			}
			if s.opens.Before(s.closes) {
				out = append(out, s)
			}
		}
		if begins = ends; ends != nil {
			if typ = ends.Type; typ == "" {
				break
			}
		}
	}
	return joined(out)
}

// dayOf is the moment at which the day of a turn begins.
func dayOf(p *profile.Profile, t unit.Turn) time.Time { return midnight(t.On, p.Zone) }

func midnight(day time.Time, zone *time.Location) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}

// joined puts spells in order and makes one of those that follow one another without a break.
func joined(all []spell) []spell {
	slices.SortStableFunc(all, func(a, b spell) int { return a.opens.Compare(b.opens) })
	var out []spell
	for _, s := range all {
		n := len(out) - 1
		if n < 0 || s.opens.After(out[n].closes) {
			out = append(out, s)
		} else if s.closes.After(out[n].closes) {
			out[n].closes, out[n].last, out[n].ends = s.closes, s.last, s.ends
		}
	}
	return out
}

// around finds the spell of now, the one that ended last, and the one that begins next.
func around(all []spell, now time.Time) (open, last, next *spell) {
	for i := range all {
		switch s := &all[i]; {
		case now.Before(s.opens):
			if next == nil {
				next = s
			}
		case now.Before(s.closes):
			open = s
		default:
			last = s
		}
	}
	return open, last, next
}

// courseOf is the course of what a target belongs to, as far as the tree knows it.
func (s *Service) courseOf(ctx context.Context, t gate.Target) (unit.Course, error) {
	c := unit.Course{Type: t.Type}
	ids := unit.IDs(t.Path)
	if t.Type == "" || len(ids) == 0 {
		return c, nil
	}
	known, err := s.tree.Courses(ctx, ids[len(ids)-1])
	if u, is := known[ids[len(ids)-1]]; err == nil && is && u.Type == t.Type {
		return u, nil
	}
	return c, err
}

// laid lays courses over a window: it is open as long as it is for any of them. Whether it ever
// counts for one of them is the second result.
func (w Window) laid(p *profile.Profile, extensions []Extension, courses []unit.Course, now time.Time) (Window, bool) {
	var open, last, next *spell
	for _, c := range courses {
		o, l, n := around(spells(p, []*profile.Window{w.Window}, extensions, c, now), now)
		if o != nil && (open == nil || o.closes.After(open.closes)) {
			open = o
		}
		if n != nil && (next == nil || n.opens.Before(next.opens)) {
			next = n
		}
		if l != nil && (last == nil || l.closes.After(last.closes)) {
			last = l
		}
	}
	switch {
	case open != nil:
		w.State, w.Closes, w.Turn = Open, open.closes, open.ends
	case next != nil:
		w.State, w.opens, w.Closes, w.Turn = Upcoming, next.opens, next.closes, next.begins
	case last != nil:
		w.State, w.Closes, w.Turn = Closed, last.closes, nil
	}
	return w, open != nil || next != nil || last != nil
}

// typesOf are the types that courses have or will have.
func typesOf(courses []unit.Course) (types []string) {
	for _, c := range courses {
		types = append(types, c.Type)
		for _, t := range c.Turns {
			types = append(types, t.Type)
		}
	}
	return types
}

// typeName is what a type of institution is called.
func typeName(p *profile.Profile, typ string) any {
	if t := p.Type(typ); t != nil {
		return fault.Text(t.Name)
	}
	return fault.Text(nil)
}
