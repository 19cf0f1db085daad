package registry

import (
	"maps"
	"slices"

	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/unit"
)

// beside tells of a new row with a code which institutions of the register could be the same
// all the same: one that the file has in a row of its own, and one of another type.
func (r *rows) beside(st *staged, looks []uint64) []rowFault {
	if r.options.Twins {
		return nil
	}
	for _, look := range looks {
		if k, there := r.known.byLook[look]; there && !k.closed && r.reader.Has(k.code) {
			return []rowFault{{target: intake.TargetCode, key: "import.row.twin_beside", warn: true, known: k.id}}
		}
	}
	if other := r.otherType(st, "import.row.type_beside"); other != nil {
		return []rowFault{*other}
	}
	return r.closedTwin(looks)
}

// closedTwin tells of a new row which closed institution of its place is called as it and of its
// type, be it in a row of its own: whoever means that one reopens it.
func (r *rows) closedTwin(looks []uint64) []rowFault {
	for _, look := range looks {
		if k, there := r.known.byLook[look]; there && k.closed {
			return []rowFault{{target: intake.TargetName, key: "import.row.twin_closed", warn: true, known: k.id}}
		}
	}
	return nil
}

// otherType says of a new row that an institution of the register is called so there, in every
// language in which the row names one, and is of another type; nil where none is that the file
// has not in a row of its own.
func (r *rows) otherType(st *staged, key string) *rowFault {
	if st.parent == nil || st.typ == "" {
		return nil
	}
	for _, k := range r.known.fits(r.known.ofAny, st.names, "", st.parent.ID) {
		typ := r.p.TypeAt(k.typ, r.today)
		if k.typ == st.typ || typ == nil || k.code != "" && r.reader.Has(k.code) {
			continue
		}
		return &rowFault{target: intake.TargetType, key: key, args: fault.Args{"Type": fault.Text(typ.Name)}, warn: true, known: k.id}
	}
	return nil
}

// differ says, of a row that looks like an institution by one of its names, which others are not
// the same: as long as nobody says which, nobody knows what to write.
func (f *Finding) differ(names map[string]string) {
	var differ fault.List
	for _, lang := range slices.Sorted(maps.Keys(f.names)) {
		said, name := f.names[lang], names[lang]
		if said == "" || unit.Look(said) == unit.Look(name) {
			continue
		}
		if name == "" {
			name = "–"
		}
		differ = append(differ, fault.Phrase{Key: "import.row.differs", Args: fault.Args{"Language": fault.Key("language." + lang), "Said": said, "Name": name}})
	}
	if differ != nil {
		f.Key, f.Args["Differs"] = "import.row.twin_differs", differ
	}
}
