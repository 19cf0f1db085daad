package transfer

import (
	"context"
	"maps"
	"slices"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/record"
)

// deed is what an import did to a record: what it changed of it, and the version that it has
// since; or that it made it.
type deed struct {
	ID      int64          `json:"id"`
	Version int            `json:"version"`
	Fields  map[string]any `json:"fields,omitempty"` // before
	Recoded bool           `json:"recoded,omitempty"`
	Made    bool           `json:"made,omitempty"`
	Left    string         `json:"left,omitempty"` // what the import left, as mark says; empty: not noted
}

// flushOld compares the known records that are held with what the file says, and changes those
// that differ.
func (w *work) flushOld(ctx context.Context) error {
	if len(w.old) == 0 {
		return nil
	}
	defer func() { w.old = w.old[:0] }()
	ids := make([]int64, len(w.old))
	for k, st := range w.old {
		ids[k] = st.Known
	}
	current, err := w.t.records.ByIDs(ctx, ids, w.apply)
	if err != nil {
		return err
	}
	if err = w.rows.pass.Beside(ctx, w.old, current); err == nil {
		err = w.rows.broken
	}
	if err != nil {
		return err
	}
	var done []deed
	for _, st := range w.old {
		c, err := w.compare(ctx, st, current[st.Known])
		if err != nil {
			return err
		}
		if c != nil {
			done = append(done, *c)
		}
	}
	if len(done) == 0 {
		return nil
	}
	tx, _ := db.InTx(ctx)
	return insertChanged(ctx, tx, w.i, done)
}

// compare judges what the file says of a known record and, when applying, changes it; nil when
// nothing was written.
func (w *work) compare(ctx context.Context, st *Row, i record.Record) (*deed, error) {
	if i.ID == 0 { // taken away since the register was read
		w.wrong(st, Fault{Target: intake.TargetCode, Key: "import.row.gone"})
		return nil, nil
	}
	if f := w.elsewhere(ctx, st, i.Head); f != nil {
		if w.i.Options.OnlyNew && w.rows.broken == nil {
			w.left(st)
			w.show(st, shownRow{int64(st.Line), i.ID, int64(i.Version), 0})
		} else {
			faults := []Fault{*f}
			for _, id := range slices.Sorted(maps.Keys(st.Fields)) { // what is wrong with a cell by itself
				faults = append(faults, formed(w.fields.Field(id), st.Fields[id], w.rows.Today)...)
			}
			w.wrong(st, faults...)
		}
		return nil, w.rows.broken
	}
	over := i.Until != nil && !w.rows.Today.Before(*i.Until)
	other, quiet := w.rows.pass.Other(st, i.Head)
	switch {
	case over: // of what exists no longer a row may tell what is so
	case w.i.Options.OnlyNew:
		w.left(st)
		w.show(st, shownRow{int64(st.Line), i.ID, int64(i.Version), 0})
		return nil, nil
	default:
		if !quiet {
			w.noteDated(st, i.Head)
		}
		w.met(st)
	}
	return w.compared(ctx, st, i, other, over)
}

