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
		v.Roles = append(v.Roles, policy.Role{ID: r.ID, Levels: []string{r.Level}, Personal: r.Personal()})
	}
	for i := range p.Registers {
		for k := range p.Registers[i].Groups {
			v.Groups = append(v.Groups, p.Registers[i].Groups[k].Object())
		}
	}
	return v
}
