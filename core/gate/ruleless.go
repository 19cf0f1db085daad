package gate

import (
	"fmt"
	"slices"
	"strings"

	"mektep/core/fault"
	"mektep/core/finding"
	"mektep/core/policy"
	"mektep/core/profile"
)

// Ruleless notes the legal bases that a refusal can cite and to which law.yaml names no
// rule: whoever is refused on them would be told the law and not what it demands.
func Ruleless(p *profile.Profile, e *policy.Effective) (notes finding.List) {
	var refs []string
	for i := range p.Roles {
		refs = append(refs, p.Roles[i].Source)
		for _, g := range p.Roles[i].GrantedBy {
			refs = append(refs, g.Source)
		}
	}
	for i := range p.Switches {
		refs = append(refs, p.Switches[i].Source)
	}
	for i := range p.Sections {
		refs = append(refs, p.Sections[i].Source)
	}
	for i := range p.Undertakings {
		refs = append(refs, p.Undertakings[i].Source)
	}
	for _, y := range p.SchoolYears() {
		for i := range y.Windows {
			refs = append(refs, y.Windows[i].Source)
		}
	}
	for i := range p.Registers {
		for _, g := range p.Registers[i].Groups {
			if g.Owner != "" && g.Owner != "self" {
				refs = append(refs, g.Basis.Law, g.Basis.Duty)
			}
		}
	}
	if e != nil {
		refs = append(refs, e.Sources()...)
	}
	slices.Sort(refs)
	for _, ref := range slices.Compact(refs) {
		if ref == "" || strings.HasPrefix(ref, fault.Own) || p.RuleOf(ref) != "" {
			continue
		}
		notes = append(notes, finding.Finding{
			File: p.ID + "/law.yaml", Line: 1, Column: 1, Code: "RULELESS", Note: true,
			Message: fmt.Sprintf("refusals can cite %s, and no rule rests on it: name it as the source of a rule, or under also", ref),
		})
	}
	return notes
}
