package registry

import (
	"context"
	"maps"
	"slices"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/record"
	"mektep/core/unit"
)

// add notes a unit. Of several that look the same an open one without a code counts:
// it is the one a file can still say something of.
func (k *known) add(u knownUnit, names map[string]string, typ string, parent int64) {
	if u.code != "" {
		k.byCode[u.code] = u
	}
	switch {
	case !u.closed:
		name(k.byName, k, u, names, typ, parent)
		name(k.ofAny, k, u, names, "", parent)
	case u.uncoded:
		name(k.ended, k, u, names, typ, parent)
	}
	for _, like := range k.likes(names, typ, parent, true) {
		k.byLike[like] = append(k.byLike[like], u)
	}
	for _, look := range k.looks(names, typ, parent) {
		if u.uncoded && !u.closed {
			k.bare[look]++
		}
		if before, there := k.byLook[look]; !there || before.closed || u.uncoded && !u.closed {
			k.byLook[look] = u
		}
	}
}

// name notes in a list what a unit is called.
func name(in map[uint64][]knownUnit, k *known, u knownUnit, names map[string]string, typ string, parent int64) {
	for lang, name := range names {
		if name != "" {
			key := k.called(lang, name, typ, parent)
			in[key] = append(in[key], u)
		}
	}
}

// changedUnit is what an import changed of an institution: what it was, and the version that
// it has since; or one that it made.
type changedUnit struct {
	ID      int64          `json:"id"`
	Version int            `json:"version"`
	Fields  map[string]any `json:"fields,omitempty"` // before
	Recoded bool           `json:"recoded,omitempty"`
	Made    bool           `json:"made,omitempty"`
	Left    string         `json:"left,omitempty"` // what the import left, as mark says; empty: not noted
}

