package registry

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/unit"
)

// likeness compares what institutions of one type and place are called beyond letters: what the
// type itself is called or shortened to says nothing of which one is meant, nor do the place
// that it lies in and the words that a name may bear or not. By it files, forms and programs
// alike ask whether another is meant.
type likeness struct {
	*typeNames
	above  unit.Places
	called map[int64][]string // what a place and those above it are called, folded; as they are asked for
	areas  []string           // what all regions and districts are called, folded and in order; nil: not asked for yet
}

// newLikeness compares within a territory.
func newLikeness(p *profile.Profile, territory unit.Places) *likeness {
	return &likeness{typeNames: profile.Derive(p, nil, func() *typeNames { return newTypeNames(p) }), above: territory, called: map[int64][]string{}}
}

// typeNames are the words of a profile that say nothing of which institution is meant. They
// never change.
type typeNames struct {
	types map[string][]string   // what a type is called, folded, the longest first
	spelt map[string][][]string // the words of what it is called in full, folded
	idle  []string              // words that names bear or not, folded
}

func newTypeNames(p *profile.Profile) *typeNames {
	l := &typeNames{types: map[string][]string{}, spelt: map[string][][]string{}}
	said := make(map[string][]string, len(p.Types))
	for k := range p.Types {
		t := &p.Types[k]
		all := slices.Clone(t.Aliases)
		for _, name := range t.Name {
			all = append(all, name)
		}
		for _, short := range t.Short {
			all = append(all, short)
		}
		said[t.ID] = all
	}
	for k := range p.Types {
		t := &p.Types[k]
		all := slices.Concat(said[t.ID], compounds(t, p.Types, said))
		for _, s := range all { // as they are written where letters were lost
			if lost := withoutMarked(s); lost != s && len(unit.Look(lost)) > shortestPart {
				all = append(all, lost)
			}
			if words := unit.LikeWords(s); !strings.Contains(s, ".") && len(words) > 0 {
				l.spelt[t.ID] = append(l.spelt[t.ID], words)
			}
		}
		l.types[t.ID] = foldedWords(all)
	}
	l.idle = foldedWords(p.NameWords)
	return l
}

// place is what a place and those above it are called.
func (l *likeness) place(id int64) []string {
	said, asked := l.called[id]
	if asked {
		return said
	}
	for u := l.above.ByID(id); u != nil && (u.Level == unit.Region || u.Level == unit.District); u = l.above.ByID(placeOf(*u)) {
		for _, name := range u.Name {
			said = append(said, name)
		}
	}
	l.called[id] = foldedWords(said)
	return l.called[id]
}

// placeOf is the id of the unit that another belongs to; 0: none.
func placeOf(u unit.Unit) int64 {
	if u.ParentID == nil {
		return 0
	}
	return *u.ParentID
}

// likeness is by what an institution is held against others of its place.
func (s *Service) likeness(ctx context.Context) (unit.Forms, error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	territory, err := s.tree.Places(ctx)
	if err != nil {
		return nil, err
	}
	l := newLikeness(m.Profile, territory)
	type asked struct {
		name, typ string
		place     int64
	}
	found := map[asked][]string{} // the same names are held against many
	return func(name, typ string, place int64) []string {
		key := asked{name, typ, place}
		if _, before := found[key]; !before {
			found[key] = l.forms(name, typ, place)
		}
		return found[key]
	}, nil
}

