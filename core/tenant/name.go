package tenant

import (
	"context"
	"maps"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
)

// Rename gives a ministry other names, by language; those of its official languages
// are obligatory, and a language that is left out loses its name. Its own tree takes
// the names from today on, and its own trail says so; where it can't, the directory keeps
// the old ones. Where only the tree has come to have them, a second call does the rest.
//
// Faults: Denied; NotFound; Invalid with every faulty field, "name.<language>";
// Conflict while it is being set up.
func (s *Service) Rename(ctx context.Context, slug string, names map[string]string) error {
	names = Plan{Name: names}.ready().Name
	free, err := s.twice(ctx)
	if err != nil {
		return err
	}
	defer free()
	_, err = s.change(ctx, slug, act("rename", slug, ""), func(within context.Context, tx *db.Tx, m *Ministry) error {
		if m.State == Preparing {
			return fault.New(fault.Conflict, "tenant.wrong_state").With("State", fault.Key("tenant.state."+string(m.State)))
		}
		country, _ := s.countries.Country(m.Profile)
		if bad := badNames(fault.New(fault.Invalid, "tenant.invalid"), country, names).OrNil(); bad != nil {
			return bad
		}
		if err := setName(within, tx, m.ID, names, s.clock.Now()); err != nil {
			return err
		}
		return s.renameRoot(s.as(ctx, m), m.Name, names)
	})
	return err
}

func (s *Service) renameRoot(ctx context.Context, old, names map[string]string) error {
	return s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		root, err := s.tree.Root(ctx)
		if err != nil || maps.Equal(root.Name, names) {
			return err
		}
		if err := s.tree.Rename(ctx, root, names, s.tree.Today(ctx), ""); err != nil {
			return err
		}
		if s.wiring.Trail == nil {
			return nil
		}
		return s.wiring.Trail.Record(ctx, tx, audit.Entry{
			Action: "rename", Object: "unit", Target: root.UID, UnitPath: root.Path,
			Changes: []audit.Change{{Field: "name", Old: old, New: names}},
		})
	})
}

// badNames adds what is wrong with a ministry's names.
func badNames(bad *fault.Error, country gate.Ministry, names map[string]string) *fault.Error {
	required := func(tag string) bool {
		for _, official := range country.Profile.Languages.Official {
			if official == tag {
				return true
			}
		}
		return false
	}
	for _, tag := range country.Profile.Languages.Offered {
		switch {
		case names[tag] == "" && required(tag):
			bad = bad.WithField("name."+tag, "tenant.name_required", fault.Args{"Language": fault.Key("language." + tag)})
		case len([]rune(names[tag])) > maxName:
			bad = bad.WithField("name."+tag, "field.too_long", fault.Args{"Max": maxName})
		case !fault.Plain(names[tag]):
			bad = bad.WithField("name."+tag, "field.plain", nil)
		}
	}
	return bad
}
