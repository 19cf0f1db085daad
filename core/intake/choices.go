package intake

import (
	"slices"
	"strings"

	"mektep/core/fault"
	"mektep/core/locale"
)

// Choices are the words of a list, to be shown to whoever wrote none of them.
type Choices fault.List

const (
	shownWhole = 12 // so many words are shown as they are
	ShownNear  = 6  // of a longer list so many that are near to what was written
)

// Shown is what is shown of a list.
type Shown uint8

const (
	WholeList Shown = iota
	LikeWords       // words of it that are near to what was written
	SomeWords       // its first words: none is near
)

// Near returns what could have been meant: a short list as it is, of a longer one the words
// that share the beginning of a word with what was written, or its first ones.
func (c Choices) Near(said string) (near fault.List, what Shown) {
	if len(c) <= shownWhole {
		return fault.List(c), WholeList
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
	if len(found) == 0 || len(found) > ShownNear && found[0].score == found[ShownNear].score {
		return fault.List(c[:ShownNear]), SomeWords
	}
	for _, f := range found[:min(len(found), ShownNear)] {
		near = append(near, c[f.k])
	}
	return near, LikeWords
}

// shared counts the words of a that begin as one of b does.
func shared(a, b []string) int {
	const enough, longestEnding = 4, 2 // letters
	n := 0
	for _, w := range a {
		if slices.ContainsFunc(b, func(v string) bool {
			return w == v || len(w) >= enough && strings.HasPrefix(v, w[:enough]) || len(v)-len(w) <= longestEnding && locale.OneMistake(w, v)
		}) {
			n++
		}
	}
	return n
}
