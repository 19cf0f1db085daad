package registry

import (
	"mektep/core/fault"
	"mektep/core/record"
)

// alone finds what of a row of a file, in fields of which no two records share a value,
// another record has, in the register or in the file.
func (r *rows) alone(st *staged, ids []string) []rowFault {
	var faults []rowFault
	for _, id := range ids {
		text := r.uniqueText(id, st.fields[id])
		if text == "" {
			continue
		}
		key := record.Held(id, text)
		line, twice := r.values[key]
		if owner, taken := r.taken[key]; taken && owner != st.known {
			faults = append(faults, rowFault{target: id, key: "import.row.taken", known: owner})
		} else if twice {
			faults = append(faults, rowFault{target: id, key: "import.row.taken_file", args: fault.Args{"Line": line}})
		}
		if !twice {
			r.values[key] = st.line
		}
	}
	return faults
}
