package register

import (
	"net/url"
	"slices"

	"mektep/core/gate"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// Picker lets somebody choose a unit: by search, or by going down the territory.
type Picker struct {
	Title, Lead string
	Crumbs      []ui.Link
	Base        string // address that the choice is added to
	Param       string // of the choice
	Words       string // typed into the search
	Near        int64  // id of the unit whose insides are shown first; 0: the top
	Rows        []Pick
	Search      string // label of the search
	Chosen      []unit.Unit
	Cut         bool // more fit than are shown

	at *unit.Unit // whose insides are shown
}

// Pick is a unit to choose.
type Pick struct {
	unit.Unit
	Place  string // where it lies
	May    bool   // it can be chosen; otherwise only gone into
	Inside bool   // something lies below it
}

// MostPicks is how many results a search shows.
const MostPicks = 30

func (p Picker) url(name, value string) string {
	u, err := url.Parse(p.Base)
	if err != nil {
		return p.Base
	}
	v := u.Query()
	for _, c := range p.Chosen {
		v.Add(p.Param, c.UID)
	}
	if value != "" {
		v.Add(name, value)
	}
	u.RawQuery = v.Encode()
	return u.String()
}

// Pick fills a picker with territory in which the caller may do action, on
// levels that fit.
func (l *Places) Pick(q *screen.Request, p Picker, object, action string, levels []string) (Picker, error) {
	ctx := q.Context()
	scope, err := q.Gate.Scope(ctx, action, object)
	if err != nil {
		return p, q.Gate.Refused(ctx, err)
	}
	known, err := l.Of(ctx)
	if err != nil {
		return p, err
	}
	p.Words, p.Search = q.C.Query("find"), q.T("record.pick.place")
	schools := slices.Contains(levels, unit.Institution)
	var found []unit.Unit
	switch in, ok := known.ByUID[q.C.Query("in")]; {
	case p.Words != "":
		found, err = l.tree.Find(ctx, p.Words, MostPicks, func(alias string, args *[]any) string {
			if schools {
				return scope.SQL(alias, args)
			}
			return " AND " + alias + ".level <> 'institution'" + scope.SQL(alias, args)
		})
		p.Cut = len(found) >= MostPicks
	case ok && schools:
		p.at = &in
		found, err = l.tree.Lies(ctx, in, MostPicks, scope.SQL)
		p.Cut = len(found) >= MostPicks
		found = append(slices.Clone(q.InOrder(known.Below[in.ID])), found...)
	case ok:
		p.at, found = &in, q.InOrder(known.Below[in.ID])
	case p.Near != 0 && q.C.Query("in") == "":
		found = q.InOrder(known.Below[p.Near])
	default:
		found = q.InOrder(known.Tops(scope))
		if slices.Contains(levels, unit.Ministry) && scope.All {
			found = append([]unit.Unit{known.Root}, found...)
		}
	}
	if err != nil {
		return p, err
	}
	for _, u := range found {
		way := known.Way(u)
		row := Pick{Unit: u, May: slices.Contains(levels, u.Level) && scope.Holds(u.Path, u.Type), Inside: Territorial(u.Level) && (schools || len(known.Below[u.ID]) > 0)}
		if len(way) > 1 {
			row.Place = PlaceLine(q, way[:len(way)-1])
		}
		p.Rows = append(p.Rows, row)
	}
	return p, nil
}

func pickTable(q *screen.Request, p Picker) ui.TableSpec {
	kinds := q.T("unit.level")
	if slices.ContainsFunc(p.Rows, func(r Pick) bool { return r.Type != "" }) {
		kinds = q.T("institution.kind")
	}
	t := ui.TableSpec{
		Caption: p.Search,
		Columns: []ui.Column{{Text: q.T("record.name")}, {Text: kinds}, {Text: q.T("record.pick.inside"), Narrow: true}},
		Empty:   ui.EmptySpec{Icon: ui.GlyphSearch, Title: q.T("record.none_found"), Text: q.T("record.pick.none")},
	}
	inner := slices.ContainsFunc(p.Rows, func(r Pick) bool { return r.Inside })
	if !inner {
		t.Columns = t.Columns[:2]
	}
	if p.Cut {
		t.Note = q.T("record.pick.first", "Most", MostPicks)
	}
	for _, r := range p.Rows {
		name := ui.Cell{Text: q.Text(r.Name), Sub: r.Place}
		if r.May {
			name.URL = p.url(p.Param, r.UID)
		}
		kind := LevelName(q, r.Level)
		if r.Type != "" {
			kind = TypeName(q, r.Type)
		}
		cells := []ui.Cell{name, {Text: kind}}
		if inner {
			into := ui.Cell{}
			if r.Inside {
				into = ui.Cell{Text: q.T("record.pick.open"), URL: p.url("in", r.UID)}
			}
			cells = append(cells, into)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: cells})
	}
	return t
}

// Only is the one place at which somebody can do action at all, when there
// is just one: then nothing needs to be chosen.
func (l *Places) Only(q *screen.Request, scope gate.Scope, levels []string) (unit.Unit, bool) {
	ctx := q.Context()
	known, err := l.Of(ctx)
	if err != nil || scope.All {
		return unit.Unit{}, false
	}
	var fits []unit.Unit
	for _, u := range known.Sorted {
		if scope.Holds(u.Path, "") && slices.Contains(levels, u.Level) {
			fits = append(fits, u)
		}
	}
	if slices.Contains(levels, unit.Institution) {
		// Those that the caller's own posts are at: others lie in places, which count already.
		for _, a := range q.Caller.Assignments {
			if a.UnitLevel != unit.Institution || !scope.Holds(a.UnitPath, "") {
				continue
			}
			if u, err := l.tree.Get(ctx, a.UnitUID); err == nil && !slices.ContainsFunc(fits, func(x unit.Unit) bool { return x.UID == u.UID }) {
				fits = append(fits, u)
			}
		}
	}
	if len(fits) != 1 {
		return unit.Unit{}, false
	}
	return fits[0], true
}

func pickHidden(p Picker) map[string]string {
	if len(p.Chosen) == 0 {
		return nil
	}
	return map[string]string{p.Param: p.Chosen[len(p.Chosen)-1].UID}
}
