package screen_test

import (
	"testing"

	"mektep/core/web/screen"
)

// Browsers leave tabs and line ends out of an address before they read it.
func TestLocalLeadsNowhereElse(t *testing.T) {
	for _, to := range []string{
		"", "home", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "/\n/evil.example", "/home\r\nSet-Cookie: a=b", "/\x00/evil.example", "/\x7f",
	} {
		if got := screen.Local(to); got != "/" {
			t.Errorf("%q leads to %q", to, got)
		}
	}
	for _, to := range []string{"/", "/home", "/institutions?words=Ата-Бейит&after=1.2", "/institutions?to=//x"} {
		if got := screen.Local(to); got != to {
			t.Errorf("%q leads to %q", to, got)
		}
	}
}
