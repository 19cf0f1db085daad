package transfer

import (
	"slices"
	"strings"
	"time"

	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/profile"
)

// lacking is what a record must have and a file says of none of its rows.
type lacking struct {
	targets []string // of which one would say it
	name    any
}

// lacks is what a file lacks to enter records: a list of codes and telephones changes those that
// are known, and enters none.
func (t *Service) lacks(p *profile.Profile, cols []intake.Column, values map[string]string, on time.Time) []lacking {
	var out []lacking
	for _, must := range t.subject.Musts(p) {
		if !must.said(cols, values) {
			out = append(out, lacking{must.Targets, must.Name})
		}
	}
	for _, f := range needed(t.records.Of(p), on) {
		if must := (Must{Targets: []string{f.ID}}); !must.said(cols, values) {
			out = append(out, lacking{must.Targets, fault.Text(f.Name)})
		}
	}
	return out
}

// said reports that a file says what is a must: by a column, or by one value for all rows.
func (m Must) said(cols []intake.Column, values map[string]string) bool {
	return slices.ContainsFunc(m.Targets, func(target string) bool {
		return values[target] != "" || slices.ContainsFunc(cols, func(c intake.Column) bool { return says(c.Target, target) })
	})
}

// says reports that a column of a target says what targets of a prefix do.
func says(target, prefix string) bool {
	return target == prefix || strings.HasPrefix(target, prefix+".") || strings.HasPrefix(target, prefix+"_code")
}

// saysOne reports that a column of a target says what one of some does.
func saysOne(target string, of []string) bool {
	return slices.ContainsFunc(of, func(prefix string) bool { return says(target, prefix) })
}

// unasked takes out of what is wrong with a row what its file as a whole does not say: one that
// is known says what is to be changed, and nothing else; of one that is new it is told once.
func (r *Judge) unasked(st *Row, faults []Fault) []Fault {
	asks := func(f Fault) bool { return f.Key == "field.required" || f.Key == "import.row.no_place" }
	if st.Known != 0 { // what a record must have the register has: empty cells ask nothing
		faults = slices.DeleteFunc(faults, func(f Fault) bool {
			return asks(f) && slices.ContainsFunc(r.musts, func(m Must) bool { return saysOne(f.Target, m.Targets) })
		})
	}
	var names fault.List
	for _, l := range r.lacks {
		names = append(names, l.name)
		faults = slices.DeleteFunc(faults, func(f Fault) bool { return asks(f) && saysOne(f.Target, l.targets) })
	}
	if names == nil || st.Known != 0 || st.Miscoded {
		return faults
	}
	key := "import.row.new_lacks"
	if st.Code == "" {
		key = "import.row.named_lacks"
	}
	return append(faults, Fault{Target: intake.TargetCode, Key: key, Args: fault.Args{"Lacks": names}})
}
