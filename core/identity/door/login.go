package door

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// FoldLogin is the form in which logins are kept and compared. What the keyboards
// of our languages do to Latin letters (İ ı ş ç) is undone.
func FoldLogin(s string) string {
	s = strings.NewReplacer("İ", "i", "ı", "i").Replace(norm.NFKC.String(strings.TrimSpace(s)))
	s = norm.NFD.String(strings.ToLower(s))
	return strings.Map(func(r rune) rune {
		if unicode.IsMark(r) || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// MaxLogin is the length of the longest login.
const MaxLogin = 64

// ValidLogin reports whether a folded login is one: Latin letters, digits and
// . _ - @ +, beginning with a letter or digit, 3 to 64 of them.
func ValidLogin(s string) bool {
	if len(s) < 3 || len(s) > MaxLogin {
		return false
	}
	for i, r := range s {
		word := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		if !word && (i == 0 || !strings.ContainsRune("._-@+", r)) {
			return false
		}
	}
	return true
}
