package intake

import (
	"slices"
	"strings"
	"unicode"

	"mektep/core/locale"
)

// Headings know by which words files head their columns: what a field is called in any
// language, inflected (MÜLKİYETİ, дареги), cut short (Öğr. kont.), or by some of its
// words (KONTENJAN).
type Headings struct {
	exact   map[string]string // compact words → target; the first that has them keeps them
	phrases []phrase
	byForm  map[string][]int // form of a word → numbers of the phrases with it
	endings []ending
	same    [][]string      // forms of words that say the same
	notes   []string        // forms of words for remarks, which say not on what
	spare   []string        // forms of words that say how a column is to be filled: "required"
	counted []string        // compact words that any count has
	idle    []string        // forms of words that say no more of what a column is: "number", "status"
	totals  []string        // forms of words that say that a column adds up others
	whose   []string        // forms of words that say of whom it is, and no more: "of the organisation"
	counts  []string        // forms of words that say that a column counts: "number of"
	lists   []string        // forms of words for any part of a list: "general information"
	sums    [][]string      // folded words of a row that adds up others, which no heading of a column has
	asides  []string        // compact words before the colon of a source or a signature
	kinds   map[string]bool // compact words for kinds of record
	sorts   []string        // forms of words for sorts of records
	later   func()          // makes known what is asked for seldom: kinds and sorts; nil: it is
	signers []string        // forms of words for who signs
	annexes []string        // compact words for an annex
	ofThem  [][]string      // folded words by which a row begins that says which of those above are meant
	secrecy []string        // compact words by which papers are marked as secret, or as not
	parts   []string        // forms of words for the parts in which fields stand: "building"
}

// phrase is what a target is called once.
type phrase struct {
	target string
	words  [][]string // the forms of each word
	bare   bool       // without what stands in brackets
}

// ending is what a word ends in that is inflected, and what it ended in before; cyrillic: in the
// letters of a language that is written so.
type ending struct {
	end, before string
	cyrillic    bool
}

// NewHeadings reads the endings of all languages: -si, or -ği=k where a letter changes too.
func NewHeadings(words *locale.Bundle) *Headings {
	h := &Headings{kinds: map[string]bool{}, exact: map[string]string{}, byForm: map[string][]int{}}
	for _, lang := range words.Languages() {
		for s := range strings.SplitSeq(words.Localizer(lang.Tag).T("import.also.ending"), ",") {
			end, before, _ := strings.Cut(s, "=")
			if e := (ending{locale.Compact(end), locale.Compact(before), cyrillic(end)}); e.end != "" && !slices.Contains(h.endings, e) {
				h.endings = append(h.endings, e)
			}
		}
	}
	for _, lang := range words.Languages() {
		for group := range strings.SplitSeq(words.Localizer(lang.Tag).T("import.also.same"), ";") {
			var forms []string
			for said := range strings.FieldsFuncSeq(group, apart) {
				for _, token := range tokens(said) {
					forms = append(forms, h.inflected(token, cyrillic(said))...)
				}
			}
			h.same = append(h.same, forms)
		}
	}
	for _, lang := range words.Languages() {
		say := func(key string) (out []string) {
			for said := range strings.FieldsFuncSeq(words.Localizer(lang.Tag).T(key), apart) {
				for _, token := range tokens(said) {
					out = append(out, h.forms(token, cyrillic(said))...)
				}
			}
			return out
		}
		h.whose = append(h.whose, say("import.also.whose")...)
		h.idle = append(h.idle, say("import.also.idle")...)
		h.totals = append(h.totals, say("import.also.total")...)
		h.counts = append(h.counts, say("import.also.counts")...)
		h.lists = append(h.lists, say("import.also.list")...)
		h.parts = append(h.parts, say("import.also.part")...)
		h.notes = append(h.notes, say("import.also.note")...)
		h.spare = append(h.spare, say("import.also.required")...)
		for s := range strings.SplitSeq(words.Localizer(lang.Tag).T("import.also.secrecy"), ",") {
			h.secrecy = append(h.secrecy, locale.Compact(s))
		}
		h.signers = append(h.signers, say("import.also.signer")...)
		for s := range strings.SplitSeq(words.Localizer(lang.Tag).T("import.also.sum"), ",") {
			h.sums = append(h.sums, locale.Tokens(s))
		}
		for s := range strings.SplitSeq(words.Localizer(lang.Tag).T("import.also.aside"), ",") {
			h.asides = append(h.asides, locale.Compact(s))
		}
		for s := range strings.SplitSeq(words.Localizer(lang.Tag).T("import.also.annex"), ",") {
			h.annexes = append(h.annexes, locale.Compact(s))
		}
		for s := range strings.SplitSeq(words.Localizer(lang.Tag).T("import.also.of_them"), ",") {
			h.ofThem = append(h.ofThem, locale.Tokens(s))
		}
		for s := range strings.SplitSeq(words.Localizer(lang.Tag).T("import.also.counted"), ",") {
			h.counted = append(h.counted, locale.Compact(s))
		}
	}
	h.idle = append(append(h.idle, h.whose...), h.totals...)
	return h
}

