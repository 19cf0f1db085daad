package register

import (
	"context"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// Address is what the list is asked, as it stands in the address.
type Address struct {
	path                      string // of the list
	Words, Under, Kind, State string
	Gaps                      bool              // those in which something is missing
	Several                   bool              // to tick those that shall be changed alike
	Fields                    map[string]string // filters of the record's fields, by parameter
	After, Before             string
}

// anyOf follows a type group in the address, where a type could stand too.
const anyOf = ".*"

// fieldPrefix precedes a field's id in the address.
const fieldPrefix = "f."

// Asked is what the address of a request asks the list.
func (s *Screens) Asked(q *screen.Request) Address {
	v := url.Values{}
	for name, value := range q.C.Context().QueryArgs().All() {
		if !v.Has(string(name)) {
			v.Set(string(name), string(value))
		}
	}
	return s.address(v)
}

// address is what parameters ask the list.
func (s *Screens) address(v url.Values) Address {
	u := Address{
		path: s.Path, Words: strings.TrimSpace(v.Get("q")), Under: v.Get("under"), Kind: v.Get("type"), State: v.Get("state"),
		Gaps: v.Get("gaps") == gapsOnly, Several: v.Get("several") == severalTicked, After: v.Get("after"), Before: v.Get("before"), Fields: map[string]string{},
	}
	for name := range v {
		if strings.HasPrefix(name, fieldPrefix) && v.Get(name) != "" {
			u.Fields[name] = v.Get(name)
		}
	}
	return u
}

// gapsOnly asks for the records in which something is missing, in the parameter gaps.
const gapsOnly = "yes"

// severalTicked asks for tick boxes, in the parameter several.
const severalTicked = "yes"

// Under is the address of the list of what lies in a unit.
func (s *Screens) Under(uid string) string { return Address{path: s.Path, Under: uid}.String() }

// Whole is the list from its beginning.
func (u Address) Whole() Address {
	u.After, u.Before = "", ""
	return u
}

// Values are the parameters.
func (u Address) Values() url.Values {
	v := url.Values{}
	for name, value := range u.Fields {
		v.Set(name, value)
	}
	for name, value := range map[string]string{"q": u.Words, "under": u.Under, "type": u.Kind, "state": u.State, "after": u.After, "before": u.Before} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if u.Gaps {
		v.Set("gaps", gapsOnly)
	}
	if u.Several {
		v.Set("several", severalTicked)
	}
	return v
}

func (u Address) with(v url.Values) string {
	if len(v) > 0 {
		return u.path + "?" + v.Encode()
	}
	return u.path
}

// String is the address of the list.
func (u Address) String() string { return u.with(u.Values()) }

// without is the address with one filter taken off, from the beginning.
func (u Address) without(names ...string) string {
	v := u.Values()
	for _, n := range append(names, "after", "before") {
		v.Del(n)
	}
	return u.with(v)
}

func (u Address) narrowed() bool {
	return u.Words+u.Under+u.Kind+u.State != "" || u.Gaps || len(u.Fields) > 0
}

// Query is what the register is asked: numbers and days are read as the reader's language
// writes them. What is none stays as it was typed, for the register to refuse.
func (s *Screens) Query(q *screen.Request, u Address) record.Query {
	out := u.query()
	for k := range out.Filter {
		if f := s.of(q).Field(out.Filter[k].Field); f != nil {
			out.Filter[k].From, out.Filter[k].To = end(q, f, out.Filter[k].From), end(q, f, out.Filter[k].To)
		}
	}
	return out
}

func end(q *screen.Request, f *profile.Field, typed string) string {
	if typed == "" {
		return ""
	}
	v, key, _ := record.ReadText(f, typed, q.L)
	switch x := v.(type) {
	case float64:
		if key == "" && x == math.Trunc(x) && math.Abs(x) < 1<<53 {
			return strconv.FormatInt(int64(x), 10)
		}
	case string:
		if key == "" {
			return x
		}
	}
	return typed
}

func (u Address) query() record.Query {
	out := record.Query{Words: u.Words, Under: u.Under, State: record.State(u.State), Gaps: u.Gaps, After: u.After, Before: u.Before}
	if group, ok := strings.CutSuffix(u.Kind, anyOf); ok {
		out.Group = group
	} else if u.Kind != "" {
		out.Types = []string{u.Kind}
	}
	byField := map[string]*record.Filter{}
	for name, value := range u.Fields {
		id, end, ranged := strings.Cut(strings.TrimPrefix(name, fieldPrefix), ".")
		f := byField[id]
		if f == nil {
			f = &record.Filter{Field: id}
			byField[id] = f
		}
		switch {
		case ranged && end == "from":
			f.From = value
		case ranged && end == "to":
			f.To = value
		default:
			f.Any = []string{value}
		}
	}
	for _, f := range byField {
		out.Filter = append(out.Filter, *f)
	}
	slices.SortFunc(out.Filter, func(a, b record.Filter) int { return strings.Compare(a.Field, b.Field) })
	return out
}

type listPage struct {
	at      Address
	page    record.Page
	filters []*profile.Field
	tops    []unit.Unit      // to choose the first place from
	inner   []unit.Unit      // within the chosen one
	way     []unit.Unit      // to the place chosen
	shown   []*profile.Field // that the reader has chosen as columns
	values  []map[string]any // of the items, where there are such columns
	views   record.Views
	several string // the list with boxes to tick; empty: nothing in it can be changed
	bar     string // the filters as they were written before; empty: they are not remembered
	offers  Offers
}

func (s *Screens) list(q *screen.Request) error {
	ctx := q.Context()
	p := listPage{at: s.Asked(q)}
	if err := s.innerPlace(q, &p.at); err != nil {
		return err
	}
	var err error
	if p.page, err = s.Records.List(ctx, s.Query(q, p.at)); err != nil {
		return err
	}
	if p.filters, err = s.Records.Filters(ctx); err != nil {
		return err
	}
	if err := s.filterBar(q, &p); err != nil {
		return err
	}
	if err := s.chosen(q, &p); err != nil {
		return err
	}
	p.several = s.severalURL(q, p.at)
	p.offers = s.offers(q, p)
	return q.Page(s.listPage(q, p))
}

// offers are what the list offers the caller.
func (s *Screens) offers(q *screen.Request, p listPage) Offers {
	var o Offers
	if s.Offers != nil {
		o = s.Offers(q, p.at, len(p.page.Items) == 0)
	}
	s.offerLists(q, p, &o)
	if len(s.In) > 0 && o.Main == nil && May(q, "create", s.Records.ID()) {
		o.Main = &ui.ButtonSpec{Text: q.T(s.Words.Add), Icon: ui.GlyphAdd, Kind: ui.Primary, URL: s.Path + "/new"}
	}
	return o
}

// filterBar prepares the filters. As long as none is on they are the same for everybody who
// sees the same of the register in the same language, and half of the page's work: they are
// written once.
func (s *Screens) filterBar(q *screen.Request, p *listPage) error {
	if p.at.narrowed() {
		return s.choices(q, p)
	}
	ctx := q.Context()
	scope, err := q.Gate.Scope(ctx, "view", s.Records.ID())
	if err != nil {
		return err
	}
	of := []string{s.Path, q.L.Tag(), fmt.Sprintf("%p", q.Edge.Words()), q.Today().Format(time.DateOnly), q.Profile().Hash, fmt.Sprint(scope)}
	for _, f := range p.filters {
		of = append(of, f.ID)
	}
	p.bar, err = s.bars.Get(ctx, strings.Join(of, " "), func(ctx context.Context) (string, error) {
		if err := s.choices(q, p); err != nil {
			return "", err
		}
		var bar strings.Builder
		err := ui.Filters(q.View(), s.filterSpec(q, *p)).Render(ctx, &bar)
		return bar.String(), err
	})
	return err
}

// innerPlace lets the second menu narrow the first. A place that does not lie in
// the one chosen there was left over from another choice.
func (s *Screens) innerPlace(q *screen.Request, at *Address) error {
	inner := q.C.Query("district")
	if inner == "" {
		return nil
	}
	if !q.C.Context().QueryArgs().Has("under") {
		at.Under = inner
		return nil
	}
	known, err := s.Places.Of(q.Context())
	if err != nil {
		return err
	}
	if u, ok := known.ByUID[inner]; ok && at.Under != "" && unit.Within(u.Path, known.ByUID[at.Under].Path) {
		at.Under = inner
	}
	return nil
}

// choices are the places one can choose: first the highest in the caller's
// territory, then those below the one chosen.
func (s *Screens) choices(q *screen.Request, p *listPage) error {
	ctx := q.Context()
	scope, err := q.Gate.Scope(ctx, "view", s.Records.ID())
	if err != nil {
		return err
	}
	known, err := s.Places.Of(ctx)
	if err != nil {
		return err
	}
	p.tops = known.Tops(scope)
	u, chosen := known.ByUID[p.at.Under]
	if !chosen {
		if len(p.tops) == 1 {
			p.inner = known.Below[p.tops[0].ID]
		}
		return nil
	}
	p.way = slices.DeleteFunc(known.Way(u), func(w unit.Unit) bool { return !scope.All && len(scope.Types) == 0 && !scope.Holds(w.Path, "") })
	if len(p.way) > 0 {
		p.inner = known.Below[p.way[0].ID]
	}
	return nil
}

// Called is the column of the records' names, which lead to them.
func (s *Screens) Called() Column {
	return Column{
		Head: func(q *screen.Request) ui.Column { return ui.Column{Text: q.T(s.Words.Named)} },
		Cell: func(q *screen.Request, i record.Item) ui.Cell {
			return ui.Cell{Text: s.Name(q, i.Head), URL: s.URL(i.UID), State: State(q, i.Head)}
		},
	}
}

// Coded is the column of the records' codes.
func (s *Screens) Coded() Column {
	return Column{
		Head: func(q *screen.Request) ui.Column { return ui.Column{Text: s.CodeName(q), Narrow: true} },
		Cell: func(_ *screen.Request, i record.Item) ui.Cell { return ui.Cell{Text: i.Code} },
	}
}

// Typed is the column of the records' types.
func (s *Screens) Typed() Column {
	return Column{
		Head: func(q *screen.Request) ui.Column { return ui.Column{Text: q.T("record.type")} },
		Cell: func(q *screen.Request, i record.Item) ui.Cell { return ui.Cell{Text: TypeName(q, i.Type)} },
	}
}

// Placed is the column of where the records lie.
func (s *Screens) Placed() Column {
	return Column{
		Head: func(q *screen.Request) ui.Column { return ui.Column{Text: q.T(s.Words.InPlace)} },
		Cell: PlaceCell,
	}
}

// table is the list itself.
func (s *Screens) table(q *screen.Request, p listPage) ui.TableSpec {
	t := ui.TableSpec{
		Caption: s.Title(q), Count: s.countText(q, p.page), Note: corrected(q, p.page.Corrected), Tools: s.listTools(q, p), Empty: s.emptyList(q, p), Dense: true,
		Wide: len(p.shown) > 1,
	}
	for _, c := range s.Columns {
		t.Columns = append(t.Columns, c.Head(q))
	}
	for _, f := range p.shown {
		t.Columns = append(t.Columns, ui.Column{Text: q.Text(f.Name), Numeric: numeric(f)})
	}
	for k, i := range p.page.Items {
		row := ui.Row{ID: i.UID, Muted: i.Until != nil && !i.OpenOn(q.Today()), Cells: make([]ui.Cell, 0, len(t.Columns))}
		for _, c := range s.Columns {
			row.Cells = append(row.Cells, c.Cell(q, i))
		}
		for _, f := range p.shown {
			v := p.values[k][f.ID]
			row.Cells = append(row.Cells, ui.Cell{Text: Value(q, f, v), URL: leads(f, v)})
		}
		t.Rows = append(t.Rows, row)
	}
	if p.at.Several {
		whole := p.at
		whole.Several = false
		t.Tools = ui.LinkButton(q.View(), ui.ButtonSpec{Text: q.T("action.cancel"), Kind: ui.Quiet, URL: whole.String()})
		t.Bulk = &ui.BulkSpec{Action: s.Path + "/several", Key: screen.NewKey(), Buttons: []ui.ButtonSpec{{Text: q.T("record.several.begin"), Icon: ui.GlyphEdit, Kind: ui.Primary, Small: true}}}
	}
	if p.page.Next != "" || p.page.Previous != "" {
		t.Pager = &ui.PagerSpec{}
		if p.page.Previous != "" {
			at := p.at
			at.After, at.Before = "", p.page.Previous
			t.Pager.Previous = at.String()
		}
		if p.page.Next != "" {
			at := p.at
			at.After, at.Before = p.page.Next, ""
			t.Pager.Next = at.String()
		}
	}
	return t
}

// PlaceCell says where a record lies.
func PlaceCell(q *screen.Request, i record.Item) ui.Cell {
	switch {
	case i.District != nil && i.Region != nil:
		return ui.Cell{Text: q.Text(i.District.Name), Sub: q.Text(i.Region.Name)}
	case i.District != nil:
		return ui.Cell{Text: q.Text(i.District.Name)}
	case i.Region != nil:
		return ui.Cell{Text: q.Text(i.Region.Name)}
	}
	return ui.Cell{Text: q.Text(q.Ministry.Name)}
}

func (s *Screens) countText(q *screen.Request, p record.Page) string {
	if p.More {
		return q.T(s.Words.CountOver, "Most", q.L.Number(int64(p.Total)))
	}
	return q.T(s.Words.Count, "Count", p.Total)
}

// corrected says which words were taken for which.
func corrected(q *screen.Request, words map[string]string) string {
	var out []string
	for _, typed := range slices.Sorted(maps.Keys(words)) {
		out = append(out, q.T("record.corrected", "Typed", typed, "Word", words[typed]))
	}
	return strings.Join(out, " ")
}

func (s *Screens) emptyList(q *screen.Request, p listPage) ui.EmptySpec {
	v := q.View()
	if p.at.narrowed() {
		return ui.EmptySpec{
			Icon: ui.GlyphSearch, Title: q.T("record.none_found"), Text: q.T("record.none_found.text"),
			Action: ui.LinkButton(v, ui.ButtonSpec{Text: q.T("ui.filters.clear"), URL: s.Path}),
		}
	}
	e := ui.EmptySpec{Icon: ui.GlyphSchool, Title: q.T(s.Words.None), Text: q.T(s.Words.NoneText)}
	if p.offers.Begin != nil {
		e.Action = ui.LinkButton(v, *p.offers.Begin)
	}
	return e
}
