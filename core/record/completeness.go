package record

import (
	"context"
	"slices"

	"mektep/core/profile"
)

// Completeness says how much of what must stand in a record stands there.
type Completeness struct {
	Required int              // fields that must be filled in, the code included
	Missing  []*profile.Field // those that are not, in the order of the profile
	NoCode   bool             // the country gives such records a code, and this one has none
}

// Complete reports whether nothing is missing.
func (c Completeness) Complete() bool { return len(c.Missing) == 0 && !c.NoCode }

// Completeness returns what is missing in a record, of the groups that the caller may see
// (KG-ER-7c: incomplete data is answered for).
func (rs *Records) Completeness(ctx context.Context, r Record) (Completeness, error) {
	var c Completeness
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return c, err
	}
	on := rs.tree.Today(ctx)
	if rs.reg.Code != "" && m.Profile.Identifier(rs.reg.Code) != nil {
		c.Required++
		c.NoCode = r.Code == ""
	}
	seen := m.Profile.Conditions(rs.reg.ID, Facts(r.Fields, r.Type, r.above()), on)
	for _, f := range rs.Of(m.Profile).FieldsAt(on) {
		if !slices.Contains(r.Groups, f.Group().ID) || f.RequiredExpr == "" || !seen.Required(f) {
			continue
		}
		c.Required++
		if _, filled := r.Fields[f.ID]; !filled {
			c.Missing = append(c.Missing, f)
		}
	}
	return c, nil
}
