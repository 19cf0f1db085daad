package institutions

import (
	"mektep/core/approval"
	"mektep/core/unit"
	"mektep/core/web/register"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// placePage is a place of the territory, or an office of the ministry, with what was done
// to it.
type placePage struct {
	unit.Unit
	of       subject
	way      []unit.Unit // the units above, from the ministry down
	below    []unit.Unit
	life     unit.Life
	shown    unit.Life // of which the page tells
	entries  []ui.Entry
	after    string
	next     string
	acts     []string
	corrects bool
	adds     bool              // something can be entered below it
	waits    *approval.Request // about it; nil: none
}

func (s *screens) unit(q *screen.Request) error {
	ctx := q.Context()
	of := s.ofUnits()
	i, err := of.open(q, q.C.Params("uid"))
	if err != nil {
		return err
	}
	p := placePage{Unit: i.Unit, of: of, way: i.Place, after: q.C.Query("after")}
	h, err := s.Registry.Territory.History(ctx, p.UID, p.after)
	if err != nil {
		return err
	}
	if p.life, err = s.Tree.Life(ctx, p.Unit); err != nil {
		return err
	}
	p.shown = p.life
	if len(h.Life.Names) > 0 { // with what the profile knows from before
		p.shown.Names = h.Life.Names
	}
	p.next = h.Next
	if p.entries, err = of.teller.Entries(q, h.Changes); err != nil {
		return err
	}
	children, err := s.Tree.Children(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, u := range q.InOrder(children) {
		if u.Until == nil || q.Today().Before(*u.Until) {
			p.below = append(p.below, u)
		}
	}
	if p.Level != unit.Ministry && !p.Withdrawn {
		p.acts = of.possible(q, p.Unit)
		p.corrects = len(of.datedOf(q, i, p.life)) > 0
	}
	if p.waits, err = s.Registry.Territory.Waits(ctx, p.UID); err != nil {
		return err
	}
	p.adds = !p.Withdrawn && len(levelsBelow(q, p.Level)) > 0 && mayFound(q, p.Unit) == nil
	return q.Page(s.place(q, p))
}

// levelsBelow are the levels of places and offices that may stand directly below a level.
func levelsBelow(q *screen.Request, level string) []string {
	var out []string
	for _, l := range []string{unit.Region, unit.District, unit.Directorate} {
		if x := q.Profile().Level(l); x != nil {
			for _, parent := range x.Parents {
				if parent == level {
					out = append(out, l)
				}
			}
		}
	}
	return out
}

func unitCrumbs(q *screen.Request, way []unit.Unit) []ui.Link {
	out := []ui.Link{{Text: q.T("nav.institutions"), URL: "/institutions"}, {Text: q.T("units.title"), URL: "/units"}}
	for _, u := range way {
		if register.Territorial(u.Level) {
			out = append(out, ui.Link{Text: q.Text(u.Name), URL: unitURL(u.UID)})
		}
	}
	return out
}

func (s *screens) placeHead(q *screen.Request, p placePage) ui.Head {
	h := ui.Head{
		Title: q.Text(p.Name), Kicker: register.LevelName(q, p.Level), Crumbs: unitCrumbs(q, p.way), State: stateOf(q, p.Unit), More: s.placeMore(q, p),
	}
	if h.State == nil {
		h.State = &ui.State{Text: q.T("record.state.open"), Tone: ui.Good}
	}
	return h
}

// placeFacts are what is kept of a place.
func placeFacts(q *screen.Request, p placePage) []ui.Fact {
	out := []ui.Fact{{Label: q.T("record.code"), Value: p.Code}}
	if line := register.PlaceLine(q, p.way); line != "" {
		out = append(out, ui.Fact{Label: q.T("record.place"), Value: line})
	}
	if p.Withdrawn { // it never was
		return append(out, register.OtherNames(q, p.Name)...)
	}
	out = append(out, ui.Fact{Label: q.T("record.since"), Value: q.View().Date(p.Since)})
	if p.Until != nil {
		out = append(out, ui.Fact{Label: q.T("record.until"), Value: q.View().Date(*p.Until)})
	}
	here := p.Unit
	here.Until = nil // said above
	out = append(out, coming(q, here, p.life)...)
	return append(out, register.OtherNames(q, p.Name)...)
}

// placeNodes are the units directly below a place.
func placeNodes(q *screen.Request, units []unit.Unit) []ui.Node {
	out := make([]ui.Node, 0, len(units))
	for _, u := range units {
		out = append(out, ui.Node{Text: q.Text(u.Name), Icon: ui.GlyphPin, URL: unitURL(u.UID), State: stateOf(q, u)})
	}
	return out
}

// mayFound refuses who may not enter anything below a unit, and where nothing comes any more.
func mayFound(q *screen.Request, above unit.Unit) error {
	if _, err := q.Gate.Check(q.Context(), "create", targetBelow(above)); err != nil {
		return q.Gate.Refused(q.Context(), err)
	}
	return nil
}

func (s *screens) institutionsURL(p placePage) string {
	if p.Level == unit.Directorate {
		return ""
	}
	if p.Level == unit.Ministry {
		return "/institutions"
	}
	return s.reg.Under(p.UID)
}
