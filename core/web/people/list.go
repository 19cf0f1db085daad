package people

import (
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/profile"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

const purposeSearch = "people search"

// question is what the list is asked: the structure stands in the address, the
// words about a person stand there sealed.
type question struct {
	Role, State, Unit string
	Find              string // sealed words
	After             string
	words             string
}

func (s question) url() string {
	v := url.Values{}
	for name, value := range map[string]string{"role": s.Role, "state": s.State, "unit": s.Unit, "find": s.Find, "after": s.After} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		return "/people"
	}
	return "/people?" + v.Encode()
}

func (s question) narrowed() bool { return s.Role+s.State+s.Unit+s.Find != "" }

// search takes the words that were posted out of sight and leads to the list.
func (s *screens) search(q *screen.Request) error {
	f := q.Form()
	ask := question{Role: f.Value("role"), State: f.Value("state"), Unit: f.Value("unit")}
	if words := f.Value("words"); words != "" {
		if len([]rune(words)) > identity.MostWords {
			return fault.New(fault.Invalid, "fault.too_long").With("Max", identity.MostWords)
		}
		var err error
		if ask.Find, err = q.Edge.Seal(q.C, purposeSearch, words, searchGood); err != nil {
			return err
		}
	}
	return q.See(ask.url(), edge.Flash{})
}

type listPage struct {
	ask     question
	rows    []identity.PersonRow
	next    string
	count   int
	units   []ui.Option
	unit    *unit.Unit
	appoint bool
}

func (s *screens) list(q *screen.Request) error {
	ask := question{Role: q.C.Query("role"), State: q.C.Query("state"), Unit: q.C.Query("unit"), Find: q.C.Query("find"), After: q.C.Query("after")}
	if ask.Find != "" && !q.Edge.Unseal(q.C, purposeSearch, ask.Find, &ask.words) {
		ask.Find, ask.After = "", "" // over, or another session's: the list stands without it
	}
	p := listPage{ask: ask}
	f := identity.Filter{Words: ask.words, Role: ask.Role, State: identity.State(ask.State), After: ask.After}
	if ask.Unit != "" {
		u, err := s.Tree.Get(q.Context(), ask.Unit)
		if err != nil {
			return err
		}
		p.unit, f.Unit = &u, &u
	}
	var err error
	if p.rows, p.next, err = s.Identity.People(q.Context(), f); err != nil {
		return err
	}
	if p.count, err = s.Identity.Count(q.Context(), f); err != nil {
		return err
	}
	if p.units, err = s.unitOptions(q, p.unit); err != nil {
		return err
	}
	_, refused := q.Gate.Scope(q.Context(), "create", "appointment")
	p.appoint = refused == nil
	if q.C.Get("HX-Request") != "" {
		q.C.Set("HX-Push-Url", ask.url())
	}
	return q.Page(list(q, p))
}

// unitOptions lets a person go down the tree one step at a time: the units above
// the chosen one that they may see, itself and those directly below it.
func (s *screens) unitOptions(q *screen.Request, chosen *unit.Unit) ([]ui.Option, error) {
	ctx := q.Context()
	scope, err := q.Gate.Scope(ctx, "view", "account")
	if err != nil {
		return nil, err
	}
	var above, below []unit.Unit
	switch {
	case chosen != nil:
		if above, err = s.Tree.Way(ctx, *chosen); err != nil {
			return nil, err
		}
		above = slices.DeleteFunc(above, func(u unit.Unit) bool { return !scope.Holds(u.Path, u.Type) })
		if chosen.Level != unit.Institution {
			below, err = s.Tree.Children(ctx, chosen.ID)
		}
	default:
		below, err = s.tops(q, scope)
	}
	if err != nil {
		return nil, err
	}
	var out []ui.Option
	for _, u := range append(above, q.InOrder(below)...) {
		out = append(out, ui.Option{Value: u.UID, Text: unitName(q, u)})
	}
	return out, nil
}

func (q question) without(name string) string {
	q.After = ""
	switch name {
	case "role":
		q.Role = ""
	case "state":
		q.State = ""
	case "unit":
		q.Unit = ""
	case "find":
		q.Find = ""
	}
	return q.url()
}

func (q question) at(after string) string {
	q.After = after
	return q.url()
}

func filters(q *screen.Request, p listPage) ui.FiltersSpec {
	f := ui.FiltersSpec{
		Action: "/people", Post: true,
		Search: &ui.FieldSpec{Name: "words", Label: q.T("people.search"), Value: p.ask.words, Placeholder: q.T("people.search.hint")},
		Fields: []ui.FieldSpec{
			{Name: "role", Input: ui.Select, Label: q.T("people.role"), Value: p.ask.Role, Prompt: q.T("common.all"), Options: roleOptions(q)},
			{Name: "state", Input: ui.Select, Label: q.T("people.state"), Value: p.ask.State, Prompt: q.T("common.all"), Options: stateOptions(q)},
		},
	}
	if len(p.units) > 1 {
		f.Fields = append(f.Fields, ui.FieldSpec{Name: "unit", Input: ui.Select, Label: q.T("people.unit"), Value: p.ask.Unit, Prompt: q.T("common.all"), Options: p.units})
	}
	for _, c := range []struct{ name, value, text string }{
		{"find", p.ask.Find, p.ask.words},
		{"role", p.ask.Role, roleName(q, p.ask.Role)},
		{"state", p.ask.State, stateName(q, p.ask.State)},
	} {
		if c.value != "" {
			f.Active = append(f.Active, ui.Chip{Text: c.text, URL: p.ask.without(c.name)})
		}
	}
	if p.unit != nil {
		f.Active = append(f.Active, ui.Chip{Text: unitName(q, *p.unit), URL: p.ask.without("unit")})
	}
	if len(f.Active) > 1 {
		f.Clear = "/people"
	}
	return f
}