// compared is compare of a row that says something of a record that the caller may see.
func (w *work) compared(ctx context.Context, st *Row, i record.Record, other *Fault, over bool) (*deed, error) {
	for id, v := range st.Filled {
		if i.Fields[id] == nil {
			st.Fields[id] = v
		}
	}
	faults := w.unseen(ctx, st, i.Head)
	w.noughts(st, i.Fields)
	w.lostSigns(st, i.Fields)
	level, err := w.rows.pass.Above(ctx, i.Head)
	if err != nil {
		return nil, err
	}
	after, err := w.t.records.Merged(w.p, i.Head, level, w.rows.Today, i.Fields, st.Fields)
	if err != nil && fault.KindOf(err) != fault.Invalid {
		return nil, err
	}
	if err != nil {
		faults = append(faults, slices.DeleteFunc(w.unmerged(ctx, st, i.Head, err), func(f Fault) bool {
			return w.rows.follows(st, f.Target, f.Key)
		})...)
	}
	changes := record.Diff(i.Fields, after)
	w.asKept(st, i.Fields, changes)
	if !over {
		w.rows.yields(st, changes)
	}
	if other != nil {
		faults = append(faults, w.mistaken(st, *other, len(changes)+len(faults) > 0)...)
	}
	if over && (len(changes)+len(faults) > 0 || st.Recode || st.Faulty || len(w.rows.pass.Dated(st, i.Head)) > 0) {
		faults = slices.Insert(faults, 0, w.closed(ctx, i.Head))
	}
	law := ""
	if !over && (len(changes) > 0 || st.Recode || st.Faulty || len(faults) > 0) {
		var refused []Fault
		law, refused = w.mayChange(ctx, i.Head, st, changes)
		faults = append(faults, refused...)
		faults = append(faults, w.rows.alone(st, after, w.uniqueOf(changes))...)
	}
	switch {
	case w.rows.broken != nil:
		return nil, w.rows.broken
	case len(faults) > 0 || st.Faulty:
		w.wrong(st, faults...)
		return nil, nil
	case len(changes) == 0 && !st.Recode:
		w.left(st)
		w.show(st, shownRow{int64(st.Line), i.ID, int64(i.Version), 0})
		return nil, nil
	}
	w.counts.Changed++
	w.changesOf(st, changes)
	w.note(st, w.opens(ctx, i, level, after))
	if !w.show(st, shownRow{int64(st.Line), i.ID, int64(i.Version), 1}) || !w.apply {
		return nil, nil
	}
	return w.rewritten(ctx, st, i, after, changes, law)
}

// noteDated warns of what no file changes of a record: that takes an order and a day.
func (w *work) noteDated(st *Row, h record.Head) {
	faults := w.rows.pass.Dated(st, h)
	w.counts.Dated += len(faults)
	w.note(st, faults)
}

// mistaken says of a row that its code and its name are two records'. As long as it changes
// nothing it is told only.
func (w *work) mistaken(st *Row, other Fault, writes bool) []Fault {
	if writes || st.Faulty {
		return []Fault{other}
	}
	other.Warn = true
	w.note(st, []Fault{other})
	return nil
}

// wrong notes what is wrong with a row that a record of the register was met with, or that the
// write refused.
func (w *work) wrong(st *Row, faults ...Fault) {
	w.note(st, faults)
	if !st.Faulty {
		st.Faulty = true
		w.counts.Faulty++
	}
	w.apply = false
}

// left counts a row that changes nothing.
func (w *work) left(st *Row) {
	if !st.Faulty {
		w.counts.Unchanged++
	}
}

// elsewhere says that the code of a row is taken by a record that whoever brings the file may
// not see: nothing else of it is told, neither what it is called or where it lies, nor whether
// the row is right about it. nil: it may be seen.
func (w *work) elsewhere(ctx context.Context, st *Row, h record.Head) *Fault {
	_, f := w.rows.Allowed(ctx, "view", w.t.records.Target(h))
	if f == nil {
		return nil
	}
	return &Fault{Target: w.rows.called(st), Key: "import.row.taken_elsewhere", Rule: f.Rule, Law: f.Law, Next: &fault.Step{Key: "import.next.taken_elsewhere"}}
}

// closed says of a row that its record exists no longer, and who may change that.
func (w *work) closed(ctx context.Context, h record.Head) Fault {
	f := fault.From(w.t.records.Stands(ctx, h))
	if f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		w.rows.broken = f
	}
	return Fault{Target: intake.TargetCode, Key: f.Key, Args: f.Args, Rule: f.Rule, Law: f.Law, Next: f.Next, Known: h.ID}
}

