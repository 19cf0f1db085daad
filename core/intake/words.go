package intake

import (
	"slices"
	"strings"
	"unicode"

	"mektep/core/fault"
	"mektep/core/locale"
	"mektep/core/profile"
)

// strokes are what people draw through a cell that is empty, and what else they fill it with.
const (
	strokes = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212 "
	fillers = "_*.\u2026/\\~" + strokes
)

// stroke reports a text of strokes alone.
func stroke(s string) bool { return s != "" && strings.Trim(s, strokes) == "" }

// repeats are the signs that say "as above", between strokes or by themselves.
var repeats = []string{"//", "\"", "''", "″", "〃", "”", "“", "»", "«", ",,"}

// ditto reports a cell that repeats what stands above it, by a sign or a word: what that is, is not
// said here, and a list that was sorted anew says it of another line.
func (r *Reader) ditto(s string) bool {
	return slices.Contains(repeats, strings.Trim(s, strokes)) || r.dittos[locale.Compact(s)]
}

// dashed reports a cell with nothing but strokes, or what else says that it is empty. In a
// column of yes and no a stroke is no where a plus is how it says yes, and no word says no.
func (r *Reader) dashed(c *ColumnReader, s string) bool {
	switch {
	case s == "" || strings.Trim(s, fillers) != "":
		return false
	case c.Field == nil || c.Field.Type.Kind != profile.KindBool:
		return true
	}
	if !stroke(s) {
		return s != "*" // a star may mark those that have it
	}
	return r.marks == nil || !r.marks.cols[c.at].signed()
}

// stems cut from words of lists what people leave out or add: "Latin", "the Latin language"
// and "in Latin" are one.
type stems struct {
	idle, endings []string // folded; endings the longest first
	and           []string // words that stand between several
	counted       []string // what numbers of people and things are written with
}

func newStems(words *locale.Bundle) *stems {
	s := &stems{}
	for _, lang := range words.Languages() {
		l := words.Localizer(lang.Tag)
		for w := range strings.SplitSeq(l.T("import.also.tongue"), ",") {
			if end, is := strings.CutPrefix(strings.TrimSpace(w), "-"); is {
				s.endings = append(s.endings, locale.Compact(end))
			} else {
				s.idle = append(s.idle, locale.Compact(w))
			}
		}
		for w := range strings.SplitSeq(l.T("import.also.and"), ",") {
			s.and = append(s.and, locale.Compact(w))
		}
		for w := range strings.SplitSeq(l.T("import.also.counted"), ",") {
			s.counted = append(s.counted, locale.Compact(w))
		}
	}
	slices.SortStableFunc(s.endings, func(a, b string) int { return len(b) - len(a) })
	return s
}

// of is the stem of a word of one language's list; empty where too little is left of it.
func (s *stems) of(word string) string {
	var kept []string
	for _, w := range locale.Tokens(word) {
		if !slices.Contains(s.idle, w) {
			kept = append(kept, w)
		}
	}
	if len(kept) != 1 {
		return ""
	}
	stem := kept[0]
	for _, end := range s.endings {
		if cut, ends := strings.CutSuffix(stem, end); ends {
			stem = cut
			break
		}
	}
	if len([]rune(stem)) < shortestStem {
		return ""
	}
	return stem
}

// know learns the stems of the words of a list.
func (c *ColumnReader) know(s *stems) {
	if !c.Field.Type.Kind.Coded() {
		return
	}
	c.stems, c.cut = map[string]string{}, s.of
	for _, names := range c.choose {
		text, _ := names.(fault.Text)
		for _, name := range text {
			stem, code := s.of(name), c.codes[locale.Compact(name)]
			if was, there := c.stems[stem]; stem == "" || there && was == code {
				continue
			} else if there {
				code = "" // two of them
			}
			c.stems[stem] = code
		}
	}
}

// Mean makes the columns of a target read a word as a code of their list.
func (r *Reader) Mean(target, word, code string) {
	for k := range r.cols {
		if c := &r.cols[k]; c.Target == target {
			if c.meant == nil {
				c.meant = map[string]string{}
			}
			c.meant[locale.Compact(word)] = code
		}
	}
}

// code is that of a word of the list; empty: it has none.
func (c *ColumnReader) code(s string) string {
	if code := c.meant[locale.Compact(s)]; code != "" {
		return code
	}
	plain, _ := PlainCode(s)
	for _, said := range []string{s, plain} {
		if code := c.codes[locale.Compact(said)]; code != "" {
			return code
		}
	}
	if c.cut != nil {
		if code := c.stems[c.cut(s)]; code != "" {
			return code
		}
	}
	return Twofold(s, c.code)
}

// several reads several words of a list, and says which of them it has not. Words that stand
// between two part them where the list has no such entry.
func (c *ColumnReader) several(s string, conjunctions []string) (any, *Fault) {
	codes := []string{}
	for part := range strings.FieldsFuncSeq(s, severally) {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if code := c.code(part); code != "" {
			codes = append(codes, code)
			continue
		}
		for _, one := range parted(part, conjunctions) {
			code := c.code(one)
			if code == "" {
				bad := c.none(one)
				bad.Args["Part"], bad.Args["Why"] = one, fault.Phrase{Key: bad.Key, Args: fault.Args{"Choices": bad.Args["Choices"]}}
				bad.Key = "import.row.part"
				return nil, bad
			}
			codes = append(codes, code)
		}
	}
	return codes, nil
}

// Parts are what a cell of several says one by one.
func (r *Reader) Parts(s string) (out []string) {
	for part := range strings.FieldsFuncSeq(s, severally) {
		out = append(out, parted(part, r.stems.and)...)
	}
	return out
}

// severally is what stands between the entries of a list.
func severally(r rune) bool { return strings.ContainsRune(",;|\n", r) }

// parted are the words of a text between which an "and" or a slash stands.
func parted(s string, conjunctions []string) []string {
	var out []string
	word := ""
	end := func() {
		if word != "" {
			out = append(out, word)
		}
		word = ""
	}
	for w := range strings.FieldsSeq(strings.NewReplacer("/", " / ", "+", " + ", "&", " & ").Replace(s)) {
		if slices.Contains(conjunctions, locale.Compact(w)) && strings.ContainsFunc(w, unicode.IsLetter) || strings.Trim(w, "/+&") == "" {
			end()
			continue
		}
		word = strings.TrimSpace(word + " " + w)
	}
	end()
	return out
}
