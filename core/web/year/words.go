package year

import (
	"slices"
	"strings"

	"mektep/core/calendar"
	"mektep/core/profile"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

func yearState(q *screen.Request, y *profile.SchoolYear) *ui.State {
	if y.Provisional() {
		return &ui.State{Text: q.T("state.provisional"), Tone: ui.Warn, Icon: ui.GlyphAlert}
	}
	return &ui.State{Text: q.T("year.published"), Tone: ui.Good}
}

func tabs(q *screen.Request, p page) []ui.Tab {
	if len(p.years) < 2 {
		return nil
	}
	var out []ui.Tab
	for _, y := range p.years {
		out = append(out, ui.Tab{Text: q.Text(y.Name), URL: "/calendar?year=" + y.ID, Current: y.ID == p.year.ID})
	}
	return out
}

func law(q *screen.Request, source string) string {
	if source == "" {
		return ""
	}
	return q.Profile().Cite(source, q.L.Tag())
}

func days(q *screen.Request, from, to profile.Date) string {
	v := q.View()
	if to.IsZero() || to == from {
		return v.Date(from.Time())
	}
	return q.T("year.days", "From", v.Date(from.Time()), "To", v.Date(to.Time()))
}

// length counts the days from one to another, both included.
func length(q *screen.Request, from, to profile.Date) string {
	if to.IsZero() {
		to = from
	}
	return q.T("year.length", "Count", int(to.Time().Sub(from.Time()).Hours()/24)+1)
}

// now says where a period stands today.
func now(q *screen.Request, from, to profile.Date) *ui.State {
	if to.IsZero() {
		to = from
	}
	t := profile.DateOf(today(q))
	if from <= t && t <= to {
		return &ui.State{Text: q.T("year.now"), Tone: ui.Good}
	}
	return nil
}

func termTable(q *screen.Request, p page) ui.TableSpec {
	t := ui.TableSpec{
		ID: "terms", Caption: q.T("year.terms"),
		Columns: []ui.Column{{Text: q.T("year.term")}, {Text: q.T("year.when")}, {Text: q.T("year.long"), Numeric: true}},
	}
	for _, x := range p.year.Terms {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: q.Text(x.Name), State: now(q, x.Start, x.End)}, {Text: days(q, x.Start, x.End)}, {Text: length(q, x.Start, x.End)}}})
	}
	return t
}

func breakTable(q *screen.Request, p page) ui.TableSpec {
	t := ui.TableSpec{
		ID: "breaks", Caption: q.T("year.breaks"),
		Columns: []ui.Column{{Text: q.T("year.break")}, {Text: q.T("year.when")}, {Text: q.T("year.long"), Numeric: true}},
		Empty:   ui.EmptySpec{Icon: ui.GlyphCalendar, Title: q.T("year.breaks.none")},
	}
	for _, x := range p.year.Breaks {
		c := ui.Cell{Text: q.Text(x.Name), State: now(q, x.Start, x.End)}
		if g := x.Grades; g != nil {
			c.Sub = q.T("year.grades", "From", g.From, "To", g.To)
			if g.From == g.To {
				c.Sub = q.T("year.grade", "Grade", g.From)
			}
		}
		if len(x.Types) > 0 {
			c.Sub = strings.TrimPrefix(c.Sub+" · "+typeNames(q, x.Types), " · ")
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{c, {Text: days(q, x.Start, x.End)}, {Text: length(q, x.Start, x.End)}}})
	}
	return t
}

