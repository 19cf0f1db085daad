package transfer

import (
	"context"

	"mektep/core/exchange"
	"mektep/core/profile"
	"mektep/core/record"
)

// heldRow is a row of the file that was read and waits for what the register knows of it.
type heldRow struct {
	st     *Row
	faults []Fault
}

// lookUp reads what the register knows of the records that rows may mean, and who has their
// values of fields of which no two records share one.
func (r *Judge) lookUp(ctx context.Context, held []heldRow) error {
	rows := make([]*Row, len(held))
	var fields, values []string
	unique := r.t.records.UniqueFields(r.P)
	for k, h := range held {
		rows[k] = h.st
		for _, said := range []map[string]any{h.st.Fields, h.st.Filled} {
			for _, id := range unique {
				if text := r.uniqueText(id, said[id]); text != "" {
					fields, values = append(fields, id), append(values, text)
				}
			}
		}
	}
	if err := r.pass.LookUp(ctx, rows); err != nil {
		return err
	}
	holders, err := r.t.records.Holders(ctx, r.P, fields, values)
	for key, id := range holders {
		if id <= r.last {
			r.taken[key] = id
		}
	}
	return err
}

// uniqueText is a value as the register keeps it beside those that no two records share.
func (r *Judge) uniqueText(id string, v any) string {
	if v == nil {
		return ""
	}
	if c, wrong, _ := r.t.records.Of(r.P).Field(id).Canonical(v, profile.DateOf(r.Today)); wrong == "" {
		v = c
	}
	return record.UniqueText(v)
}

// hold keeps a row that was read until a portion of them is looked up at once.
func (w *work) hold(ctx context.Context, row exchange.Row) error {
	st, faults := w.rows.understand(ctx, row)
	if row.Hidden {
		faults = append(faults, Fault{Key: "import.row.hidden", Warn: true})
	}
	if w.rows.broken != nil {
		return w.rows.broken
	}
	if w.held = append(w.held, heldRow{st, faults}); len(w.held) < portion {
		return nil
	}
	return w.judgeHeld(ctx)
}

// judgeHeld judges the rows that are held, one after another.
func (w *work) judgeHeld(ctx context.Context) error {
	if err := w.rows.lookUp(ctx, w.held); err != nil {
		return err
	}
	for _, h := range w.held {
		if err := w.judgeRow(ctx, h); err != nil {
			return err
		}
	}
	w.held = w.held[:0]
	return w.flush(ctx)
}

func (w *work) judgeRow(ctx context.Context, h heldRow) error {
	st, faults := w.rows.judge(ctx, h.st, h.faults)
	if w.rows.broken != nil {
		return w.rows.broken
	}
	if st == nil {
		st = &Row{Line: h.st.Line, Cells: h.st.Cells, Out: true}
	}
	faults = w.notRecord(st, faults)
	hard := w.note(st, faults)
	w.leaves(st, hard)
	w.judged(st, hard)
	if st.Known != 0 {
		w.old = append(w.old, st)
	}
	return nil
}
