package profile

import (
	"slices"
	"strings"
	"time"

	"mektep/core/finding"
)

// checkRoles reports roles that a lower level gives to a higher one, roles that
// give each other in a circle, and roles that nobody can give.
func (l *loader) checkRoles() {
	p := l.p
	for i := range p.Roles {
		r := &p.Roles[i]
		for k, g := range r.GrantedBy {
			giver := p.index.roles[g.Role]
			at := r.src.item("granted_by", k)
			if giver == nil {
				continue
			}
			if coreLevels[giver.Level] > coreLevels[r.Level] {
				l.add(at, CodeUpward, "%s is held at level %s and cannot give a role at level %s", g.Role, giver.Level, r.Level)
			} else if !p.mayStand(g.Within, giver.Level, r.Level) {
				l.add(at, CodeNoGiver, "%s is held at level %s, where no unit of level %s is ever within: %s; the grant can never be used", g.Role, giver.Level, r.Level, g.Within)
			}
			if g.Role != r.ID && p.reaches(r.ID, g.Role, map[string]bool{}) {
				l.add(at, CodeCycle, "%q gives %q, which in turn leads to %q", g.Role, r.ID, g.Role)
			}
		}
		for k, level := range r.Notify {
			if coreLevels[level] >= coreLevels[r.Level] {
				l.add(r.src.item("notify", k), CodeValue, "level %s does not lie above level %s", level, r.Level)
			}
		}
		for k, o := range r.Offices {
			if d := p.index.direct[o]; d != nil && r.Level != "directorate" && r.Level != "ministry" {
				l.add(r.src.item("offices", k), CodeValue, "%q is a directorate; the role is held at level %s", o, r.Level)
			}
			if f := p.index.offices[o]; f != nil && f.Level != r.Level {
				l.add(r.src.item("offices", k), CodeValue, "%q sits at level %s; the role is held at level %s", o, f.Level, r.Level)
			}
		}
		if l.partial || r.src == nil || r.src.src.layer == 0 {
			continue
		}
		switch {
		case len(r.GrantedBy) == 0:
			l.add(r.src.at("id"), CodeNoGiver, "nobody may give the role %q: name who in granted_by", r.ID)
		case !slices.ContainsFunc(r.GrantedBy, func(g Grant) bool { return g.Role != r.ID }):
			l.add(r.src.at("granted_by"), CodeNoGiver, "only holders of %q may give it, so nobody can be the first: name another role as well", r.ID)
		}
	}
}

// mayStand reports whether a unit of one level can stand in a grant's relation to
// a giver's unit at all. Which level hangs under which is the profile's.
func (p *Profile) mayStand(relation, giver, level string) bool {
	switch relation {
	case "tenant":
		return true
	case "unit":
		return giver == level
	case "overseen":
		return giver == "directorate" && level == "institution"
	default: // territory
		return p.hangsUnder(level, giver)
	}
}

// hangsUnder reports whether units of a level are, or may lie below, units of
// another.
func (p *Profile) hangsUnder(level, above string) bool {
	v := p.index.levels[level]
	return level == above || v == nil || p.index.levels[above] == nil || slices.ContainsFunc(v.Parents, func(parent string) bool {
		return coreLevels[parent] >= coreLevels[level] || p.hangsUnder(parent, above) // what runs in a circle is found elsewhere
	})
}

// reaches reports whether holders of role from can, step by step, bring about
// role to.
func (p *Profile) reaches(from, to string, seen map[string]bool) bool {
	if seen[from] {
		return false
	}
	seen[from] = true
	for i := range p.Roles {
		r := &p.Roles[i]
		if !slices.ContainsFunc(r.GrantedBy, func(g Grant) bool { return g.Role == from }) {
			continue
		}
		if r.ID == to || p.reaches(r.ID, to, seen) {
			return true
		}
	}
	return false
}

// checkYears judges every school year, and each against the one before.
func (l *loader) checkYears() {
	for i, y := range l.p.Years {
		if y.src != nil {
			l.checkYear(i, y)
			l.noteGaps(y)
		}
	}
}

