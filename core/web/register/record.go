package register

import (
	"slices"
	"strings"

	"github.com/a-h/templ"

	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// recordPage is a record as it is shown.
type recordPage struct {
	record.Record
	gaps   record.Completeness
	groups []groupCard
	beside Beside
	why    *ui.WhyNotSpec // why nothing of its fields can be edited
}

// groupCard is a field group with what the caller may do to it.
type groupCard struct {
	*profile.Group
	facts  []ui.Fact // every line, for paper
	filled []ui.Fact // those with a value, and those that must get one
	empty  string    // names of the others
	done   int       // how many have a value
	window *ui.Window
	edit   bool
	why    *ui.WhyNotSpec // of this group alone
}

func (s *Screens) record(q *screen.Request) error {
	p, err := s.open(q)
	if err != nil {
		return err
	}
	return q.Page(s.recordPage(q, p))
}

// print is the record on paper, with a line to sign on.
func (s *Screens) print(q *screen.Request) error {
	p, err := s.open(q)
	if err != nil {
		return err
	}
	return q.Page(s.paper(q, p))
}

// open reads a record with all that its page says.
func (s *Screens) open(q *screen.Request) (recordPage, error) {
	var p recordPage
	var err error
	ctx := q.Context()
	if p.Record, err = s.Records.Get(ctx, q.C.Params("uid")); err != nil {
		return p, err
	}
	if p.gaps, err = s.Records.Completeness(ctx, p.Record); err != nil {
		return p, err
	}
	if err := s.cards(q, &p); err != nil {
		return p, err
	}
	p.beside, err = s.beside(q, p.Record)
	return p, err
}

func (s *Screens) beside(q *screen.Request, r record.Record) (Beside, error) {
	if s.Beside == nil {
		return Beside{}, nil
	}
	return s.Beside(q, r)
}

// cards are the groups that the caller may see. When nothing can be edited for
// one and the same reason, it is said once above them.
func (s *Screens) cards(q *screen.Request, p *recordPage) error {
	of := s.of(q)
	var reasons []string
	var refused error
	seen := s.conditions(q, p.Record)
	editable, err := s.Records.Editable(q.Context(), p.Head)
	if err != nil {
		return err
	}
	stands := s.Records.Stands(q.Context(), p.Head) == nil
	course, err := s.course(q, p.Record)
	if err != nil {
		return err
	}
	for k := range of.Groups {
		g := &of.Groups[k]
		if !slices.Contains(p.Groups, g.ID) {
			continue
		}
		card := groupCard{Group: g, facts: facts(q, p.Record, seen, g, p.gaps)}
		card.filled, card.empty = filled(card.facts)
		for _, f := range card.facts {
			if f.Value != "" {
				card.done++
			}
		}
		if len(card.facts) == 0 {
			continue // nothing of the group concerns such a record
		}
		if stands { // of what has ended nothing opens any more
			if card.window, err = s.window(q, g, p.Record, course); err != nil {
				return err
			}
		}
		err = editable(g.ID)
		card.edit, card.why = err == nil, Explained(q, err)
		if err != nil {
			refused = err
			reasons = append(reasons, fault.From(err).Key)
		}
		p.groups = append(p.groups, card)
	}
	if len(reasons) == len(p.groups) && len(slices.Compact(reasons)) == 1 {
		p.why = Explained(q, refused)
		p.why.Ask = q.T("record.why_not_edit")
		for k := range p.groups {
			p.groups[k].why = nil
		}
	}
	return nil
}

// window says until when a group of a record can be filled in, by all that is entered of the
// institution that it is, or lies in, and of the record; nil when the calendar says nothing of it.
func (s *Screens) window(q *screen.Request, g *profile.Group, r record.Record, c unit.Course) (*ui.Window, error) {
	section := q.Profile().SectionOf(g.Object())
	if section == nil {
		return nil, nil //nolint:nilnil // it has none
	}
	st, known, err := s.Calendar.Stands(q.Context(), section.ID, c.Within(r.Until))
	if err != nil || !known {
		return nil, err
	}
	return &ui.Window{
		Open: st.Open, Until: q.Here(st.Until), Days: st.DaysLeft(q.Clock.Now()), Opens: q.Here(st.Opens),
		Then: q.Then(st.Turn, st.Open), URL: "/calendar",
	}, nil
}

// course is the course of what a record is, or lies in.
func (s *Screens) course(q *screen.Request, r record.Record) (unit.Course, error) {
	ids := unit.IDs(r.Path)
	if len(ids) == 0 {
		return unit.Course{Type: r.Type}, nil
	}
	known, err := s.Tree.Courses(q.Context(), ids[len(ids)-1])
	return known[ids[len(ids)-1]], err
}

// facts are the lines of a group: what is kept of such a record, and what
// is still there though it no longer applies.
func facts(q *screen.Request, r record.Record, seen profile.Conditions, g *profile.Group, gaps record.Completeness) []ui.Fact {
	var out []ui.Fact
	for k := range g.Fields {
		f := &g.Fields[k]
		v, filled := r.Fields[f.ID]
		if !filled && !seen.Applies(f) {
			continue
		}
		fact := ui.Fact{Label: q.Text(f.Name), Value: Value(q, f, v), URL: leads(f, v), Long: f.Type.Kind == profile.KindLongText}
		if missing(gaps, f.ID) {
			fact.Mark = ui.Badge(q.View(), ui.State{Text: q.T("record.missing"), Tone: ui.Warn, Icon: ui.GlyphAlert})
		}
		out = append(out, fact)
	}
	return out
}

// filled parts the lines with something to say from those that are empty.
func filled(list []ui.Fact) (out []ui.Fact, empty string) {
	var names []string
	for _, f := range list {
		if f.Value == "" && f.Mark == nil {
			names = append(names, f.Label)
			continue
		}
		out = append(out, f)
	}
	return out, strings.Join(names, " · ")
}

func missing(c record.Completeness, field string) bool {
	return slices.ContainsFunc(c.Missing, func(f *profile.Field) bool { return f.ID == field })
}

// ownerOf is the mark of a group that another register keeps.
func ownerOf(q *screen.Request, g *profile.Group) *ui.Owner {
	if g.Owner == "" || g.Owner == "self" {
		return nil
	}
	name := g.Owner
	if r := q.Profile().Register(g.Owner); r != nil {
		name = q.Text(r.Name)
	}
	return &ui.Owner{Register: name}
}

// head is the head of a record's pages; at is the tab that is open.
func (s *Screens) head(q *screen.Request, r record.Record, b Beside, at string) ui.Head {
	h := ui.Head{
		Title: s.Name(q, r.Head), Crumbs: s.PlaceCrumbs(q, r.Place), State: State(q, r.Head), Lead: s.headLine(q, r), Tabs: s.tabs(q, r, b, at),
	}
	if s.Types {
		h.Kicker = TypeName(q, r.Type)
	}
	return h
}

func (s *Screens) recordHead(q *screen.Request, p recordPage) ui.Head {
	h := s.head(q, p.Record, p.beside, "")
	h.Marks, h.More = recordMarks(q, p), s.recordMore(q, p)
	if h.State == nil {
		h.State = &ui.State{Text: q.T("record.state.open"), Tone: ui.Good}
	}
	return h
}

// headLine names the code of a record and where it lies.
func (s *Screens) headLine(q *screen.Request, r record.Record) string {
	line := PlaceLine(q, r.Place)
	if r.Code != "" {
		line = s.CodeName(q) + " " + r.Code + " · " + line
	}
	return line
}

func (s *Screens) tabs(q *screen.Request, r record.Record, b Beside, at string) []ui.Tab {
	tabs := append([]ui.Tab{
		{Text: q.T(s.Words.Sheet), URL: s.URL(r.UID)},
		{Text: q.T("history.title"), URL: s.URL(r.UID) + "/history"},
	}, b.Tabs...)
	for k := range tabs {
		tabs[k].Current = tabs[k].URL == s.URL(r.UID)+at
	}
	return tabs
}

// gapsText says how much is missing in a record.
func gapsText(q *screen.Request, c record.Completeness) (text string, tone ui.Tone) {
	gaps := len(c.Missing)
	if c.NoCode {
		gaps++
	}
	if gaps == 0 {
		return q.T("record.complete"), ui.Good
	}
	return q.T("record.gaps", "Count", gaps), ui.Warn
}

func gapMark(q *screen.Request, p recordPage) templ.Component {
	text, tone := gapsText(q, p.gaps)
	icon := ui.GlyphAlert
	if tone == ui.Good {
		icon = ui.GlyphCheck
	}
	return ui.Badge(q.View(), ui.State{Text: text, Tone: tone, Icon: icon})
}

// gapLinks lead to the groups in which something is missing.
func (s *Screens) gapLinks(q *screen.Request, p recordPage) []ui.Fact {
	var out []ui.Fact
	if p.gaps.NoCode {
		out = append(out, ui.Fact{Label: q.T("record.register"), Value: s.CodeName(q)})
	}
	for _, c := range p.groups {
		var names []string
		for _, f := range p.gaps.Missing {
			if f.Group().ID == c.ID {
				names = append(names, q.Text(f.Name))
			}
		}
		if len(names) > 0 {
			url := ""
			if c.edit {
				url = s.editURL(p.UID, c.ID)
			}
			out = append(out, ui.Fact{Label: q.Text(c.Name), Value: q.L.List(names), URL: url})
		}
	}
	return out
}

func (s *Screens) editURL(uid, group string) string { return s.URL(uid) + "/edit/" + group }

// entryFacts are what the register itself keeps of a record.
func (s *Screens) entryFacts(q *screen.Request, p recordPage) []ui.Fact {
	out := []ui.Fact{{Label: s.CodeName(q), Value: p.Code}}
	if s.Types {
		out = append(out, ui.Fact{Label: q.T("record.type"), Value: TypeName(q, p.Type), Note: groupName(q, p.Type)})
	}
	out = append(
		out,
		ui.Fact{Label: q.T(s.Words.InPlace), Value: PlaceLine(q, p.Place)},
		ui.Fact{Label: q.T("record.since"), Value: q.View().Date(p.Since)},
	)
	if p.Until != nil {
		out = append(out, ui.Fact{Label: q.T("record.until"), Value: q.View().Date(*p.Until)})
	}
	return append(out, OtherNames(q, p.Name)...)
}

func groupName(q *screen.Request, typ string) string {
	if t := q.Profile().Type(typ); t != nil {
		if g := q.Profile().TypeGroup(t.Group); g != nil && q.Text(g.Name) != q.Text(t.Name) {
			return q.Text(g.Name)
		}
	}
	return ""
}
