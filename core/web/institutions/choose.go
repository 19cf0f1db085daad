package institutions

import (
	"net/url"
	"slices"

	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/register"
	"mektep/core/web/screen"
)

func (s *screens) chosen(q *screen.Request, uids []string) ([]unit.Unit, error) {
	var out []unit.Unit
	for _, uid := range uids {
		u, err := s.Tree.Get(q.Context(), uid)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(out, func(x unit.Unit) bool { return x.UID == u.UID }) {
			out = append(out, u)
		}
	}
	return out, nil
}

func (s *screens) choose(q *screen.Request, p actPage, need string) error {
	k := register.Picker{
		Title: q.T(p.of.words + "act." + p.act), Lead: q.Text(p.Name), Crumbs: p.of.crumbs(q, p.Institution),
		Base: p.of.actURL(p.UID, p.act), Param: "to", Chosen: p.to,
	}
	var err error
	switch need {
	case "place":
		k.Chosen = nil
		k, err = s.reg.Places.Pick(q, k, p.of.object, p.act, placesOf(q, p.Unit))
	case "heir":
		k, err = s.pickHeir(q, k, p)
	default:
		k, err = s.pickInstitution(q, k, p.Institution)
	}
	if err != nil {
		return err
	}
	return q.Page(register.PickPage(q, k))
}

func moreText(q *screen.Request, p actPage) string {
	if p.of.object == registry.Units {
		return q.T("unit.more_successors")
	}
	return q.T("institution.more_successors")
}

// moreSuccessors leads back to the search with those already chosen.
func moreSuccessors(p actPage) string {
	v := url.Values{"more": {"1"}}
	for _, u := range p.to {
		v.Add("to", u.UID)
	}
	return p.of.actURL(p.UID, p.act) + "?" + v.Encode()
}

// pickInstitution fills a picker with open institutions that have the words.
func (s *screens) pickInstitution(q *screen.Request, p register.Picker, near registry.Institution) (register.Picker, error) {
	p.Words, p.Search = q.C.Query("find"), q.T("institution.search")
	ask := record.Query{Words: p.Words, Limit: register.MostPicks}
	if p.Words == "" && len(near.Place) > 0 {
		ask.Under = near.Place[len(near.Place)-1].UID // neighbours first
	}
	page, err := s.Registry.List(q.Context(), ask)
	if err != nil {
		return p, err
	}
	p.Cut = page.Next != ""
	for _, i := range page.Items {
		if i.UID == near.UID || slices.ContainsFunc(p.Chosen, func(c unit.Unit) bool { return c.UID == i.UID }) {
			continue
		}
		cell := register.PlaceCell(q, i)
		place := cell.Text
		if cell.Sub != "" {
			place = cell.Sub + ", " + cell.Text
		}
		p.Rows = append(p.Rows, register.Pick{Unit: registry.UnitOf(i.Head), Place: place, May: true})
	}
	return p, nil
}