// checkYear judges one school year, the i-th of the profile.
func (l *loader) checkYear(i int, y *SchoolYear) {
	l.checkSpan(y.src, "year", y.Start, y.End)
	l.checkLength(y)
	if i > 0 && l.p.Years[i-1].End >= y.Start && y.Start != 0 {
		l.add(y.src.at("start"), CodeOverlap, "the year begins before %s has ended", l.p.Years[i-1].ID)
	}
	l.checkTerms(y)
	for k := range y.Breaks {
		b := &y.Breaks[k]
		l.checkSpan(b.src, b.ID, b.Start, b.End)
		l.inside(y, b.src, b.Start, b.End)
		for m := range k {
			a := &y.Breaks[m]
			if a.Grades == nil && b.Grades == nil && len(a.Types)+len(b.Types) == 0 && a.Start <= b.End && b.Start <= a.End {
				l.add(b.src, CodeOverlap, "the break overlaps %q", a.ID)
			}
		}
	}
	for k := range y.Holidays {
		h := &y.Holidays[k]
		l.checkSpan(h.src, h.ID, h.Start, h.last())
		// One of the summer may stand in either year; one of another year is a slip of the pen.
		if first, last := y.Start.Time().AddDate(0, -1, 0), y.End.Time().AddDate(0, 1, 0); h.Start.Time().Before(first) || h.last().Time().After(last) {
			l.inside(y, h.src, h.Start, h.last())
		}
		if h.From != "" && h.Until != "" && h.Start == h.last() && h.From >= h.Until {
			l.add(h.src.at("until"), CodePeriod, "the holiday ends before it begins")
		}
	}
	for _, day := range y.Weekend {
		if !slices.Contains(weekdays, day) {
			l.add(y.src.at("weekend"), CodeValue, "%q is no day; write sat, sun", day)
		}
	}
	l.checkNames(y)
	l.checkMany(y)
	for k := range y.Windows {
		l.checkWindow(y, &y.Windows[k])
		l.checkReach(y, &y.Windows[k])
	}
	l.checkAmendments(y)
}

// MostWindows is how many windows a section may have in a school year.
func (p *Profile) MostWindows(y *SchoolYear) int {
	return int(p.Limit("windows_of_section", y.Start.Time()))
}

// checkMany bounds the windows of a section: each is a line that somebody agrees to. It is
// said once, of the first that is too many.
func (l *loader) checkMany(y *SchoolYear) {
	most, of := l.p.MostWindows(y), map[string]int{}
	for k := range y.Windows {
		section, _, _ := strings.Cut(y.Windows[k].Section, ".")
		of[section]++
	}
	seen := map[string]int{}
	for k := range y.Windows {
		section, _, _ := strings.Cut(y.Windows[k].Section, ".")
		if seen[section]++; most > 0 && seen[section] == most+1 {
			l.add(y.Windows[k].src, CodeMany, "%q has %d windows in this school year; at most %d are taken", section, of[section], most)
		}
	}
}

var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

func (l *loader) checkSpan(n *node, what string, start, end Date) {
	if start != 0 && end != 0 && start > end {
		l.add(n.at("end"), CodePeriod, "%s ends on %s, before it starts on %s", what, end, start)
	}
}

func (l *loader) inside(y *SchoolYear, n *node, start, end Date) {
	if start < y.Start || end > y.End {
		l.add(n, CodePeriod, "%s to %s does not lie within the year, %s to %s", start, end, y.Start, y.End)
	}
}

func (l *loader) checkTerms(y *SchoolYear) {
	for k := range y.Terms {
		t := &y.Terms[k]
		l.checkSpan(t.src, t.ID, t.Start, t.End)
		l.inside(y, t.src, t.Start, t.End)
		if k > 0 && t.Start <= y.Terms[k-1].End {
			l.add(t.src.at("start"), CodeOverlap, "the term begins before %q has ended; terms stand in order of time", y.Terms[k-1].ID)
		}
	}
}

// checkNames asks that terms, breaks and holidays of a year have different ids,
// since window expressions name them all.
func (l *loader) checkNames(y *SchoolYear) {
	seen := map[string]bool{"year": true}
	entries := []*Entry{}
	for i := range y.Terms {
		entries = append(entries, &y.Terms[i].Entry)
	}
	for i := range y.Breaks {
		entries = append(entries, &y.Breaks[i].Entry)
	}
	for i := range y.Holidays {
		entries = append(entries, &y.Holidays[i].Entry)
	}
	for _, e := range entries {
		if seen[e.ID] && e.ID != "" {
			l.add(e.src.at("id"), CodeDuplicate, "%q names a term, break or holiday of the year already", e.ID)
		}
		seen[e.ID] = true
	}
}

