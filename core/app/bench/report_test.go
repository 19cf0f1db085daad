package main

import "testing"

// TestAPartOfTheReportLeavesTheOthers: a whole run does not erase what stands apart,
// and a part that is measured again stands once.
func TestAPartOfTheReportLeavesTheOthers(t *testing.T) {
	file := merge("", "", "# Benchmarks\n\nold\n")
	file = merge(file, "Standby", "## Standby\n\nfirst\n")
	file = merge(file, "Other", "## Other\n\nstays\n")
	file = merge(file, "Standby", "## Standby\n\nsecond\n")
	file = merge(file, "", "# Benchmarks\n\nnew\n")
	const want = "# Benchmarks\n\nnew\n\n## Standby\n\nsecond\n\n## Other\n\nstays\n"
	if file != want {
		t.Errorf("got %q", file)
	}
}
