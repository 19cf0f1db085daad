package registry

import (
	"slices"
	"strings"
	"unicode"

	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/unit"
)

// placeKinds are the words by which people say what kind of place one is (district,
// ilçesi, обл., г.), and which of them say the same. Locale files have them in groups;
// what a profile calls its levels, and the names of one place in several languages,
// join the groups of languages.
type placeKinds struct {
	same    map[string]string // folded word → one that says the same, down to the one that stands for all
	endings []string          // folded, of adjectives made of a place's name, longest first
	used    map[string]bool   // kinds that the places of the territory have
}

func newPlaceKinds(p *profile.Profile, words *locale.Bundle) *placeKinds {
	k := &placeKinds{same: map[string]string{}, used: map[string]bool{}}
	for _, lang := range words.Languages() {
		for group := range strings.SplitSeq(words.Localizer(lang.Tag).T("import.also.place"), ";") {
			var same []string
			for w := range strings.SplitSeq(group, ",") {
				if w = strings.TrimSpace(w); strings.HasPrefix(w, "-") {
					k.endings = append(k.endings, locale.Compact(w))
				} else {
					same = append(same, locale.Fold(w))
				}
			}
			k.join(same...)
		}
	}
	for _, level := range []string{unit.Region, unit.District} {
		var same []string
		if l := p.Level(level); l != nil {
			for _, name := range l.Name {
				name, _, _ = strings.Cut(name, "(") // what stands behind is another kind
				if w := locale.Fold(name); !strings.Contains(w, " ") {
					same = append(same, w)
				}
			}
		}
		k.join(same...)
	}
	slices.SortFunc(k.endings, func(a, b string) int { return len(b) - len(a) })
	return k
}

// join says that words mean the same kind of place.
func (k *placeKinds) join(words ...string) {
	first := ""
	for _, w := range words {
		switch {
		case w == "":
		case first == "":
			if first = k.of(w); first == "" {
				first, k.same[w] = w, w
			}
		default:
			if old := k.of(w); old != "" {
				k.same[old] = first
			}
			k.same[w] = first
		}
	}
}

// of returns the word that stands for a kind; empty for a word that says none.
func (k *placeKinds) of(w string) string {
	for {
		up := k.same[w]
		if up == w || up == "" {
			return up
		}
		w = up
	}
}

// part parts what a place is called into its own name and the kinds that it says.
func (k *placeKinds) part(name string) (own []string, kinds []string) {
	words := strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(".,()", r) })
	for _, w := range words {
		w = locale.Fold(w)
		if kind := k.of(w); kind != "" {
			kinds = append(kinds, kind)
		} else if w = strings.ReplaceAll(w, " ", ""); w != "" {
			own = append(own, w)
		}
	}
	return own, kinds
}

// stem is a place's own name, as people leave out, shorten or add what kind it is.
func (k *placeKinds) stem(name string) string {
	own, _ := k.part(name)
	return strings.Join(own, "")
}

// root is a stem without the endings of adjectives: Узгенский, Узгенского, Узген.
func (k *placeKinds) root(name string) string {
	own, _ := k.part(name)
	for n, w := range own {
		for _, end := range k.endings {
			if cut, ends := strings.CutSuffix(w, end); ends && len(cut) > 1 {
				own[n] = cut
				break
			}
		}
	}
	return strings.Join(own, "")
}

// learn notes which kinds a place has: its names in all languages say the same ones.
func (k *placeKinds) learn(u *unit.Unit) {
	for _, name := range u.Name {
		_, kinds := k.part(name)
		for _, kind := range kinds {
			k.used[kind] = true
		}
		k.join(kinds...)
	}
}

// narrow leaves out the places that are of another kind than was said.
func (k *placeKinds) narrow(found []*unit.Unit, said string) []*unit.Unit {
	_, words := k.part(said)
	kinds := map[string]bool{}
	for _, w := range words {
		kinds[k.of(w)] = true
	}
	if len(kinds) == 0 || !k.anywhere(kinds) {
		return found
	}
	return slices.DeleteFunc(slices.Clone(found), func(u *unit.Unit) bool {
		none := true
		for _, name := range u.Name {
			_, words := k.part(name)
			for _, w := range words {
				if none = false; kinds[k.of(w)] {
					return false
				}
			}
		}
		return !none
	})
}

// anywhere reports whether any place of the territory says one of the kinds.
func (k *placeKinds) anywhere(kinds map[string]bool) bool {
	for w := range k.used {
		if kinds[k.of(w)] {
			return true
		}
	}
	return false
}
