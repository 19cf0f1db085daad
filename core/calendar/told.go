package calendar

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mektep/core/approval"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/profile"
)

// told is what whoever decides a proposal must know besides its sentence: on what order and
// why, and each thing that changes, by screen, console and API alike.
func (p Proposal) told(plan Plan, now time.Time) (out []fault.Phrase) {
	out = append(out, fault.Phrase{Key: "history.order_of", Args: fault.Args{"Number": p.Order.Number, "Date": p.Order.Date}})
	if len(p.Note) > 0 {
		out = append(out, fault.Phrase{Key: "approval.told.year_reason", Args: fault.Args{"Reason": fault.Text(p.Note)}})
	}
	for _, e := range Effects(plan.Old, plan.New, now) {
		if e.Kind != ClosesNow && e.Kind != OpensNow {
			continue
		}
		w := e.New
		if w == nil {
			w = e.Old
		}
		out = append(out, fault.Phrase{Key: "approval.told.year_at_once", Args: fault.Args{"What": windowName(plan.Profile, w), "Effect": fault.Key("year.effect." + string(e.Kind))}})
	}
	out = append(out, plan.Between()...)
	for _, c := range plan.Changes() {
		// Amendments say the same once more.
		if c.List == "amendments" || c.Field == "id" || c.List == "" && plan.Old == nil && c.Field == "name" {
			continue
		}
		args := fault.Args{"What": plan.what(c), "Old": value(plan.Profile, plan.Old, c, c.Old), "New": value(plan.Profile, plan.New, c, c.New)}
		key := "approval.told.year_changed"
		switch {
		case c.Old == nil:
			key = "approval.told.year_added"
		case c.New == nil:
			key = "approval.told.year_dropped"
		}
		out = append(out, fault.Phrase{Key: key, Args: args})
	}
	return out
}

// Between says which working days of the year as it would be lie in no term and no break: the
// calendar holds with them, and they are most often a slip. Before the first term and after the
// last one there are some in every year; said is where they become more.
func (p Plan) Between() (out []fault.Phrase) {
	say := func(key string, g profile.Gap) {
		out = append(out, fault.Phrase{Key: key, Args: fault.Args{"Count": g.Days, "From": g.First.Time(), "Term": fault.Text(g.Term.Name)}})
	}
	before, after := p.New.Edges()
	was, wasAfter, usual := p.edges()
	if before.Days > was+usual {
		say("approval.told.year_between", before)
	}
	for _, g := range p.New.Gaps() {
		say("approval.told.year_between", g)
	}
	if after.Days > wasAfter+usual {
		say("approval.told.year_after", after)
	}
	return out
}

// edgeVaries is by how many working days the edges of one year differ from those of another, since
// weekends and holidays fall on other dates.
const edgeVaries = 5

// edges are the working days before the first term and after the last one as they are, or, of a
// year that is new, as they are in the year before it, and how many more are usual.
func (p Plan) edges() (before, after, usual int) {
	if p.Old == nil {
		usual = edgeVaries
	}
	y := p.before()
	if y == nil {
		y = p.New // nothing is known to be less
	}
	b, a := y.Edges()
	return b.Days, a.Days, usual
}

// toldNow is told of a proposal that waits, against what is in force now.
func (s *Service) toldNow(ctx context.Context, tx *db.Tx, payload json.RawMessage) ([]fault.Phrase, error) {
	var p Proposal
	if err := json.Unmarshal(payload, &p); err != nil {
		return nil, errors.New("calendar: a proposal that waits cannot be read")
	}
	plan, err := s.plan(ctx, tx, p)
	switch kind := fault.KindOf(err); {
	case err == nil:
		return p.told(plan, s.clock.Now()), nil
	case kind == fault.Invalid, kind == fault.Conflict:
		return []fault.Phrase{{Key: approval.Overtaken, Args: fault.Args{"Reasons": approval.Reasons(err)}}}, nil
	}
	return nil, err
}

