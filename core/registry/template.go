package registry

import (
	"context"
	"slices"
	"strings"
	"time"

	"mektep/core/exchange"
	"mektep/core/intake"
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
	var cols []intake.Column
	data := exchange.Sheet{Name: l.T("import.sheet.data")}
	for _, target := range m.targets {
		if !t.offered(ctx, m.p, target) {
			continue
		}
		cols = append(cols, intake.Column{Target: target.ID})
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
	if lang, named := strings.CutPrefix(target.ID, intake.TargetName+"."); named {
		return slices.Contains(p.Languages.Official, lang)
	}
	switch target.ID {
	case intake.TargetName, targetRegionCode, targetDistrictCode:
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

// codes lists what columns with a fixed choice can say: column, code, words.
func (t *Transfer) codes(ctx context.Context, p *profile.Profile, l *locale.Localizer, cols []intake.Column, on time.Time) exchange.Sheet {
	s := exchange.Sheet{
		Name: l.T("import.sheet.words"), Widths: []int{30, 24, 48, 30},
		Head: []string{l.T("import.sheet.column"), l.T("import.sheet.code"), l.T("import.sheet.word"), l.T("import.sheet.under")},
	}
	has := func(target string) bool {
		return slices.ContainsFunc(cols, func(c intake.Column) bool { return c.Target == target })
	}
	s.Rows = func(add func([]any) error) error {
		if has(intake.TargetType) {
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
			if f == nil || !f.Type.Kind.Coded() {
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