// Exactly returns the target that a heading is the whole name of; the first that has it.
func (h *Headings) Exactly(heading string) string { return h.exact[compact(heading)] }

// compact is how headings are compared: folded, without blanks. Of a very short word that loses a
// letter by it another is left: "yıl" and "yılı", a year, are no "il" and "ili", a province.
func compact(s string) string {
	c := locale.Compact(s)
	if otherwise(c, s) {
		return strings.ToLower(strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }))
	}
	return c
}

// tokens are the words of one that stands between blanks, as they are compared.
func tokens(w string) []string {
	out := locale.Tokens(w)
	if len(out) == 1 && otherwise(out[0], w) {
		out[0] = compact(w)
	}
	return out
}

// otherwise reports a word so short that it is another one by the letters that it lost folded.
func otherwise(folded, s string) bool { return len(folded) <= shortestStem && len(folded) < letters(s) }

// cyrillic reports a text in Cyrillic letters: what words of a language end in says nothing of words
// in other letters, though they fold to the same.
func cyrillic(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) })
}

func letters(s string) (n int) {
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

// Remarks reports a heading that says no more than that remarks stand below it: on what, nobody
// knows.
func (h *Headings) Remarks(heading string) bool {
	words := h.read(heading)
	return len(words) > 0 && !slices.ContainsFunc(words, func(s worded) bool { return !s.is(h.notes) })
}

// Total reports a heading that says that its column adds up others: of several that could be
// meant it is the one.
func (h *Headings) Total(heading string) bool {
	return slices.ContainsFunc(h.worded(heading), func(s worded) bool { return s.says(h.totals) })
}

// Secrecy reports a text that says who may read a paper, and nothing of what it says.
func (h *Headings) Secrecy(s string) bool { return slices.Contains(h.secrecy, locale.Compact(s)) }

// CountedIn reports a word that numbers of people and things are written with.
func (h *Headings) CountedIn(s string) bool { return slices.Contains(h.counted, locale.Compact(s)) }

// Untotalled is a heading without the words that say that its column adds up others.
func (h *Headings) Untotalled(heading string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(heading), h.Total), " ")
}

// ID notes the name by which templates call a target: it is nobody's word.
func (h *Headings) ID(target string) {
	if _, taken := h.exact[locale.Compact(target)]; !taken {
		h.exact[locale.Compact(target)] = target
	}
}

// Know notes what a target is called. What a name has in brackets may be left out.
func (h *Headings) Know(s, target string) {
	all := compact(s)
	if all == "" {
		return
	}
	if _, taken := h.exact[all]; !taken {
		h.exact[all] = target
	}
	h.phrase(s, phrase{target: target})
	if bare, within := unbracketed(s); len(within) > 0 {
		h.phrase(bare, phrase{target: target, bare: true})
	}
}

func (h *Headings) phrase(s string, p phrase) {
	for field := range strings.FieldsSeq(s) {
		for _, w := range tokens(field) {
			p.words = append(p.words, h.forms(w, cyrillic(field)))
		}
	}
	for _, forms := range p.words {
		for _, f := range forms {
			if at := h.byForm[f]; len(at) == 0 || at[len(at)-1] != len(h.phrases) {
				h.byForm[f] = append(at, len(h.phrases))
			}
		}
	}
	h.phrases = append(h.phrases, p)
}

// apart reports what parts the words of a list.
func apart(r rune) bool { return r == ',' || unicode.IsSpace(r) }

// shortestStem is how many letters a word without its ending has at least.
const shortestStem = 3

// shortestCut is how many letters stand at least before the point of a word cut short.
const shortestCut = 2

// forms are those of a folded word and of all that say the same.
func (h *Headings) forms(w string, cyrillic bool) []string {
	out := h.inflected(w, cyrillic)
	for _, group := range h.same {
		if slices.ContainsFunc(out, func(f string) bool { return slices.Contains(group, f) }) {
			return append(out, group...)
		}
	}
	return out
}

// inflected are a folded word as it stands, and without each of the endings it may have in its
// letters.
func (h *Headings) inflected(w string, cyrillic bool) []string {
	out := []string{w}
	for _, e := range h.endings {
		if e.cyrillic != cyrillic {
			continue
		}
		if stem, ends := strings.CutSuffix(w, e.end); ends && len(stem)+len(e.before) >= shortestStem && !slices.Contains(out, stem+e.before) {
			out = append(out, stem+e.before)
		}
	}
	return out
}

// worded is a word of a heading.
type worded struct {
	forms []string
	short bool // cut off, with a point behind
}

func (s worded) is(forms []string) bool {
	if s.short {
		return strings.HasPrefix(forms[0], s.forms[0])
	}
	return slices.ContainsFunc(s.forms, func(f string) bool { return slices.Contains(forms, f) })
}