func roleOptions(q *screen.Request) []ui.Option {
	var out []ui.Option
	p := q.Profile()
	for _, r := range p.Roles {
		if !r.Holds(profile.DateOf(q.Clock.Today(q.Caller.Tenant.Zone))) {
			continue
		}
		group := ""
		if l := p.Level(r.Level); l != nil {
			group = q.Text(l.Name)
		}
		out = append(out, ui.Option{Value: r.ID, Text: q.Text(r.Name), Group: group})
	}
	return out
}

var states = []identity.State{identity.Active, identity.Invited, identity.Blocked}

func stateOptions(q *screen.Request) []ui.Option {
	out := make([]ui.Option, 0, len(states))
	for _, s := range states {
		out = append(out, ui.Option{Value: string(s), Text: stateName(q, string(s))})
	}
	return out
}

func stateName(q *screen.Request, state string) string {
	if !slices.Contains(states, identity.State(state)) {
		return state
	}
	return q.T("state." + state)
}

func table(q *screen.Request, p listPage) ui.TableSpec {
	t := ui.TableSpec{
		Caption: q.T("nav.people"),
		Columns: []ui.Column{{Text: q.T("people.name")}, {Text: q.T("people.posts")}, {Text: q.T("people.state"), Narrow: true}, {Text: q.T("people.signed_in"), Narrow: true, Optional: true}},
		Count:   countText(q, p.count),
		Empty:   emptyList(q, p),
		Tools:   ui.PrintButton(q.View()),
	}
	for _, r := range p.rows {
		state := stateOf(q, r.Account)
		shown, _ := r.Shown()
		t.Rows = append(t.Rows, ui.Row{
			Name: r.Name, Muted: shown == identity.Blocked,
			Cells: []ui.Cell{
				{Text: r.Name, URL: "/people/" + r.UID, Sub: r.Login},
				posts(q, r),
				{State: &state},
				{Text: signedIn(q, r.Account)},
			},
		})
	}
	if p.next != "" || p.ask.After != "" {
		t.Pager = &ui.PagerSpec{}
		if p.next != "" {
			t.Pager.Next = p.ask.at(p.next)
		}
		if p.ask.After != "" {
			t.Pager.First = p.ask.at("")
		}
	}
	return t
}

// posts are what a person holds: the roles, and below them where.
func posts(q *screen.Request, r identity.PersonRow) ui.Cell {
	var roles, units []string
	for _, p := range r.Posts {
		if name := roleName(q, p.Role); !slices.Contains(roles, name) {
			roles = append(roles, name)
		}
		if name := unitName(q, p.Unit); !slices.Contains(units, name) {
			units = append(units, name)
		}
	}
	c := ui.Cell{Text: strings.Join(roles, " · "), Sub: strings.Join(units, " · ")}
	if len(roles) == 0 {
		c.Text = q.T("people.no_post")
	}
	if r.Shared {
		c.State = &ui.State{Text: q.T("people.sharing.sign"), Tone: ui.Warn, Icon: ui.GlyphAlert}
	}
	return c
}

// appointButton leads to the appointment of somebody, for who may appoint.
func appointButton(q *screen.Request, may bool) templ.Component {
	if !may {
		return nil
	}
	return ui.LinkButton(q.View(), ui.ButtonSpec{Text: q.T("people.appoint"), Icon: ui.GlyphPersonAdd, Kind: ui.Primary, URL: "/people/new"})
}

func countText(q *screen.Request, n int) string {
	if n >= identity.MostCounted {
		return q.T("people.count_over", "Most", q.L.Number(identity.MostCounted))
	}
	return q.T("people.count", "Count", n)
}

func emptyList(q *screen.Request, p listPage) ui.EmptySpec {
	if p.ask.narrowed() {
		return ui.EmptySpec{
			Icon: ui.GlyphSearch, Title: q.T("people.none_found"), Text: q.T("people.none_found.text"),
			Action: ui.LinkButton(q.View(), ui.ButtonSpec{Text: q.T("ui.filters.clear"), URL: "/people"}),
		}
	}
	e := ui.EmptySpec{Icon: ui.GlyphPeople, Title: q.T("people.none"), Text: q.T("people.none.text")}
	if p.appoint {
		e.Action = ui.LinkButton(q.View(), ui.ButtonSpec{Text: q.T("people.appoint"), Icon: ui.GlyphPersonAdd, Kind: ui.Primary, URL: "/people/new"})
	}
	return e
}

func signedIn(q *screen.Request, a identity.Account) string {
	if a.SignedInAt == nil {
		return q.T("people.never")
	}
	return q.L.Relative(local(q, *a.SignedInAt), local(q, q.Clock.Now()))
}

// explained returns what stopped the caller, in words.
func explained(q *screen.Request, err error) *ui.WhyNotSpec {
	if err == nil || fault.KindOf(err) != fault.Denied && fault.KindOf(err) != fault.Locked {
		return nil
	}
	w := ui.WhyNotOf(q.View(), err)
	return &w
}
