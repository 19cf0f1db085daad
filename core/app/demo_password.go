package app

import (
	"fmt"
	"strings"

	"mektep/core/identity/door"
)

// fits says, before anything is made, whose password the one chosen for all can't be.
func (a *App) fits(b *demoBook, ministries []demoMinistry) error {
	if b.password == "" {
		return nil
	}
	for _, m := range ministries {
		country, ok := a.countries.Country(m.Profile)
		if !ok {
			return a.countries.whyNot(m.Profile)
		}
		least := int(country.Profile.Limit("password_min_length", a.Clock.Today(country.Profile.Zone)))
		for _, p := range m.People {
			if b.has(m.Slug, p.Login) {
				continue
			}
			if err := door.CheckPassword(b.password, least, append(strings.Fields(p.Name), p.Login)...); err != nil {
				return fmt.Errorf("MEKTEP_DEMO_PASSWORD can't be the password of %s in %s, and nothing has been made: %w", p.Login, m.Slug, a.explain(err))
			}
		}
	}
	return nil
}
