package register

import (
	"strconv"

	"mektep/core/transfer"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// changesShown are the changes that a preview shows, a page of them.
type changesShown struct {
	list []transfer.Finding
	from int
	more bool
	say  Teller
}

func (s *Screens) openChanges(q *screen.Request, i *transfer.Import) (c changesShown, err error) {
	c.from, _ = strconv.Atoi(q.C.Query("changes"))
	c.from, c.say = max(c.from, 0), s.Teller()
	c.list, c.more, err = s.Lists.FindingsOf(q.Context(), i.UID, transfer.Changes, c.from)
	return c, err
}

// changeTable sets what the register has beside what the file makes of it: it is seen before
// anybody says yes.
func changeTable(q *screen.Request, p importPage) ui.TableSpec {
	t := ui.TableSpec{
		ID: "changes", Caption: q.T("import.changes"),
		Columns: []ui.Column{{Text: q.T("import.line"), Narrow: true}, {Text: q.T("import.changes.record")}, {Text: q.T("import.changes.field")}, {Text: q.T("import.changes.old")}, {Text: q.T("import.changes.new")}},
	}
	for _, f := range p.changes.list {
		record := ui.Cell{}
		if f.Record != "" {
			record.URL = p.of.URL(f.Record)
			record.Text = q.View().T("import.changes.name", f.Args)
			record.Sub, _ = f.Args["Code"].(string)
		}
		from, to := p.changes.value(q, f.Target, f.Old), p.changes.value(q, f.Target, f.New)
		if f.Withheld {
			if from = q.T("import.changes.hidden"); f.New == nil {
				to = from
			}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: q.T("import.line_no", "Line", f.Line)}, record, {Text: p.changes.say.FieldName(q, f.Target)}, {Text: from}, {Text: to}}})
	}
	if c := p.changes; c.from > 0 || c.more {
		t.Pager = &ui.PagerSpec{Target: "changes"}
		at := p.url() + "?changes="
		if c.from > 0 {
			t.Pager.Previous = at + strconv.Itoa(max(c.from-50, 0))
		}
		if c.more {
			t.Pager.Next = at + strconv.Itoa(c.from+50)
		}
	}
	return t
}

func (c changesShown) value(q *screen.Request, field string, v any) string {
	if s := c.say.Says(q, field, v); s != "" {
		return s
	}
	return q.T("ui.none")
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
