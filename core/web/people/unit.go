package people

import (
	"slices"
	"strings"

	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/identity"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// mostFound is how many units a search for a place shows.
const mostFound = 30

// tops are the highest units of a scope: where a person's view of the tree begins.
func (s *screens) tops(q *screen.Request, scope gate.Scope) ([]unit.Unit, error) {
	ctx := q.Context()
	if scope.All {
		root, err := s.Tree.Root(ctx)
		if err != nil {
			return nil, err
		}
		below, err := s.Tree.Children(ctx, root.ID)
		return append([]unit.Unit{root}, below...), err
	}
	var ids []int64
	for _, path := range slices.Concat(scope.Below, scope.At) {
		if way := unit.IDs(path); len(way) > 0 {
			ids = append(ids, way[len(way)-1])
		}
	}
	known, err := s.Tree.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	var out []unit.Unit
	for _, id := range ids {
		if u, ok := known[id]; ok {
			out = append(out, u)
		}
	}
	return out, nil
}

// place is a unit in the picker, with the way to it in words.
type place struct {
	unit.Unit
	way   string
	roles int // that the caller may give there
}

type pickerPage struct {
	typed  string
	found  []place
	more   bool // there are more than shown
	nodes  []ui.Node
	at     *unit.Unit // whose inside is shown
	person string     // public id of the person to be appointed, where that is known
}

// pick is the first step: where? A search that finds institutions too, and the
// tree of territory.
func (s *screens) pick(q *screen.Request, scope gate.Scope) error {
	p := pickerPage{typed: q.C.Query("q"), person: q.C.Query("person")}
	var err error
	if p.typed != "" {
		if p.found, p.more, err = s.find(q, p.typed, scope); err != nil {
			return err
		}
	}
	var units []unit.Unit
	open := q.C.Query("below")
	if open == "" {
		units, err = s.tops(q, scope)
	} else {
		units, err = s.inside(q, open, scope, &p)
	}
	if err != nil {
		return err
	}
	if open == "" && len(units) == 1 && units[0].Level == unit.Institution { // no choice: on to the role
		return q.See(stepURL(units[0].UID, "", p.person), edge.Flash{})
	}
	if p.nodes, err = s.nodes(q, units, p.person, open == ""); err != nil {
		return err
	}
	if open != "" && q.C.Get("HX-Request") != "" {
		return q.Page(ui.Branch(q.View(), p.nodes))
	}
	return q.Page(picker(q, p))
}

// inside returns the units directly below one that the caller has opened.
func (s *screens) inside(q *screen.Request, uid string, scope gate.Scope, p *pickerPage) ([]unit.Unit, error) {
	u, err := s.Tree.Get(q.Context(), uid)
	if err != nil {
		return nil, err
	}
	if !scope.Holds(u.Path, u.Type) {
		return nil, fault.New(fault.NotFound, "unit.not_found")
	}
	p.at = &u
	return s.Tree.Children(q.Context(), u.ID)
}

// nodes draws units of the tree. The ministry's own children are shown beside it
// already.
func (s *screens) nodes(q *screen.Request, units []unit.Unit, person string, top bool) ([]ui.Node, error) {
	var out []ui.Node
	for _, u := range q.InOrder(units) {
		given, err := s.Identity.Grantable(q.Context(), u)
		if err != nil {
			return nil, err
		}
		n := ui.Node{Text: unitName(q, u), Icon: glyphOf(u)}
		if len(given) > 0 {
			n.URL = stepURL(u.UID, "", person)
			n.Count = q.T("people.roles_to_give", "Count", len(given))
		}
		switch {
		case u.Level == unit.Region, u.Level == unit.District && len(units) == 1 && top, u.Level == unit.Ministry && !top:
			n.More = "/people/new?below=" + u.UID
			if person != "" {
				n.More += "&person=" + person
			}
		}
		if n.URL != "" || n.More != "" { // a leaf where nothing is theirs to give only stands in the way
			out = append(out, n)
		}
	}
	return out, nil
}

func glyphOf(u unit.Unit) ui.Glyph {
	switch u.Level {
	case unit.Ministry:
		return ui.GlyphMinistry
	case unit.Directorate:
		return ui.GlyphBuilding
	case unit.Institution:
		return ui.GlyphSchool
	}
	return ui.GlyphPin
}

// find returns units whose name has the typed words, each with the way to it.
func (s *screens) find(q *screen.Request, typed string, scope gate.Scope) (found []place, more bool, err error) {
	units, err := s.Tree.Find(q.Context(), typed, mostFound+1, scope.SQL)
	if err != nil {
		return nil, false, err
	}
	if more = len(units) > mostFound; more {
		units = units[:mostFound]
	}
	ways, err := s.ways(q, units)
	if err != nil {
		return nil, false, err
	}
	for i, u := range units {
		given, err := s.Identity.Grantable(q.Context(), u)
		if err != nil {
			return nil, false, err
		}
		found = append(found, place{u, ways[i], len(given)})
	}
	return found, more, nil
}

// ways writes, for each unit, the units above it below the ministry.
func (s *screens) ways(q *screen.Request, units []unit.Unit) ([]string, error) {
	var ids []int64
	for _, u := range units {
		ids = append(ids, unit.IDs(u.Path)...)
	}
	slices.Sort(ids)
	known, err := s.Tree.ByIDs(q.Context(), slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	out := make([]string, len(units))
	for i, u := range units {
		var way []unit.Unit
		for _, id := range unit.IDs(u.Path) {
			if above, ok := known[id]; ok && id != u.ID {
				way = append(way, above)
			}
		}
		out[i] = wayTo(q, way)
	}
	return out, nil
}

// wayTo names the units in which something lies, but for the ministry.
func wayTo(q *screen.Request, above []unit.Unit) string {
	var names []string
	for _, u := range above {
		if u.Level != unit.Ministry {
			names = append(names, unitName(q, u))
		}
	}
	return strings.Join(names, " · ")
}

func foundTable(q *screen.Request, p pickerPage) ui.TableSpec {
	t := ui.TableSpec{
		ID: "found", Caption: q.T("people.where.found"),
		Columns: []ui.Column{{Text: q.T("people.unit")}, {Text: q.T("people.kind")}, {Text: q.T("people.roles")}},
		Empty:   ui.EmptySpec{Icon: ui.GlyphSearch, Title: q.T("people.where.none"), Text: q.T("people.where.none.text")},
	}
	if p.more {
		t.Count = q.T("people.where.more", "Count", mostFound)
	}
	for _, f := range p.found {
		c := ui.Cell{Text: unitName(q, f.Unit), Sub: f.way, Icon: glyphOf(f.Unit), URL: stepURL(f.UID, "", p.person)}
		roles := ui.Cell{Text: q.T("people.roles_to_give", "Count", f.roles)}
		if f.roles == 0 {
			roles = ui.Cell{Text: q.T("people.roles_none")}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{c, {Text: kindName(q, f.Unit)}, roles}, Muted: f.roles == 0})
	}
	return t
}

// given finds a role among those that the caller may give.
func given(list []identity.Grantable, role string) *identity.Grantable {
	for i := range list {
		if list[i].Role.ID == role {
			return &list[i]
		}
	}
	return nil
}
