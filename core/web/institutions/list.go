package institutions

import (
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/web/register"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// register are the screens that institutions have as every register has them, with what
// only they have: types, entering on an order, files, acts.
func (s *screens) register() *register.Screens {
	of := register.New(register.Services{DB: s.DB, Tree: s.Tree, Calendar: s.Calendar, Identity: s.Identity, Jobs: s.Jobs}, register.Subject{
		Records: s.Registry.Records, Lists: s.Transfer, Path: "/institutions", Types: true, Told: told("institution.", codeName),
		Offers: s.offers, Beside: s.besides,
		Words: register.Words{
			Title: "nav.institutions", Search: "institution.search", Count: "institution.count", CountOver: "institution.count_over",
			None: "institution.none", NoneText: "institution.none.text", Sheet: "institution.passport", SheetOf: "institution.passport.of",
			NoGroupsText: "institution.no_groups.text", Acts: "institution.acts", Import: "import.lead", ImportRows: "import.drop.hint",
		},
	})
	of.Columns = []register.Column{of.Called(), of.Coded(), of.Typed(), of.Placed()}
	return of
}

// offers are entering, files and the territory.
func (s *screens) offers(q *screen.Request, at register.Address, empty bool) register.Offers {
	o := register.Offers{More: []ui.ButtonSpec{{Text: q.T("units.title"), Icon: ui.GlyphTerritory, Kind: ui.Quiet, URL: "/units"}}}
	if register.May(q, "create", registry.Institutions) {
		o.Main = &ui.ButtonSpec{Text: q.T("institution.add"), Icon: ui.GlyphAdd, Kind: ui.Primary, URL: "/institutions/new"}
	}
	return o
}

// besides is what is decided of an institution and can be, and who works there.
func (s *screens) besides(q *screen.Request, r record.Record) (register.Beside, error) {
	i := registry.Institution{Unit: registry.UnitOf(r.Head), Place: r.Place}
	life, err := s.Tree.Life(q.Context(), i.Unit)
	if err != nil {
		return register.Beside{}, err
	}
	of := s.ofInstitutions()
	b := register.Beside{
		Menu: of.items(q, i.UID, of.possible(q, i.Unit), len(of.datedOf(q, i, life)) > 0),
		Cards: []register.Card{
			{Title: q.T("institution.kin"), Facts: kin(q, life, of.words)},
			{Title: q.T("institution.life"), Facts: lifeOf(q, life)},
		},
	}
	if register.May(q, "view", "account") {
		b.Tabs = []ui.Tab{{Text: q.T("nav.people"), URL: "/people?unit=" + i.UID}}
	}
	return b, nil
}
