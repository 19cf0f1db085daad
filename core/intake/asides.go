package intake

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"mektep/core/locale"
)

// Sums reports a text that says that something is added up, of how many, and no more.
func (h *Headings) Sums(s string) bool {
	return h.Total(s) && !slices.ContainsFunc(h.worded(s), func(w worded) bool {
		return !w.says(h.idle) && !w.says(h.lists) && !w.says(h.counts)
	})
}

// longestSum is how many words a text has at most that says of what it is the sum.
const longestSum = 6

// Sum reports a text of a row that says of what it is the sum: "Итого по району: 3 школы" by its
// first word, "ANKARA TOPLAMI" by its last before any figures.
func (h *Headings) Sum(s string) bool {
	words := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for len(words) > 0 && OnlyFigures(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	if h.adds(s) || Twofold(s, h.adds) {
		return true
	}
	if len(words) == 0 || len(words) > longestSum {
		return false
	}
	return slices.Contains(h.totals, locale.Compact(words[0])) && !h.ofKind(s) || h.Total(words[len(words)-1])
}

// Later has kinds and sorts noted once they are asked for.
func (h *Headings) Later(learn func()) { h.later = learn }

func (h *Headings) learn() {
	if learn := h.later; learn != nil {
		h.later = nil
		learn()
	}
}

// Kind notes a compact word for a kind of record.
func (h *Headings) Kind(word string) { h.kinds[word] = true }

// fewestCalled is of how many words a name is at least that ends in what every record of its kind is.
const fewestCalled = 3

// ofKind reports a text that ends in what kind of record it is, with no figure in it: it is called so,
// whatever it begins with.
func (h *Headings) ofKind(s string) bool {
	words := strings.Fields(s)
	if len(words) == 0 || strings.Contains(s, ":") || strings.ContainsFunc(s, unicode.IsDigit) {
		return false
	}
	h.learn()
	last := h.worded(words[len(words)-1])
	if len(last) != 1 {
		return false
	}
	if len(words) >= fewestCalled && last[0].says(h.whose) {
		return true
	}
	for from := len(words) - 1; from > 0 && from >= len(words)-fewestCalled; from-- {
		before := locale.Compact(strings.Join(words[from:len(words)-1], " "))
		if slices.ContainsFunc(last[0].forms, func(f string) bool { return h.kinds[before+f] }) {
			return true
		}
	}
	return false
}

// adds reports a text of words by which only rows are called that add up others, or say their average,
// and of figures and what these count: "Gen. Top.", "Общее количество: 2 школы".
func (h *Headings) adds(s string) bool {
	said := locale.Tokens(s)
	return slices.ContainsFunc(h.sums, func(sum []string) bool {
		if len(sum) == 0 || len(said) < len(sum) || !slices.Equal(said[:len(sum)], sum) {
			return false
		}
		rest, figure, words := said[len(sum):], false, 0
		for _, w := range rest {
			if OnlyFigures(w) {
				figure = true
			} else if words++; words > 1 || !slices.Contains(h.counted, w) && !slices.ContainsFunc(h.worded(w), func(w worded) bool { return w.says(h.whose) || w.says(h.counts) }) {
				return false
			}
		}
		return figure && !strings.Contains(s, "№") || len(rest) == 0
	})
}

// toSign is a line on which somebody is to sign.
const toSign = "___"

// behindPoint is what stands behind the first words of a remark, where no colon does.
var behindPoint = regexp.MustCompile(`\.\s+\S| [-–—] `)

// Aside reports a text of a row that is said of the list: a note, a source or a signature, by what it
// is called, before a colon or alone; what an asterisk refers to; an annex by its number; which of those
// above are of some kind.
func (h *Headings) Aside(s string) bool {
	before, _, colon := strings.Cut(s, ":")
	words := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if h.Remarks(before) || slices.Contains(h.asides, locale.Compact(before)) || colon && slices.Contains(h.annexes, locale.Compact(before)) {
		return true
	}
	if at := behindPoint.FindStringIndex(s); at != nil && h.Remarks(s[:at[0]]) || h.signed(s) || h.group(s) {
		return true
	}
	if strings.HasPrefix(strings.TrimLeft(s, " ("), "*") || strings.Contains(s, toSign) {
		return true
	}
	if len(words) == 2 && slices.Contains(h.annexes, locale.Compact(words[0])) && OnlyFigures(words[1]) {
		return true
	}
	if Twofold(s, h.Aside) {
		return true
	}
	begins := locale.Tokens(s)
	return slices.ContainsFunc(h.ofThem, func(of []string) bool {
		return len(of) > 0 && len(begins) > len(of) && slices.Equal(begins[:len(of)], of)
	})
}

// numbered is how the heading of a group of rows begins, among the others.
var numbered = regexp.MustCompile(`^\s*(?:[IVXІХ]+|\pL)\s*[.)]\s+`)

// Sort notes what records of some sort are called, as headings over groups of rows do.
func (h *Headings) Sort(name string) {
	for _, token := range locale.Tokens(name) {
		h.sorts = append(h.sorts, h.forms(token, cyrillic(name))...)
	}
}

// group reports the heading of a group of rows: "A. RESMÎ OKULLAR" numbers it, and calls it by words for
// sorts of records alone.
func (h *Headings) group(s string) bool {
	at := numbered.FindStringIndex(s)
	if at == nil {
		return false
	}
	h.learn()
	words := h.worded(s[at[1]:])
	return len(words) > 0 && !strings.ContainsFunc(s, unicode.IsDigit) && !slices.ContainsFunc(words, func(w worded) bool {
		return !w.says(h.sorts) && !w.says(h.whose) && !w.says(h.lists)
	})
}

// initials are a given name cut short.
var initials = regexp.MustCompile(`(?:^|[^\pL])\p{Lu}\.`)

// longestSignature is how many words a signature has at most.
const longestSignature = 10

// signed reports who signs, by what they are and their name: that has its initials, or its last part in
// capitals alone. "Şube Müdürü Ali VELİ", "Начальник отдела А. Б. Иванов".
func (h *Headings) signed(s string) bool {
	words := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) < 2 || len(words) > longestSignature || strings.ContainsFunc(s, unicode.IsDigit) {
		return false
	}
	capitals, others := 0, 0
	for _, w := range words {
		if upper := strings.ToUpper(w) == w && letters(w) > 1; upper {
			capitals++
		} else if letters(w) > 1 {
			others++
		}
	}
	if !initials.MatchString(s) && (capitals == 0 || others == 0) {
		return false
	}
	return slices.ContainsFunc(h.worded(s), func(w worded) bool { return !w.short && w.says(h.signers) })
}
