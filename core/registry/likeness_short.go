package registry

import (
	"slices"
	"strings"

	"mektep/core/profile"
	"mektep/core/unit"
)

// compounds are what a type is called whose name ends in another's, by what that one is called
// and shortened to: İmam Hatip O.O. of İmam Hatip Ortaokulu.
func compounds(t *profile.Type, types []profile.Type, said map[string][]string) (out []string) {
	for lang, name := range t.Name {
		words := unit.LikeWords(name)
		for k := range types {
			end := unit.LikeWords(types[k].Name[lang])
			if len(end) == 0 || len(end) >= len(words) || !slices.Equal(words[len(words)-len(end):], end) {
				continue
			}
			head := strings.Join(words[:len(words)-len(end)], " ")
			for _, s := range said[types[k].ID] {
				out = append(out, head+" "+s)
			}
		}
	}
	return out
}

// part is a word of a name, folded; short: its rest was left out, with a point.
type part struct {
	word  string
	short bool
}

// spelled are the words of a name, of which those at either end that shorten what its type is
// called are written out: And. Lis., Mes. ve Tek. A.L.
func (l *likeness) spelled(name, typ string) []string {
	words := unit.LikeWords(name)
	if !strings.Contains(name, ".") {
		return words
	}
	var parts []part
	for field := range strings.FieldsSeq(strings.ReplaceAll(name, ".", ". ")) {
		said := unit.LikeWords(field)
		for k, w := range said {
			parts = append(parts, part{w, k == len(said)-1 && strings.HasSuffix(field, ".")})
		}
	}
	if len(parts) != len(words) { // the words are others beside one another
		return words
	}
	for _, full := range l.spelt[typ] {
		for _, at := range []int{len(parts) - len(full), 0} {
			if at >= 0 && len(full) < len(parts) && shortens(parts[at:at+len(full)], full) {
				return slices.Replace(words, at, at+len(full), full...)
			}
		}
	}
	return words
}

// shortens reports words that say others, some of them cut short.
func shortens(parts []part, full []string) bool {
	short := false
	for k, p := range parts {
		switch {
		case p.short && shortensOne(p.word, full[k]):
			short = true
		case p.word != full[k]:
			return false
		}
	}
	return short
}

// shortensOne reports that a word has letters of another in their order, from its first on: Tek. of
// Teknik, And. of Anadolu.
func shortensOne(short, full string) bool {
	if short == "" || short[0] != full[0] {
		return false
	}
	for k := range len(short) {
		at := strings.IndexByte(full, short[k])
		if at < 0 {
			return false
		}
		full = full[at+1:]
	}
	return true
}

// placeless are words without the name of a region or district that they begin or end with, as
// long as others stay.
func (l *likeness) placeless(words []string) []string {
	if l.areas == nil {
		l.areas = []string{}
		for u := range l.above.All() {
			if u.Level == unit.Region || u.Level == unit.District {
				for _, name := range u.Name {
					l.areas = append(l.areas, strings.Join(unit.LikeWords(name), ""))
				}
			}
		}
		slices.Sort(l.areas)
	}
	is := func(some []string) bool {
		_, found := slices.BinarySearch(l.areas, strings.Join(some, ""))
		return found
	}
	for n := min(len(words)-1, 2); n > 0; n-- {
		if is(words[:n]) {
			return l.placeless(words[n:])
		}
		if is(words[len(words)-n:]) {
			return l.placeless(words[:len(words)-n])
		}
	}
	return words
}
