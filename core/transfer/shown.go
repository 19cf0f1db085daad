package transfer

import (
	"context"
	"errors"
	"slices"
	"time"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/jobs"
)

// A shown row is what a preview says will become of a row that is not simply new: line of
// the file, record that it was met with (0: the row is left out), the version of that,
// and whether the row was to change it (1). It is kept as an array: a national list has
// tens of thousands.
type shownRow [4]int64

func (s shownRow) line() int     { return int(s[0]) }
func (s shownRow) record() int64 { return s[1] }

// show notes what becomes of a row, and reports whether that is what the preview showed.
// A row that is as its record stands may find it in another version: nothing is written.
func (w *work) show(st *Row, now shownRow) bool {
	w.shown = append(w.shown, now)
	was, noted := w.promised[st.Line]
	switch {
	case !w.checks():
		return true
	case !noted && now.record() == 0: // what it looks like its own finding says
		return w.move(st, "import.row.doubtful", 0)
	case !noted:
		return w.move(st, "import.row.entered", now.record())
	case now == was || now.record() == was.record() && now[3]+was[3] == 0:
		return true
	}
	return w.move(st, "import.row.moved", now.record())
}

// showNew reports whether a row was to be new in the preview too.
func (w *work) showNew(st *Row) bool {
	was, noted := w.promised[st.Line]
	switch {
	case !noted || !w.checks():
		return true
	case was.record() == 0: // what it looked like is gone, or is called otherwise
		return w.move(st, "import.row.alone", 0)
	}
	return w.move(st, "import.row.vanished", 0)
}

// checks reports that what becomes of the rows is held against a preview.
func (w *work) checks() bool { return w.promised != nil }

// move notes that a row comes out otherwise than was shown: nothing is entered.
func (w *work) move(st *Row, key string, known int64) bool {
	w.counts.Moved++
	w.counts.Findings++
	w.apply = false
	if len(w.moves) < keptMatches {
		f := Finding{Line: st.Line, Key: key, Warning: true, known: known}
		f.Column, f.Value = w.said(st, w.t.subject.Called(w.p))
		w.moves = append(w.moves, f)
	}
	return false
}

// entersAlone keeps other imports of the ministry from entering rows until the unit of work
// ends: each is judged by what the others have entered. A large one takes longer than
// anybody waits for a lock, so this asks again and again.
func entersAlone(ctx context.Context, tx *db.Tx) error {
	for got := false; ; {
		if err := tx.PGX().QueryRow(ctx, "SELECT pg_try_advisory_xact_lock(hashtextextended('imports', $1))", tx.Tenant()).Scan(&got); err != nil || got {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(alonePause):
		}
	}
}

// alonePause is how long an import waits before it asks again whether others are done.
const alonePause = 50 * time.Millisecond

// readShown reads what the preview of an import showed; nil where that is not known.
func readShown(ctx context.Context, tx *db.Tx, i *Import) (map[int]shownRow, error) {
	var rows []shownRow
	err := tx.PGX().QueryRow(ctx, "SELECT shown FROM import_run WHERE tenant_id = $1 AND id = $2", tx.Tenant(), i.id).Scan(&rows)
	if err != nil || rows == nil {
		return nil, err
	}
	out := make(map[int]shownRow, len(rows))
	for _, r := range rows {
		out[r.line()] = r
	}
	return out, nil
}

// keepShown keeps what a preview shows; nothing of what was entered, or can't be.
func (w *work) keepShown(ctx context.Context, tx *db.Tx, state State) error {
	var rows any
	if state == Checked && w.counts.Faulty == 0 {
		if w.shown == nil {
			w.shown = []shownRow{}
		}
		rows = w.shown
	}
	_, err := tx.PGX().Exec(ctx, "UPDATE import_run SET shown = $3 WHERE tenant_id = $1 AND id = $2", tx.Tenant(), w.i.id, rows)
	return err
}

// unshown refuses to enter rows of which nothing is kept that a preview showed.
func (w *work) unshown(shown map[int]shownRow) {
	if w.promised = shown; shown == nil {
		w.apply, w.blind = false, true
	}
}

// otherwise is why an apply ends that would do what was not shown; nil where it would not.
func (w *work) otherwise() *fault.Error {
	switch {
	case w.counts.Faulty > 0:
		return fault.New(fault.Conflict, "import.changed_meanwhile")
	case w.blind || w.counts.Moved > 0:
		return fault.New(fault.Conflict, "import.moved").With("Count", w.counts.Moved)
	}
	return nil
}

// nameMovers says who changed the records of the rows that moved, and when, as far as
// whoever acts may see it.
func (w *work) nameMovers(ctx context.Context) error {
	for k := range w.moves {
		f := &w.moves[k]
		if f.Record == "" || k >= importsPage*2 {
			continue
		}
		lines, _, err := w.t.trail.Changes(ctx, w.t.object(), f.Record, "")
		if err != nil {
			return err
		}
		if len(lines) > 0 {
			f.By, f.At = lines[0].AccountUID, lines[0].At
		}
	}
	return nil
}

// namesShown records that findings were shown which say who changed records.
func (t *Service) namesShown(ctx context.Context, i *Import, findings []Finding) error {
	if !slices.ContainsFunc(findings, func(f Finding) bool { return f.By != "" }) {
		return nil
	}
	return t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		return t.trail.Record(ctx, tx, audit.Entry{Action: "view", Object: objectImport, Target: i.UID, UnitPath: i.UnitPath, Fields: []string{"history"}})
	})
}

// errOtherwise ends an apply whose rows have errors now, or would come out otherwise than
// was shown.
var errOtherwise = errors.New("registry: rows are not what was shown")

// enter is the work of Apply: every row in one unit of work, as the preview showed it, or
// none.
func (t *Service) enter(ctx context.Context, run *jobs.Run, i *Import) error {
	var w *work
	err := t.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := t.gate.Check(ctx, "apply", t.importTarget(i)); err != nil {
			return err
		}
		err := entersAlone(ctx, tx)
		if err != nil {
			return err
		}
		if w, err = t.goThrough(ctx, i, run, true); err != nil {
			return err
		}
		if w.otherwise() != nil {
			return errOtherwise
		}
		if err := t.tellOwner(ctx, tx, i, "import.notice.applied"); err != nil {
			return err
		}
		return w.keep(ctx, tx, Applied, func(ctx context.Context) error { return run.Finish(ctx, w.counts, "") })
	}, &w)
	if !errors.Is(err, errOtherwise) {
		return err
	}
	err = t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		return w.keep(ctx, tx, Checked, func(context.Context) error { return nil })
	})
	return errors.Join(w.otherwise(), err)
}
