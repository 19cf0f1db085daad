package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"mektep/core/caller"
	"mektep/core/profile"
	"mektep/core/tenant"
)

// lost are the ids that what a ministry has entered goes by and that its profile has no more,
// each with how often. Nothing is deleted by that: what hangs on such an id is
// shown again once the profile has the id again.
func (a *App) lost(ctx context.Context, m *tenant.Ministry, p *profile.Profile) (out []string, err error) {
	ctx = caller.With(ctx, caller.System(m.Tenant, "profile", ""))
	register := p.Register("institution")
	for _, k := range []struct {
		text  string // which id, and how often
		used  func(ctx context.Context) (map[string]int, error)
		known func(id string) bool
	}{
		{"the type %q (institutions: %d)", a.Tree.TypesUsed, func(id string) bool { return p.Type(id) != nil }},
		{"the role %q (posts: %d)", a.People.RolesUsed, func(id string) bool { return p.Role(id) != nil }},
		{"the field %q (institutions: %d)", a.Registry.FieldsUsed, func(id string) bool { return register != nil && register.Field(id) != nil }},
	} {
		used, err := k.used(ctx)
		if err != nil {
			return nil, err
		}
		for _, id := range slices.Sorted(maps.Keys(used)) {
			if !k.known(id) {
				out = append(out, fmt.Sprintf(k.text, id, used[id]))
			}
		}
	}
	return out, nil
}

// compare looks, for every ministry, for what it has entered by ids that its profile has no more.
// It is written down, and stands in the operators' console beside the country's notes: whoever
// renames an id is told before people ask where their words are.
func (a *App) compare(ctx context.Context) error {
	all, err := a.Tenants.All(ctx)
	if err != nil {
		return err
	}
	found, errs := map[string][]string{}, []error(nil)
	for _, m := range all {
		country, ok := a.countries.Country(m.Profile)
		if !ok {
			continue
		}
		lost, err := a.lost(ctx, m, country.Profile)
		if err != nil {
			errs = append(errs, fmt.Errorf("compare the profile with what %s has: %w", m.Slug, err))
			continue
		}
		for _, l := range lost {
			found[m.Profile] = append(found[m.Profile], m.Slug+": the profile no longer has "+l)
		}
		if len(lost) > 0 {
			a.Log.Warn("the profile has no more what a ministry's data go by: give it the ids again, or the data stay hidden", "ministry", m.Slug, "profile", m.Profile, "lost", lost)
		}
	}
	a.unknown.Store(&found)
	return errors.Join(errs...)
}

// laws are the countries' with what their ministries have entered that they do not know.
func (a *App) laws() []tenant.Law {
	laws := slices.Clone(a.countries.Laws())
	if found := a.unknown.Load(); found != nil {
		for i := range laws {
			laws[i].Notes = slices.Concat(laws[i].Notes, (*found)[laws[i].ID])
		}
	}
	return laws
}
