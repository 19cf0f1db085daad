package profile

import (
	"path"
	"slices"
	"strings"
	"time"
)

// open is a time in which a section is open to institutions of some types, all when
// there are none.
type open struct {
	from, to time.Time
	types    []string
}

// checkWiderWindows holds the windows of a ministry's file to those of its country's: by
// a file, which one person can write, a section can be closed earlier and never opened
// longer (TR-IC-8). That is done on screen, where a second person has to agree. Where the
// country has no such year, a file may open what a year needs, and not the whole of it.
func (l *loader) checkWiderWindows() {
	for rel, n := range l.top.nodes {
		if path.Dir(rel) != "calendar" || n == nil {
			continue
		}
		y := l.p.index.years[strings.TrimSuffix(path.Base(rel), ".yaml")]
		if y == nil {
			continue
		}
		below, known := l.opensBelow(y, rel)
		for i := range y.Windows {
			w := &y.Windows[i]
			if w.src == nil || w.opens.IsZero() || w.closes.IsZero() {
				continue
			}
			section, _, _ := strings.Cut(w.Section, ".")
			switch {
			case known && !covered(below[section+"."+w.Term], w):
				l.add(l.saidBy(w), CodeWeaker, "%s: %s; a file can close the section earlier and not open it longer than the country's calendar does: who needs that proposes it on screen, and a second person agrees", w.ID, alwaysOpen)
			case !known && !w.opens.After(y.Start.In(l.p.Zone)) && w.closes.After(y.End.In(l.p.Zone)):
				l.add(l.saidBy(w), CodeWeaker, "%s: the section would be open the whole year, and the law closes it: a file opens it for a part of the year", w.ID)
			}
		}
	}
}

// saidBy is the key by which a ministry's file opens a window longer.
func (l *loader) saidBy(w *Window) *node {
	for _, key := range []string{"closes", "opens", "types", "section"} {
		if n := w.src.get(key); n != nil && n.src.layer == l.top.depth {
			return n
		}
	}
	return w.src
}

// opensBelow returns when each section is open by the windows of the layers below, on
// the year's dates as they are now; known is whether there is such a year below.
func (l *loader) opensBelow(y *SchoolYear, rel string) (out map[string][]open, known bool) {
	out = map[string][]open{}
	windows := map[string]*node{}
	for _, layer := range l.layers[:len(l.layers)-1] {
		n := layer.nodes[rel]
		known = known || n != nil
		if list := n.get("windows"); list != nil {
			for _, w := range list.items {
				windows[valueOf(w.get("id"))] = w
			}
		}
	}
	for _, w := range windows {
		opens, err1 := parseExpr(valueOf(w.get("opens")))
		closes, err2 := parseExpr(valueOf(w.get("closes")))
		if err1 != nil || err2 != nil {
			continue
		}
		from, err1 := opens.resolve(y)
		to, err2 := closes.resolve(y)
		if err1 != nil || err2 != nil {
			continue // on a break or a holiday that the ministry took away
		}
		section, term, _ := strings.Cut(valueOf(w.get("section")), ".")
		if t := valueOf(w.get("term")); t != "" {
			term = t
		}
		o := open{from: opens.opening(from, l.p.Zone), to: closes.closing(to, l.p.Zone)}
		if types := w.get("types"); types != nil {
			for _, t := range types.items {
				o.types = append(o.types, t.value)
			}
		}
		out[section+"."+term] = append(out[section+"."+term], o)
	}
	return out, known
}

// covered reports whether a section is open for all that a window is for, all the time
// that it is.
func covered(below []open, w *Window) bool {
	slices.SortFunc(below, func(a, b open) int { return a.from.Compare(b.from) })
	at := w.opens
	for _, o := range below {
		wide := len(o.types) == 0 || len(w.Types) > 0 && !slices.ContainsFunc(w.Types, func(t string) bool { return !slices.Contains(o.types, t) })
		if wide && !o.from.After(at) && o.to.After(at) {
			at = o.to
		}
	}
	return !at.Before(w.closes)
}
