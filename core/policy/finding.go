package policy

import (
	"fmt"
	"strings"

	"mektep/core/finding"
)

// Finding is one mistake in a policy file.
type Finding = finding.Finding

// Findings are the mistakes of a reading, in the order of files and lines.
type Findings = finding.List

// unknown words a message about a word that nobody knows, with the nearest that
// somebody does.
func unknown(what, got string, known []string) string {
	hint := finding.DidYouMean(got, known)
	if letter := finding.LookAlike(got, strings.Join(known, "")+"§"); hint == "" && letter != "" {
		hint = " (" + strings.TrimSpace(letter) + ")" // what looks right and is not
	}
	return fmt.Sprintf("unknown %s %q", what, got) + hint
}

// unknownRole is unknown for a role; where none is near, it says where roles come from.
func unknownRole(got string, known []string) string {
	if finding.DidYouMean(got, known) != "" {
		return unknown("role", got, known)
	}
	return unknown("role", got, nil) + ": roles stand in the profile's roles.yaml"
}