// unseen takes what a file says of field groups out of a row that whoever brings it may
// neither see nor write there, and refuses it: compared with what stands there, a right
// guess would be told from a wrong one.
func (w *work) unseen(ctx context.Context, st *Row, h record.Head) []Fault {
	groups := map[string][]string{}
	for _, id := range slices.Sorted(maps.Keys(st.Fields)) {
		g := w.fields.Field(id).Group().ID
		if _, hidden := w.rows.Allowed(ctx, "view", w.t.records.Target(h, g)); hidden != nil {
			groups[g] = append(groups[g], id)
		}
	}
	refused := w.rows.permitFields(ctx, w.t.records.Target(h), groups, h.ID)
	faults := refused
	for _, f := range refused {
		faults = append(faults, formed(w.fields.Field(f.Target), st.Fields[f.Target], w.rows.Today)...)
		delete(st.Fields, f.Target)
	}
	return faults
}

// uniqueOf are the fields among changes of which no two records share a value.
func (w *work) uniqueOf(changes []audit.Change) []string {
	return slices.DeleteFunc(w.t.records.UniqueFields(w.p), func(id string) bool {
		return !slices.ContainsFunc(changes, func(c audit.Change) bool { return c.Field == id })
	})
}

// mayChange asks the gate for the groups that change, and names each field that may not.
func (w *work) mayChange(ctx context.Context, h record.Head, st *Row, changes []audit.Change) (string, []Fault) {
	groups := map[string][]string{}
	for _, c := range changes {
		if f := w.fields.Field(c.Field); f != nil && f.DerivedExpr == "" {
			groups[f.Group().ID] = append(groups[f.Group().ID], c.Field)
		}
	}
	law, f := w.rows.Allowed(ctx, "import", w.t.records.Target(h))
	if f != nil {
		f.Target, f.Known = w.rows.called(st), h.ID
		return "", []Fault{*f}
	}
	refused := w.rows.permitFields(ctx, w.t.records.Target(h), groups, h.ID)
	if len(groups) > 0 {
		law, _ = w.rows.Allowed(ctx, "update", w.t.records.Target(h, slices.Sorted(maps.Keys(groups))...))
	}
	if st.Recode {
		var f *Fault
		if law, f = w.rows.Allowed(ctx, "update", w.t.records.Target(h)); f != nil {
			f.Target, f.Known = intake.TargetCode, h.ID
			refused = append(refused, *f)
		}
	}
	return law, refused
}

// met notes with which record a row was met.
func (w *work) met(st *Row) {
	if len(w.matches) < keptMatches {
		w.matches = append(w.matches, Finding{Line: st.Line, Key: "import.row.met", Warning: true, known: st.Known})
	}
}

// rewritten is rewrite, of which nothing is kept when it is refused: then the row says why.
func (w *work) rewritten(ctx context.Context, st *Row, i record.Record, after map[string]any, changes []audit.Change, law string) (done *deed, err error) {
	if err := w.release(ctx); err != nil {
		return nil, err
	}
	tx, _ := db.InTx(ctx)
	err = tx.Try(ctx, func(ctx context.Context) error {
		done, err = w.rewrite(ctx, st, i, after, changes, law)
		return err
	})
	if refuses(err) {
		w.counts.Changed--
		w.wrong(st, w.rows.Refused(ctx, st, fault.From(err))...)
		return nil, nil
	}
	return done, err
}

// rewrite writes the changed fields, and the code where there was none.
func (w *work) rewrite(ctx context.Context, st *Row, i record.Record, after map[string]any, changes []audit.Change, law string) (*deed, error) {
	tx, _ := db.InTx(ctx)
	version := i.Version
	if st.Recode {
		if err := w.t.subject.Recode(ctx, i.Head, st.Code); err != nil {
			return nil, err
		}
		version++
		i.Code = st.Code
		changes = append(changes, audit.Change{Field: "code", New: st.Code})
	}
	if err := w.t.records.Save(ctx, tx, w.p, i, version, after); err != nil {
		return nil, err
	}
	changes = append(changes, audit.Change{Field: "import", New: w.i.UID})
	err := w.t.trail.Record(ctx, tx, audit.Entry{
		Action: "update", Object: w.t.object(), Target: i.UID, UnitPath: i.Path, Law: law, Order: w.i.Options.Order(), Changes: slices.Clip(changes),
	})
	return &deed{ID: i.ID, Version: version + 1, Fields: i.Fields, Recoded: st.Recode, Left: mark(i.Head, after, false)}, err
}
