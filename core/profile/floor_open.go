package profile

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// By a file, which one person can write, a section can be closed earlier than the
// country's calendar closes it and never opened longer (TR-IC-8), in whatever way: by a
// window, by the dates of terms, breaks and the year on which windows rest, or by taking
// windows away. That is done on screen, where a second person has to agree.
//
// In the time of which the country's calendar tells, a section may be open when the
// country's windows of all years have it open, those that meet taken together. Outside of
// it, in a year that only the ministry has, a section may be open in any twelve months as
// long as the country's longest year has it open, and a month more: terms differ from year
// to year by weeks, and a section that the law closes stays closed for the most of what it
// is closed now.

const (
	twelveMonths = 366 * 24 * time.Hour
	monthMore    = 31 * 24 * time.Hour
)

// span is a time, its end excluded.
type span struct{ from, to time.Time }

// countryYears are the years of the country's own calendar: what of them says when sections are open.
func (l *loader) countryYears() *Profile {
	country := &Profile{}
	for rel, n := range l.country {
		if path.Dir(rel) != "calendar" || n == nil {
			continue
		}
		day := func(n *node, key string) Date {
			d, _ := ParseDate(valueOf(n.get(key)))
			return d
		}
		each := func(list string, fn func(e Entry, n *node)) {
			if list := n.get(list); list != nil {
				for _, x := range list.items {
					fn(Entry{ID: valueOf(x.get("id"))}, x)
				}
			}
		}
		y := &SchoolYear{ID: strings.TrimSuffix(path.Base(rel), ".yaml"), Start: day(n, "start"), End: day(n, "end")}
		each("terms", func(e Entry, n *node) {
			y.Terms = append(y.Terms, Term{Entry: e, Start: day(n, "start"), End: day(n, "end")})
		})
		each("breaks", func(e Entry, n *node) {
			y.Breaks = append(y.Breaks, Break{Entry: e, Start: day(n, "start"), End: day(n, "end")})
		})
		each("holidays", func(e Entry, n *node) {
			y.Holidays = append(y.Holidays, Holiday{Entry: e, Start: day(n, "start"), End: day(n, "end")})
		})
		each("windows", func(e Entry, n *node) {
			w := Window{Entry: e, Section: valueOf(n.get("section")), Term: valueOf(n.get("term")), Opens: valueOf(n.get("opens")), Closes: valueOf(n.get("closes")), year: y}
			if types := n.get("types"); types != nil {
				for _, t := range types.items {
					w.Types = append(w.Types, t.value)
				}
			}
			if _, term, ok := strings.Cut(w.Section, "."); ok {
				w.Term = term
			}
			if w.stand(l.p.Zone) {
				if _, end, ok := y.span(w.Term); ok && w.Term != "" {
					w.closes = latest(w.closes, l.graceEnd(end)) // more days after a term are the ministry's to give (TR-IC-9)
				}
				y.Windows = append(y.Windows, w)
			}
		})
		country.Years = append(country.Years, y)
	}
	slices.SortFunc(country.Years, func(a, b *SchoolYear) int { return cmp.Compare(a.Start, b.Start) })
	return country
}

// stand finds when a window that was not decoded opens and closes.
func (w *Window) stand(zone *time.Location) bool {
	opens, err1 := parseExpr(w.Opens)
	closes, err2 := parseExpr(w.Closes)
	if err1 != nil || err2 != nil {
		return false
	}
	from, err1 := opens.resolve(w.year)
	to, err2 := closes.resolve(w.year)
	w.opens, w.closes = opens.opening(from, zone), closes.closing(to, zone)
	return err1 == nil && err2 == nil
}

// key names the data that a window opens: a section, or the part of it that is a term's.
func (w *Window) key() string {
	section, _, _ := strings.Cut(w.Section, ".")
	if w.Term != "" {
		return section + "." + w.Term
	}
	return section
}

// checkWiderWindows holds the calendar of a ministry's files to its country's.
func (l *loader) checkWiderWindows() {
	country := l.countryYears()
	told := country.told(l.p.Zone)
	types := []string{""}
	for i := range l.p.Types {
		types = append(types, l.p.Types[i].ID)
	}
	for _, rel := range slices.Sorted(maps.Keys(l.top.nodes)) {
		y := l.p.index.years[strings.TrimSuffix(path.Base(rel), ".yaml")]
		if path.Dir(rel) != "calendar" || y == nil || l.top.nodes[rel] == nil {
			continue
		}
		known := told
		if l.country[rel] != nil { // however far the ministry makes the year reach
			for k := range y.Windows {
				known = span{earliest(known.from, y.Windows[k].opens), latest(known.to, y.Windows[k].closes)}
			}
		}
		for i := range y.Windows {
			w := &y.Windows[i]
			section, _, _ := strings.Cut(w.Section, ".")
			if w.src == nil || w.opens.IsZero() || !w.closes.After(w.opens) || len(country.Windows(section)) == 0 {
				continue // a section that the country never closes
			}
			if at := country.closed(w, known, types); !at.IsZero() {
				l.add(l.saidBy(rel, w), CodeWeaker, "%s: %s: at %s the country's calendar has the section closed; a file can close it earlier and not open it longer, by other dates of the year neither: who needs that proposes it on screen, and a second person agrees", w.ID, alwaysOpen, at.Format("2006-01-02 15:04"))
			} else if l.tooLong(country, w, known, types) {
				l.add(l.saidBy(rel, w), CodeWeaker, "%s: the section would be open for more of the year than in any year of the country's calendar and a month more, and the law closes it: a file opens it for no longer than that", w.ID)
			}
		}
	}
	l.checkWindowless(country)
}

