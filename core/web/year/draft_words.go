package year

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"mektep/core/calendar"
	"mektep/core/profile"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// shownDay is a day of the document as the reader's language writes it; what is none, as
// it was typed.
func shownDay(q *screen.Request, v any) string {
	s := text(v)
	if d, err := profile.ParseDate(s); err == nil {
		return q.View().Date(d.Time())
	}
	return s
}

// shownExpr is a window expression for the form: a plain day as the language writes it.
func shownExpr(q *screen.Request, v any) string {
	s := text(v)
	if len(s) >= 10 {
		if d, err := profile.ParseDate(s[:10]); err == nil {
			return q.View().Date(d.Time()) + s[10:]
		}
	}
	return s
}

func joined(v any) string {
	var out []string
	items, _ := v.([]any)
	for _, i := range items {
		out = append(out, fmt.Sprint(i))
	}
	return strings.Join(out, ", ")
}

func shown(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// inLanguage is a label with the language that is meant, where there are several.
func inLanguage(q *screen.Request, label, tag string) string {
	if len(q.Profile().Languages.Official) < 2 {
		return label
	}
	return q.T("year.in_language", "Label", label, "Language", q.T("language."+tag))
}

// wordFields are the fields of a text, one for each official language.
func wordFields(q *screen.Request, d *draft, name, label string, v any) []ui.FieldSpec {
	now, _ := v.(map[string]any)
	var out []ui.FieldSpec
	width := ui.Half
	if len(q.Profile().Languages.Official) == 1 {
		width = ui.Third
	}
	for _, tag := range q.Profile().Languages.Official {
		out = append(out, d.errs.On(ui.FieldSpec{Name: name + "." + tag, Label: inLanguage(q, label, tag), Value: text(now[tag]), Lang: tag, MaxLength: 200, Width: width}))
	}
	return out
}

func (d *draft) dateField(q *screen.Request, name, label string, v any) ui.FieldSpec {
	return d.errs.On(ui.FieldSpec{Name: name, Input: ui.Date, Label: label, Value: shownDay(q, v), Width: ui.Third})
}

// yearFields are those of the year itself.
func (d *draft) yearFields(q *screen.Request) []ui.FieldSpec {
	return append(wordFields(q, d, "name", q.T("year.field.name"), d.doc["name"]),
		d.dateField(q, "start", q.T("year.field.start"), d.doc["start"]), d.dateField(q, "end", q.T("year.field.end"), d.doc["end"]),
		d.errs.On(ui.FieldSpec{Name: "status", Input: ui.Select, Label: q.T("year.field.status"), Required: true, Value: text(d.doc["status"]), Width: ui.Third, Options: []ui.Option{
			{Value: "published", Text: q.T("year.published")}, {Value: "provisional", Text: q.T("state.provisional")},
		}}))
}

// formLine is one entry of a list as the form shows it.
type formLine struct {
	title  string
	note   string // its days, as they are in the form
	open   bool   // to be looked at: it is wrong, or otherwise than the form began
	fields []ui.FieldSpec
}

// contents lead to the lists of the form, with how much stands in each.
func (d *draft) contents(q *screen.Request) []ui.Tab {
	out := make([]ui.Tab, len(lists))
	for i, name := range lists {
		out[i] = ui.Tab{Text: q.T("year." + name), URL: "#" + name, Count: fmt.Sprint(len(list(d.doc[name])))}
	}
	return out
}

// lines are the entries of a list, and empty ones behind them.
func (d *draft) lines(q *screen.Request, name string) []formLine {
	all := list(d.doc[name])
	out := make([]formLine, 0, len(all)+blank)
	var now *profile.SchoolYear // what the form says as a whole; nil while it says none
	if name == "windows" {
		now, _ = q.Profile().Judge(d.doc)
	}
	for i, e := range all {
		out = append(out, d.line(q, name, i, e, now))
	}
	for i := range blank {
		out = append(out, d.line(q, name, len(all)+i, nil, nil))
	}
	return out
}

func (d *draft) line(q *screen.Request, name string, i int, e map[string]any, now *profile.SchoolYear) formLine {
	at := fmt.Sprintf("%s.%d", name, i)
	l := formLine{title: q.T("year.add." + name)}
	if e != nil {
		l.title, l.note = entryName(q, d.from, name, e), spanOf(q, now, e)
		l.open = !reflect.DeepEqual(entry(d.from.Document()[name], text(e["id"])), e)
		l.fields = append(l.fields, ui.FieldSpec{Name: at + ".id", Input: ui.Hidden, Value: text(e["id"])})
	}
	if name == "windows" {
		l.fields = append(l.fields, d.windowFields(q, at, e)...)
	} else {
		l.fields = append(l.fields, d.spanFields(q, name, at, e)...)
	}
	for _, f := range l.fields {
		l.open = l.open || f.Error != ""
	}
	if e != nil {
		l.fields = append(l.fields, ui.FieldSpec{Name: at + ".drop", Input: ui.Checkbox, Label: q.T("year.drop")})
	}
	return l
}

// spanOf is from when to when an entry is: of a window the days that its words mean in
// the year as it stands in the form, while they mean any.
func spanOf(q *screen.Request, now *profile.SchoolYear, e map[string]any) string {
	if w := window(now, text(e["id"])); w != nil && e["opens"] != nil {
		return stretch(q, w)
	}
	from, to := shownDay(q, e["start"]), shownDay(q, e["end"])
	if from == "" && to == "" {
		from, to = shownExpr(q, e["opens"]), shownExpr(q, e["closes"])
	}
	if to == "" || from == to {
		return from
	}
	return from + " – " + to
}

func (d *draft) spanFields(q *screen.Request, name, at string, e map[string]any) []ui.FieldSpec {
	out := append(wordFields(q, d, at+".name", q.T("year.field.name"), e["name"]),
		d.dateField(q, at+".start", q.T("year.field.start"), e["start"]), d.dateField(q, at+".end", q.T("year.field.end"), e["end"]))
	switch name {
	case "breaks":
		g, _ := e["grades"].(map[string]any)
		return append(out,
			d.errs.On(ui.FieldSpec{Name: at + ".grades.from", Label: q.T("year.field.grades_from"), Value: shown(g["from"]), Width: ui.Narrow, Mode: "numeric"}),
			d.errs.On(ui.FieldSpec{Name: at + ".grades.to", Label: q.T("year.field.grades_to"), Value: shown(g["to"]), Width: ui.Narrow, Mode: "numeric"}),
			d.typesField(q, at, e))
	case "holidays":
		return append(out,
			d.errs.On(ui.FieldSpec{Name: at + ".from", Label: q.T("year.field.from"), Value: text(e["from"]), Width: ui.Narrow, Placeholder: "13:00"}),
			d.errs.On(ui.FieldSpec{Name: at + ".until", Label: q.T("year.field.until"), Value: text(e["until"]), Width: ui.Narrow, Placeholder: "13:00"}))
	}
	return out
}

func (d *draft) typesField(q *screen.Request, at string, e map[string]any) ui.FieldSpec {
	return d.errs.On(ui.FieldSpec{Name: at + ".types", Label: q.T("year.field.types"), Placeholder: someTypes(q), Value: joined(e["types"]), Width: ui.Half})
}

// someTypes shows how types of institution are written: by their codes.
func someTypes(q *screen.Request) string {
	types := q.Profile().TypesAt(today(q))
	if len(types) < 2 {
		return ""
	}
	return types[0].ID + ", " + types[1].ID
}

func (d *draft) windowFields(q *screen.Request, at string, e map[string]any) []ui.FieldSpec {
	section := text(e["section"])
	if term := text(e["term"]); term != "" && !strings.Contains(section, ".") {
		section += "." + term
	}
	return []ui.FieldSpec{
		d.errs.On(ui.FieldSpec{Name: at + ".section", Input: ui.Select, Label: q.T("year.section"), Value: section, Options: d.sections(q, section), Prompt: q.T("year.section.none"), Width: ui.Half}),
		d.errs.On(ui.FieldSpec{Name: at + ".extended_by", Input: ui.Select, Label: q.T("year.field.extended_by"), Value: text(e["extended_by"]), Options: extenders(q), Width: ui.Half}),
		d.errs.On(ui.FieldSpec{Name: at + ".opens", Label: q.T("year.opens"), Value: shownExpr(q, e["opens"]), Hint: d.moment(q, e, true), Placeholder: "term_1.start", Width: ui.Half}),
		d.errs.On(ui.FieldSpec{Name: at + ".closes", Label: q.T("year.closes"), Value: shownExpr(q, e["closes"]), Hint: d.moment(q, e, false), Placeholder: "term_1.end + 10d 18:00", Width: ui.Half}),
		d.typesField(q, at, e),
	}
}

// moment says what a window of the year in force means by its words.
func (d *draft) moment(q *screen.Request, e map[string]any, opens bool) string {
	if d.old == nil || e == nil {
		return ""
	}
	for i := range d.old.Windows {
		if w := &d.old.Windows[i]; w.ID == text(e["id"]) {
			if opens {
				return q.T("year.in_force", "When", opening(q, w.OpensAt()))
			}
			return q.T("year.in_force", "When", q.View().LastMoment(w.ClosesAt()))
		}
	}
	return ""
}

// sections are the sections that a window may open, with the term where their data
// belongs to one.
func (d *draft) sections(q *screen.Request, now string) []ui.Option {
	var out []ui.Option
	for i := range q.Profile().Sections {
		s := &q.Profile().Sections[i]
		byTerm := s.ByTerm || slices.ContainsFunc(q.Profile().Windows(s.ID), func(w *profile.Window) bool { return w.Term != "" })
		if !byTerm {
			out = append(out, ui.Option{Value: s.ID, Text: q.Text(s.Name)})
			continue
		}
		for _, t := range list(d.doc["terms"]) {
			out = append(out, ui.Option{Value: s.ID + "." + text(t["id"]), Text: q.Text(s.Name) + ": " + q.Text(textOf(t["name"]))})
		}
	}
	if now != "" && !slices.ContainsFunc(out, func(o ui.Option) bool { return o.Value == now }) {
		out = append(out, ui.Option{Value: now, Text: now}) // its term was taken out: said by the check
	}
	return out
}

func extenders(q *screen.Request) []ui.Option {
	out := []ui.Option{{Value: "overseer", Text: q.T("year.overseer")}}
	for _, y := range q.Profile().SchoolYears() {
		for i := range y.Windows {
			r := q.Profile().Role(y.Windows[i].ExtendedBy)
			if r != nil && !slices.ContainsFunc(out, func(o ui.Option) bool { return o.Value == r.ID }) {
				out = append(out, ui.Option{Value: r.ID, Text: q.Text(r.Name)})
			}
		}
	}
	return out
}

func textOf(v any) map[string]string {
	out := map[string]string{}
	m, _ := v.(map[string]any)
	for tag, w := range m {
		out[tag] = text(w)
	}
	return out
}

// entryName is what people call an entry of a list.
func entryName(q *screen.Request, y *profile.SchoolYear, name string, e map[string]any) string {
	if own := q.Text(textOf(e["name"])); own != "" {
		return own
	}
	if name == "windows" {
		section, term, _ := strings.Cut(text(e["section"]), ".")
		out := section
		if s := q.Profile().Section(section); s != nil {
			out = q.Text(s.Name)
		}
		if term == "" {
			term = text(e["term"])
		}
		for i := range y.Terms {
			if y.Terms[i].ID == term {
				out += ": " + q.Text(y.Terms[i].Name)
			}
		}
		if out != "" {
			return out
		}
	}
	return text(e["id"])
}

func draftTitle(q *screen.Request, d *draft) string {
	if d.old == nil {
		return q.T("year.draft.new", "Year", q.Text(d.from.Name))
	}
	return q.T("year.draft.amend", "Year", q.Text(d.old.Name))
}

func draftLead(q *screen.Request, d *draft) string {
	if d.old == nil {
		return q.T("year.draft.new.lead")
	}
	return q.T("year.draft.amend.lead")
}

func listIcon(name string) ui.Glyph {
	return map[string]ui.Glyph{"terms": ui.GlyphCalendar, "breaks": ui.GlyphPause, "holidays": ui.GlyphFlag, "windows": ui.GlyphClock}[name]
}

func askedFacts(q *screen.Request, p calendar.Proposal) []ui.Fact {
	out := []ui.Fact{{Label: q.T("year.order"), Value: q.T("history.order_of", "Number", p.Order.Number, "Date", q.View().Date(p.Order.Date))}}
	if note := q.Text(p.Note); note != "" {
		out = append(out, ui.Fact{Label: q.T("year.reason"), Value: note, Long: true})
	}
	return out
}

// effectTone says how much a change of a window concerns those who fill it in.
func effectTone(k calendar.EffectKind) ui.Tone {
	switch k {
	case calendar.ClosesNow:
		return ui.Bad
	case calendar.OpensNow, calendar.Shorter, calendar.Dropped:
		return ui.Warn
	}
	return ui.Info
}
