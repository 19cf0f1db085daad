package profile

import (
	"path"
	"slices"
	"strings"
	"time"
)

// A case that is built in binds what the law says. Where it tries what only the ministry
// decides - the days of a school year, a unit of territory - and a
// ministry has laid its own over that, the case says nothing about it any more: it is not
// tried, and a note tells so. The same holds for a case that expects something to be given
// or to be accepted where the ministry, as it may, asks more: who may give a role, what a
// field must hold. A case of what is denied binds always, and so do a ministry's own cases.

// restCases notes the cases that rest on something which a ministry has laid its own over.
func (l *loader) restCases() {
	if !l.merge.ministry || l.p.casesAt == nil {
		return
	}
	l.p.untried = map[*node]bool{}
	rest := func(list string, i int, on string) {
		n := l.p.casesAt.item(list, i)
		if n == nil || n.src == nil || n.src.layer == l.top.depth || on == "" {
			return
		}
		l.p.untried[n] = true
		f := n.finding(CodeCase, "not tried: the case rests on what %s says otherwise, and that is the ministry's own", on)
		f.Note = true
		l.found = append(l.found, f)
	}
	years := l.laidYears()
	on := func(day Date, year string) string {
		for _, y := range years {
			if y.from <= day && day <= y.to || year != "" && y.id == year {
				return y.file
			}
		}
		return ""
	}
	c := &l.p.Cases
	for i := range c.Dates {
		rest("dates", i, on(c.Dates[i].On, c.Dates[i].Year))
	}
	for i := range c.Windows {
		if at, err := parseMoment(c.Windows[i].At, l.p.Zone); err == nil {
			by := on(dateOn(at), "")
			if by == "" && !c.Windows[i].Open {
				by = l.longer(dateOn(at))
			}
			rest("windows", i, by)
		}
	}
	for i := range c.Grants {
		r := l.p.index.roles[c.Grants[i].Role]
		if by := r.laid("granted_by", l.top.depth); by != nil && c.Grants[i].Allow {
			rest("grants", i, by.src.path)
		}
	}
	if t := l.top.tables[territoryFile]; t != nil {
		for i := range c.Territory {
			for _, r := range t.rows {
				if r.cells["code"] == c.Territory[i].Code {
					rest("territory", i, t.src.path)
				}
			}
		}
	}
}

// longer is the file of the ministry's that has the data of a term open on a day after it,
// for more days than the country asks.
func (l *loader) longer(day Date) string {
	m := l.p.index.limits[graceLimit]
	if m == nil || m.src.get("values") == nil || m.src.get("values").src.layer != l.top.depth {
		return ""
	}
	for _, y := range l.p.Years {
		for _, t := range y.Terms {
			if t.End < day && day <= t.End.AddDays(l.grace(t.End)) {
				return m.src.get("values").src.path
			}
		}
	}
	return ""
}

// binds reports whether a year that is built in holds the ministry to its cases: one
// that was published, and to which the ministry adds no amendment.
func (l *loader) binds(y *SchoolYear, rel string) bool {
	published := false
	for _, below := range l.layers[:len(l.layers)-1] {
		published = published || valueOf(below.nodes[rel].get("status")) == "published"
	}
	return published && !slices.ContainsFunc(y.Amendments, func(a Amendment) bool { return a.src != nil && a.src.at("on").src.layer == l.top.depth })
}

// laidYear is a school year that a ministry has laid its own over, from the first day on
// which either calendar tells of it to the last on which one of its windows is open.
type laidYear struct {
	id, file string
	from, to Date
}

func (l *loader) laidYears() (out []laidYear) {
	for rel, n := range l.top.nodes {
		if path.Dir(rel) != "calendar" || n == nil {
			continue
		}
		y := laidYear{id: strings.TrimSuffix(path.Base(rel), ".yaml"), file: n.src.path}
		merged := l.p.index.years[y.id]
		if merged == nil || l.binds(merged, rel) {
			continue
		}
		y.from, y.to = merged.Start, merged.End
		for i := range merged.Windows {
			y.to = max(y.to, DateOf(merged.Windows[i].closes.In(l.p.Zone).Add(-time.Minute)))
		}
		for _, below := range l.layers[:len(l.layers)-1] {
			if start, err := ParseDate(valueOf(below.nodes[rel].get("start"))); err == nil {
				y.from = min(y.from, start)
			}
			if end, err := ParseDate(valueOf(below.nodes[rel].get("end"))); err == nil {
				y.to = max(y.to, end)
			}
		}
		out = append(out, y)
	}
	return out
}

// laid returns what a layer says of a key of the role, nil where it says nothing.
func (r *Role) laid(key string, layer int) *node {
	if r == nil {
		return nil
	}
	if n := r.src.get(key); n != nil && n.src.layer == layer {
		return n
	}
	return nil
}

// stricter reports whether a layer above that of a case demands something of the field
// that the case cannot know.
func (f *Field) stricter(layer int) bool {
	return slices.ContainsFunc([]string{"required", "min", "max", "earliest", "latest", "pattern", "check", "unique", "decimals", "type"}, func(key string) bool {
		n := f.src.get(key)
		return n != nil && n.src != nil && n.src.layer > layer
	})
}

// known reports whether the field was there when a case of that layer was written.
func (f *Field) known(layer int) bool {
	n := f.src.at("type")
	return n == nil || n.src == nil || n.src.layer <= layer
}
