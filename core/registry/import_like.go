package registry

import (
	"context"
	"hash/maphash"
	"slices"

	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/intake"
	"mektep/core/transfer"
)

// likes are by what names, a type and a place are found to be like others. lost: also as they
// are where letters were lost.
func (k *known) likes(names map[string]string, typ string, parent int64, lost bool) []uint64 {
	var out []uint64
	for _, name := range names {
		forms := k.like.forms(name, typ, parent)
		if !lost {
			forms = forms[:min(1, len(forms))]
		}
		for _, left := range forms {
			var h maphash.Hash
			h.SetSeed(k.seed)
			_, _ = h.WriteString(left)
			_ = h.WriteByte(0)
			_, _ = h.WriteString(typ)
			maphash.WriteComparable(&h, parent)
			if sum := h.Sum64(); !slices.Contains(out, sum) {
				out = append(out, sum)
			}
		}
	}
	return out
}

// like asks of a new row whether an institution of its type and place is meant that is called
// almost so: without the letters of its language, by the abbreviation of its type, as an
// office, with its place; one of the register, or of a row before it. One that the file has in
// a row of its own is another. out says that the row is left out.
func (r *rows) like(ctx context.Context, st *staged) (out bool, faults []transfer.Fault) {
	if st.Known != 0 || st.Miscoded || st.parent == nil || st.typ == "" || r.Options.Twins {
		return false, nil
	}
	if _, hidden := r.Allowed(ctx, "view", gate.Target{Object: Institutions, Path: st.parent.Path, Type: st.typ}); hidden != nil {
		return false, nil
	}
	var exact *knownUnit
	for _, look := range r.known.looks(st.names, st.typ, st.parent.ID) {
		if k, same := r.known.byLook[look]; same {
			if exact = &k; !k.closed { // it was held against that one
				return false, nil
			}
		}
	}
	likes := r.known.likes(st.names, st.typ, st.parent.ID, false)
	for _, like := range likes {
		for _, k := range r.known.byLike[like] {
			if !k.closed && (k.uncoded || !r.Reader.Has(k.code)) {
				return true, []transfer.Fault{{Target: intake.TargetName, Key: "import.row.twin_like", Warn: true, Known: k.id}}
			}
		}
	}
	if out, faults = r.likeRow(st, likes); out || exact != nil {
		return out, faults
	}
	for _, like := range likes {
		for _, k := range r.known.byLike[like] {
			if k.closed {
				return false, append(faults, transfer.Fault{Target: intake.TargetName, Key: "import.row.twin_closed_like", Warn: true, Known: k.id})
			}
		}
	}
	return false, faults
}

// likeRow asks whether a row before this one means the same institution: one of two without a
// code is left out, one with a code is entered all the same.
func (r *rows) likeRow(st *staged, likes []uint64) (out bool, faults []transfer.Fault) {
	for _, like := range likes {
		if before, twice := r.likes[like]; twice && faults == nil {
			f := transfer.Fault{Target: intake.TargetName, Key: "import.row.twin_file_like", Args: fault.Args{"Line": before}, Warn: true}
			if st.Code != "" {
				f.Target, f.Key = intake.TargetCode, "import.row.twin_codes_like"
			}
			out, faults = st.Code == "", []transfer.Fault{f}
		}
	}
	for _, like := range r.known.likes(st.names, st.typ, st.parent.ID, true) {
		if _, twice := r.likes[like]; !twice {
			r.likes[like] = st.Line
		}
	}
	return out, faults
}
