package registry

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/transfer"
	"mektep/core/unit"
)

// datedOf are the names, types and places that a row itself says otherwise than the register.
func (r *rows) datedOf(st *staged, u unit.Unit) []transfer.Fault {
	var faults []transfer.Fault
	note := func(target, key string, args fault.Args) {
		faults = append(faults, transfer.Fault{Target: target, Key: key, Args: args, Warn: true, Known: u.ID})
	}
	for _, lang := range slices.Sorted(maps.Keys(st.names)) {
		if said, name := st.names[lang], u.Name[lang]; said != name && !inCapitals(said, name) && !r.known.like.same(said, name, u.Type, placeOf(u)) {
			note(r.target(intake.TargetName+"."+lang), "import.row.dated_name", fault.Args{transfer.LanguageArg: lang})
		}
	}
	if st.typ != "" && st.typ != u.Type && !st.unsaid.typ {
		var now fault.Text
		if t := r.P.Type(u.Type); t != nil {
			now = fault.Text(t.Name)
		}
		note(intake.TargetType, "import.row.dated", fault.Args{"Now": now})
	}
	if u.ParentID != nil && st.parent != nil && st.parent.ID != *u.ParentID && !st.unsaid.place {
		place := r.known.like.above.ByID(*u.ParentID)
		if place != nil && st.said.district+st.said.districtCode == "" && unit.Within(place.Path, st.parent.Path) {
			return faults // the region alone is said, and it lies there
		}
		var now fault.Text
		if place != nil {
			now = fault.Text(place.Name)
		}
		note(st.said.target(), "import.row.dated", fault.Args{"Now": now})
	}
	return faults
}

// begunOf says of a row that names another day of founding than the register that it stays.
func (r *rows) begunOf(st *staged, u unit.Unit) []transfer.Fault {
	if !st.SaysSince || st.Since.Equal(u.Since) {
		return nil
	}
	return []transfer.Fault{{Target: intake.TargetSince, Key: "import.row.dated_since", Args: fault.Args{"Now": u.Since}, Warn: true, Known: u.ID}}
}

// inCapitals reports that a list writes a name of the register in capitals, as systems print
// them: nobody means to change it so.
func inCapitals(said, name string) bool {
	return !strings.ContainsFunc(said, unicode.IsLower) && unit.Look(said) == unit.Look(name)
}