// read takes a heading apart, without what stands in brackets and the numbers of columns.
func (h *Headings) read(heading string) []worded {
	heading, _ = unbracketed(heading)
	return h.worded(heading)
}

// worded are the words of a text.
func (h *Headings) worded(heading string) []worded {
	var out []worded
	for w := range strings.FieldsSeq(strings.ReplaceAll(heading, ".", ". ")) {
		short := strings.HasSuffix(w, ".")
		for _, token := range tokens(w) {
			if !strings.ContainsFunc(token, unicode.IsLetter) {
				continue
			}
			token = strings.Trim(token, "0123456789") // Telefon2
			out = append(out, worded{h.forms(token, cyrillic(w)), short && len(token) >= shortestCut})
		}
	}
	return out
}

// Of returns the target that a heading calls by all its words, inflected or cut short, in one language
// or in several; empty where there is none, or more than one.
func (h *Headings) Of(heading string) string {
	if t := h.Exactly(heading); t != "" {
		return t
	}
	words := h.read(heading)
	if t := h.only(words, func(p phrase) bool { return !p.bare && len(p.words) == len(words) }); t != "" {
		return t
	}
	if strings.ContainsAny(heading, "([") { // what stands in them may say of which language it is
		return ""
	}
	return Twofold(heading, h.Of)
}

// Plainly returns the one target that a heading calls by its words, but for such as say no
// more, first those that are no target's name themselves, then those that say whose it is. What somebody's state or number is called says nothing
// of how they are called: "status of the school" is no name of it.
func (h *Headings) Plainly(heading string) string {
	words := h.read(heading)
	idle := func(s worded) bool { return s.says(h.idle) }
	alone := func(s worded) bool {
		return h.only([]worded{s}, func(p phrase) bool { return len(p.words) == 1 }) != ""
	}
	whose := func(s worded) bool { return s.says(h.whose) }
	for _, drop := range []func(s worded) bool{func(s worded) bool { return idle(s) && !alone(s) }, whose, idle} {
		kept := slices.DeleteFunc(slices.Clone(words), drop)
		if len(kept) < len(words) && !slices.ContainsFunc(kept, func(s worded) bool { return !whose(s) }) {
			continue
		}
		fits := func(p phrase) bool { return !p.bare && len(p.words) == len(kept) }
		if target := h.only(kept, fits); target != "" {
			return target
		}
	}
	return ""
}

// says reports a word that one of the forms is.
func (s worded) says(forms []string) bool {
	return slices.ContainsFunc(s.forms, func(f string) bool { return slices.Contains(forms, f) })
}

// Nearly returns the one target whose name has the words of a heading and, beyond them, only what
// it has in brackets or such as say that it counts: "classrooms" for the number of classrooms.
// Where another name has all the words too, it is nobody's.
func (h *Headings) Nearly(heading string) string {
	words := h.read(heading)
	bare := len(slices.DeleteFunc(slices.Clone(words), func(s worded) bool { return s.says(h.counts) }))
	target := h.only(words, func(p phrase) bool {
		n := 0
		for _, forms := range p.words {
			if !(worded{forms: forms}).says(h.counts) {
				n++
			}
		}
		return bare > 0 && n == bare && (p.bare || n < len(p.words))
	})
	if target != h.Within(heading) {
		return ""
	}
	return target
}

// Within returns the one target whose name has all the words of a heading and more: it may be
// narrower than what is meant, a road than a road that snow closes.
func (h *Headings) Within(heading string) string {
	words := h.read(heading)
	if !slices.ContainsFunc(words, func(s worded) bool { return len(s.forms[0]) >= shortestStem }) {
		return ""
	}
	return h.only(words, func(p phrase) bool { return len(p.words) >= len(words) })
}

// only returns the one target of which a phrase that fits has all the words.
func (h *Headings) only(words []worded, fits func(p phrase) bool) string {
	target := ""
	for _, n := range h.near(words) {
		p := h.phrases[n]
		if p.target == target || !fits(p) || !covers(p, words) {
			continue
		}
		if target != "" {
			return ""
		}
		target = p.target
	}
	return target
}

// near are the numbers of the phrases that have the first word which is not cut short.
func (h *Headings) near(words []worded) []int {
	k := slices.IndexFunc(words, func(s worded) bool { return !s.short })
	var out []int
	switch {
	case k >= 0:
		for _, f := range words[k].forms {
			out = append(out, h.byForm[f]...)
		}
	case len(words) > 0:
		for n := range h.phrases {
			out = append(out, n)
		}
	}
	return out
}

// covers reports whether each word is another one of the phrase.
func covers(p phrase, words []worded) bool {
	used := make([]bool, len(p.words))
	for _, w := range words {
		at := -1
		for k, forms := range p.words {
			if !used[k] && w.is(forms) {
				at = k
				break
			}
		}
		if at < 0 {
			return false
		}
		used[at] = true
	}
	return len(words) > 0
}
