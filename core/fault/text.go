package fault

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Legible reports whether s is text that can be kept and shown as it stands: UTF-8,
// without what stands for a broken character, control characters other than tabs and
// line ends, and those by which a text is read in another order than it is written.
func Legible(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, illegible)
}

func illegible(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return false
	case unicode.IsControl(r), r == utf8.RuneError:
		return true
	}
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// Plain reports whether s is legible, of one line, and has nothing that cannot be seen:
// as a name or a number must be.
func Plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsPrint(r) && !unicode.Is(unicode.Zs, r) || r == utf8.RuneError
	})
}
