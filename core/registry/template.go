package registry

import (
	"context"
	"slices"
	"strings"
	"time"

	"mektep/core/exchange"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/unit"
)

// template returns the sheets of an empty table: headings in the reader's
// language, ids below them, an example; and the codes with their words.
func (t *Transfer) template(ctx context.Context) ([]exchange.Sheet, error) {
	m, err := t.matcher(ctx)
	if err != nil {
		return nil, err
	}
	l := t.localizer(ctx)
	var cols []Column
	data := exchange.Sheet{Name: l.T("import.sheet.data")}
	for _, target := range m.targets {
		if !t.offered(ctx, m.p, target) {
			continue
		}
		cols = append(cols, Column{Target: target.ID})
		data.Head = append(data.Head, l.Text(target.Name))
		data.Hidden = append(data.Hidden, target.ID)
		data.Widths = append(data.Widths, max(14, min(40, len([]rune(l.Text(target.Name)))+2)))
	}
	on := t.tree.Today(ctx)
	example := exampleCells(m.p, t.words, cols, on)
	data.Rows = func(add func([]any) error) error {
		row := make([]any, len(example))
		for k, s := range example {
			row[k] = s
		}
		return add(row)
	}
	return []exchange.Sheet{data, t.codes(ctx, m.p, l, cols, on)}, nil
}

// offered leaves out of the template what the reader has no use for: groups that
// they may not write, and the name in the main language a second time.
func (t *Transfer) offered(ctx context.Context, p *profile.Profile, target Target) bool {
	if lang, named := strings.CutPrefix(target.ID, targetName+"."); named {
		return slices.Contains(p.Languages.Official, lang)
	}
	switch target.ID {
	case targetName, targetRegionCode, targetDistrictCode:
		return false
	}
	if target.Group == "" {
		return true
	}
	g := p.Group(Institutions + "." + target.Group)
	if g.Owner != "" && g.Owner != "self" {
		return false
	}
	_, err := t.gate.Scope(ctx, "update", g.Object())
	return err == nil
}

// exampleCells is the template's example row: what it is called in every language
// of the software says that it is to be deleted. An import leaves it out.
func exampleCells(p *profile.Profile, words *locale.Bundle, cols []Column, on time.Time) []string {
	cells := make([]string, len(cols))
	types := p.TypesAt(on)
	regions, districts := p.AreasAt(unit.Region, on), p.AreasAt(unit.District, on)
	if len(types) == 0 || len(regions) == 0 || len(districts) == 0 {
		return nil
	}
	region := p.AreaAt(districts[0].Parent, on)
	named := false
	for k, c := range cols {
		lang, isName := strings.CutPrefix(c.Target, targetName+".")
		switch {
		case isName:
			cells[k] = words.Localizer(lang).T("import.example.name")
			named = true
		case c.Target == targetCode:
			if id := p.Identifier("institution_code"); id != nil {
				cells[k] = id.Valid[0]
			}
		case c.Target == targetType:
			cells[k] = types[0].Name.In(p.Main())
		case c.Target == targetRegion && region != nil:
			cells[k] = region.Name.In(p.Main())
		case c.Target == targetDistrict:
			cells[k] = districts[0].Name.In(p.Main())
		case c.Target == targetSince:
			cells[k] = "2001-09-01"
		default:
			if f := p.Register(Institutions).Field(c.Target); f != nil {
				cells[k] = exampleOf(p, f, on)
			}
		}
	}
	if !named {
		return nil
	}
	fitExample(p, cols, cells, types[0].ID, on)
	return cells
}

// fitExample makes the example one that its own check passes: without fields that do
// not apply to it, and with those that the others ask for.
func fitExample(p *profile.Profile, cols []Column, cells []string, typ string, on time.Time) {
	const tries = 6 // each can bring another field into play
	at := map[string]int{}
	for k, c := range cols {
		at[c.Target] = k
	}
	for range tries {
		fields := map[string]any{}
		for k, c := range cols {
			if f := p.Register(Institutions).Field(c.Target); f != nil && cells[k] != "" {
				fields[f.ID] = exampleValue(p, f, cells[k], on)
			}
		}
		_, wrong := p.ValidateRecord(Institutions, record(fields, typ, unit.District), time.Date(2001, 9, 1, 0, 0, 0, 0, time.UTC))
		if len(wrong) == 0 {
			return
		}
		for _, w := range wrong {
			k, there := at[w.Name]
			if !there {
				continue
			}
			if cells[k] = ""; w.Key == "field.required" {
				cells[k] = exampleOf(p, p.Register(Institutions).Field(w.Name), on)
			}
		}
	}
}

// exampleValue is what a cell of the example says.
func exampleValue(p *profile.Profile, f *profile.Field, s string, on time.Time) any {
	if f.Type.Kind == profile.KindReference || f.Type.Kind == profile.KindReferences {
		for _, i := range p.ItemsAt(f.Type.Target, on) {
			if i.Name.In(p.Main()) == s {
				return i.Code
			}
		}
	}
	return s
}

func exampleOf(p *profile.Profile, f *profile.Field, on time.Time) string {
	if f.Type.Kind == profile.KindReference || f.Type.Kind == profile.KindReferences {
		if items := p.ItemsAt(f.Type.Target, on); len(items) > 0 && f.RequiredExpr != "" {
			return items[0].Name.In(p.Main())
		}
		return ""
	}
	if f.Example == "" && f.RequiredExpr != "" {
		return map[profile.Kind]string{profile.KindBool: "1", profile.KindDate: "2001-09-01", profile.KindInt: "1", profile.KindDecimal: "1"}[f.Type.Kind]
	}
	return f.Example
}

// codes lists what columns with a fixed choice can say: column, code, words.
func (t *Transfer) codes(ctx context.Context, p *profile.Profile, l *locale.Localizer, cols []Column, on time.Time) exchange.Sheet {
	s := exchange.Sheet{
		Name: l.T("import.sheet.words"), Widths: []int{30, 24, 48, 30},
		Head: []string{l.T("import.sheet.column"), l.T("import.sheet.code"), l.T("import.sheet.word"), l.T("import.sheet.under")},
	}
	has := func(target string) bool {
		return slices.ContainsFunc(cols, func(c Column) bool { return c.Target == target })
	}
	s.Rows = func(add func([]any) error) error {
		if has(targetType) {
			for _, typ := range p.TypesAt(on) {
				under := ""
				if g := p.TypeGroup(typ.Group); g != nil {
					under = l.Text(g.Name)
				}
				if err := add([]any{l.T("import.column.type"), typ.ID, l.Text(typ.Name), under}); err != nil {
					return err
				}
			}
		}
		for _, c := range cols {
			f := p.Register(Institutions).Field(c.Target)
			if f == nil || f.Type.Kind != profile.KindReference && f.Type.Kind != profile.KindReferences {
				continue
			}
			for _, i := range p.ItemsAt(f.Type.Target, on) {
				if err := add([]any{l.Text(f.Name), i.Code, l.Text(i.Name), ""}); err != nil {
					return err
				}
			}
		}
		for _, level := range []string{unit.Region, unit.District} {
			for _, a := range p.AreasAt(level, on) {
				under := ""
				if above := p.AreaAt(a.Parent, on); above != nil {
					under = l.Text(above.Name)
				}
				if err := add([]any{levelName(p, level)(l), a.Code, l.Text(a.Name), under}); err != nil {
					return err
				}
			}
		}
		return ctx.Err()
	}
	return s
}
