package registry

import (
	"slices"
	"strings"
	"time"

	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/unit"
)

// exampleCells is the template's example row: what it is called in every language
// of the software says that it is to be deleted. An import leaves it out. It is the first
// of the profile's types at the first of its places that passes its own check.
func exampleCells(p *profile.Profile, words *locale.Bundle, cols []intake.Column, on time.Time) []string {
	if !slices.ContainsFunc(cols, func(c intake.Column) bool { return strings.HasPrefix(c.Target, intake.TargetName+".") }) {
		return nil
	}
	var first []string
	for _, at := range examplePlaces(p, on) {
		for _, typ := range p.TypesAt(on) {
			if !slices.Contains(p.ParentsOf(typ), at.Level) {
				continue
			}
			e := example{p: p, words: words, on: on, typ: typ, at: at, next: map[string]int{}}
			cells := e.cells(cols)
			if e.fit(cols, cells) {
				return cells
			}
			if first == nil {
				first = cells
			}
		}
	}
	return first
}

// examplePlaces are the first district and the first region: a country may have only one
// of the two levels.
func examplePlaces(p *profile.Profile, on time.Time) []*profile.Area {
	var out []*profile.Area
	for _, level := range []string{unit.District, unit.Region} {
		if areas := p.AreasAt(level, on); len(areas) > 0 {
			out = append(out, areas[0])
		}
	}
	return out
}

// example is an example of a type at a place.
type example struct {
	p     *profile.Profile
	words *locale.Bundle
	on    time.Time
	typ   *profile.Type
	at    *profile.Area
	next  map[string]int // by field: which of the values it could have comes next
}

// since is the day since when the example is: its type may be younger than others.
func (e *example) since() time.Time {
	day := time.Date(2001, 9, 1, 0, 0, 0, 0, time.UTC)
	if from := e.typ.Since; !from.IsZero() && from.Time().After(day) {
		day = from.Time()
	}
	return day
}

func (e *example) cells(cols []intake.Column) []string {
	cells := make([]string, len(cols))
	region, district := e.at, (*profile.Area)(nil)
	if e.at.Level == unit.District {
		region, district = e.p.AreaAt(e.at.Parent, e.on), e.at
	}
	for k, c := range cols {
		lang, isName := strings.CutPrefix(c.Target, intake.TargetName+".")
		switch {
		case isName:
			cells[k] = e.words.Localizer(lang).T("import.example.name")
		case c.Target == intake.TargetCode:
			if id := e.p.Identifier("institution_code"); id != nil {
				cells[k] = id.Valid[0]
			}
		case c.Target == intake.TargetType:
			cells[k] = e.typ.Name.In(e.p.Main())
		case c.Target == targetRegion && region != nil:
			cells[k] = region.Name.In(e.p.Main())
		case c.Target == targetDistrict && district != nil:
			cells[k] = district.Name.In(e.p.Main())
		case c.Target == intake.TargetSince:
			cells[k] = e.since().Format(time.DateOnly)
		default:
			if f := e.p.Register(Institutions).Field(c.Target); f != nil && (f.Example != "" || f.RequiredExpr != "") {
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
			if f := e.p.Register(Institutions).Field(c.Target); f != nil && cells[k] != "" {
				fields[f.ID] = e.value(f, cells[k])
			}
		}
		_, wrong := e.p.ValidateRecord(Institutions, record.Facts(fields, e.typ.ID, e.at.Level), e.since())
		if len(wrong) == 0 {
			return true
		}
		for _, w := range wrong {
			k, there := at[w.Name]
			f := e.p.Register(Institutions).Field(w.Name)
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
		if _, key, _ := f.Canonical(e.value(f, could[n]), profile.DateOf(e.since())); key == "" {
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
		add("2001-09-01", e.since().Format(time.DateOnly))
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
