package registry

import (
	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/transfer"
)

// beside tells of a new row with a code which institutions of the register could be the same
// all the same: one that the file has in a row of its own, and one of another type.
func (r *rows) beside(st *staged, looks []uint64) []transfer.Fault {
	if r.Options.Twins {
		return nil
	}
	for _, look := range looks {
		if k, there := r.known.byLook[look]; there && !k.closed && r.Reader.Has(k.code) {
			return []transfer.Fault{{Target: intake.TargetCode, Key: "import.row.twin_beside", Warn: true, Known: k.id}}
		}
	}
	if other := r.otherType(st, "import.row.type_beside"); other != nil {
		return []transfer.Fault{*other}
	}
	return r.closedTwin(looks)
}

// closedTwin tells of a new row which closed institution of its place is called as it and of its
// type, be it in a row of its own: whoever means that one reopens it.
func (r *rows) closedTwin(looks []uint64) []transfer.Fault {
	for _, look := range looks {
		if k, there := r.known.byLook[look]; there && k.closed {
			return []transfer.Fault{{Target: intake.TargetName, Key: "import.row.twin_closed", Warn: true, Known: k.id}}
		}
	}
	return nil
}

// otherType says of a new row that an institution of the register is called so there, in every
// language in which the row names one, and is of another type; nil where none is that the file
// has not in a row of its own.
func (r *rows) otherType(st *staged, key string) *transfer.Fault {
	if st.parent == nil || st.typ == "" {
		return nil
	}
	for _, k := range r.known.fits(r.known.ofAny, st.names, "", st.parent.ID) {
		typ := r.P.TypeAt(k.typ, r.Today)
		if k.typ == st.typ || typ == nil || k.code != "" && r.Reader.Has(k.code) {
			continue
		}
		return &transfer.Fault{Target: intake.TargetType, Key: key, Args: fault.Args{"Type": fault.Text(typ.Name)}, Warn: true, Known: k.id}
	}
	return nil
}
