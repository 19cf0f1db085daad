package identity

import (
	"slices"
	"strings"

	"mektep/core/locale"
)

// nameWords are the words of somebody's name, folded, so that scripts and their ways of
// transliteration meet.
type nameWords struct {
	family     []string
	words      []string // of family and given names
	patronymic []string
}

func namesOf(family, given, patronymic string) nameWords {
	return nameWords{locale.Tokens(family), locale.Tokens(family + " " + given), locale.Tokens(patronymic)}
}

func (n nameWords) all() []string { return slices.Concat(n.words, n.patronymic) }

// fuzzy is how long a word must be before a letter more, less or other is a slip: Kaya
// and Kara are two names.
const fuzzy = 5

// halves returns the words of a name with the halves by which a word is looked for that
// differs in one letter: one of the two is as it was. Of an initial the word begins with it.
func (n nameWords) halves() (words, heads, tails []string) {
	for _, w := range n.all() {
		if slices.Contains(words, w) {
			continue
		}
		head, tail := "", ""
		switch r := []rune(w); {
		case len(r) == 1:
			head = w
		case len(r) >= fuzzy-1:
			head, tail = string(r[:len(r)/2]), string(r[(len(r)+1)/2:])
		}
		words, heads, tails = append(words, w), append(heads, head), append(tails, tail)
	}
	return words, heads, tails
}

// like says why two names may be one person's; empty: they may not. All the words of the
// shorter one must meet, or more than half of all, a family name among them; two at least
// where both have two, and one of them written out: a further word, an initial, a letter
// or the order part nobody. Patronymics that differ make two people unless all else is the same.
func (n nameWords) like(o nameWords) string {
	apart := len(n.patronymic) > 0 && len(o.patronymic) > 0 && !met(n.patronymic, o.patronymic).enough()
	m := met(n.words, o.words)
	switch {
	case apart && m.exact && m.all():
		return OtherFathers
	case apart:
		return ""
	case m.enough() && m.exact && m.all():
		return SameName
	case m.enough() && (m.met == m.shorter || met(n.family, o.family).solid), met(n.words, o.all()).whole(len(n.words)), met(n.all(), o.words).whole(len(o.words)):
		return SimilarName
	}
	return ""
}

// meeting is how many words of two lists meet.
type meeting struct {
	shorter, longer int // lengths of the lists
	met             int
	exact           bool // all that met are the same
	solid           bool // one of them is written out
}

func met(a, b []string) meeting {
	m := meeting{shorter: min(len(a), len(b)), longer: max(len(a), len(b)), exact: true}
	left := slices.Clone(b)
	pair := func(w string, same func(a, b string) bool) bool {
		i := slices.IndexFunc(left, func(o string) bool { return same(w, o) })
		if i < 0 {
			return false
		}
		m.met, m.solid = m.met+1, m.solid || len(w) > 2 && len(left[i]) > 2
		left = slices.Delete(left, i, i+1)
		return true
	}
	var others []string
	for _, w := range a {
		if !pair(w, func(a, b string) bool { return a == b }) {
			others = append(others, w)
		}
	}
	for _, w := range others {
		if pair(w, nearly) {
			m.exact = false
		}
	}
	return m
}

func (m meeting) all() bool {
	return m.shorter == m.longer && m.met == m.longer && m.met > 0 && m.solid
}

func (m meeting) enough() bool {
	return m.solid && m.met >= min(2, m.shorter) && (m.met == m.shorter || 2*m.met > m.longer)
}

// whole reports whether all the words of a name of two or more were met.
func (m meeting) whole(words int) bool { return m.solid && words >= 2 && m.met == words }

// nearly reports whether two words may be one: an initial, or a letter more, less or other.
func nearly(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	switch {
	case len(x) == 1:
		return strings.HasPrefix(string(y), string(x))
	case len(y) < fuzzy || len(y)-len(x) > 1:
		return false
	}
	i := 0
	for i < len(x) && x[i] == y[i] {
		i++
	}
	rest := x[i:]
	if len(x) == len(y) && i < len(x) {
		rest = x[i+1:]
	}
	return string(rest) == string(y[min(i+1, len(y)):])
}
