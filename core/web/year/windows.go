package year

import (
	"strings"
	"time"

	"github.com/a-h/templ"

	"mektep/core/calendar"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// windowName is the window's own name, or that of the section it opens, with the
// term it is about.
func windowName(q *screen.Request, w *profile.Window) string {
	if name := q.Text(w.Name); name != "" {
		return name
	}
	name := w.Section
	if s := q.Profile().Section(w.Section); s != nil {
		name = q.Text(s.Name)
	}
	if term := termOf(w); term != nil {
		name += ": " + q.Text(term.Name)
	}
	return name
}

func termOf(w *profile.Window) *profile.Term {
	id := w.Term
	if id == "" {
		if i := strings.IndexByte(w.Section, '.'); i > 0 {
			id = w.Section[i+1:]
		}
	}
	for i := range w.Year().Terms {
		if t := &w.Year().Terms[i]; t.ID == id {
			return t
		}
	}
	return nil
}

// extender names who may hold a window open longer, as policy and profile have it;
// "" where nobody may.
func extender(q *screen.Request, w *profile.Window) string {
	able, err := q.Gate.Able(q.Context(), "create", calendar.Extending(q.Profile(), w, ""))
	if err != nil || len(able) == 0 {
		return ""
	}
	return q.L.Value(gate.Names(able))
}

// sameExtender names who may hold every window of a year open longer; "" where it
// differs, and then each row says it for itself.
func sameExtender(q *screen.Request, p page) string {
	same := ""
	for _, w := range p.windows {
		by := extender(q, w.Window)
		if by == "" || (same != "" && by != same) {
			return ""
		}
		same = by
	}
	return same
}

func mark(q *screen.Request, w calendar.Window) ui.Window {
	m := ui.Window{Open: w.State == calendar.Open, Until: w.Closes, Days: w.DaysLeft(q.Clock.Now())}
	switch w.State {
	case calendar.Upcoming:
		m.Opens = w.OpensAt()
	case calendar.Closed:
		m.Extend = extender(q, w.Window)
	}
	return m
}

func opening(q *screen.Request, t time.Time) string {
	if z := q.Caller.Tenant.Zone; z != nil {
		t = t.In(z)
	}
	if t.Hour() == 0 && t.Minute() == 0 {
		return q.View().Date(t)
	}
	return q.View().DateTime(t)
}

// afterClose says what remains possible once a window has closed: nothing but to have
// it extended, and with which papers that is to be asked for.
func afterClose(q *screen.Request, w *profile.Window) string {
	switch {
	case extender(q, w) == "":
		return q.T("year.after.nobody")
	case w.AfterClose.By != "change_request" || len(w.AfterClose.Attach) == 0:
		return q.T("year.after.extension")
	}
	var papers []string
	for _, a := range w.AfterClose.Attach {
		papers = append(papers, q.T("year.attach."+a))
	}
	return q.T("year.after.extension_with", "Papers", q.L.List(papers))
}

// windowTable lists the windows: those that are open, those to come, those past.
func windowTable(q *screen.Request, p page) ui.TableSpec {
	t := ui.TableSpec{
		ID: "windows", Caption: q.T("year.windows"),
		Columns: []ui.Column{{Text: q.T("year.section")}, {Text: q.T("people.state")}, {Text: q.T("year.opens"), Narrow: true}, {Text: q.T("year.closes"), Narrow: true}, {Text: q.T("year.after")}},
		Empty:   ui.EmptySpec{Icon: ui.GlyphClock, Title: q.T("year.windows.none"), Text: q.T("year.windows.none.text")},
	}
	if by := sameExtender(q, p); by != "" {
		t.Note = q.T("year.extended_by_all", "Who", by)
	}
	act := len(p.mine) > 0
	if act {
		t.Columns = append(t.Columns, ui.Column{Text: q.T("audit.action"), Narrow: true})
	}
	for _, state := range []calendar.State{calendar.Open, calendar.Upcoming, calendar.Closed} {
		for _, w := range p.windows {
			if w.State == state {
				t.Rows = append(t.Rows, windowRow(q, p, w, act))
			}
		}
	}
	return t
}

func windowRow(q *screen.Request, p page, w calendar.Window, act bool) ui.Row {
	name := ui.Cell{Text: windowName(q, w.Window), Sub: law(q, w.Source)}
	if len(w.Types) > 0 {
		name.Sub = typeNames(q, w.Types) + " · " + name.Sub
	}
	closes := ui.Cell{Text: q.View().LastMoment(w.ClosesAt())}
	if w.Closes.After(w.ClosesAt()) {
		closes.Sub = q.T("year.longer", "Until", q.View().LastMoment(w.Closes))
	}
	after := ui.Cell{Text: afterClose(q, w.Window)}
	if by := extender(q, w.Window); by != "" && sameExtender(q, p) == "" {
		after.Sub = q.T("year.extended_by", "Who", by)
	}
	m := mark(q, w)
	m.Extend = "" // stands in its own column
	row := ui.Row{Muted: w.State == calendar.Closed, Cells: []ui.Cell{name, {Body: ui.WindowMark(q.View(), m)}, {Text: opening(q, w.OpensAt())}, closes, after}}
	if act {
		row.Cells = append(row.Cells, ui.Cell{Body: extendButton(q, p, w)})
	}
	return row
}

// extensions are who held which window open longer, why, and on which order.
func extensions(q *screen.Request, p page) []ui.Task {
	var out []ui.Task
	for _, w := range p.windows {
		for _, e := range w.Extensions {
			out = append(out, extension(q, w, e))
		}
	}
	return out
}

// soFar says when a window closes by the calendar, and until when it is held open already,
// for whom: a new end must lie after that.
func soFar(q *screen.Request, w calendar.Window) string {
	parts := []string{q.T("year.extend.until.text", "Closes", q.View().LastMoment(w.ClosesAt()))}
	for _, e := range w.Extensions {
		if e.Until.After(w.ClosesAt()) {
			parts = append(parts, q.T("year.extend.until.so_far", "Until", q.View().LastMoment(e.Until), "For", whom(q, e)))
		}
	}
	return strings.Join(parts, " ")
}

// whom are the institutions for which an extension is.
func whom(q *screen.Request, e calendar.Extension) string {
	if len(e.Types) == 0 {
		return q.T("year.everybody")
	}
	return typeNames(q, e.Types)
}

func extension(q *screen.Request, w calendar.Window, e calendar.Extension) ui.Task {
	by := e.GivenAs
	if r := q.Profile().Role(e.GivenAs); r != nil {
		by = q.Text(r.Name)
	}
	t := ui.Task{
		Icon: ui.GlyphHourglass, Tone: ui.Info, Title: windowName(q, w.Window), When: q.T("year.longer", "Until", q.View().LastMoment(e.Until)),
		Text: q.T("year.extension.why", "Reason", e.Reason, "By", by, "For", whom(q, e),
			"Order", q.T("history.order_of", "Number", e.Order.Number, "Date", q.View().Date(e.Order.Date))),
	}
	if e.ToldAll != nil {
		t.Text += " " + q.T("year.announced", "Count", e.Told)
	}
	if cancellable(q, w.Window, e) {
		t.Action = cancelButton(q, e)
	}
	return t
}

func cancelButton(q *screen.Request, e calendar.Extension) templ.Component {
	return ui.Confirm(q.View(), ui.ConfirmSpec{
		ID: "cancel-" + e.UID, Button: ui.ButtonSpec{Text: q.T("year.cancel"), Icon: ui.GlyphClose, Kind: ui.Quiet, Small: true},
		Title: q.T("year.cancel.sure"), Text: q.T("year.cancel.text"), Yes: q.T("year.cancel"), Danger: true,
		Action: "/calendar/extensions/" + e.UID + "/cancel", Key: screen.NewKey(),
	})
}

// extendButton stands at windows that the caller may hold open longer.
func extendButton(q *screen.Request, p page, w calendar.Window) templ.Component {
	if !p.mine[w.ID] {
		return templ.NopComponent
	}
	return ui.LinkButton(q.View(), ui.ButtonSpec{Text: q.T("year.extend.short"), Kind: ui.Quiet, Small: true, URL: "/calendar/" + p.year.ID + "/" + w.ID + "/extend"})
}

func typeOptions(q *screen.Request, types []*profile.Type) []ui.Option {
	out := make([]ui.Option, 0, len(types))
	for _, t := range types {
		out = append(out, ui.Option{Value: t.ID, Text: q.Text(t.Name)})
	}
	return out
}
