package register

import (
	"strconv"
	"strings"

	"mektep/core/transfer"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// foundPage is a page of what a preview shows of one kind.
type foundPage struct {
	kind transfer.Kind
	list []transfer.Finding
	from int
	more bool
	kept int // how many there are on all pages
}

// openFound reads the page of a kind that the address asks for by its name.
func (s *Screens) openFound(q *screen.Request, i *transfer.Import, kind transfer.Kind) (p foundPage, err error) {
	p.kind = kind
	p.from, _ = strconv.Atoi(q.C.Query(string(kind)))
	p.from = max(p.from, 0)
	if p.list, p.more, err = s.Lists.FindingsOf(q.Context(), i.UID, kind, p.from); err == nil {
		p.kept, err = s.Lists.Kept(q.Context(), i, kind)
	}
	return p, err
}

func (p foundPage) any() bool { return len(p.list) > 0 || p.from > 0 }

// foundPerPage is how many of what was found a page shows.
const foundPerPage = 50

// pager leads through the pages of a kind, to the first and the last of them too, and says what of all
// is shown; nil where there is but one. all is how many there are besides those that are kept.
func (p foundPage) pager(q *screen.Request, target string, all int, at func(from int) string) *ui.PagerSpec {
	if p.from == 0 && !p.more {
		return nil
	}
	out := &ui.PagerSpec{Target: target}
	if p.from > 0 {
		out.First, out.Previous = at(0), at(max(p.from-foundPerPage, 0))
	}
	if p.more {
		out.Next, out.Last = at(p.from+foundPerPage), at((p.kept-1)/foundPerPage*foundPerPage)
	}
	if len(p.list) > 0 {
		first := p.from + 1
		left := max(all-p.kept, 0) // between the others and the last page
		if !p.more {
			first += left
		}
		n := func(x int) string { return q.L.Number(int64(x)) }
		out.Text = q.T("ui.pager.range", "From", n(first), "To", n(first+min(len(p.list), foundPerPage)-1), "All", n(p.kept+left))
		if left > 0 && !p.more {
			out.Text += " · " + q.T("import.entering.gap", "From", n(first-left), "To", n(first-1))
		}
	}
	return out
}

// pagerOf leads through the pages of a kind by the address of the import.
func (p foundPage) pagerOf(q *screen.Request, url string, all int) *ui.PagerSpec {
	return p.pager(q, string(p.kind), all, func(from int) string { return url + "?" + string(p.kind) + "=" + strconv.Itoa(from) })
}

// newTable lists what is to be entered.
func newTable(q *screen.Request, p importPage) ui.TableSpec {
	types, coded := false, false
	for _, f := range p.fresh.list {
		types, coded = types || f.Entering.Type != nil, coded || f.Entering.Code != ""
	}
	t := ui.TableSpec{
		ID: string(transfer.Fresh), Caption: q.T("import.entering"), Count: q.T("import.entering.count", "Count", p.Counts.New),
		Columns: []ui.Column{{Text: q.T("import.line"), Narrow: true}, {Text: q.T(p.of.Words.Named)}},
		Pager:   p.fresh.pagerOf(q, p.url(), p.Counts.New),
	}
	if coded {
		t.Columns = append(t.Columns, ui.Column{Text: p.of.CodeName(q)})
	}
	if types {
		t.Columns = append(t.Columns, ui.Column{Text: q.T("record.type")})
	}
	t.Columns = append(t.Columns, ui.Column{Text: q.T(p.of.Words.InPlace)})
	for _, f := range p.fresh.list {
		e := f.Entering
		name, others := e.Title, []string{}
		if name == "" {
			name = q.Text(e.Names)
		}
		for _, fact := range OtherNames(q, e.Names) {
			others = append(others, fact.Label+": "+fact.Value)
		}
		if f.Withheld {
			name = q.T("import.changes.hidden")
		}
		row := []ui.Cell{{Text: q.T("import.line_no", "Line", f.Line)}, {Text: name, Sub: strings.Join(others, " · ")}}
		if coded {
			row = append(row, ui.Cell{Text: e.Code})
		}
		if types {
			row = append(row, ui.Cell{Text: q.Text(e.Type)})
		}
		var places []string
		for _, place := range e.Places {
			places = append(places, q.Text(place))
		}
		t.Rows = append(t.Rows, ui.Row{Cells: append(row, ui.Cell{Text: strings.Join(places, ", ")})})
	}
	return t
}

// changeTable sets what the register has beside what the file makes of it: it is seen before
// anybody says yes.
func changeTable(q *screen.Request, p importPage) ui.TableSpec {
	t := ui.TableSpec{
		ID: string(transfer.Changes), Caption: q.T("import.changes"),
		Columns: []ui.Column{{Text: q.T("import.line"), Narrow: true}, {Text: q.T("import.changes.record")}, {Text: q.T("import.changes.field")}, {Text: q.T("import.changes.old")}, {Text: q.T("import.changes.new")}},
		Pager:   p.changes.pagerOf(q, p.url(), 0),
	}
	say := p.of.Teller()
	value := func(field string, v any) string {
		if s := say.Says(q, field, v); s != "" {
			return s
		}
		return q.T("ui.none")
	}
	for _, f := range p.changes.list {
		record := ui.Cell{}
		if f.Record != "" {
			record.URL = p.of.URL(f.Record)
			record.Text = q.View().T("import.changes.name", f.Args)
			record.Sub, _ = f.Args["Code"].(string)
		}
		from, to := value(f.Target, f.Old), value(f.Target, f.New)
		if f.Withheld {
			if from = q.T("import.changes.hidden"); f.New == nil {
				to = from
			}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: q.T("import.line_no", "Line", f.Line)}, record, {Text: say.FieldName(q, f.Target)}, {Text: from}, {Text: to}}})
	}
	return t
}

// applyTitle asks whether what a preview counted is to be entered; nothing is said of none.
func applyTitle(q *screen.Request, c transfer.Counts) string {
	key := "import.apply.title"
	switch {
	case c.Changed == 0:
		key = "import.apply.title.new"
	case c.New == 0:
		key = "import.apply.title.changed"
	}
	return q.T(key, "New", q.L.Number(int64(c.New)), "Changed", q.L.Number(int64(c.Changed)))
}
