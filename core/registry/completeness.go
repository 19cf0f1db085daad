package registry

import (
	"context"

	"mektep/core/profile"
)

// Completeness says how much of what must stand in a passport stands there.
type Completeness struct {
	Required int              // fields that must be filled in, the institution code included
	Missing  []*profile.Field // those that are not, in the order of the profile
	NoCode   bool             // the country gives its institutions a code, and this one has none
}

// Complete reports whether nothing is missing.
func (c Completeness) Complete() bool { return len(c.Missing) == 0 && !c.NoCode }

// Completeness returns what is missing in an institution's passport, of the
// groups that the caller may see (KG-ER-7c: incomplete data is answered for).
func (s *Service) Completeness(ctx context.Context, i Institution) (Completeness, error) {
	var c Completeness
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return c, err
	}
	level := ""
	if n := len(i.Place); n > 0 {
		level = i.Place[n-1].Level
	}
	on := s.tree.Today(ctx)
	if m.Profile.Identifier("institution_code") != nil {
		c.Required++
		c.NoCode = i.Code == ""
	}
	seen := map[string]bool{}
	for _, g := range i.Groups {
		seen[g] = true
	}
	rec := record(i.Fields, i.Type, level)
	for _, f := range m.Profile.Register(Institutions).FieldsAt(on) {
		if !seen[f.Group().ID] || f.RequiredExpr == "" || !f.Required(rec, on) {
			continue
		}
		c.Required++
		if _, filled := i.Fields[f.ID]; !filled {
			c.Missing = append(c.Missing, f)
		}
	}
	return c, nil
}