// checkWindow resolves a window and holds it to the least grace after a term
// (TR-IC-9: the limit term_grace_days, never less than the lowest layer says). A window
// that a layer below the limit says stays open as long as the limit asks: who gives more
// days gives them to the windows that there are.
func (l *loader) checkWindow(y *SchoolYear, w *Window) {
	w.year = y
	_, sub, _ := strings.Cut(w.Section, ".")
	switch {
	case sub != "" && !y.hasTerm(sub):
		l.add(w.src.at("section"), CodeReference, "the year has no term %q%s", sub, finding.DidYouMean(sub, y.names()))
	case sub != "" && w.Term != "" && w.Term != sub:
		l.add(w.src.at("term"), CodeValue, "the section is about term %q", sub)
	case sub != "":
		w.Term = sub
	case w.Term != "" && !y.hasTerm(w.Term):
		l.add(w.src.at("term"), CodeReference, "the year has no term %q%s", w.Term, finding.DidYouMean(w.Term, y.names()))
	}
	opens, opensAt, ok1 := l.windowDay(y, w, "opens", w.Opens)
	closes, closesAt, ok2 := l.windowDay(y, w, "closes", w.Closes)
	if !ok1 || !ok2 {
		return
	}
	w.opens, w.closes = opens.opening(opensAt, l.p.Zone), closes.closing(closesAt, l.p.Zone)
	if !w.closes.After(w.opens) {
		l.add(w.src.at("closes"), CodeWindowOrder, "the window closes before it opens")
	}
	if w.Term == "" {
		if s := l.p.Section(w.Section); s != nil && (s.ByTerm || l.p.namesTerms(s.ID)) {
			l.add(w.src.at("section"), CodeMissing, "the data of section %q belongs to terms: name the term", s.ID)
		}
		return
	}
	_, end, ok := y.span(w.Term)
	if l.p.index.limits[graceLimit] == nil {
		l.add(w.src, CodeUndeclared, "no layer declares the limit %s", graceLimit)
	}
	// the last minute of the last day counts as its end: 23:59 is how offices write it
	if until := l.graceEnd(end); ok && w.closes.Before(until.Add(-time.Minute)) {
		if l.raisedAbove(w.src.get("closes")) {
			w.closes = until
		} else {
			l.add(w.src.at("closes"), CodeGrace, "the window closes on %s; the data of a term stays open at least %d whole days after it, to the end of %s", w.closes.Format("2006-01-02 15:04"), l.grace(end), end.AddDays(l.grace(end)))
		}
	}
	if opensAt > end {
		l.add(w.src.at("opens"), CodeGrace, "the window opens on %s, after the term has ended", opensAt)
	}
}

// graceLimit is how many whole days the data of a term stays open after it, at least.
const graceLimit = "term_grace_days"

func (l *loader) grace(end Date) int {
	if m := l.p.index.limits[graceLimit]; m != nil {
		return int(m.at(end))
	}
	return 0
}

// graceEnd is the moment until which the data of a term that ends on a day stays open at least.
func (l *loader) graceEnd(end Date) time.Time {
	return end.AddDays(l.grace(end) + 1).In(l.p.Zone)
}

// raisedAbove reports whether a layer above the one that says a key says the grace.
func (l *loader) raisedAbove(key *node) bool {
	m := l.p.index.limits[graceLimit]
	if m == nil || m.src == nil || key == nil {
		return false
	}
	values := m.src.get("values")
	return values != nil && values.src.layer > key.src.layer
}

// namesTerms reports whether a window of the section names a term: then all must.
func (p *Profile) namesTerms(section string) bool {
	for _, y := range p.Years {
		for i := range y.Windows {
			base, sub, _ := strings.Cut(y.Windows[i].Section, ".")
			if base == section && (sub != "" || y.Windows[i].Term != "") {
				return true
			}
		}
	}
	return false
}

func (l *loader) windowDay(y *SchoolYear, w *Window, key, text string) (expr, Date, bool) {
	e, err := parseExpr(text)
	if err != nil {
		return e, 0, false // reported when the word was read
	}
	day, err := e.resolve(y)
	if err != nil {
		l.add(w.src.at(key), CodeWindow, "%s", err)
	}
	return e, day, err == nil && day != 0
}

// checkAmendments holds the history of a calendar against its dates: amendments
// stand in order of time, each begins where the last one ended, and the last one
// says what the calendar says.
func (l *loader) checkAmendments(y *SchoolYear) {
	now := map[string]Date{}
	place := map[string]*node{}
	var last Date
	for i := range y.Amendments {
		a := &y.Amendments[i]
		if a.On < last {
			l.add(a.src.at("on"), CodeAmendment, "amendments must stand in order of time")
		}
		last = a.On
		for k, c := range a.Changes {
			at := a.src.item("changes", k)
			id, edge, _ := strings.Cut(c.What, ".")
			_, _, known := y.span(id)
			if edge != "start" && edge != "end" || !known && c.Now != 0 {
				l.add(at.at("what"), CodeAmendment, "%q is nothing in the calendar; write term_1.end, year.start and the like%s", c.What, finding.DidYouMean(id, y.names()))
				continue
			}
			if before, ok := now[c.What]; ok && before != c.Was {
				l.add(at.at("was"), CodeAmendment, "the amendment before left %s at %s", c.What, before)
			}
			if c.Was == c.Now {
				l.add(at, CodeAmendment, "nothing changes")
			}
			now[c.What], place[c.What] = c.Now, at
		}
	}
	for _, what := range keysOf(now) {
		id, edge, _ := strings.Cut(what, ".")
		start, end, known := y.span(id)
		if edge == "end" {
			start = end
		}
		if known && start != now[what] {
			l.add(place[what].at("now"), CodeAmendment, "the calendar itself has %s for %s", start, what)
		}
	}
}
