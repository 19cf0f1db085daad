package gate

import (
	"mektep/core/policy"
	"mektep/core/profile"
)

// Vocabulary gives the words that a country's policy files may use: the roles,
// field groups and legal bases of its profile.
func Vocabulary(p *profile.Profile) policy.Vocabulary {
	v := policy.Vocabulary{Country: p.ID, Laws: func(ref string) bool { return p.Law(ref) != nil }}
	for i := range p.Roles {
		r := &p.Roles[i]
		role := policy.Role{ID: r.ID, Levels: []string{r.Level}, Personal: r.Personal(), Needs: needs(r)}
		for _, g := range r.GrantedBy {
			role.Givers = append(role.Givers, g.Role)
		}
		v.Roles = append(v.Roles, role)
	}
	for i := range p.Registers {
		for k := range p.Registers[i].Groups {
			g := &p.Registers[i].Groups[k]
			v.Groups = append(v.Groups, g.Object())
			if g.Category == "personal" || g.Category == "special" {
				v.People = append(v.People, g.Object())
			}
		}
	}
	return v
}

// needs is what the profile demands before somebody may use a role, in its own words.
func needs(r *profile.Role) (out []string) {
	if r.Order == "required" {
		out = append(out, "order: required")
	}
	if r.Identification == "required" {
		out = append(out, "identification: required")
	}
	for _, b := range r.BeforeUse {
		out = append(out, "before_use: "+b)
	}
	if r.Guarded {
		out = append(out, "guarded: true")
	}
	return out
}
