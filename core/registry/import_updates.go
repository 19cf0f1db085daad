package registry

import (
	"slices"
	"strings"

	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/unit"
)

// lacking is what an institution must have and a file says of none of its rows.
type lacking struct {
	prefix string // of the targets that would say it
	name   any
}

// lacks is what a file lacks to enter institutions: a list of codes and telephones changes
// those that are known, and enters none.
func (m *matcher) lacks(cols []intake.Column, values map[string]string, r *rows) []lacking {
	place := any(fault.Key("record.place"))
	if l := m.p.Level(unit.District); l != nil {
		place = fault.Text(l.Name)
	}
	all := []lacking{{intake.TargetName, fault.Key("import.column.name")}, {intake.TargetType, fault.Key("import.column.type")}, {targetDistrict, place}}
	for _, f := range m.needed(r.today) {
		all = append(all, lacking{f.ID, fault.Text(f.Name)})
	}
	said := func(prefix string) bool {
		return values[prefix] != "" || slices.ContainsFunc(cols, func(c intake.Column) bool { return says(c.Target, prefix) })
	}
	return slices.DeleteFunc(all, func(l lacking) bool {
		return said(l.prefix) || l.prefix == targetDistrict && said(targetRegion)
	})
}

// says reports that a column of a target says what targets of a prefix do.
func says(target, prefix string) bool {
	return target == prefix || strings.HasPrefix(target, prefix+".") || strings.HasPrefix(target, prefix+"_code")
}

// unasked takes out of what is wrong with a row what its file as a whole does not say: one that
// is known says what is to be changed, and nothing else; of one that is new it is told once.
func (r *rows) unasked(st *staged, faults []rowFault) []rowFault {
	if st.known != 0 { // what its name, type and place are the register has: empty cells ask nothing
		faults = slices.DeleteFunc(faults, func(f rowFault) bool {
			return f.key == "import.row.no_place" || f.key == "field.required" && (says(f.target, intake.TargetName) || f.target == intake.TargetType)
		})
	}
	var names fault.List
	for _, l := range r.lacks {
		names = append(names, l.name)
		faults = slices.DeleteFunc(faults, func(f rowFault) bool {
			return says(f.target, l.prefix) && (f.key == "field.required" || f.key == "import.row.no_place")
		})
	}
	if names == nil || st.known != 0 || st.miscoded {
		return faults
	}
	key := "import.row.new_lacks"
	if st.code == "" {
		key = "import.row.named_lacks"
	}
	return append(faults, rowFault{target: intake.TargetCode, key: key, args: fault.Args{"Lacks": names}})
}
