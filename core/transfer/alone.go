package transfer

import (
	"context"
	"slices"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/record"
)

// awaited is a value that no two records share and that one of the register has, where a row of
// the file asks for it: fine as long as another row gives that one a different value.
type awaited struct {
	st     *Row
	field  string
	text   string
	owner  int64 // record that has it
	yields bool  // it was let go of for this row already
}

// given is by which row of the file a record gives a value up.
type given struct {
	owner int64
	line  int
}

// alone finds what a row of a file would leave, in fields of which no two records share a value,
// that another row has. What a record of the register has may be given up by a later row: it is
// awaited until all are read, so that two records can swap.
func (r *Judge) alone(st *Row, fields map[string]any, ids []string) []Fault {
	var faults []Fault
	for _, id := range ids {
		text := r.uniqueText(id, fields[id])
		if text == "" {
			continue
		}
		key := record.Held(id, text)
		if line, twice := r.values[key]; twice {
			faults = append(faults, Fault{Target: id, Key: "import.row.taken_file", Args: fault.Args{"Line": line}})
			continue
		}
		r.values[key] = st.Line
		if owner, taken := r.taken[key]; taken && owner != st.Known {
			r.awaited = append(r.awaited, awaited{st: st, field: id, text: text, owner: owner})
		}
	}
	return faults
}

// yields notes which values a row makes its record give up for others.
func (r *Judge) yields(st *Row, changes []audit.Change) {
	for _, id := range r.t.records.UniqueFields(r.P) {
		said := r.uniqueText(id, st.Fields[id])
		k := slices.IndexFunc(changes, func(c audit.Change) bool { return c.Field == id })
		if said == "" || k < 0 {
			continue
		}
		if old := record.UniqueText(changes[k].Old); old != "" && old != said {
			r.given[record.Held(id, old)] = given{st.Known, st.Line}
		}
	}
}

// release lets go of the values that are awaited, before rows take them: what becomes of
// whoever has them is settled in the same unit of work.
func (w *work) release(ctx context.Context) error {
	var fields, values []string
	var ids []int64
	for k := range w.rows.awaited {
		a := &w.rows.awaited[k]
		if a.yields {
			continue
		}
		a.yields = true
		fields, values, ids = append(fields, a.field), append(values, a.text), append(ids, a.owner)
	}
	tx, _ := db.InTx(ctx)
	return w.t.records.Release(ctx, tx, fields, values, ids)
}

// settle says, all rows read, of each value that was awaited whether it is free: of one that
// moves from one record to another it is told, as that is rare; a row whose value stays
// another's is refused.
func (w *work) settle() {
	for _, a := range w.rows.awaited {
		g, gone := w.rows.given[record.Held(a.field, a.text)]
		if gone && g.owner == a.owner {
			w.note(a.st, []Fault{{Target: a.field, Key: "import.row.passes", Args: fault.Args{"Line": g.line}, Warn: true, Known: a.owner}})
			continue
		}
		if !a.st.Faulty {
			w.uncount(a.st)
		}
		w.wrong(a.st, Fault{Target: a.field, Key: "import.row.taken", Known: a.owner})
	}
}

// uncount takes a row out of those that can be entered.
func (w *work) uncount(st *Row) {
	if st.Known != 0 {
		w.counts.Changed--
		w.changes = slices.DeleteFunc(w.changes, func(f Finding) bool { return f.Line == st.Line }) // nothing of it is
		return
	}
	w.counts.New--
	w.notEntered(st)
	if st.Code == "" && w.coded() {
		w.counts.Uncoded--
	}
}
