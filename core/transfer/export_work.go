package transfer

import (
	"context"
	"io"
	"strings"
	"time"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/exchange"
	"mektep/core/intake"
	"mektep/core/jobs"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/record"
)

// exportPortion is how many records are read at a time.
const exportPortion = 1000

// exporter writes records as a table.
type exporter struct {
	t      *Service
	p      *profile.Profile
	l      *locale.Localizer
	lead   []Lead
	fields []*profile.Field // of groups that whoever asks may see somewhere
	today  time.Time
	rows   int
	run    *jobs.Run
	total  int64
}

// export is the work of Export. No transaction is open while it writes.
func (t *Service) export(ctx context.Context, run *jobs.Run) error {
	var payload exportPayload
	if err := run.Payload(&payload); err != nil {
		return err
	}
	format, err := t.format(payload.Format)
	if err != nil {
		return err
	}
	sel, err := t.records.Select(ctx, "export", payload.Query)
	if err != nil {
		return t.gate.Refused(ctx, err)
	}
	e, err := t.exporter(ctx, run)
	if err != nil {
		return err
	}
	name, _, err := t.files.Put(ctx, func(w io.Writer) error {
		return format.Write(w, []exchange.Sheet{e.sheet(ctx, sel)})
	})
	if err != nil {
		return err
	}
	return t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		r := exportResult{Name: t.FileName(e.l) + "-" + e.today.Format(time.DateOnly) + "." + format.ID, Format: format.ID, Rows: e.rows}
		var columns []string
		for _, f := range e.fields {
			columns = append(columns, f.ID)
		}
		err := t.trail.Record(ctx, tx, audit.Entry{
			Action: "export", Object: t.object(), Fields: columns,
			Changes: []audit.Change{{Field: "rows", New: e.rows}, {Field: "format", New: format.ID}, {Field: "query", New: payload.Query}},
		})
		if err != nil {
			return err
		}
		return run.Finish(ctx, r, name)
	})
}

func (t *Service) exporter(ctx context.Context, run *jobs.Run) (*exporter, error) {
	m, err := t.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	e := &exporter{t: t, p: m.Profile, l: t.localizer(ctx).At(m.Profile.Main()), today: t.tree.Today(ctx), run: run}
	e.lead = t.subject.Lead(e.p, e.l, t.words)
	e.fields, err = t.records.Columns(ctx)
	return e, err
}

// sheet is the table of a selection, in the reader's language.
func (e *exporter) sheet(ctx context.Context, sel record.Selection) exchange.Sheet {
	// What people and their programs read back, they read as their language writes.
	s := exchange.Sheet{Name: e.l.T("import.sheet.data"), Point: strings.Trim(e.l.Decimal(0.5, 1), "05")}
	column := func(name string, width int) {
		s.Head, s.Widths = append(s.Head, name), append(s.Widths, width)
	}
	for _, c := range e.lead {
		column(c.Name, c.Width)
	}
	for _, f := range e.fields {
		name := e.l.Text(f.Name)
		if len(f.Unit) > 0 {
			name += " (" + e.l.Text(f.Unit) + ")"
		}
		column(name, 18)
	}
	s.Rows = func(add func([]any) error) error { return e.each(ctx, sel, add) }
	return s
}

// each reads the selection portion by portion, each in a transaction of its own.
func (e *exporter) each(ctx context.Context, sel record.Selection, add func([]any) error) error {
	var err error
	if e.total, err = e.t.records.Count(ctx, sel); err != nil {
		return err
	}
	for after := (*record.Item)(nil); ; {
		items, fields, err := e.t.records.Portion(ctx, sel, after, exportPortion)
		if err != nil {
			return err
		}
		for k := range items {
			if err := add(e.row(&items[k], fields[k])); err != nil {
				return err
			}
		}
		e.rows += len(items)
		if err := e.run.Progress(ctx, int64(e.rows), max(e.total, int64(e.rows)), "export.progress", nil); err != nil {
			return err
		}
		if len(items) < exportPortion {
			return nil
		}
		after = &items[len(items)-1]
	}
}

// row is one line of the table: words instead of codes, days as days.
func (e *exporter) row(i *record.Item, fields map[string]any) []any {
	row := make([]any, 0, len(e.lead)+len(e.fields))
	for _, c := range e.lead {
		row = append(row, c.Cell(i))
	}
	for _, f := range e.fields {
		v, filled := fields[f.ID]
		if !filled {
			row = append(row, nil)
			continue
		}
		row = append(row, e.value(f, v))
	}
	return row
}

// value puts a stored value into words.
func (e *exporter) value(f *profile.Field, v any) any {
	switch f.Type.Kind {
	case profile.KindBool:
		if v == true {
			return e.l.T("common.yes")
		}
		return e.l.T("common.no")
	case profile.KindInt, profile.KindYear:
		if n, ok := v.(float64); ok {
			return int64(n)
		}
	case profile.KindDate:
		if s, ok := v.(string); ok {
			if d, err := profile.ParseDate(s); err == nil {
				return d.Time()
			}
		}
	case profile.KindReference:
		if s, ok := v.(string); ok {
			return e.word(f, s)
		}
	case profile.KindReferences:
		if codes, ok := v.([]any); ok {
			words := make([]string, 0, len(codes))
			for _, c := range codes {
				if s, ok := c.(string); ok {
					words = append(words, e.word(f, s))
				}
			}
			return strings.Join(words, "; ")
		}
	case profile.KindEmail, profile.KindURL:
		if s, ok := v.(string); ok {
			return profile.Readable(s)
		}
	case profile.KindText, profile.KindLongText:
		if s, ok := v.(string); ok {
			return intake.AsCell(s)
		}
	case profile.KindDecimal, profile.KindPhone, profile.KindIdentifier: // as it is kept
	}
	return v
}

func (e *exporter) word(f *profile.Field, code string) string {
	if name := e.p.ItemName(f.Type.Target, code, e.today); len(name) > 0 {
		return e.l.Text(name)
	}
	return code
}
