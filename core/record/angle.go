package record

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"mektep/core/locale"
)

// angleSigns stand behind degrees, minutes and seconds.
const angleSigns = "°'′’‘\"″”“"

// directed is an angle with the letter of its quarter as the profile reads it, whatever one of some
// languages writes before or behind the figures: K and kuzey for N. Folded, the letter for north in one
// alphabet is that for south in another: letters are compared as they stand.
func directed(s string, langs []*locale.Localizer) string {
	from := strings.IndexFunc(s, func(r rune) bool { return unicode.IsDigit(r) || r == '-' || r == '+' })
	to := strings.LastIndexAny(s, angleSigns)
	if from < 0 || to < from {
		return s
	}
	_, size := utf8.DecodeRuneInString(s[to:])
	to += size
	before, behind := strings.TrimSpace(s[:from]), strings.TrimSpace(s[to:])
	for _, l := range langs {
		for sign, key := range map[string]string{"N": "angle.north", "S": "angle.south", "E": "angle.east", "W": "angle.west"} {
			for word := range strings.SplitSeq(l.T(key), ",") {
				switch word = quarter(l, word); {
				case before == "" && quarter(l, behind) == word:
					return s[from:to] + sign
				case behind == "" && quarter(l, before) == word:
					return sign + s[from:to]
				}
			}
		}
	}
	return s
}

// quarter is a word for a quarter of the sky as it is compared.
func quarter(l *locale.Localizer, s string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, l.Lower(s))
}
