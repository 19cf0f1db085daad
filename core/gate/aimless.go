package gate

import (
	"fmt"
	"slices"
	"strings"

	"mektep/core/finding"
	"mektep/core/policy"
	"mektep/core/profile"
)

// beyond are things of which rules may speak and that are no objects of the policy: what
// opens and closes a section, and holding two posts at once.
var beyond = []string{"section", "section:open", "appointment:hold"}

// Aimless notes what a profile's rules say they are about and what the policy knows
// nothing of: no refusal would ever name them for it.
func Aimless(p *profile.Profile, e *policy.Effective) (notes finding.List) {
	if e == nil {
		return nil
	}
	for i := range p.Rules {
		for _, about := range p.Rules[i].About {
			if slices.Contains(beyond, about) || known(e, about) {
				continue
			}
			notes = append(notes, finding.Finding{
				File: p.ID + "/law.yaml", Line: 1, Column: 1, Code: "AIMLESS", Note: true,
				Message: fmt.Sprintf("%s is about %q, which is no object or action of the policy", p.Rules[i].ID, about),
			})
		}
	}
	return notes
}

func known(e *policy.Effective, about string) bool {
	things, action, narrowed := strings.Cut(about, ":")
	whole, all := strings.CutSuffix(things, "*")
	return slices.ContainsFunc(e.Objects(), func(object string) bool {
		return (object == things || all && strings.HasPrefix(object, whole)) && (!narrowed || slices.Contains(e.Actions(object), action))
	})
}
