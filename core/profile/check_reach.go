package profile

import (
	"maps"
	"slices"
	"strings"
)

// extensionLimit is how many days after its end a window may be held open, at most.
const extensionLimit = "window_extension_days"

// longestYear is how many days a school year lasts at most: eighteen months. What is
// longer is a mistyped year, and would have its sections open for all of it.
const longestYear = 550

// Reach is how far from a school year that begins and ends on two days its windows lie, at
// most: as many days before and after it as the profile lets a window be held open longer,
// or as the data of a term that ends with it stays open. What is further off opens a
// section in years of which the calendar doesn't tell (TR-IC-8, TR-IC-9).
func (p *Profile) Reach(start, end Date) (first, last Date, days int) {
	for _, id := range []string{extensionLimit, graceLimit} {
		if m := p.index.limits[id]; m != nil {
			days = max(days, int(m.at(end)))
		}
	}
	return start.AddDays(-days), end.AddDays(days), days
}

// checkReach holds a window to the school year in which it stands.
func (l *loader) checkReach(y *SchoolYear, w *Window) {
	if y.Start == 0 || y.End == 0 || w.opens.IsZero() || l.p.index.limits[extensionLimit] == nil {
		return
	}
	first, last, days := l.p.Reach(y.Start, y.End)
	if w.opens.Before(first.In(l.p.Zone)) {
		l.add(w.src.at("opens"), CodeReach, "the window opens on %s; windows of a school year open %d days before it at the earliest, on %s", w.opens.Format("2006-01-02 15:04"), days, first)
	}
	if w.closes.After(last.AddDays(1).In(l.p.Zone)) {
		l.add(w.src.at("closes"), CodeReach, "the window closes on %s; windows of a school year close %d days after it at the latest, on %s", w.closes.Format("2006-01-02 15:04"), days, last)
	}
}

// LastOf is the last day that a school year may have that begins on a day.
func LastOf(start Date) Date { return start.AddDays(longestYear) }

// checkLength refuses a school year that is longer than any.
func (l *loader) checkLength(y *SchoolYear) {
	if y.Start != 0 && y.End > LastOf(y.Start) {
		l.add(y.src.at("end"), CodeYearLong, "the school year would last until %s; none is longer than %d days: %s at the latest", y.End, longestYear, LastOf(y.Start))
	}
}

// leftOpen are the sections, and the parts of them that are a term's, that windows close in
// was and that a year would leave without any: without one they are open always (TR-IC-8).
func (l *loader) leftOpen(was *Profile, y *SchoolYear) (parts []string) {
	sections, terms := was.windowed()
	for _, section := range slices.Sorted(maps.Keys(sections)) {
		if len(l.p.Windows(section)) == 0 {
			parts = append(parts, section)
			continue
		}
		if !sections[section] {
			continue
		}
		for i := range y.Terms {
			part := section + "." + y.Terms[i].ID
			theirs := terms[y.Terms[i].ID] && len(was.Windows(part)) == 0 // open already
			if !theirs && len(l.p.Windows(part)) == 0 {
				parts = append(parts, part)
			}
		}
	}
	return parts
}

// windowed are the sections that have windows, and whether those are about terms; and the
// terms of all years.
func (p *Profile) windowed() (sections, terms map[string]bool) {
	sections, terms = map[string]bool{}, map[string]bool{}
	for _, y := range p.Years {
		for i := range y.Terms {
			terms[y.Terms[i].ID] = true
		}
		for i := range y.Windows {
			section, _, _ := strings.Cut(y.Windows[i].Section, ".")
			sections[section] = sections[section] || y.Windows[i].Term != ""
		}
	}
	return sections, terms
}
