package transfer

import (
	"context"
	"time"

	"mektep/core/exchange"
	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/profile"
)

// template returns the sheets of an empty table: headings in the reader's
// language, ids below them, an example; and the codes with their words.
func (t *Service) template(ctx context.Context) ([]exchange.Sheet, error) {
	m, err := t.matcher(ctx)
	if err != nil {
		return nil, err
	}
	l := t.localizer(ctx)
	var cols []intake.Column
	data := exchange.Sheet{Name: l.T("import.sheet.data")}
	bare := map[string]bool{}
	for _, o := range t.subject.Own(m.P, t.words, m.On) {
		bare[o.ID] = o.Bare
	}
	for _, target := range m.targets {
		if bare[target.ID] || target.Group != "" && !t.offered(ctx, m.P, target.Group) {
			continue
		}
		cols = append(cols, intake.Column{Target: target.ID})
		data.Head = append(data.Head, l.Text(target.Name))
		data.Hidden = append(data.Hidden, target.ID)
		data.Widths = append(data.Widths, max(14, min(40, len([]rune(l.Text(target.Name)))+2)))
	}
	example := t.exampleCells(m.P, cols, m.On)
	data.Rows = func(add func([]any) error) error {
		row := make([]any, len(example))
		for k, s := range example {
			row[k] = s
		}
		return add(row)
	}
	return []exchange.Sheet{data, t.codes(ctx, m.P, l, cols, m.On)}, nil
}

// offered leaves out of the template what the reader has no use for: groups that they may not
// write.
func (t *Service) offered(ctx context.Context, p *profile.Profile, group string) bool {
	g := p.Group(t.object() + "." + group)
	if g.Owner != "" && g.Owner != "self" {
		return false
	}
	_, err := t.gate.Scope(ctx, "update", g.Object())
	return err == nil
}

// codes lists what columns with a fixed choice can say: column, code, words.
func (t *Service) codes(ctx context.Context, p *profile.Profile, l *locale.Localizer, cols []intake.Column, on time.Time) exchange.Sheet {
	s := exchange.Sheet{
		Name: l.T("import.sheet.words"), Widths: []int{30, 24, 48, 30},
		Head: []string{l.T("import.sheet.column"), l.T("import.sheet.code"), l.T("import.sheet.word"), l.T("import.sheet.under")},
	}
	s.Rows = func(add func([]any) error) error {
		for _, o := range t.subject.Own(p, t.words, on) {
			if o.Choices == nil {
				continue
			}
			for _, c := range o.Choices(l) {
				if err := add([]any{l.Text(o.Name), c.Code, c.Word, c.Under}); err != nil {
					return err
				}
			}
		}
		for _, c := range cols {
			f := t.records.Of(p).Field(c.Target)
			if f == nil || !f.Type.Kind.Coded() {
				continue
			}
			for _, i := range p.ItemsAt(f.Type.Target, on) {
				if err := add([]any{l.Text(f.Name), i.Code, l.Text(i.Name), ""}); err != nil {
					return err
				}
			}
		}
		return ctx.Err()
	}
	return s
}
