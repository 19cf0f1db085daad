package transfer

import (
	"slices"
	"strings"
	"time"

	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/record"
)

// exampleCells is the template's example row: what it is called in every language
// of the software says that it is to be deleted. An import leaves it out. It is the first
// of those that the register could show which passes its own check.
func (t *Service) exampleCells(p *profile.Profile, cols []intake.Column, on time.Time) []string {
	return ExampleCells(t.records.Register(), t.subject, p, t.words, cols, on)
}

// ExampleCells is the row below some columns that the template of a register shows; nil: it has
// none.
func ExampleCells(reg record.Register, subject Subject, p *profile.Profile, words *locale.Bundle, cols []intake.Column, on time.Time) []string {
	var first []string
	for _, x := range subject.Examples(p, words, cols, on) {
		e := example{Example: x, p: p, reg: reg, on: on, next: map[string]int{}}
		cells := e.cells(cols)
		if e.fit(cols, cells) {
			return cells
		}
		if first == nil {
			first = cells
		}
	}
	return first
}

// example is an example of a record.
type example struct {
	Example
	p    *profile.Profile
	reg  record.Register
	on   time.Time
	next map[string]int // by field: which of the values it could have comes next
}

func (e *example) field(id string) *profile.Field { return e.p.Register(e.reg.ID).Field(id) }

func (e *example) cells(cols []intake.Column) []string {
	cells := make([]string, len(cols))
	for k, c := range cols {
		switch c.Target {
		case intake.TargetCode:
			if id := e.p.Identifier(e.reg.Code); id != nil {
				cells[k] = id.Valid[0]
			}
		case intake.TargetSince:
			cells[k] = e.Since.Format(time.DateOnly)
		default:
			f := e.field(c.Target)
			if f == nil {
				cells[k] = e.Says(c.Target)
			} else if f.Example != "" || f.RequiredExpr != "" {
				cells[k] = e.take(f)
			}
		}
	}
	return cells
}

// fit changes the example until its own check passes: without fields that do not apply
// to it, with those that the others ask for, and with other values where some go not
// together. It reports whether nothing is left.
func (e *example) fit(cols []intake.Column, cells []string) bool {
	const tries = 30 // each can bring another field into play
	at := map[string]int{}
	for k, c := range cols {
		at[c.Target] = k
	}
	for range tries {
		fields := map[string]any{}
		for k, c := range cols {
			if f := e.field(c.Target); f != nil && cells[k] != "" {
				fields[f.ID] = e.value(f, cells[k])
			}
		}
		_, wrong := e.p.ValidateRecord(e.reg.ID, record.Facts(fields, e.Type, e.Level), e.Since)
		if len(wrong) == 0 {
			return true
		}
		for _, w := range wrong {
			k, there := at[w.Name]
			f := e.field(w.Name)
			switch {
			case !there || f == nil:
			case profile.NotApplicable(w.Key):
				cells[k], e.next[f.ID] = "", 0
			default:
				cells[k] = e.take(f)
			}
		}
	}
	return false
}

// take returns the next value that a field could have; empty after the last.
func (e *example) take(f *profile.Field) string {
	could := e.could(f)
	for n := e.next[f.ID]; n < len(could); n++ {
		if _, key, _ := f.Canonical(e.value(f, could[n]), profile.DateOf(e.Since)); key == "" {
			e.next[f.ID] = n + 1
			return could[n]
		}
	}
	e.next[f.ID] = len(could)
	return ""
}

// could are values that a field could have, the profile's own example first, as they
// are written into a table. They do not depend on the day: an old template is known.
func (e *example) could(f *profile.Field) []string {
	var out []string
	add := func(values ...string) {
		for _, v := range values {
			if v != "" && !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	add(f.Example)
	switch f.Type.Kind {
	case profile.KindReference, profile.KindReferences:
		for _, i := range e.p.ItemsAt(f.Type.Target, e.on) {
			add(i.Name.In(e.p.Main()))
		}
	case profile.KindBool:
		add("1", "0")
	case profile.KindDate:
		add("2001-09-01", e.Since.Format(time.DateOnly))
		for _, day := range []string{f.Earliest.String(), f.Latest} {
			if d, err := profile.ParseDate(day); err == nil && !d.IsZero() {
				add(d.String())
			}
		}
	case profile.KindInt, profile.KindDecimal, profile.KindYear:
		for _, bound := range []*float64{f.Min, f.Max} {
			if bound != nil {
				add(profile.Digits(*bound))
			}
		}
		add("1", "0", "2001")
	case profile.KindIdentifier:
		if id := e.p.Identifier(f.Type.Target); id != nil {
			add(id.Valid...)
		}
	case profile.KindEmail:
		add("name@example.org")
	case profile.KindURL:
		add("https://example.org")
	case profile.KindPhone: // only the country's own example is one
	case profile.KindText, profile.KindLongText:
		name := f.Name.In(e.p.Main())
		add(name, strings.TrimSpace(strings.Repeat(name+" ", 20)))
	}
	return out
}

// value is what a cell of the example says.
func (e *example) value(f *profile.Field, s string) any {
	if !f.Type.Kind.Coded() {
		return s
	}
	for _, i := range e.p.ItemsAt(f.Type.Target, e.on) {
		if i.Name.In(e.p.Main()) == s {
			return i.Code
		}
	}
	return s
}
