package institutions

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"mektep/core/exchange"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// listURL is what the list is asked, as it stands in the address.
type listURL struct {
	Words, Under, Kind, State string
	Fields                    map[string]string // filters of the passport, by parameter
	After, Before             string
}

// anyOf follows a type group in the address, where a type could stand too.
const anyOf = ".*"

// fieldPrefix precedes a field's id in the address.
const fieldPrefix = "f."

func readURL(q *screen.Request) listURL {
	u := listURL{
		Words: strings.TrimSpace(q.C.Query("q")), Under: q.C.Query("under"), Kind: q.C.Query("type"), State: q.C.Query("state"),
		After: q.C.Query("after"), Before: q.C.Query("before"), Fields: map[string]string{},
	}
	for k, v := range q.C.Context().QueryArgs().All() {
		if name := string(k); strings.HasPrefix(name, fieldPrefix) && len(v) > 0 {
			u.Fields[name] = string(v)
		}
	}
	return u
}

func (u listURL) values() url.Values {
	v := url.Values{}
	for name, value := range u.Fields {
		v.Set(name, value)
	}
	for name, value := range map[string]string{"q": u.Words, "under": u.Under, "type": u.Kind, "state": u.State, "after": u.After, "before": u.Before} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// String is the address of the list.
func (u listURL) String() string {
	if v := u.values(); len(v) > 0 {
		return "/institutions?" + v.Encode()
	}
	return "/institutions"
}

// without is the address with one filter taken off, from the beginning.
func (u listURL) without(names ...string) string {
	v := u.values()
	for _, n := range append(names, "after", "before") {
		v.Del(n)
	}
	if len(v) == 0 {
		return "/institutions"
	}
	return "/institutions?" + v.Encode()
}

func (u listURL) narrowed() bool {
	return u.Words+u.Under+u.Kind+u.State != "" || len(u.Fields) > 0
}

// query is what the register is asked.
func (u listURL) query() record.Query {
	out := record.Query{Words: u.Words, Under: u.Under, State: record.State(u.State), After: u.After, Before: u.Before}
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
	formats exchange.Formats
	at      listURL
	page    record.Page
	filters []*profile.Field
	tops    []unit.Unit // to choose the first place from
	inner   []unit.Unit // within the chosen one
	way     []unit.Unit // to the place chosen
	bar     string      // the filters as they were written before; empty: they are not remembered
	may     mayDo
}

// mayDo is what the list offers the caller.
type mayDo struct{ create, imports, exports bool }

func (s *screens) list(q *screen.Request) error {
	ctx := q.Context()
	p := listPage{at: readURL(q), formats: s.Transfer.Formats()}
	if err := s.innerPlace(q, &p.at); err != nil {
		return err
	}
	var err error
	if p.page, err = s.Registry.List(ctx, p.at.query()); err != nil {
		return err
	}
	if p.filters, err = s.Registry.Filters(ctx); err != nil {
		return err
	}
	if err := s.filterBar(q, &p); err != nil {
		return err
	}
	p.may = mayDo{create: may(q, "create", registry.Institutions), exports: may(q, "export", registry.Institutions)}
	p.may.imports = may(q, "import", registry.Institutions) && may(q, "create", "import")
	return q.Page(list(q, p))
}

func may(q *screen.Request, action, object string) bool {
	return q.Gate.May(q.Context(), action, object)
}

// filterBar prepares the filters. As long as none is on they are the same for everybody who
// sees the same of the register in the same language, and half of the page's work: they are
// written once.
func (s *screens) filterBar(q *screen.Request, p *listPage) error {
	if p.at.narrowed() {
		return s.choices(q, p)
	}
	ctx := q.Context()
	scope, err := q.Gate.Scope(ctx, "view", registry.Institutions)
	if err != nil {
		return err
	}
	of := []string{q.L.Tag(), fmt.Sprintf("%p", q.Edge.Words()), today(q).Format(time.DateOnly), q.Profile().Hash, fmt.Sprint(scope)}
	for _, f := range p.filters {
		of = append(of, f.ID)
	}
	p.bar, err = s.bars.Get(ctx, strings.Join(of, " "), func(ctx context.Context) (string, error) {
		if err := s.choices(q, p); err != nil {
			return "", err
		}
		var bar strings.Builder
		err := ui.Filters(q.View(), filters(q, *p)).Render(ctx, &bar)
		return bar.String(), err
	})
	return err
}

// innerPlace lets the second menu narrow the first. A place that does not lie in
// the one chosen there was left over from another choice.
func (s *screens) innerPlace(q *screen.Request, at *listURL) error {
	inner := q.C.Query("district")
	if inner == "" {
		return nil
	}
	if !q.C.Context().QueryArgs().Has("under") {
		at.Under = inner
		return nil
	}
	known, err := s.places(q.Context())
	if err != nil {
		return err
	}
	if u, ok := known.byUID[inner]; ok && at.Under != "" && unit.Within(u.Path, known.byUID[at.Under].Path) {
		at.Under = inner
	}
	return nil
}

// choices are the places one can choose: first the highest in the caller's
// territory, then those below the one chosen.
func (s *screens) choices(q *screen.Request, p *listPage) error {
	ctx := q.Context()
	scope, err := q.Gate.Scope(ctx, "view", registry.Institutions)
	if err != nil {
		return err
	}
	known, err := s.places(ctx)
	if err != nil {
		return err
	}
	p.tops = known.tops(scope)
	u, chosen := known.byUID[p.at.Under]
	if !chosen {
		if len(p.tops) == 1 {
			p.inner = known.below[p.tops[0].ID]
		}
		return nil
	}
	p.way = slices.DeleteFunc(known.way(u), func(w unit.Unit) bool { return !scope.All && len(scope.Types) == 0 && !scope.Holds(w.Path, "") })
	if len(p.way) > 0 {
		p.inner = known.below[p.way[0].ID]
	}
	return nil
}

// table is the list itself.
func table(q *screen.Request, p listPage) ui.TableSpec {
	t := ui.TableSpec{
		Caption: q.T("nav.institutions"),
		Columns: []ui.Column{{Text: q.T("institution.name")}, {Text: codeName(q), Narrow: true}, {Text: q.T("institution.type")}, {Text: q.T("institution.place")}},
		Count:   countText(q, p.page),
		Note:    corrected(q, p.page.Corrected),
		Tools:   listTools(q, p),
		Empty:   emptyList(q, p),
	}
	for _, i := range p.page.Items {
		name := ui.Cell{Text: q.Text(i.Name), URL: recordURL(i.UID), State: stateOf(q, registry.UnitOf(i.Head))}
		t.Rows = append(t.Rows, ui.Row{Muted: i.Until != nil && !i.OpenOn(today(q)), Cells: []ui.Cell{
			name, {Text: i.Code}, {Text: typeName(q, i.Type)}, placeCell(q, i),
		}})
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

func placeCell(q *screen.Request, i record.Item) ui.Cell {
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

func countText(q *screen.Request, p record.Page) string {
	if p.More {
		return q.T("institution.count_over", "Most", q.L.Number(int64(p.Total)))
	}
	return q.T("institution.count", "Count", p.Total)
}

// corrected says which words were taken for which.
func corrected(q *screen.Request, words map[string]string) string {
	var out []string
	for typed, word := range words {
		out = append(out, q.T("institution.corrected", "Typed", typed, "Word", word))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func emptyList(q *screen.Request, p listPage) ui.EmptySpec {
	v := q.View()
	if p.at.narrowed() {
		return ui.EmptySpec{
			Icon: ui.GlyphSearch, Title: q.T("institution.none_found"), Text: q.T("institution.none_found.text"),
			Action: ui.LinkButton(v, ui.ButtonSpec{Text: q.T("ui.filters.clear"), URL: "/institutions"}),
		}
	}
	e := ui.EmptySpec{Icon: ui.GlyphSchool, Title: q.T("institution.none"), Text: q.T("institution.none.text")}
	if p.may.imports {
		e.Action = ui.LinkButton(v, ui.ButtonSpec{Text: q.T("import.begin"), Icon: ui.GlyphUpload, Kind: ui.Primary, URL: "/institutions/import"})
	}
	return e
}
