package registry

import (
	"context"
	"hash/maphash"
	"slices"
	"strings"
	"unicode"

	"mektep/core/gate"
	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/unit"
)

// likeness compares what institutions of one type and place are called beyond letters: what the
// type itself is called or shortened to says nothing of which one is meant, nor does the word
// for its office.
type likeness struct {
	types  map[string][]string // what a type is called, folded, the longest first
	office []string            // folded
}

func newLikeness(p *profile.Profile, words *locale.Bundle) *likeness {
	l := &likeness{types: map[string][]string{}}
	for k := range p.Types {
		t := &p.Types[k]
		said := slices.Clone(t.Aliases)
		for _, name := range t.Name {
			said = append(said, name)
		}
		for _, short := range t.Short {
			said = append(said, short)
		}
		for k, s := range said {
			said[k] = strings.Join(unit.LikeWords(s), "")
		}
		slices.SortFunc(said, func(a, b string) int { return len(b) - len(a) })
		l.types[t.ID] = slices.Compact(said)
	}
	for _, lang := range words.Languages() {
		for s := range strings.SplitSeq(words.Localizer(lang.Tag).T("import.also.office"), ",") {
			l.office = append(l.office, unit.LikeWords(s)...)
		}
	}
	return l
}

// longestEnding is how many letters an inflected word of a type has more: Anaokul-u.
const longestEnding = 2

// of is what stays of a name of a type; all of it where nothing else would.
func (l *likeness) of(name, typ string) string { return strings.Join(l.words(name, typ), "") }

// ways are what can stay of a name of whatever type, each once: words with blanks between.
func (l *likeness) ways(name string) []string {
	var out []string
	for typ := range l.types {
		if said := strings.Join(l.words(name, typ), " "); said != "" && !slices.Contains(out, said) {
			out = append(out, said)
		}
	}
	return out
}

// same reports that a list writes the name of an institution of a type as the register does, but
// for capitals, and for letters and words that it leaves out or shortens. Letters that the
// register lacks and the list has are a correction.
func (l *likeness) same(said, name, typ string) bool {
	return l.of(said, typ) == l.of(name, typ) && l.marked(said, typ) <= l.marked(name, typ)
}

// marked counts the letters, of what stays of a name of a type, that people without the keyboard
// of its language write as others.
func (l *likeness) marked(name, typ string) int {
	n, rest := 0, l.words(name, typ)
	for w := range strings.FieldsSeq(name) {
		if !slices.ContainsFunc(unit.LikeWords(w), func(s string) bool { return slices.Contains(rest, s) }) {
			continue
		}
		for _, r := range w {
			if unicode.IsLetter(r) && locale.Fold(string(r)) != strings.ToLower(string(r)) {
				n++
			}
		}
	}
	return n
}

// words are those that stay of a name of a type; all of it where nothing else would.
func (l *likeness) words(name, typ string) []string {
	all := unit.LikeWords(name)
	words := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return slices.Contains(l.office, w) })
	for _, said := range l.types[typ] {
		if from, to := run(words, said); from < to {
			words = slices.Delete(words, from, to)
			break
		}
	}
	if len(words) == 0 {
		words = all
	}
	return words
}

// run finds the words that together are said, or one that is inflected; from is to where none are.
func run(words []string, said string) (from, to int) {
	for from := range words {
		got := ""
		for to := from; to < len(words) && len(got) < len(said); to++ {
			got += words[to]
			if got == said || len(said) > shortestPart && strings.HasPrefix(got, said) && len(got)-len(said) <= longestEnding {
				return from, to + 1
			}
		}
	}
	return 0, 0
}

// likes are by what a name, a type and a place are found to be like others.
func (k *known) likes(names map[string]string, typ string, parent int64) []uint64 {
	var out []uint64
	for _, name := range names {
		left := k.like.of(name, typ)
		if left == "" {
			continue
		}
		var h maphash.Hash
		h.SetSeed(k.seed)
		_, _ = h.WriteString(left)
		_ = h.WriteByte(0)
		_, _ = h.WriteString(typ)
		maphash.WriteComparable(&h, parent)
		out = append(out, h.Sum64())
	}
	return out
}

// like asks of a new row whether an open institution of its type and place is meant that is
// called almost so: without the letters of its language, by the abbreviation of its type, as an
// office. One that the file has in a row of its own is another.
func (r *rows) like(ctx context.Context, st *staged) *rowFault {
	if st.known != 0 || st.miscoded || st.parent == nil || st.typ == "" || r.options.Twins {
		return nil
	}
	if _, hidden := r.allowed(ctx, "view", gate.Target{Object: Institutions, Path: st.parent.Path, Type: st.typ}); hidden != nil {
		return nil
	}
	for _, look := range r.known.looks(st.names, st.typ, st.parent.ID) {
		if _, same := r.known.byLook[look]; same { // it was held against that one
			return nil
		}
	}
	for _, like := range r.known.likes(st.names, st.typ, st.parent.ID) {
		for _, k := range r.known.byLike[like] {
			if k.uncoded || !r.reader.Has(k.code) {
				return &rowFault{target: intake.TargetName, key: "import.row.twin_like", warn: true, known: k.id}
			}
		}
	}
	return nil
}
