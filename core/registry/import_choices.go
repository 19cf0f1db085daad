package registry

import (
	"slices"
	"strings"
	"time"

	"mektep/core/fault"
	"mektep/core/locale"
	"mektep/core/profile"
)

// choices are the words of a list, to be shown to whoever wrote none of them.
type choices fault.List

const (
	shownWhole = 12 // so many words are shown as they are
	shownNear  = 6  // of a longer list so many that are near to what was written
)

// shown is what is shown of a list.
type shown uint8

const (
	wholeList shown = iota
	likeWords       // words of it that are near to what was written
	someWords       // its first words: none is near
)

// near returns what could have been meant: a short list as it is, of a longer one the words
// that share the beginning of a word with what was written, or its first ones.
func (c choices) near(said string) (near fault.List, what shown) {
	if len(c) <= shownWhole {
		return fault.List(c), wholeList
	}
	type scored struct{ k, score int }
	var found []scored
	words := locale.Tokens(said)
	for k := range c {
		names, _ := c[k].(fault.Text)
		most := 0
		for _, name := range names {
			most = max(most, shared(words, locale.Tokens(name)))
		}
		if most > 0 {
			found = append(found, scored{k, most})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int { return b.score - a.score })
	// A word that half the list has (school) is near to nothing.
	if len(found) == 0 || len(found) > shownNear && found[0].score == found[shownNear].score {
		return fault.List(c[:shownNear]), someWords
	}
	for _, f := range found[:min(len(found), shownNear)] {
		near = append(near, c[f.k])
	}
	return near, likeWords
}

// shared counts the words of a that begin as one of b does.
func shared(a, b []string) int {
	const enough = 4 // letters
	n := 0
	for _, w := range a {
		if slices.ContainsFunc(b, func(v string) bool {
			return w == v || len(w) >= enough && strings.HasPrefix(v, w[:enough]) || locale.OneMistake(w, v)
		}) {
			n++
		}
	}
	return n
}

// unknownType is the fault of a type that there is not.
func unknownType(p *profile.Profile, on time.Time, said string) (key string, args fault.Args) {
	var all choices
	for _, t := range p.TypesAt(on) {
		all = append(all, fault.Text(t.Name))
	}
	near, what := all.near(said)
	if key = "import.row.unknown_type"; what == likeWords {
		key = "import.row.unknown_type_near"
	}
	return key, fault.Args{"Choices": near}
}
