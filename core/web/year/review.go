package year

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"mektep/core/approval"
	"mektep/core/calendar"
	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// Detail shows what a request for a school year changes, to who decides it: read anew,
// against what is in force now.
func Detail(c *calendar.Service) func(q *screen.Request, r approval.Request) (templ.Component, error) {
	return func(q *screen.Request, r approval.Request) (templ.Component, error) {
		if r.Kind != calendar.Kind || r.State != approval.Waiting {
			return nil, nil
		}
		p, plan, wrong, err := c.Proposed(q.Context(), r.UID)
		if fault.KindOf(err) == fault.NotFound && err != nil {
			return nil, nil //nolint:nilerr,nilnil // decided a moment ago
		}
		if err != nil {
			return nil, err
		}
		if wrong != nil {
			return asked(q, p, plan, words4(q, wrong)), nil
		}
		return asked(q, p, plan, ""), nil
	}
}

func words4(q *screen.Request, err error) string {
	var out []string
	for _, e := range ui.ErrorsOf(q.View(), err) {
		out = append(out, e.Text)
	}
	return strings.Join(out, " ")
}

// effects lists what happens to windows, what opens and closes at once first.
func effects(q *screen.Request, p calendar.Plan) []ui.Task {
	var out []ui.Task
	for _, e := range calendar.Effects(p.Old, p.New, q.Clock.Now()) {
		w := e.New
		if w == nil {
			w = e.Old
		}
		t := ui.Task{Icon: ui.GlyphClock, Tone: effectTone(e.Kind), Title: windowName(q, w), When: q.T("year.effect." + string(e.Kind))}
		if len(w.Types) > 0 {
			t.Title += " (" + typeNames(q, w.Types) + ")"
		}
		switch {
		case e.Old != nil && e.New != nil:
			t.Text = q.T("year.effect.from_to", "Old", stretch(q, e.Old), "New", stretch(q, e.New))
		default:
			t.Text = stretch(q, w)
		}
		out = append(out, t)
	}
	return out
}

// atOnce reports whether a window closes at once: then the page says so above all else.
func atOnce(q *screen.Request, p calendar.Plan) bool {
	return slices.ContainsFunc(calendar.Effects(p.Old, p.New, q.Clock.Now()), func(e calendar.Effect) bool { return e.Kind == calendar.ClosesNow })
}

// between are the working days in no term and no break.
func between(p calendar.Plan) []fault.Phrase {
	if p.New == nil {
		return nil
	}
	return p.Between()
}

func stretch(q *screen.Request, w *profile.Window) string {
	return q.T("year.days", "From", opening(q, w.OpensAt()), "To", q.View().LastMoment(w.ClosesAt()))
}

