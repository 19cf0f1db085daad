package institutions

import (
	"net/url"
	"slices"

	"mektep/core/gate"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// picker lets somebody choose a unit: by search, or by going down the territory.
type picker struct {
	title, lead string
	crumbs      []ui.Link
	base        string // address that the choice is added to
	param       string // of the choice
	words       string
	at          *unit.Unit // whose insides are shown
	near        int64      // id of the unit whose insides are shown first; 0: the top
	rows        []pick
	search      string // label of the search
	chosen      []unit.Unit
}

type pick struct {
	unit   unit.Unit
	place  string
	may    bool // it can be chosen; otherwise only gone into
	inside bool // something lies below it
}

// mostPicks is how many results a search shows.
const mostPicks = 30

func (p picker) url(name, value string) string {
	u, err := url.Parse(p.base)
	if err != nil {
		return p.base
	}
	v := u.Query()
	for _, c := range p.chosen {
		v.Add(p.param, c.UID)
	}
	if value != "" {
		v.Add(name, value)
	}
	u.RawQuery = v.Encode()
	return u.String()
}

// pickPlace fills a picker with territory in which the caller may do action, on
// levels that fit.
func (s *screens) pickPlace(q *screen.Request, p picker, object, action string, levels []string) (picker, error) {
	ctx := q.Context()
	scope, err := q.Gate.Scope(ctx, action, object)
	if err != nil {
		return p, q.Gate.Refused(ctx, err)
	}
	known, err := s.places(ctx)
	if err != nil {
		return p, err
	}
	p.words, p.search = q.C.Query("find"), q.T("institution.pick.place")
	var found []unit.Unit
	switch in, ok := known.byUID[q.C.Query("in")]; {
	case p.words != "":
		found, err = s.Tree.Find(ctx, p.words, mostPicks, func(alias string, args *[]any) string {
			return " AND " + alias + ".level <> 'institution'" + scope.SQL(alias, args)
		})
	case ok:
		p.at, found = &in, known.below[in.ID]
	case p.near != 0 && q.C.Query("in") == "":
		found = known.below[p.near]
	default:
		found = known.tops(scope)
		if slices.Contains(levels, unit.Ministry) && scope.All {
			found = append([]unit.Unit{known.root}, found...)
		}
	}
	if err != nil {
		return p, err
	}
	for _, u := range found {
		way := known.way(u)
		row := pick{unit: u, may: slices.Contains(levels, u.Level) && scope.Holds(u.Path, ""), inside: len(known.below[u.ID]) > 0 && territorial(u.Level)}
		if len(way) > 1 {
			row.place = placeLine(q, way[:len(way)-1])
		}
		p.rows = append(p.rows, row)
	}
	return p, nil
}

// pickInstitution fills a picker with open institutions that have the words.
func (s *screens) pickInstitution(q *screen.Request, p picker, near registry.Institution) (picker, error) {
	p.words, p.search = q.C.Query("find"), q.T("institution.search")
	ask := record.Query{Words: p.words, Limit: mostPicks}
	if p.words == "" && len(near.Place) > 0 {
		ask.Under = near.Place[len(near.Place)-1].UID // neighbours first
	}
	page, err := s.Registry.List(q.Context(), ask)
	if err != nil {
		return p, err
	}
	for _, i := range page.Items {
		if i.UID == near.UID || slices.ContainsFunc(p.chosen, func(c unit.Unit) bool { return c.UID == i.UID }) {
			continue
		}
		cell := placeCell(q, i)
		place := cell.Text
		if cell.Sub != "" {
			place = cell.Sub + ", " + cell.Text
		}
		p.rows = append(p.rows, pick{unit: registry.UnitOf(i.Head), place: place, may: true})
	}
	return p, nil
}

func pickTable(q *screen.Request, p picker) ui.TableSpec {
	kinds := q.T("unit.level")
	if slices.ContainsFunc(p.rows, func(r pick) bool { return r.unit.Type != "" }) {
		kinds = q.T("institution.kind")
	}
	t := ui.TableSpec{
		Caption: p.search,
		Columns: []ui.Column{{Text: q.T("institution.name")}, {Text: kinds}, {Text: q.T("institution.pick.inside"), Narrow: true}},
		Empty:   ui.EmptySpec{Icon: ui.GlyphSearch, Title: q.T("institution.none_found"), Text: q.T("institution.pick.none")},
	}
	inner := slices.ContainsFunc(p.rows, func(r pick) bool { return r.inside })
	if !inner {
		t.Columns = t.Columns[:2]
	}
	for _, r := range p.rows {
		name := ui.Cell{Text: q.Text(r.unit.Name), Sub: r.place}
		if r.may {
			name.URL = p.url(p.param, r.unit.UID)
		}
		kind := levelName(q, r.unit.Level)
		if r.unit.Type != "" {
			kind = typeName(q, r.unit.Type)
		}
		cells := []ui.Cell{name, {Text: kind}}
		if inner {
			into := ui.Cell{}
			if r.inside {
				into = ui.Cell{Text: q.T("institution.pick.open"), URL: p.url("in", r.unit.UID)}
			}
			cells = append(cells, into)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: cells})
	}
	return t
}

// onlyPlace is the one place at which somebody can do action at all, when there
// is just one: then nothing needs to be chosen.
func (s *screens) onlyPlace(q *screen.Request, scope gate.Scope, levels []string) (unit.Unit, bool) {
	known, err := s.places(q.Context())
	if err != nil || scope.All {
		return unit.Unit{}, false
	}
	var fits []unit.Unit
	for _, u := range known.sorted {
		if scope.Holds(u.Path, "") && slices.Contains(levels, u.Level) {
			fits = append(fits, u)
		}
	}
	if len(fits) != 1 {
		return unit.Unit{}, false
	}
	return fits[0], true
}
