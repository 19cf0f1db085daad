package transfer

import (
	"context"

	"mektep/core/db"
	"mektep/core/fault"
)

// flush enters or compares the rows that are held.
func (w *work) flush(ctx context.Context) error {
	if err := w.flushOld(ctx); err != nil {
		return err
	}
	defer func() { w.fresh = w.fresh[:0] }()
	if !w.apply || len(w.fresh) == 0 {
		return nil
	}
	if err := w.release(ctx); err != nil {
		return err
	}
	tx, _ := db.InTx(ctx)
	err := tx.Try(ctx, func(ctx context.Context) error { return w.make(ctx, tx, w.fresh) })
	if !refuses(err) {
		return err
	}
	at := w.counts.Faulty
	if broken := w.blame(ctx, tx, w.fresh); broken != nil {
		return broken
	}
	if w.counts.Faulty == at { // none is refused by itself
		return err
	}
	return nil
}

// refuses reports whether an error is about what was to be written, and no broken machine.
func refuses(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Denied, fault.Locked, fault.Conflict, fault.NotFound:
		return true
	}
	return false
}

// blame finds the rows that the write refuses, though nothing stood against them when they
// were judged: the world has changed in the moment between.
func (w *work) blame(ctx context.Context, tx *db.Tx, rows []*Row) error {
	why := tx.Rehearse(ctx, func(ctx context.Context) error { return w.make(ctx, tx, rows) })
	if !refuses(why) {
		return why
	}
	if len(rows) == 1 {
		w.uncount(rows[0])
		w.wrong(rows[0], w.rows.Refused(ctx, rows[0], fault.From(why))...)
		return nil
	}
	half := len(rows) / 2
	if err := w.blame(ctx, tx, rows[:half]); err != nil {
		return err
	}
	return w.blame(ctx, tx, rows[half:])
}

// make enters new records.
func (w *work) make(ctx context.Context, tx *db.Tx, rows []*Row) error {
	heads, entries, err := w.rows.pass.Make(ctx, tx, rows)
	if err != nil {
		return err
	}
	made := make([]deed, len(heads))
	for k, h := range heads {
		made[k] = deed{ID: h.ID, Version: 1, Made: true, Left: mark(h, rows[k].Fields, true)}
	}
	for k := range entries {
		entries[k].Changes[0].New.(map[string]any)["import"] = w.i.UID
	}
	if err := w.t.trail.Record(ctx, tx, entries...); err != nil {
		return err
	}
	return insertMade(ctx, tx, w.i, made)
}
