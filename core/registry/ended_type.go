package registry

import (
	"time"

	"mektep/core/fault"
	"mektep/core/profile"
)

// noType says why nothing can be of a type on a day: there is none of that name, or it has
// ended, and what came of it.
func noType(p *profile.Profile, id string, on time.Time) (key string, args fault.Args) {
	t := p.Type(id)
	if t == nil || t.Until == 0 || profile.DateOf(on) <= t.Until {
		return "institution.no_type", nil
	}
	args = fault.Args{"Type": fault.Text(t.Name), "Until": t.Until.Time()}
	heir := successor(p, t, on)
	if heir == nil {
		return "institution.type_ended", args
	}
	args["Successor"] = fault.Text(heir.Name)
	return "institution.type_ended_into", args
}

// successor is the type that a type has become by a day; nil: none that the profile knows.
func successor(p *profile.Profile, t *profile.Type, on time.Time) *profile.Type {
	for range p.Types { // a type may have ended that another became
		if t = p.Type(t.Successor); t == nil || t.Holds(profile.DateOf(on)) {
			return t
		}
	}
	return nil
}
