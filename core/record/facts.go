package record

import (
	"maps"
	"slices"
	"time"

	"mektep/core/profile"
)

// Facts adds to the fields of a record what conditions of the profile may ask besides:
// the type that the record has, or that of the unit it lies in, and the level of the unit
// above.
func Facts(fields map[string]any, typ, level string) map[string]any {
	facts := make(map[string]any, len(fields)+2)
	maps.Copy(facts, fields)
	facts["type"], facts["level"] = typ, level
	return facts
}

// Brought are the fields that a new record brings although it could be entered without, by
// group: whoever enters it writes these groups as by an update, with its windows, owners
// and bases (TR-IC-8, KG-ER-6b). What the record cannot lack comes with entering it.
// fields are canonical.
func (rs *Records) Brought(p *profile.Profile, fields map[string]any, typ, level string, on time.Time) map[string][]string {
	seen := p.Conditions(rs.reg.ID, Facts(fields, typ, level), on)
	of := rs.Of(p)
	groups := map[string][]string{}
	for _, id := range slices.Sorted(maps.Keys(fields)) {
		f := of.Field(id)
		if f == nil || f.DerivedExpr != "" || seen.Required(f) {
			continue
		}
		groups[f.Group().ID] = append(groups[f.Group().ID], id)
	}
	return groups
}

// Canonical brings stored values back into their fields' form. What the profile no
// longer takes stays as it is: it was there before.
func (rs *Records) Canonical(p *profile.Profile, fields map[string]any, on time.Time) map[string]any {
	of := rs.Of(p)
	out := make(map[string]any, len(fields))
	for id, v := range fields {
		out[id] = v
		if f := of.Field(id); f != nil {
			if c, wrong, _ := f.Canonical(v, profile.DateOf(on)); wrong == "" {
				out[id] = c
			}
		}
	}
	return out
}
