package institutions

import (
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"mektep/core/calendar"
	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// recordPage is an institution as it is shown.
type recordPage struct {
	registry.Institution
	of       subject
	life     unit.Life
	gaps     record.Completeness
	groups   []groupCard
	acts     []string       // what the caller may do to it
	corrects bool           // the caller may put a dated entry right
	why      *ui.WhyNotSpec // why nothing of the passport can be edited
	people   bool           // the caller may see accounts there
}

// groupCard is a field group with what the caller may do to it.
type groupCard struct {
	*profile.Group
	facts  []ui.Fact // every line, for paper
	filled []ui.Fact // those with a value, and those that must get one
	empty  string    // names of the others
	window *ui.Window
	edit   bool
	why    *ui.WhyNotSpec // of this group alone
}

func (s *screens) record(q *screen.Request) error {
	p, err := s.open(q)
	if err != nil {
		return err
	}
	return q.Page(passport(q, p))
}

// open reads an institution with all that its page says.
func (s *screens) open(q *screen.Request) (recordPage, error) {
	var p recordPage
	var err error
	ctx := q.Context()
	if p.Institution, err = s.Registry.Get(ctx, q.C.Params("uid")); err != nil {
		return p, err
	}
	if p.life, err = s.Tree.Life(ctx, p.Unit); err != nil {
		return p, err
	}
	if p.gaps, err = s.Registry.Completeness(ctx, p.Institution); err != nil {
		return p, err
	}
	if err := s.cards(q, &p); err != nil {
		return p, err
	}
	p.of = s.ofInstitutions()
	p.acts = p.of.possible(q, p.Unit)
	p.corrects = len(p.of.datedOf(q, p.Institution, p.life)) > 0
	p.people = may(q, "view", "account")
	return p, nil
}

// cards are the groups that the caller may see. When nothing can be edited for
// one and the same reason, it is said once above them.
func (s *screens) cards(q *screen.Request, p *recordPage) error {
	register := q.Profile().Register(registry.Institutions)
	var reasons []string
	var refused error
	seen := conditions(q, p.Institution, p.Fields)
	for k := range register.Groups {
		g := &register.Groups[k]
		if !slices.Contains(p.Groups, g.ID) {
			continue
		}
		card := groupCard{Group: g, facts: facts(q, p.Institution, seen, g, p.gaps)}
		card.filled, card.empty = filled(card.facts)
		if len(card.facts) == 0 {
			continue // nothing of the group concerns such an institution
		}
		if section := q.Profile().SectionOf(registry.Institutions + "." + g.ID); section != nil {
			w, err := s.window(q, section, p.Type)
			if err != nil {
				return err
			}
			card.window = w
		}
		err := s.editable(q, p.Institution, g.ID)
		card.edit, card.why = err == nil, explained(q, err)
		if err != nil {
			refused = err
			reasons = append(reasons, fault.From(err).Key)
		}
		p.groups = append(p.groups, card)
	}
	if len(reasons) == len(p.groups) && len(slices.Compact(reasons)) == 1 {
		p.why = explained(q, refused)
		p.why.Ask = q.T("institution.why_not_edit")
		for k := range p.groups {
			p.groups[k].why = nil
		}
	}
	return nil
}

// editable says why a group cannot be edited now; nil when it can.
func (s *screens) editable(q *screen.Request, i registry.Institution, group string) error {
	if err := s.stands(q, i); err != nil {
		return err
	}
	_, err := q.Gate.Check(q.Context(), "update", s.Registry.Target(i.Unit, group))
	return err
}

// stands refuses what has been closed: its passport stands as it was.
func (s *screens) stands(q *screen.Request, i registry.Institution) error {
	if !i.OpenOn(today(q)) && i.Until != nil {
		return s.Registry.StaysClosed(q.Context(), i.Unit)
	}
	return nil
}

// window says until when a group can be filled in; nil when the calendar says
// nothing of it.
func (s *screens) window(q *screen.Request, section *profile.Section, typ string) (*ui.Window, error) {
	windows, err := s.Calendar.Section(q.Context(), section.ID, typ)
	if err != nil || len(windows) == 0 {
		return nil, err
	}
	w := ui.Window{URL: "/calendar"}
	for _, x := range windows {
		switch {
		case x.State == calendar.Open:
			return &ui.Window{Open: true, Until: local(q, x.Closes), Days: x.DaysLeft(q.Clock.Now()), URL: "/calendar"}, nil
		case x.State == calendar.Upcoming && w.Opens.IsZero():
			w.Opens = local(q, x.OpensAt())
		}
	}
	return &w, nil
}

func local(q *screen.Request, t time.Time) time.Time {
	if z := q.Caller.Tenant.Zone; z != nil && !t.IsZero() {
		return t.In(z)
	}
	return t
}

// facts are the lines of a group: what is kept of such an institution, and what
// is still there though it no longer applies.
func facts(q *screen.Request, i registry.Institution, seen profile.Conditions, g *profile.Group, gaps record.Completeness) []ui.Fact {
	var out []ui.Fact
	for k := range g.Fields {
		f := &g.Fields[k]
		v, filled := i.Fields[f.ID]
		if !filled && !seen.Applies(f) {
			continue
		}
		fact := ui.Fact{Label: q.Text(f.Name), Value: value(q, f, v), Long: f.Type.Kind == profile.KindLongText}
		if s, ok := v.(string); ok {
			switch f.Type.Kind {
			case profile.KindEmail:
				fact.URL = "mailto:" + s
			case profile.KindPhone:
				fact.URL = "tel:" + s
			case profile.KindURL:
				fact.URL = s
			case profile.KindText, profile.KindLongText, profile.KindInt, profile.KindDecimal, profile.KindBool, profile.KindDate, profile.KindReference, profile.KindReferences, profile.KindIdentifier: // leads nowhere
			}
		}
		if missing(gaps, f.ID) {
			fact.Mark = ui.Badge(q.View(), ui.State{Text: q.T("institution.missing"), Tone: ui.Warn, Icon: ui.GlyphAlert})
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

func recordHead(q *screen.Request, p recordPage) ui.Head {
	h := ui.Head{
		Title: q.Text(p.Name), Kicker: typeName(q, p.Type), Crumbs: placeCrumbs(q, p.Institution),
		State: stateOf(q, p.Unit), Lead: headLine(q, p), Marks: recordMarks(q, p), More: recordMore(q, p),
		Tabs: recordTabs(q, p, ""),
	}
	if h.State == nil {
		h.State = &ui.State{Text: q.T("institution.state.open"), Tone: ui.Good}
	}
	return h
}

func headLine(q *screen.Request, p recordPage) string {
	line := placeLine(q, p.Place)
	if p.Code != "" {
		line = codeName(q) + " " + p.Code + " · " + line
	}
	return line
}

func recordTabs(q *screen.Request, p recordPage, at string) []ui.Tab {
	tabs := []ui.Tab{
		{Text: q.T("institution.passport"), URL: recordURL(p.UID)},
		{Text: q.T("history.title"), URL: recordURL(p.UID) + "/history"},
	}
	if p.people {
		tabs = append(tabs, ui.Tab{Text: q.T("nav.people"), URL: "/people?unit=" + p.UID})
	}
	for k := range tabs {
		tabs[k].Current = tabs[k].URL == recordURL(p.UID)+at
	}
	return tabs
}

// gapsText says how much is missing of the passport.
func gapsText(q *screen.Request, c record.Completeness) (text string, tone ui.Tone) {
	gaps := len(c.Missing)
	if c.NoCode {
		gaps++
	}
	if gaps == 0 {
		return q.T("institution.complete"), ui.Good
	}
	return q.T("institution.gaps", "Count", gaps), ui.Warn
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
func gapLinks(q *screen.Request, p recordPage) []ui.Fact {
	var out []ui.Fact
	if p.gaps.NoCode {
		out = append(out, ui.Fact{Label: q.T("institution.register"), Value: codeName(q)})
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
				url = recordURL(p.UID) + "/edit/" + c.ID
			}
			out = append(out, ui.Fact{Label: q.Text(c.Name), Value: q.L.List(names), URL: url})
		}
	}
	return out
}

// entryFacts are what the register itself keeps of an institution.
func entryFacts(q *screen.Request, p recordPage) []ui.Fact {
	out := []ui.Fact{
		{Label: codeName(q), Value: p.Code},
		{Label: q.T("institution.type"), Value: typeName(q, p.Type), Note: groupName(q, p.Type)},
		{Label: q.T("institution.place"), Value: placeLine(q, p.Place)},
		{Label: q.T("institution.since"), Value: q.View().Date(p.Since)},
	}
	if p.Until != nil {
		out = append(out, ui.Fact{Label: q.T("institution.until"), Value: q.View().Date(*p.Until)})
	}
	return append(out, otherNames(q, p.Name)...)
}

func groupName(q *screen.Request, typ string) string {
	if t := q.Profile().Type(typ); t != nil {
		if g := q.Profile().TypeGroup(t.Group); g != nil && q.Text(g.Name) != q.Text(t.Name) {
			return q.Text(g.Name)
		}
	}
	return ""
}