// told is the time of which a calendar tells.
func (p *Profile) told(zone *time.Location) (s span) {
	for i, y := range p.Years {
		if start := y.Start.In(zone); i == 0 || start.Before(s.from) {
			s.from = start
		}
		s.to = latest(s.to, y.End.AddDays(1).In(zone))
		for k := range y.Windows {
			s.to = latest(s.to, y.Windows[k].closes)
		}
	}
	return s
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// closed returns the first moment of the known time at which a window is open to a type
// of institution to which the country's windows have its section closed.
func (p *Profile) closed(w *Window, known span, types []string) time.Time {
	end := earliest(w.closes, known.to)
	for _, t := range types {
		if !w.For(t) {
			continue
		}
		at := latest(w.opens, known.from)
		for _, s := range opened(p.Windows(w.key()), t) {
			if !s.from.After(at) {
				at = latest(at, s.to)
			}
		}
		if at.Before(end) {
			return at
		}
	}
	return time.Time{}
}

// opened is when windows are open to a type, those that meet taken together, in order of time.
func opened(windows []*Window, typ string) (out []span) {
	windows = slices.DeleteFunc(slices.Clone(windows), func(w *Window) bool { return !w.For(typ) })
	slices.SortFunc(windows, func(a, b *Window) int { return a.opens.Compare(b.opens) })
	for _, w := range windows {
		if n := len(out); n > 0 && !w.opens.After(out[n-1].to) {
			out[n-1].to = latest(out[n-1].to, w.closes)
		} else {
			out = append(out, span{w.opens, w.closes})
		}
	}
	return out
}

// within is how much of a time is open.
func within(open []span, from, to time.Time) (sum time.Duration) {
	for _, s := range open {
		sum += max(0, earliest(s.to, to).Sub(latest(s.from, from)))
	}
	return sum
}

// tooLong reports whether a window is open in a time of which the country's calendar does
// not tell, and its section, or its term's part of it, in twelve months for longer than
// the country has it.
func (l *loader) tooLong(country *Profile, w *Window, known span, types []string) bool {
	if !w.opens.Before(known.from) && !w.closes.After(known.to) {
		return false
	}
	section, _, _ := strings.Cut(w.Section, ".")
	for _, t := range types {
		if !w.For(t) {
			continue
		}
		for _, key := range slices.Compact([]string{section, w.key()}) {
			most := country.longest(key == section, section, t)
			if most > 0 {
				most += monthMore
			}
			open := opened(l.p.Windows(key), t)
			for _, s := range open {
				from, to := s.from, s.from.Add(twelveMonths)
				switch { // none of it that the country's calendar tells of
				case from.Before(known.from):
					to = earliest(to, known.from)
				case from.Before(known.to):
					from, to = known.to, known.to.Add(twelveMonths)
				}
				if within(open, from, to) > most && w.opens.Before(to) && w.closes.After(from) {
					return true
				}
			}
		}
	}
	return false
}

// longest is for how long one year of a calendar has a section open to a type, at most:
// all of it, or the data of one term, whatever its name.
func (p *Profile) longest(whole bool, section, typ string) (most time.Duration) {
	for _, y := range p.Years {
		parts := map[string][]*Window{}
		for i := range y.Windows {
			w := &y.Windows[i]
			if base, _, _ := strings.Cut(w.Section, "."); base != section {
				continue
			}
			key := section
			if !whole {
				key = w.key()
			}
			parts[key] = append(parts[key], w)
		}
		for _, windows := range parts {
			if open := opened(windows, typ); len(open) > 0 {
				most = max(most, within(open, open[0].from, open[len(open)-1].to))
			}
		}
	}
	return most
}

// checkWindowless finds what would always be open, since a section or a term's part of it
// has no window left: what the country closes stays closed (TR-IC-8).
func (l *loader) checkWindowless(country *Profile) {
	sections, terms := country.windowed()
	for _, rel := range slices.Sorted(maps.Keys(l.top.nodes)) {
		y, n := l.p.index.years[strings.TrimSuffix(path.Base(rel), ".yaml")], l.top.nodes[rel]
		if path.Dir(rel) != "calendar" || y == nil || n == nil {
			continue
		}
		for _, section := range slices.Sorted(maps.Keys(sections)) {
			switch {
			case len(l.p.Windows(section)) == 0:
				l.add(n.at("windows"), CodeWeaker, "%s: %s: no year would have a window of the section, and without any it is open always; leave one window of it, or one that closes earlier", section, alwaysOpen)
			case sections[section]:
				for k := range y.Terms {
					part := section + "." + y.Terms[k].ID
					theirs := terms[y.Terms[k].ID] && len(country.Windows(part)) == 0 // the country leaves it open itself
					if !theirs && len(l.p.Windows(part)) == 0 {
						l.add(n.at("windows"), CodeWeaker, "%s: %s: no window is about the data of that term, and without any they are open always; give the term one, or leave the country's", part, alwaysOpen)
					}
				}
			}
		}
	}
}

// saidBy is the key by which a ministry's file opens a window longer: the window's own,
// or the date on which it rests.
func (l *loader) saidBy(rel string, w *Window) *node {
	for _, key := range []string{"closes", "opens", "types", "section"} {
		if n := w.src.get(key); n != nil && n.src.layer == l.top.depth {
			return n
		}
	}
	top := l.top.nodes[rel]
	for _, text := range []string{w.Closes, w.Opens} {
		e, _ := parseExpr(text)
		edge := "start"
		if e.end {
			edge = "end"
		}
		if e.ref == "year" && top.get(edge) != nil {
			return top.get(edge)
		}
		for _, list := range []string{"terms", "breaks", "holidays"} {
			if n := top.get(list); n != nil {
				for _, x := range n.items {
					if valueOf(x.get("id")) == e.ref {
						return x.at(edge)
					}
				}
			}
		}
	}
	return top
}
