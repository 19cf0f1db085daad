package registry

import (
	"context"
	"maps"
	"slices"

	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/intake"
	"mektep/core/transfer"
)

// Meet finds the institution that a row means, and asks of one that is new whether another is
// meant that is called almost so.
func (r *rows) Meet(ctx context.Context, row *transfer.Row) (out bool, faults []transfer.Fault) {
	st := rowOf(row)
	if out, faults = r.meet(ctx, st); out {
		return true, faults
	}
	out, like := r.like(ctx, st)
	if !slices.ContainsFunc(faults, func(f transfer.Fault) bool { return f.Key == "import.row.twin_codes" }) {
		faults = append(faults, like...)
	}
	return out, faults
}

// meet holds a row against those before it and against the register: by its code, or by
// its look where it has none. out says that the row is left out.
func (r *rows) meet(ctx context.Context, st *staged) (out bool, faults []transfer.Fault) {
	var looks []uint64
	if st.parent != nil && st.typ != "" { // what lies where nothing may be seen is not told by its look either
		if _, hidden := r.Allowed(ctx, "view", gate.Target{Object: Institutions, Path: st.parent.Path, Type: st.typ}); hidden == nil {
			looks = r.known.looks(st.names, st.typ, st.parent.ID)
		}
	}
	switch {
	case st.Code != "":
		if twice := r.CodeTwice(st.Row); twice != nil {
			faults = append(faults, *twice)
		}
		if k, there := r.known.byCode[st.Code]; there {
			st.Known = k.id
			break
		}
		if many := r.codeless(st, looks); many != nil {
			return true, append(faults, *many)
		}
		if k, look := r.twinOf(st, looks); k != 0 {
			_, same := r.sameName(st, look)
			return true, append(faults, transfer.Fault{Target: intake.TargetCode, Key: "import.row.twin_other_code", Args: fault.Args{"Same": same}, Warn: true, Known: k})
		}
		if st.Known == 0 {
			faults = append(faults, r.twinsOfFile(st, looks)...)
			faults = append(faults, r.beside(st, looks)...)
		}
	case len(looks) > 0:
		return r.meetNamed(st, looks)
	}
	return false, faults
}

// meetNamed holds a row without a code against the register: one that is named there as the
// row names it, in that place, is the one that is meant, as long as no other could be. What
// only looks alike, and what could be one of several, is asked about.
func (r *rows) meetNamed(st *staged, looks []uint64) (out bool, faults []transfer.Fault) {
	fit := slices.DeleteFunc(r.known.fits(r.known.byName, st.names, st.typ, st.parent.ID), func(k knownUnit) bool {
		return !k.uncoded && r.Reader.Has(k.code) // the file has it in a row of its own
	})
	if len(fit) == 1 && fit[0].uncoded && r.named[fit[0].id] == 0 {
		st.Known = fit[0].id
		r.named[st.Known] = st.Line
		for _, look := range looks {
			r.looks[look] = st.Line
		}
		return false, nil
	}
	if k := r.ended(st); k != 0 && len(fit) == 0 {
		st.Known = k
		return false, nil
	}
	if r.Options.Twins {
		return false, nil
	}
	asked := func(key string, look uint64, args fault.Args, known int64) (bool, []transfer.Fault) {
		target, same := r.sameName(st, look)
		args["Same"] = same
		return true, []transfer.Fault{{Target: target, Key: key, Args: args, Warn: true, Known: known}}
	}
	if len(fit) > 1 {
		return asked("import.row.twin_many", looks[0], fault.Args{"Count": len(fit)}, fit[0].id)
	}
	for _, look := range looks {
		if before, twice := r.looks[look]; twice {
			return asked("import.row.twin_file", look, fault.Args{"Line": before}, 0)
		}
	}
	for _, look := range looks {
		r.looks[look] = st.Line
		k, there := r.known.byLook[look]
		switch {
		case !there || k.closed:
		case k.uncoded:
			out, faults = asked("import.row.twin_register", look, fault.Args{}, k.id)
			faults[0].Names = st.names
			return out, faults
		default:
			return asked("import.row.twin_code", look, fault.Args{}, k.id)
		}
	}
	if other := r.otherType(st, "import.row.twin_type"); other != nil {
		return true, []transfer.Fault{*other}
	}
	return false, r.closedTwin(looks)
}

// codeless meets a row of a new code with the institution without one that it looks like, which
// gets it; of several it is asked which is meant.
func (r *rows) codeless(st *staged, looks []uint64) *transfer.Fault {
	for _, look := range looks {
		k, there := r.known.byLook[look]
		if !there || !k.uncoded || k.closed {
			continue
		}
		if many := r.known.bare[look]; many > 1 {
			fit := slices.DeleteFunc(r.known.fits(r.known.byName, st.names, st.typ, st.parent.ID), func(k knownUnit) bool { return !k.uncoded })
			if len(fit) != 1 {
				if r.Options.Twins {
					return nil
				}
				target, same := r.sameName(st, look)
				return &transfer.Fault{Target: target, Key: "import.row.twin_many", Args: fault.Args{"Count": many, "Same": same}, Warn: true, Known: k.id}
			}
			k = fit[0]
		}
		st.Known, st.Recode = k.id, true
		return nil
	}
	return nil
}

// ended is the closed institution without a code that a row says all the same of, the day
// since when it was included: an export of all that there were has such rows. 0: none, or
// more than one.
func (r *rows) ended(st *staged) int64 {
	fit := slices.DeleteFunc(r.known.fits(r.known.ended, st.names, st.typ, st.parent.ID), func(k knownUnit) bool { return !k.since.Equal(st.Since) })
	if len(fit) != 1 {
		return 0
	}
	return fit[0].id
}

// twinOf is the institution of another code that a row with a new one looks like; 0 where
// there is none, the file has that code in a row of its own, or it was said that those who
// look alike are meant.
func (r *rows) twinOf(st *staged, looks []uint64) (id int64, by uint64) {
	if st.Known != 0 || r.Options.Twins {
		return 0, 0
	}
	for _, look := range looks {
		if k, there := r.known.byLook[look]; there && !k.closed && !k.uncoded && !r.Reader.Has(k.code) {
			return k.id, look
		}
	}
	return 0, 0
}

// sameName is the name of a row that has a look, and the column that it stands in: what is
// called otherwise in the reader's language may be the same in another.
func (r *rows) sameName(st *staged, look uint64) (target, name string) {
	for _, lang := range slices.Sorted(maps.Keys(st.names)) {
		if r.known.look(st.names[lang], st.typ, st.parent.ID) == look {
			return r.target(intake.TargetName + "." + lang), st.names[lang]
		}
	}
	return intake.TargetName, ""
}

// twinsOfFile tells of a new row with a code that one before it in the file looks the same: a
// school of two codes is entered twice.
func (r *rows) twinsOfFile(st *staged, looks []uint64) []transfer.Fault {
	var faults []transfer.Fault
	for _, look := range looks {
		if before, twice := r.looks[look]; twice && len(faults) == 0 && !r.Options.Twins {
			faults = []transfer.Fault{{Target: intake.TargetCode, Key: "import.row.twin_codes", Args: fault.Args{"Line": before}, Warn: true}}
		}
		r.looks[look] = st.Line
	}
	return faults
}
