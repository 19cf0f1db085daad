package home

import (
	"strings"

	"github.com/a-h/templ"

	"mektep/core/calendar"
	"mektep/core/record"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

func lead(p page) string {
	var parts []string
	for _, x := range p.posts {
		text := x.role
		if x.unit != "" {
			text += ", " + x.unit
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " · ")
}

func allNotices(q *screen.Request, p page) templ.Component {
	if len(p.notices) == 0 {
		return nil
	}
	return ui.LinkButton(q.View(), ui.ButtonSpec{Text: q.T("home.all_notices"), Kind: ui.Quiet, Small: true, URL: "/inbox"})
}

func wholeYear(q *screen.Request) templ.Component {
	return ui.LinkButton(q.View(), ui.ButtonSpec{Text: q.T("home.whole_year"), Kind: ui.Quiet, Small: true, URL: "/calendar"})
}

func windowFacts(q *screen.Request, p page) []ui.Fact {
	var out []ui.Fact
	for _, w := range p.windows {
		m := ui.Window{Open: w.State == calendar.Open, Until: w.Closes, Days: w.DaysLeft(q.Clock.Now()), Then: q.Then(w.Turn, w.State == calendar.Open), URL: "/calendar?year=" + w.Year().ID}
		if w.State == calendar.Upcoming {
			m.Opens = w.OpensAt()
		}
		out = append(out, ui.Fact{Label: windowName(q, w), Long: true, Body: ui.WindowMark(q.View(), m)})
	}
	return out
}

func stats(q *screen.Request, n numbers) []ui.Stat {
	return []ui.Stat{
		{Label: q.T("home.numbers.institutions"), Value: q.L.Number(int64(n.total)), URL: "/institutions"},
		{Label: q.T("home.numbers.types"), Value: q.L.Number(int64(len(n.types)))},
	}
}

func placeTable(q *screen.Request, n numbers) ui.TableSpec {
	what := q.T("home.by_place")
	if l := q.Profile().Level(string(n.by)); l != nil {
		what = q.Text(l.Name)
	}
	t := ui.TableSpec{ID: "by-place", Caption: what, Columns: []ui.Column{{Text: what}, {Text: q.T("home.number"), Numeric: true}}, Empty: nothingYet(q)}
	for i, x := range n.places {
		if i == mostTally {
			t.Rows = append(t.Rows, theRest(q, n.places[i:]))
			break
		}
		c := ui.Cell{Text: q.T("home.no_place")}
		if x.Place != nil {
			c = ui.Cell{Text: q.Text(x.Place.Name), URL: "/institutions?under=" + x.Place.UID}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{c, {Text: q.L.Number(int64(x.Count))}}})
	}
	return t
}

func typeTable(q *screen.Request, n numbers) ui.TableSpec {
	t := ui.TableSpec{ID: "by-type", Caption: q.T("home.by_type"), Columns: []ui.Column{{Text: q.T("home.by_type")}, {Text: q.T("home.number"), Numeric: true}}, Empty: nothingYet(q)}
	for i, x := range n.types {
		if i == mostTally {
			t.Rows = append(t.Rows, theRest(q, n.types[i:]))
			break
		}
		c := ui.Cell{Text: x.Value}
		if typ := q.Profile().Type(x.Value); typ != nil {
			c = ui.Cell{Text: q.Text(typ.Name), URL: "/institutions?type=" + x.Value}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{c, {Text: q.L.Number(int64(x.Count))}}})
	}
	return t
}

// theRest says how many more there are, and what they sum up to.
func theRest(q *screen.Request, list []record.Tally) ui.Row {
	sum := 0
	for _, x := range list {
		sum += x.Count
	}
	return ui.Row{Muted: true, Cells: []ui.Cell{{Text: q.T("home.more", "Count", len(list))}, {Text: q.L.Number(int64(sum))}}}
}

func nothingYet(q *screen.Request) ui.EmptySpec {
	return ui.EmptySpec{Icon: ui.GlyphSchool, Title: q.T("home.no_institutions")}
}
