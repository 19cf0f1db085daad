package institutions

import (
	"slices"

	"github.com/a-h/templ"

	"mektep/core/gate"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/register"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// unitsPage is the territory as a tree, each place with how many institutions
// work there.
type unitsPage struct {
	nodes   []ui.Node
	counts  map[string]int
	counted gate.Scope // what the numbers are of
	total   int
	adds    bool           // places or offices can be entered
	differs int            // from the country profile, for the caller to answer
	offices []ui.Node      // of the ministry's centre
	why     *ui.WhyNotSpec // why there are no numbers
}

func (s *screens) units(q *screen.Request) error {
	ctx := q.Context()
	known, err := s.reg.Places.Of(ctx)
	if err != nil {
		return err
	}
	open, opened := known.ByUID[q.C.Query("open")]
	p := unitsPage{}
	if opened && q.C.Get("HX-Request") != "" {
		if err := s.count(q, &p, record.ByDistrict, open.UID); err != nil {
			return err
		}
		return q.Page(ui.Branch(q.View(), nodes(q, known, p, known.Below[open.ID], nil)))
	}
	if err := s.count(q, &p, record.ByRegion, ""); err != nil {
		return err
	}
	if opened {
		if err := s.count(q, &p, record.ByDistrict, open.UID); err != nil {
			return err
		}
	}
	p.nodes = nodes(q, known, p, known.Below[known.Root.ID], known.Way(open))
	p.adds = mayFound(q, known.Root) == nil
	if p.differs, err = s.Registry.Territory.Proposed(ctx); err != nil {
		p.differs = 0 // others are not asked
	}
	children, err := s.Tree.Children(ctx, known.Root.ID)
	if err != nil {
		return err
	}
	p.offices = placeNodes(q, slices.DeleteFunc(q.InOrder(children), func(u unit.Unit) bool {
		return u.Level != unit.Directorate || u.Until != nil && !q.Today().Before(*u.Until)
	}))
	return q.Page(unitsTree(q, p, known.Root))
}

// count adds the numbers of institutions by region or district. Who may see none
// is told why; the territory itself is everybody's to see.
func (s *screens) count(q *screen.Request, p *unitsPage, by record.By, under string) error {
	if p.counts == nil {
		p.counts = map[string]int{}
	}
	var err error
	if p.counted, err = q.Gate.Scope(q.Context(), "aggregate", registry.Institutions); err != nil {
		p.why = register.Explained(q, err)
		return nil
	}
	list, err := s.Registry.Counts(q.Context(), by, record.Query{Under: under})
	if err != nil {
		return err
	}
	for _, t := range list {
		if t.Place != nil {
			p.counts[t.Place.UID] += t.Count
		}
		if under == "" {
			p.total += t.Count
		}
	}
	return nil
}

// number says how many institutions a place has: of one that lies beyond the caller's area
// nothing, since none that they may see is not none; of one that reaches beyond it, how
// many of them are theirs.
func (p unitsPage) number(q *screen.Request, u unit.Unit) string {
	n := p.counts[u.UID]
	switch {
	case p.counted.All || p.counted.Holds(u.Path, ""):
		return q.T("institution.count", "Count", n)
	case n > 0:
		return q.T("units.yours", "Count", n)
	}
	return ""
}

func nodes(q *screen.Request, known *register.Territory, p unitsPage, units []unit.Unit, way []unit.Unit) []ui.Node {
	out := make([]ui.Node, 0, len(units))
	for _, u := range q.InOrder(units) {
		n := ui.Node{Text: q.Text(u.Name), Icon: ui.GlyphPin, URL: unitURL(u.UID)}
		if p.why == nil {
			n.Count = p.number(q, u)
		}
		if len(known.Below[u.ID]) > 0 {
			n.Icon, n.More = ui.GlyphMap, "/units?open="+u.UID
			for _, w := range way {
				if w.ID == u.ID {
					n.Open, n.More = true, ""
					n.Children = nodes(q, known, p, known.Below[u.ID], way)
				}
			}
		}
		out = append(out, n)
	}
	return out
}

func unitsLead(q *screen.Request, p unitsPage) string {
	if p.why != nil {
		return q.T("units.lead")
	}
	return q.T("units.lead") + " " + q.T("institution.count", "Count", p.total) + "."
}

func unitsMarks(q *screen.Request, p unitsPage) templ.Component {
	if p.why == nil {
		return nil
	}
	return ui.WhyNot(q.View(), *p.why)
}
