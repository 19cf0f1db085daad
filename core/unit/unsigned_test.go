package unit

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

// Going from number to number finds the signs that this pattern finds.
func TestSignsBeforeNumbersAreLeftOut(t *testing.T) {
	sign := regexp.MustCompile(`(?i)(^|[^\p{L}\p{N}])(?:n|no|nr|num)[\s.:°º]*([0-9])`)
	name := rapid.StringOf(rapid.RuneFrom([]rune("nNoOrumUM .:°º0123аб-№ -")))
	rapid.Check(t, func(t *rapid.T) {
		s := name.Draw(t, "name")
		if got, want := unsigned(s), sign.ReplaceAllString(s, "$1$2"); got != want {
			t.Fatalf("%q: %q, not %q", s, got, want)
		}
	})
}