// flushOld compares the known institutions that are held with what the file says,
// and changes those that differ.
func (w *work) flushOld(ctx context.Context) error {
	if len(w.old) == 0 {
		return nil
	}
	defer func() { w.old = w.old[:0] }()
	ids := make([]int64, len(w.old))
	for k, st := range w.old {
		ids[k] = st.known
	}
	current, err := w.t.ByIDs(ctx, ids, w.apply)
	if err != nil {
		return err
	}
	if w.others, err = w.namesakes(ctx, current); err != nil {
		return err
	}
	var done []changedUnit
	for _, st := range w.old {
		c, err := w.compare(ctx, st, current[st.known])
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

// compare judges what the file says of a known institution and, when applying,
// changes it; nil when nothing was written.
func (w *work) compare(ctx context.Context, st *staged, i record.Record) (*changedUnit, error) {
	if i.ID == 0 { // taken away since the register was read
		w.wrong(st, rowFault{target: intake.TargetCode, key: "import.row.gone"})
		return nil, nil
	}
	if f := w.elsewhere(ctx, st, UnitOf(i.Head)); f != nil {
		if w.i.Options.OnlyNew && w.rows.broken == nil {
			w.left(st)
			w.show(st, shownRow{int64(st.line), i.ID, int64(i.Version), 0})
		} else {
			faults := []rowFault{*f}
			for _, id := range slices.Sorted(maps.Keys(st.fields)) { // what is wrong with a cell by itself
				faults = append(faults, formed(w.p.Register(Institutions).Field(id), st.fields[id], w.rows.today)...)
			}
			w.wrong(st, faults...)
		}
		return nil, w.rows.broken
	}
	var faults []rowFault
	over := i.Until != nil && !w.rows.today.Before(*i.Until)
	switch {
	case over: // of what is closed a row may tell what is so
	case w.i.Options.OnlyNew:
		w.left(st)
		w.show(st, shownRow{int64(st.line), i.ID, int64(i.Version), 0})
		return nil, nil
	default:
		w.noteDated(st, UnitOf(i.Head))
		w.met(st)
	}
	for id, v := range st.filled {
		if i.Fields[id] == nil {
			st.fields[id] = v
		}
	}
	faults = append(faults, w.unseen(ctx, st, UnitOf(i.Head))...)
	w.noughts(st, i.Fields)
	w.lostSigns(st, i.Fields)
	level, err := w.rows.places.level(ctx, w.t.Service, i.Head)
	if err != nil {
		return nil, err
	}
	after, err := w.t.Merged(w.p, i.Head, level, w.rows.today, i.Fields, st.fields)
	if err != nil && fault.KindOf(err) != fault.Invalid {
		return nil, err
	}
	if err != nil {
		faults = append(faults, slices.DeleteFunc(w.unmerged(ctx, st, UnitOf(i.Head), err), func(f rowFault) bool {
			return w.rows.follows(st, f.target, f.key)
		})...)
	}
	changes := record.Diff(i.Fields, after)
	if !over {
		w.rows.yields(st, changes)
	}
	writes := len(changes)+len(faults) > 0
	faults = append(append(faults, w.mistaken(st, UnitOf(i.Head), writes)...), w.saysOther(st, UnitOf(i.Head), writes)...)
	if u := UnitOf(i.Head); over && (len(changes)+len(faults) > 0 || st.recode || st.faulty || len(w.rows.datedOf(st, u)) > 0) {
		faults = slices.Insert(faults, 0, w.closed(ctx, u))
	}
	law := ""
	if !over && (len(changes) > 0 || st.recode || st.faulty || len(faults) > 0) {
		var refused []rowFault
		law, refused = w.mayChange(ctx, UnitOf(i.Head), st, changes)
		faults = append(faults, refused...)
		faults = append(faults, w.rows.alone(st, after, w.uniqueOf(changes))...)
	}
	switch {
	case w.rows.broken != nil:
		return nil, w.rows.broken
	case len(faults) > 0 || st.faulty:
		w.wrong(st, faults...)
		return nil, nil
	case len(changes) == 0 && !st.recode:
		w.left(st)
		w.show(st, shownRow{int64(st.line), i.ID, int64(i.Version), 0})
		return nil, nil
	}
	w.counts.Changed++
	w.changesOf(st, changes)
	w.note(st, w.opens(ctx, i, level, after))
	if !w.show(st, shownRow{int64(st.line), i.ID, int64(i.Version), 1}) || !w.apply {
		return nil, nil
	}
	return w.rewritten(ctx, st, i, after, changes, law)
}

// wrong notes what is wrong with a row that an institution of the register was met with, or
// that the write refused.
func (w *work) wrong(st *staged, faults ...rowFault) {
	w.note(st, faults)
	if !st.faulty {
		st.faulty = true
		w.counts.Faulty++
	}
	w.apply = false
}

// left counts a row that changes nothing.
func (w *work) left(st *staged) {
	if !st.faulty {
		w.counts.Unchanged++
	}
}

// elsewhere says that the code of a row is taken by an institution that whoever brings the
// file may not see: nothing else of it is told, neither what it is called or where it lies,
// nor whether the row is right about it. nil: it may be seen.
func (w *work) elsewhere(ctx context.Context, st *staged, u unit.Unit) *rowFault {
	_, f := w.rows.allowed(ctx, "view", w.t.Target(u))
	if f == nil {
		return nil
	}
	hidden := &rowFault{target: intake.TargetCode, key: "import.row.taken_elsewhere", rule: f.rule, law: f.law, next: &fault.Step{Key: "import.next.taken_elsewhere"}}
	if st.code == "" {
		hidden.target = intake.TargetName
	}
	return hidden
}

// closed says of a row that its institution was closed, and who may reopen it.
func (w *work) closed(ctx context.Context, u unit.Unit) rowFault {
	f := fault.From(w.t.StaysClosed(ctx, u))
	if f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		w.rows.broken = f
	}
	return rowFault{target: intake.TargetCode, key: f.Key, args: f.Args, rule: f.Rule, law: f.Law, next: f.Next, known: u.ID}
}

// unseen takes what a file says of field groups out of a row that whoever brings it may
// neither see nor write there, and refuses it: compared with what stands there, a right
// guess would be told from a wrong one.
func (w *work) unseen(ctx context.Context, st *staged, u unit.Unit) []rowFault {
	groups := map[string][]string{}
	for _, id := range slices.Sorted(maps.Keys(st.fields)) {
		g := w.p.Register(Institutions).Field(id).Group().ID
		if _, hidden := w.rows.allowed(ctx, "view", w.t.Target(u, g)); hidden != nil {
			groups[g] = append(groups[g], id)
		}
	}
	refused := w.rows.permitFields(ctx, w.t.Target(u), groups, u.ID)
	faults := refused
	for _, f := range refused {
		faults = append(faults, formed(w.p.Register(Institutions).Field(f.target), st.fields[f.target], w.rows.today)...)
		delete(st.fields, f.target)
	}
	return faults
}

// uniqueOf are the fields among changes of which no two records share a value.
func (w *work) uniqueOf(changes []audit.Change) []string {
	return slices.DeleteFunc(w.t.UniqueFields(w.p), func(id string) bool {
		return !slices.ContainsFunc(changes, func(c audit.Change) bool { return c.Field == id })
	})
}

// mayChange asks the gate for the groups that change, and names each field that may not.
func (w *work) mayChange(ctx context.Context, u unit.Unit, st *staged, changes []audit.Change) (string, []rowFault) {
	groups := map[string][]string{}
	for _, c := range changes {
		if f := w.p.Register(Institutions).Field(c.Field); f != nil && f.DerivedExpr == "" {
			groups[f.Group().ID] = append(groups[f.Group().ID], c.Field)
		}
	}
	law, f := w.rows.allowed(ctx, "import", w.t.Target(u))
	if f != nil {
		f.target, f.known = intake.TargetCode, u.ID
		if st.code == "" {
			f.target = intake.TargetName
		}
		return "", []rowFault{*f}
	}
	refused := w.rows.permitFields(ctx, w.t.Target(u), groups, u.ID)
	if len(groups) > 0 {
		law, _ = w.rows.allowed(ctx, "update", w.t.Target(u, slices.Sorted(maps.Keys(groups))...))
	}
	if st.recode {
		var f *rowFault
		if law, f = w.rows.allowed(ctx, "update", w.t.Target(u)); f != nil {
			f.target, f.known = intake.TargetCode, u.ID
			refused = append(refused, *f)
		}
	}
	return law, refused
}

// met notes with which institution a row was met.
func (w *work) met(st *staged) {
	if len(w.matches) < keptMatches {
		w.matches = append(w.matches, Finding{Line: st.line, Key: "import.row.met", Warning: true, known: st.known})
	}
}

// nameRecords names the institutions that findings are about.
func (w *work) nameRecords(ctx context.Context) error {
	var ids []int64
	all := [][]Finding{w.findings, w.matches, w.moves, w.changes}
	for _, list := range all {
		for _, f := range list {
			if f.known != 0 {
				ids = append(ids, f.known)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	units, err := w.t.ByIDs(ctx, ids, false)
	if err != nil {
		return err
	}
	for _, list := range all {
		for k := range list {
			u, there := units[list[k].known]
			if !there || !w.t.gate.Can(ctx, "view", w.t.Records.Target(u.Head)) {
				continue
			}
			list[k].Record = u.UID
			if list[k].Key == "import.row.taken" { // who has it is told where it may be seen
				list[k].Key = "import.row.taken_by"
			}
			if list[k].Args = maps.Clone(list[k].Args); list[k].Args == nil {
				list[k].Args = fault.Args{}
			}
			if _, own := list[k].Args["Name"]; !own { // what is wrong with a number names the kind of number
				list[k].Args["Name"] = fault.Text(u.Name)
			}
			list[k].Args["Code"] = u.Code
			list[k].differ(u.Name)
		}
	}
	return nil
}

// rewritten is rewrite, of which nothing is kept when it is refused: then the row says why.
func (w *work) rewritten(ctx context.Context, st *staged, i record.Record, after map[string]any, changes []audit.Change, law string) (done *changedUnit, err error) {
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
		w.wrong(st, w.rows.refused(ctx, st, fault.From(err))...)
		return nil, nil
	}
	return done, err
}

// rewrite writes the changed passport, and the code where there was none.
func (w *work) rewrite(ctx context.Context, st *staged, i record.Record, after map[string]any, changes []audit.Change, law string) (*changedUnit, error) {
	tx, _ := db.InTx(ctx)
	version := i.Version
	if st.recode {
		if err := w.t.tree.Recode(ctx, UnitOf(i.Head), st.code); err != nil {
			return nil, err
		}
		version++
		i.Code = st.code
		changes = append(changes, audit.Change{Field: "code", New: st.code})
	}
	if err := w.t.Save(ctx, tx, w.p, i, version, after); err != nil {
		return nil, err
	}
	changes = append(changes, audit.Change{Field: "import", New: w.i.UID})
	order := w.i.Options.order()
	err := w.t.trail.Record(ctx, tx, audit.Entry{
		Action: "update", Object: Institutions, Target: i.UID, UnitPath: i.Path, Law: law, Order: order, Changes: slices.Clip(changes),
	})
	return &changedUnit{ID: i.ID, Version: version + 1, Fields: i.Fields, Recoded: st.recode, Left: mark(i.Head, after, false)}, err
}