// what names what changes: the entry, and the field where only that does.
func (p Plan) what(c Change) any {
	field := fault.Key("year.field." + c.Field)
	if c.List == "" {
		return field
	}
	var name any = c.ID
	for _, y := range []*profile.SchoolYear{p.New, p.Old} {
		if y == nil {
			continue
		}
		if e := find(entries(y.Document()[c.List]), c.ID); e != nil {
			if own := words(e["name"]); len(own) > 0 {
				name = own
			} else if w := windowOf(y, c.ID); c.List == "windows" && w != nil {
				name = windowName(p.Profile, w)
			}
			break
		}
	}
	if c.Field == "" {
		return name
	}
	return fault.Phrase{Key: "year.change_of", Args: fault.Args{"Name": name, "Field": field}}
}

// windowName is a window's own name, or its section's with the term.
func windowName(p *profile.Profile, w *profile.Window) any {
	if len(w.Name) > 0 {
		return fault.Text(w.Name)
	}
	section, _, _ := strings.Cut(w.Section, ".")
	return partName(p, section, w.Term, w.Year().Terms)
}

// partName names a section, or the part of it that is a term's.
func partName(p *profile.Profile, section, term string, terms []profile.Term) any {
	var name any = section
	if s := p.Section(section); s != nil {
		name = fault.Text(s.Name)
	}
	if term == "" {
		return name
	}
	var of any = term
	for i := range terms {
		if terms[i].ID == term {
			of = fault.Text(terms[i].Name)
		}
	}
	return fault.Phrase{Key: "year.change_of", Args: fault.Args{"Name": name, "Field": of}}
}

// value is one side of a change.
func value(p *profile.Profile, y *profile.SchoolYear, c Change, v any) any {
	e, entry := v.(map[string]any)
	switch {
	case v == nil || y == nil:
		return ""
	case c.Field == "" && c.List == "windows":
		if w := windowOf(y, c.ID); w != nil {
			return fault.Phrase{Key: "year.days", Args: fault.Args{"From": w.OpensAt(), "To": fault.End(w.ClosesAt())}}
		}
	case c.Field == "" && entry:
		from, to := day(e["start"]), day(e["end"])
		if to == "" || to == from {
			return from
		}
		return fault.Phrase{Key: "year.days", Args: fault.Args{"From": from, "To": to}}
	}
	switch c.Field {
	case "name", "note":
		return words(v)
	case "start", "end":
		return day(v)
	case "opens", "closes":
		switch w := windowOf(y, c.ID); {
		case w == nil:
		case c.Field == "opens":
			return w.OpensAt()
		default:
			return fault.End(w.ClosesAt())
		}
	case "status":
		return map[bool]fault.Key{true: "state.provisional", false: "year.published"}[v == "provisional"]
	case "section", "term":
		if w := windowOf(y, c.ID); w != nil {
			section, _, _ := strings.Cut(w.Section, ".")
			return partName(p, section, w.Term, y.Terms)
		}
	case "types":
		return typeNames(p, v)
	case "extended_by":
		if r := p.Role(text(v)); r != nil {
			return fault.Text(r.Name)
		}
		return fault.Key("year.overseer")
	case "grades":
		return fault.Phrase{Key: "year.grades", Args: fault.Args{"From": fmt.Sprint(e["from"]), "To": fmt.Sprint(e["to"])}}
	}
	return plain(v)
}

func typeNames(p *profile.Profile, v any) fault.List {
	var out fault.List
	list, _ := v.([]any)
	for _, id := range list {
		if t := p.Type(text(id)); t != nil {
			out = append(out, fault.Text(t.Name))
		}
	}
	return out
}

// words are the texts of a name in its languages.
func words(v any) fault.Text {
	out := fault.Text{}
	m, _ := v.(map[string]any)
	for tag, w := range m {
		out[tag] = text(w)
	}
	return out
}

// day is a day of a document as messages write it.
func day(v any) any {
	if d, err := profile.ParseDate(text(v)); err == nil {
		return d.Time()
	}
	return text(v)
}

// plain writes down what has no words of its own.
func plain(v any) string {
	switch v := v.(type) {
	case []any:
		out := make([]string, len(v))
		for i, x := range v {
			out[i] = plain(x)
		}
		return strings.Join(out, ", ")
	case map[string]any:
		var out []string
		for k, x := range v {
			out = append(out, k+": "+plain(x))
		}
		slices.Sort(out)
		return strings.Join(out, "; ")
	}
	return fmt.Sprint(v)
}