// foldedWords are texts by which words are found, each once and the longest first.
func foldedWords(said []string) []string {
	out := make([]string, 0, len(said))
	for _, s := range said {
		if s = strings.Join(unit.LikeWords(s), ""); s != "" {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(out)
}

// longestEnding is how many letters an inflected word of a type has more: Anaokul-u.
const longestEnding = 2

// forms are what a name of a type comes down to in a place, as it is and with the letters lost
// that keyboards and encodings lack.
func (l *likeness) forms(name, typ string, place int64) []string {
	whole := l.of(name, typ, place)
	if whole == "" {
		return nil
	}
	if without := withoutMarked(name); without != name {
		if lost := l.of(without, typ, place); lost != whole && len(lost) >= shortestPart {
			return []string{whole, lost}
		}
	}
	return []string{whole}
}

// of is what stays of a name of a type in a place; all of it where nothing else would. Where a
// number stands says nothing.
func (l *likeness) of(name, typ string, place int64) string {
	return strings.Join(numbersLast(l.words(name, typ, place)), "")
}

// numbersLast are words with those that are numbers behind the others.
func numbersLast(words []string) []string {
	numbered := func(w string) bool { return strings.ContainsFunc(w, unicode.IsNumber) }
	slices.SortStableFunc(words, func(a, b string) int {
		switch {
		case numbered(a) == numbered(b):
			return 0
		case numbered(a):
			return 1
		}
		return -1
	})
	return words
}

// ways are what can stay of a name of whatever type, and without a place at its ends, each once:
// words with blanks between.
func (l *likeness) ways(name string) []string {
	var out []string
	all := unit.LikeWords(name)
	for typ := range l.types {
		words := all
		if strings.Contains(name, ".") {
			words = l.spelled(name, typ)
		}
		rest := l.rest(words, typ, 0)
		for _, left := range [][]string{rest, l.placeless(rest)} {
			if said := strings.Join(numbersLast(slices.Clone(left)), " "); said != "" && !slices.Contains(out, said) {
				out = append(out, said)
			}
		}
	}
	return out
}

// same reports that a list writes the name of an institution of a type as the register does, but
// for capitals, and for letters and words that it leaves out or shortens. Letters that the
// register lacks and the list has are a correction, and so is another order.
func (l *likeness) same(said, name, typ string, place int64) bool {
	join := func(name string) string { return strings.Join(l.words(name, typ, place), "") }
	return join(said) == join(name) && l.marked(said, typ, place) <= l.marked(name, typ, place)
}

// marked counts the letters, of what stays of a name of a type, that people without the keyboard
// of its language write as others.
func (l *likeness) marked(name, typ string, place int64) int {
	n, rest := 0, l.words(name, typ, place)
	for w := range strings.FieldsSeq(name) {
		if !slices.ContainsFunc(unit.LikeWords(w), func(s string) bool { return slices.Contains(rest, s) }) {
			continue
		}
		for _, r := range w {
			if isMarked(r) {
				n++
			}
		}
	}
	return n
}

// isMarked reports that a letter is written as another, or not at all, where its language's is
// not at hand: also a capital whose small letter everybody has.
func isMarked(r rune) bool {
	small := unicode.ToLower(r)
	return unicode.IsLetter(r) && (locale.Fold(string(r)) != string(small) || r > unicode.MaxASCII && small <= unicode.MaxASCII)
}

// withoutMarked is a text that has lost the marked letters of its Latin writing.
func withoutMarked(s string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII && unicode.Is(unicode.Latin, r) && isMarked(r) {
			return -1
		}
		return r
	}, s)
}

// words are those that stay of a name of a type in a place; all of it where nothing else would.
func (l *likeness) words(name, typ string, place int64) []string {
	return l.rest(l.spelled(name, typ), typ, place)
}

func (l *likeness) rest(all []string, typ string, place int64) []string {
	words := without(slices.Clone(all), l.types[typ], false)
	for _, said := range l.idle {
		words = without(words, []string{said}, false)
	}
	for n := len(words) + 1; len(words) < n; { // a district and the province above it
		n = len(words)
		words = without(words, l.place(place), true)
	}
	return words
}

// without takes the first of some texts out of words that is found among them, as long as
// others stay; outside: it must stand at an end.
func without(words, texts []string, outside bool) []string {
	for _, said := range texts {
		from, to := run(words, said)
		if from == to || to-from == len(words) || outside && from > 0 && to < len(words) {
			continue
		}
		return slices.Delete(words, from, to)
	}
	return words
}

// run finds the words that together are said, or one that is inflected; from is to where none are.
func run(words []string, said string) (from, to int) {
	for from := range words {
		rest := said // what the words from there on have not said yet
		for to := from; to < len(words); to++ {
			if words[to] == rest || inflected(words[to], rest, said) {
				return from, to + 1
			}
			if len(words[to]) > len(rest) || rest[:len(words[to])] != words[to] {
				break
			}
			rest = rest[len(words[to]):]
		}
	}
	return 0, 0
}

// softened are letters that become others before an ending.
var softened = map[byte]byte{'p': 'b', 'k': 'g', 't': 'd'}

// inflected reports that a word is the rest of what is said, with an ending: anaokul-u, mektep
// and mekteb-i.
func inflected(word, rest, said string) bool {
	if len(said) <= shortestPart || len(word)-len(rest) > longestEnding || len(word) <= len(rest) || rest == "" {
		return false
	}
	last := len(rest) - 1
	return word[:last] == rest[:last] && (word[last] == rest[last] || softened[rest[last]] == word[last])
}