func holidayTable(q *screen.Request, p page) ui.TableSpec {
	t := ui.TableSpec{
		ID: "holidays", Caption: q.T("year.holidays"),
		Columns: []ui.Column{{Text: q.T("year.holiday")}, {Text: q.T("year.when")}},
		Empty:   ui.EmptySpec{Icon: ui.GlyphCalendar, Title: q.T("year.holidays.none")},
	}
	halves := slices.ContainsFunc(p.year.Holidays, func(h profile.Holiday) bool { return h.From != "" || h.Until != "" })
	if halves {
		t.Columns = append(t.Columns, ui.Column{Text: q.T("year.half")})
	}
	for _, x := range p.year.Holidays {
		half := ""
		if x.From != "" {
			half = q.T("year.half.from", "Day", q.L.DayMonth(x.Start.Time()), "Time", x.From)
		}
		if x.Until != "" {
			end := x.End
			if end.IsZero() {
				end = x.Start
			}
			half = strings.TrimPrefix(half+" · "+q.T("year.half.until", "Day", q.L.DayMonth(end.Time()), "Time", x.Until), " · ")
		}
		row := ui.Row{Cells: []ui.Cell{{Text: q.Text(x.Name), State: now(q, x.Start, x.End)}, {Text: days(q, x.Start, x.End)}}}
		if halves {
			row.Cells = append(row.Cells, ui.Cell{Text: half})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func typeNames(q *screen.Request, ids []string) string {
	var names []string
	for _, id := range ids {
		if t := q.Profile().Type(id); t != nil {
			names = append(names, q.Text(t.Name))
		}
	}
	return q.L.List(names)
}

// published are the versions that the ministry put in force itself: when, and on which
// order.
func published(q *screen.Request, all []calendar.Edition) []ui.Entry {
	out := make([]ui.Entry, 0, len(all))
	for _, v := range all {
		e := ui.Entry{Who: q.L.DateLong(v.At.In(q.Profile().Zone)), What: q.T("year.published"), Icon: ui.GlyphCheck, Order: q.T("history.order_of", "Number", v.Order.Number, "Date", q.View().Date(v.Order.Date))}
		if v.Version > 1 {
			e.What = q.T("year.amended")
		}
		if v.ToldAll != nil {
			e.What += ". " + q.T("year.announced", "Count", v.Told)
		}
		out = append(out, e)
	}
	return out
}

// amended are the changes that were made to a calendar after it was published.
func amended(q *screen.Request, y *profile.SchoolYear) []ui.Entry {
	var out []ui.Entry
	for i := len(y.Amendments) - 1; i >= 0; i-- {
		a := y.Amendments[i]
		e := ui.Entry{Who: q.L.DateLong(a.On.Time()), What: q.Text(a.Note), Order: law(q, a.Source), Icon: ui.GlyphEdit}
		if e.What == "" {
			e.What = q.T("year.amended")
		}
		for _, c := range a.Changes {
			e.Changes = append(e.Changes, ui.Change{Label: partName(q, y, c.What), From: date(q, c.Was), To: date(q, c.Now)})
		}
		out = append(out, e)
	}
	return out
}

func date(q *screen.Request, d profile.Date) string {
	if d.IsZero() {
		return ""
	}
	return q.View().Date(d.Time())
}

// partName names "quarter_3.end" and its like.
func partName(q *screen.Request, y *profile.SchoolYear, what string) string {
	id, side, _ := strings.Cut(what, ".")
	name := id
	if id == "year" {
		name = q.Text(y.Name)
	} else {
		for _, t := range y.Terms {
			if t.ID == id {
				name = q.Text(t.Name)
			}
		}
		for _, b := range y.Breaks {
			if b.ID == id {
				name = q.Text(b.Name)
			}
		}
		for _, h := range y.Holidays {
			if h.ID == id {
				name = q.Text(h.Name)
			}
		}
	}
	if side == "start" {
		return q.T("year.start_of", "Name", name)
	}
	return q.T("year.end_of", "Name", name)
}

// leftText names what keeps published years from counting.
func leftText(left profile.Findings) string {
	out := make([]string, len(left))
	for i, f := range left {
		out[i] = strings.TrimPrefix(f.File, "calendar/") + ": " + f.Message
	}
	return strings.Join(out, "; ")
}
