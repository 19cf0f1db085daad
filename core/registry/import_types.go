package registry

import "mektep/core/profile"

// typeWords are the types of institution by what a file may call them: id, name in
// any language, short name, other spellings.
func typeWords(p *profile.Profile) map[string]string {
	words := map[string]string{}
	add := func(id string, names ...string) {
		for _, s := range names {
			if s = compact(s); s != "" && words[s] == "" {
				words[s] = id
			}
		}
	}
	for k := range p.Types {
		add(p.Types[k].ID, p.Types[k].ID)
	}
	for k := range p.Types {
		t := &p.Types[k]
		for _, s := range t.Name {
			add(t.ID, s)
		}
		for _, s := range t.Short {
			add(t.ID, s)
		}
		add(t.ID, t.Aliases...)
	}
	return words
}
