package record

import (
	"context"
	"slices"
	"time"

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
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return Completeness{}, err
	}
	return rs.lacks(m.Profile, r.Head, r.above(), r.Fields, rs.tree.Today(ctx), func(group string) bool { return slices.Contains(r.Groups, group) }), nil
}

// Lacking are the fields of some groups that must stand in a record below a unit of a level, as
// its others are, and do not.
func (rs *Records) Lacking(p *profile.Profile, h Head, level string, fields map[string]any, on time.Time, of func(group string) bool) []*profile.Field {
	return rs.lacks(p, h, level, fields, on, of).Missing
}

// lacks is what is missing in a record below a unit of a level, of some groups.
func (rs *Records) lacks(p *profile.Profile, h Head, level string, fields map[string]any, on time.Time, of func(group string) bool) Completeness {
	var c Completeness
	if rs.reg.Code != "" && p.Identifier(rs.reg.Code) != nil {
		c.Required++
		c.NoCode = h.Code == ""
	}
	seen := p.Conditions(rs.reg.ID, Facts(fields, h.Type, level), on)
	for _, f := range rs.Of(p).FieldsAt(on) {
		if f.RequiredExpr == "" || !of(f.Group().ID) || !seen.Required(f) {
			continue
		}
		c.Required++
		if _, filled := fields[f.ID]; !filled {
			c.Missing = append(c.Missing, f)
		}
	}
	return c
}
