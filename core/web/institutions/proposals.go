package institutions

import (
	"cmp"
	"slices"
	"strings"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/register"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// acceptPage is the form that accepts a difference from the country profile.
type acceptPage struct {
	registry.Proposal
	in    []unit.Lying // what lies in a place that is gone
	goals []unit.Unit  // where it can go
	now   proposalList // what it is called today, and how it was answered
	form  map[string]string
	key   string
	// version is that of the unit from which the form was filled; typed again, it stays.
	version int
	clash   *clash
	errs    ui.Errors
}

const proposalsURL = "/units/proposals"

func (s *screens) proposals(q *screen.Request) error {
	all, err := s.Registry.Territory.Proposals(q.Context())
	if err != nil {
		return err
	}
	waiting := slices.DeleteFunc(slices.Clone(all), func(p registry.Proposal) bool { return p.Declined != nil })
	p, err := s.proposalList(q, all)
	if err != nil {
		return err
	}
	p.waiting, p.answered = waiting, all[len(waiting):] // those answered come last
	return q.Page(proposalsPage(q, p))
}

// proposalList reads what differences are told with.
func (s *screens) proposalList(q *screen.Request, all []registry.Proposal) (p proposalList, err error) {
	var who, uids []string
	for _, x := range all {
		if x.By != "" && !slices.Contains(who, x.By) {
			who = append(who, x.By)
		}
		if x.Unit != nil {
			uids = append(uids, x.Unit.UID)
		}
	}
	if p.asked, err = s.Registry.Territory.Asked(q.Context(), all); err != nil {
		return p, err
	}
	if p.names, err = s.Identity.Names(q.Context(), who); err != nil {
		return p, err
	}
	if p.units, err = s.Tree.GetAll(q.Context(), uids); err != nil {
		return p, err
	}
	var above []int64
	for _, x := range all {
		if x.Do == "move" && p.units[x.Unit.UID].ParentID != nil {
			above = append(above, *p.units[x.Unit.UID].ParentID)
		}
	}
	p.above, err = s.Tree.ByIDs(q.Context(), above)
	return p, err
}

// proposalList are the differences from the country profile, those that wait and those that
// somebody answered, with what their units are called today and who answered.
type proposalList struct {
	waiting, answered []registry.Proposal
	units             map[string]unit.Unit
	above             map[int64]unit.Unit // in what they lie
	names             map[string]string
	asked             map[string]approval.Request // what waits for a second person
}

// called is what the unit of a difference is called today, whatever is decided for later.
func (l proposalList) called(q *screen.Request, p registry.Proposal) string {
	return q.Text(l.today(p))
}

// title is what a difference is headed with: the unit as it is called today, or what is new.
func (l proposalList) title(q *screen.Request, p registry.Proposal) string {
	if p.Unit != nil {
		return l.called(q, p)
	}
	return q.Text(p.Name)
}

// today is that name in all languages.
func (l proposalList) today(p registry.Proposal) map[string]string {
	if u, there := l.units[p.Unit.UID]; there {
		return u.Name
	}
	return p.Unit.Name
}

// did says what the profile has otherwise: what ends on a day to come is there today.
func (l proposalList) did(q *screen.Request, p registry.Proposal) string {
	if p.Do == "reopen" && p.Unit != nil && p.Unit.Until != nil && p.Unit.Until.After(q.Today()) {
		return q.T("unit.proposed.stays", "Until", q.View().Date(*p.Unit.Until))
	}
	return q.T("unit.proposed." + p.Do)
}

// answer says who declined a difference, or on which order it was decided otherwise.
func (l proposalList) answer(q *screen.Request, p registry.Proposal) string {
	if p.Declined == nil {
		return ""
	}
	said := q.T("unit.proposed.declined")
	if o := p.Order; o.Number != "" {
		said = q.T("unit.proposed.otherwise", "Number", o.Number, "Date", q.View().Date(o.Date))
	}
	parts := []string{said, q.View().Date(q.Here(*p.Declined))}
	if p.By != "" {
		parts = append(parts, register.Known(l.names, p.By))
	}
	return strings.Join(parts, " · ")
}

// request is the one about a difference that waits for a second person; nil: none does.
func (l proposalList) request(p registry.Proposal) *approval.Request {
	if r, waits := l.asked[p.Waits]; waits {
		return &r
	}
	return nil
}

// askedBy says who asked for what waits, and since when it does.
func askedBy(q *screen.Request, r *approval.Request) string {
	if r.AskedName == "" {
		return q.T("unit.proposed.asked_at", "At", q.View().DateTime(r.AskedAt))
	}
	return q.T("unit.proposed.asked", "Who", r.AskedName, "At", q.View().DateTime(r.AskedAt))
}

func proposalURL(p registry.Proposal, act string) string {
	return proposalsURL + "/" + p.ID + "/" + act
}

// proposalTable lists differences: what changed, of what, and what the profile says.
func proposalTable(q *screen.Request, l proposalList, list []registry.Proposal, title string) ui.TableSpec {
	t := ui.TableSpec{
		Caption: title,
		Columns: []ui.Column{{Text: q.T("record.name")}, {Text: q.T("unit.proposed")}, {Text: q.T("unit.proposed.says")}, {Text: q.T("unit.answer"), Narrow: true}},
	}
	for _, p := range list {
		name := ui.Cell{Text: l.title(q, p), Sub: register.LevelName(q, p.Level) + " " + p.Code}
		if p.Unit != nil {
			name.URL = unitURL(p.Unit.UID)
		}
		t.Rows = append(t.Rows, ui.Row{Muted: p.Declined != nil, Cells: []ui.Cell{
			name, {Text: l.did(q, p), Sub: l.answer(q, p)}, {Text: l.says(q, p), Sub: proposalSince(q, p)}, {Body: proposalAnswers(q, l, p)},
		}})
	}
	return t
}

// says is what the profile has otherwise: of names, those that differ.
func (l proposalList) says(q *screen.Request, p registry.Proposal) string {
	switch p.Do {
	case "rename":
		now, other := l.today(p), map[string]string{}
		for tag, name := range p.Name {
			if now[tag] != name {
				other[tag] = name
			}
		}
		if len(other) == 0 { // it differs from what is decided for a day to come
			other = p.Name
		}
		return namesIn(q, other)
	case "create", "move":
		if p.Parent != nil {
			return q.Text(p.Parent.Name)
		}
		return p.ParentCode
	}
	var heirs []string
	for _, h := range p.Heirs {
		heirs = append(heirs, q.Text(h.Name))
	}
	if len(heirs) == 0 {
		return ""
	}
	return q.T("unit.proposed.heirs", "Heirs", q.L.List(heirs))
}

// namesIn are names with the languages that they are in, also where there is one alone.
func namesIn(q *screen.Request, names map[string]string) string {
	if len(names) != 1 {
		return register.AllNames(q, names)
	}
	for _, l := range q.Edge.Words().Languages() {
		if s := names[l.Tag]; s != "" {
			return s + " (" + l.Name + ")"
		}
	}
	return register.AllNames(q, names)
}

// lies is where the unit of a difference lies today.
func (l proposalList) lies(q *screen.Request, p registry.Proposal) string {
	above := l.units[p.Unit.UID].ParentID
	if above == nil {
		return ""
	}
	return q.Text(l.above[*above].Name)
}

func proposalSince(q *screen.Request, p registry.Proposal) string {
	if p.Since.IsZero() {
		return ""
	}
	if p.Since.After(q.Today()) { // nothing has been so yet
		return q.T("unit.proposed.from", "Date", q.View().Date(p.Since))
	}
	return q.T("common.since", "Date", q.View().Date(p.Since))
}

// openProposal reads a difference with what its form asks.
func (s *screens) openProposal(q *screen.Request) (acceptPage, error) {
	p := acceptPage{form: map[string]string{}}
	var err error
	if p.Proposal, err = s.Registry.Territory.Proposal(q.Context(), q.C.Params("id")); err != nil {
		return p, err
	}
	if p.now, err = s.proposalList(q, []registry.Proposal{p.Proposal}); err != nil || p.Unit == nil {
		return p, err
	}
	if p.version = p.Unit.Version; p.Do != "close" {
		return p, nil
	}
	if p.in, err = s.Tree.Below(q.Context(), *p.Unit, q.Today()); err != nil || len(p.Heirs) == 1 {
		return p, err
	}
	if p.goals = p.Heirs; len(p.goals) == 0 {
		p.goals, err = s.beside(q, *p.Unit, p.Do)
	}
	return p, err
}

func (s *screens) accepting(q *screen.Request) error {
	p, err := s.openProposal(q)
	if err != nil {
		return err
	}
	if !p.Since.IsZero() {
		p.form["since"] = q.L.Date(p.Since)
	}
	p.key = screen.NewKey()
	return q.Page(acceptForm(q, p))
}

func (s *screens) accept(q *screen.Request) error {
	form := q.Form()
	a := registry.Act{
		Version: form.Version(), Since: form.Day("since"), Far: form.Meant("far"), SameName: form.Ticked("same_name"), Rest: form.Value("rest"),
		Order: audit.Order{Number: form.Value("order.number"), Date: form.Day("order.date")},
	}
	leave, open := settled(form)
	if leave {
		return q.Done(proposalsURL, "record.unchanged")
	}
	form.Require("order.number", "order.date")
	if form.Has("since") { // a closing that is taken back has no day of its own
		form.Require("since")
	}
	err := form.Faults()
	if err == nil {
		err = open
	}
	if err == nil {
		_, err = s.Registry.Territory.Accept(q.Context(), q.C.Params("id"), a)
	}
	if _, _, ok := register.FormErrors(q, err); ok {
		return s.acceptAgain(q, err)
	}
	if err != nil {
		return err
	}
	return q.Done(proposalsURL, "unit.accepted")
}

// acceptAgain shows the form as it was sent, with what is wrong, and with what others did
// to the unit since it was filled.
func (s *screens) acceptAgain(q *screen.Request, wrong error) error {
	p, err := s.openProposal(q)
	if err != nil {
		return err
	}
	form, now := q.Form(), p.version
	p.key = form.Key()
	for _, name := range form.Names() {
		p.form[name] = form.Value(name)
	}
	if p.Unit != nil {
		if p.clash, err = s.clashed(q, s.ofUnits(), registry.Institution{Unit: *p.Unit}, wrong, q.T("unit.accept")); err != nil {
			return err
		}
	}
	errs, status, version := p.clash.errors(q, wrong, now)
	p.errs, p.version = fieldsOf(errs), version
	askAgain(p.form, wrong)
	return q.Render(status, acceptForm(q, p))
}

func (s *screens) decline(q *screen.Request) error {
	err := s.Registry.Territory.Decline(q.Context(), q.C.Params("id"))
	if k := fault.KindOf(err); k == fault.Conflict || k == fault.NotFound { // answered meanwhile: the list says how
		key := fault.From(err).Key
		if key != "unit.declined_already" && key != "unit.no_proposal" {
			key = "unit.waits_some"
		}
		return q.See(proposalsURL, edge.Flash{Key: key})
	}
	if err != nil {
		return err
	}
	return q.Done(proposalsURL, "unit.declined")
}

// noteBeside is a note where there is what it stands beside.
func noteBeside(text, note string) string {
	if text == "" {
		return ""
	}
	return note
}

func acceptFacts(q *screen.Request, p acceptPage) []ui.Fact {
	out := []ui.Fact{{Label: q.T("unit.proposed"), Value: p.now.did(q, p.Proposal), Note: p.now.answer(q, p.Proposal)}, {Label: q.T("record.code"), Value: p.Code, Note: register.LevelName(q, p.Level)}}
	switch {
	case p.Unit == nil:
	case p.Do == "close" || p.Do == "reopen": // its name is not what differs
		out = append(out, ui.Fact{Label: q.T("record.name"), Value: register.AllNames(q, p.now.today(p.Proposal))})
	case p.Do == "move": // a place is held against a place
		out = append(out, ui.Fact{Label: q.T("record.name"), Value: register.AllNames(q, p.now.today(p.Proposal))}, ui.Fact{Label: q.T("institution.now"), Value: p.now.lies(q, p.Proposal)})
	default:
		out = append(out, ui.Fact{Label: q.T("institution.now"), Value: register.AllNames(q, p.now.today(p.Proposal))})
	}
	if p.Do == "create" {
		out = append(out, ui.Fact{Label: q.T("record.name"), Value: register.AllNames(q, p.Name)})
	}
	if says, since := p.now.says(q, p.Proposal), proposalSince(q, p.Proposal); says != "" || since != "" {
		out = append(out, ui.Fact{Label: q.T("unit.proposed.says"), Value: cmp.Or(says, since), Note: noteBeside(says, since)})
	}
	return append(out, goesFacts(q, p.in)...)
}
