package profile

import (
	"maps"
	"strings"
)

// Called is what a field of a register is called, by its id or by how a request names it; nil
// where no register has it, or two call it otherwise.
func (p *Profile) Called(id string) map[string]string {
	_, within, prefixed := strings.Cut(id, "fields.")
	if prefixed {
		id = within
	}
	var name Text
	for i := range p.Registers {
		f := p.Registers[i].Field(id)
		if f == nil {
			continue
		}
		if name != nil && !maps.Equal(name, f.Name) {
			return nil
		}
		name = f.Name
	}
	return name
}