// changeTable sets what is proposed beside what is in force.
func changeTable(q *screen.Request, p calendar.Plan) ui.TableSpec {
	t := ui.TableSpec{
		ID: "changes", Caption: q.T("year.review.changes"),
		Columns: []ui.Column{{Text: q.T("year.review.what")}, {Text: q.T("year.review.old")}, {Text: q.T("year.review.new")}},
	}
	if p.Old == nil {
		t.Columns = []ui.Column{{Text: q.T("year.review.what")}, {Text: q.T("year.review.new")}}
	}
	for _, c := range p.Changes() {
		// Amendments say the same once more, and a new window stands above already.
		if c.List == "amendments" || c.Field == "id" || p.Old == nil && c.List == "windows" {
			continue
		}
		row := ui.Row{Cells: []ui.Cell{{Text: changeName(q, p, c), Sub: listName(q, c)}, {Text: value(q, p.Old, c, c.Old)}, {Text: value(q, p.New, c, c.New)}}}
		if p.Old == nil {
			row.Cells = []ui.Cell{row.Cells[0], row.Cells[2]}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func listName(q *screen.Request, c calendar.Change) string {
	if c.List == "" {
		return ""
	}
	return q.T("year." + c.List)
}

// changeName names what changes: the entry, and the field where only that does.
func changeName(q *screen.Request, p calendar.Plan, c calendar.Change) string {
	field := ""
	if c.Field != "" {
		field = q.T("year.field." + c.Field)
	}
	if c.List == "" {
		return field
	}
	name := c.ID
	for _, y := range []*profile.SchoolYear{p.New, p.Old} {
		if y == nil {
			continue
		}
		if e := entry(y.Document()[c.List], c.ID); e != nil {
			name = entryName(q, y, c.List, e)
			break
		}
	}
	if field == "" {
		return name
	}
	return q.T("year.change_of", "Name", name, "Field", field)
}

// value is one side of a change in words.
func value(q *screen.Request, y *profile.SchoolYear, c calendar.Change, v any) string {
	if v == nil {
		return ""
	}
	if c.Field == "" {
		return summary(q, y, c, v.(map[string]any))
	}
	switch c.Field {
	case "name", "note":
		return q.Text(textOf(v))
	case "start", "end":
		return shownDay(q, v)
	case "status":
		return map[string]string{"published": q.T("year.published"), "provisional": q.T("state.provisional")}[text(v)]
	case "types":
		return typeNames(q, strings.Split(joined(v), ", "))
	case "source":
		return law(q, text(v))
	case "extended_by":
		if r := q.Profile().Role(text(v)); r != nil {
			return q.Text(r.Name)
		}
		return q.T("year.overseer")
	case "opens", "closes":
		return edge(q, y, c)
	case "grades":
		g, _ := v.(map[string]any)
		return q.T("year.grades", "From", fmt.Sprint(g["from"]), "To", fmt.Sprint(g["to"]))
	case "after_close":
		if w := window(y, c.ID); w != nil {
			return afterClose(q, w)
		}
	case "weekend":
		return joined(v)
	}
	return shown(v)
}

// summary is an entry that comes or goes, in a line.
func summary(q *screen.Request, y *profile.SchoolYear, c calendar.Change, e map[string]any) string {
	if c.List == "windows" {
		if w := window(y, c.ID); w != nil {
			return stretch(q, w)
		}
	}
	from, to := shownDay(q, e["start"]), shownDay(q, e["end"])
	if to == "" || to == from {
		return from
	}
	return q.T("year.days", "From", from, "To", to)
}

func edge(q *screen.Request, y *profile.SchoolYear, c calendar.Change) string {
	w := window(y, c.ID)
	switch {
	case w == nil:
		return ""
	case c.Field == "opens":
		return opening(q, w.OpensAt())
	}
	return q.View().LastMoment(w.ClosesAt())
}

func window(y *profile.SchoolYear, id string) *profile.Window {
	if y != nil {
		for i := range y.Windows {
			if y.Windows[i].ID == id {
				return &y.Windows[i]
			}
		}
	}
	return nil
}

// hidden are all fields of the form as they stand, for the step from the review on.
func (d *draft) hidden(q *screen.Request) []ui.FieldSpec {
	out := []ui.FieldSpec{{Name: "step", Input: ui.Hidden, Value: "ask"}}
	add := func(f ui.FieldSpec) {
		if f.Value != "" {
			out = append(out, ui.FieldSpec{Name: f.Name, Input: ui.Hidden, Value: f.Value})
		}
	}
	for _, f := range d.orderFields(q) {
		add(f)
	}
	for _, f := range d.yearFields(q) {
		add(f)
	}
	for _, name := range lists {
		for _, l := range d.lines(q, name) {
			for _, f := range l.fields {
				add(f)
			}
		}
	}
	add(ui.FieldSpec{Name: "of", Value: d.of})
	return out
}

// orderFields are the paper that the proposal rests on, and why a published year changes.
func (d *draft) orderFields(q *screen.Request) []ui.FieldSpec {
	out := []ui.FieldSpec{
		d.errs.On(ui.FieldSpec{Name: "order.number", Label: q.T("year.order.number"), Required: true, Value: d.number, Width: ui.Half, MaxLength: 100}),
		d.errs.On(ui.FieldSpec{Name: "order.date", Input: ui.Date, Label: q.T("year.order.date"), Required: true, Value: d.date, Width: ui.Half}),
	}
	if d.old == nil || d.old.Provisional() {
		return out
	}
	for _, tag := range q.Profile().Languages.Official {
		out = append(out, d.errs.On(ui.FieldSpec{
			Name: "note." + tag, Input: ui.LongText, Rows: 2, Label: inLanguage(q, q.T("year.reason"), tag), Required: true, Value: d.note[tag], Lang: tag, MaxLength: 500,
		}))
	}
	return out
}

// ended reports whether a year is over: it is amended no more.
func ended(y *profile.SchoolYear, day time.Time) bool { return y.End < profile.DateOf(day) }
