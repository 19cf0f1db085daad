package register

import (
	"strings"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/record"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// Words are the messages that name what a register keeps. Those left empty speak of
// entries of a register.
type Words struct {
	Title                string // of the list; empty: what the profile calls the register
	Search, SearchHint   string
	Count, CountOver     string // how many there are: Count; more than Most
	None, NoneText       string // there are none
	Sheet, SheetOf       string // the record as a whole; of Name, on paper
	NoGroupsText         string // nothing of it is open to the reader
	Add, AddWhere        string // entering one; where it belongs
	Entered              string // it was
	Acts                 string // what can be done to a record
	InPlace, Named, Code string // where a record lies, what it is called, its code
	Import, ImportRows   string // bringing a list; what stands in its rows
}

func (w Words) orElse() Words {
	for field, usual := range map[*string]string{
		&w.Search: "record.search", &w.SearchHint: "record.search.hint", &w.Count: "record.count", &w.CountOver: "record.count_over",
		&w.None: "record.none", &w.NoneText: "record.none.text", &w.Sheet: "record.sheet", &w.SheetOf: "record.sheet.of",
		&w.NoGroupsText: "record.no_groups.text", &w.Add: "record.add", &w.AddWhere: "record.add.where", &w.Entered: "record.entered",
		&w.Acts: "record.acts", &w.InPlace: "record.place", &w.Import: "record.import", &w.ImportRows: "record.import.rows", &w.Named: "record.name", &w.Code: "record.code",
	} {
		if *field == "" {
			*field = usual
		}
	}
	return w
}

// Title is what the register is called.
func (s *Screens) Title(q *screen.Request) string {
	if s.Words.Title != "" {
		return q.T(s.Words.Title)
	}
	return q.Text(s.of(q).Name)
}

// CodeName is what the country calls the code of records.
func (s *Screens) CodeName(q *screen.Request) string {
	return CodeName(q, s.Records.CodeID(), s.Words.Code)
}

// CodeName is what the country calls an identifier; where it has none, the message usual.
func CodeName(q *screen.Request, identifier, usual string) string {
	if id := q.Profile().Identifier(identifier); id != nil {
		if len(id.Short) > 0 {
			return q.Text(id.Short)
		}
		return q.Text(id.Name)
	}
	return q.T(usual)
}

// Name is what a record is called; one of which the reader may not see it, by its code.
func (s *Screens) Name(q *screen.Request, h record.Head) string {
	switch name := q.Text(h.Name); {
	case name != "":
		return name
	case h.Code != "":
		return h.Code
	}
	return q.T("record.unnamed")
}

// TypeName is what the profile calls a type of institution.
func TypeName(q *screen.Request, id string) string {
	if t := q.Profile().Type(id); t != nil {
		return q.Text(t.Name)
	}
	return id
}

// LevelName is what the profile calls a level.
func LevelName(q *screen.Request, level string) string {
	if l := q.Profile().Level(level); l != nil {
		return q.Text(l.Name)
	}
	return ""
}

// State says of a record whether it exists; nil for the usual: it does.
func State(q *screen.Request, h record.Head) *ui.State {
	on := q.Today()
	switch {
	case h.Until != nil && !on.Before(*h.Until):
		return &ui.State{Text: q.T("record.state.closed_on", "Date", q.View().Date(*h.Until)), Tone: ui.Neutral, Icon: ui.GlyphArchive}
	case h.Until != nil:
		return &ui.State{Text: q.T("record.state.closes_on", "Date", q.View().Date(*h.Until)), Tone: ui.Warn}
	case on.Before(h.Since):
		return &ui.State{Text: q.T("record.state.opens_on", "Date", q.View().Date(h.Since)), Tone: ui.Info}
	}
	return nil
}

// orderText names an order.
func orderText(q *screen.Request, o audit.Order) string {
	switch {
	case o.Number == "":
		return ""
	case o.Date.IsZero():
		return q.T("record.order_no", "Number", o.Number)
	}
	return q.T("history.order_of", "Number", o.Number, "Date", q.View().Date(o.Date))
}

// OtherNames are the names in the other languages that there are.
func OtherNames(q *screen.Request, names map[string]string) []ui.Fact {
	var out []ui.Fact
	shown := q.Text(names)
	for _, l := range q.Edge.Words().Languages() {
		if n := names[l.Tag]; n != "" && n != shown {
			out = append(out, ui.Fact{Label: l.Name, Value: n})
		}
	}
	return out
}

// AllNames writes each name that there is, with the languages that it is in where there are
// several.
func AllNames(q *screen.Request, names map[string]string) string {
	var out []string
	in := map[string][]string{}
	for _, l := range q.Edge.Words().Languages() {
		s := names[l.Tag]
		if s == "" {
			continue
		}
		if in[s] == nil {
			out = append(out, s)
		}
		in[s] = append(in[s], l.Name)
	}
	if len(out) < 2 {
		return strings.Join(out, "")
	}
	for i, s := range out {
		out[i] = s + " (" + strings.Join(in[s], ", ") + ")"
	}
	return strings.Join(out, " / ")
}

// Explained returns what stopped the caller, in words; nil when nothing did.
func Explained(q *screen.Request, err error) *ui.WhyNotSpec {
	if err == nil {
		return nil
	}
	w := ui.WhyNotOf(q.View(), err)
	return &w
}

// FormErrors are the errors of a form; ok is false when err is no matter of it.
// A conflict is one: what was typed stays, and the person may look again.
func FormErrors(q *screen.Request, err error) (errs ui.Errors, status int, ok bool) {
	switch fault.KindOf(err) {
	case fault.Invalid:
		return ui.ErrorsOf(q.View(), err), 422, true
	case fault.Conflict:
		return ui.ErrorsOf(q.View(), err), 409, true
	}
	return nil, 0, false
}

// ListCrumb leads to the list.
func (s *Screens) ListCrumb(q *screen.Request) []ui.Link {
	return []ui.Link{{Text: s.Title(q), URL: s.Path}}
}

// PlaceCrumbs are the way to a record; each place leads to its list.
func (s *Screens) PlaceCrumbs(q *screen.Request, way []unit.Unit) []ui.Link {
	out := s.ListCrumb(q)
	for _, u := range way {
		if Territorial(u.Level) {
			out = append(out, ui.Link{Text: q.Text(u.Name), URL: s.Under(u.UID)})
		}
	}
	return out
}

// Crumbs are the way to a record, and it.
func (s *Screens) Crumbs(q *screen.Request, r record.Record) []ui.Link {
	return append(s.PlaceCrumbs(q, r.Place), ui.Link{Text: s.Name(q, r.Head), URL: s.URL(r.UID)})
}

// PlaceLine names the places among units.
func PlaceLine(q *screen.Request, units []unit.Unit) string {
	var names []string
	for _, u := range units {
		if Territorial(u.Level) {
			names = append(names, q.Text(u.Name))
		}
	}
	return strings.Join(names, ", ")
}
