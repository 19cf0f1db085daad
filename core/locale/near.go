package locale

import "unicode/utf8"

// Search that forgives one typing mistake can't use trigrams or edit distance in
// the database: behind row-level security only comparisons marked leakproof can
// use an index, and = on text is one. So both sides are spread out a little. A
// word's variants are its beginning and that beginning with one letter left out.
// Two words that are one mistake apart (a letter wrong, missing, too many, or two
// swapped) always share a variant, and look-ups are plain equality.
//
// Sharing a variant is necessary, not sufficient: filter the hits with OneMistake.
const (
	// VariantLength is how much of a word variants look at, in letters. Longer
	// words are compared by their beginning, so that a word has at most
	// VariantLength+1 variants whatever its length, and a long word that is not
	// yet typed to its end is found too.
	VariantLength = 7
	// ShortestMistaken is the length of the shortest word in which a mistake is
	// forgiven: below it nearly everything is near everything.
	ShortestMistaken = 4
)

// Variants returns the keys under which a folded token is to be found and looked
// up, itself (its beginning) first. Tokens that hold a digit and tokens too short
// for a mistake have only themselves: a number is right or wrong.
//
// Store them once for each distinct token of a ministry, not for each record: a
// national list of 76,639 institutions has 862,000 words, of which 22,000 are
// distinct; these have 152,000 variants, where a row for every word of every
// record would be some six million.
func Variants(token string) []string {
	letters := []rune(token)
	if len(letters) > VariantLength {
		letters = letters[:VariantLength]
	}
	out := append(make([]string, 0, len(letters)+1), string(letters))
	if !Mistakable(token) {
		return out
	}
	for i := range letters {
		if i > 0 && letters[i] == letters[i-1] {
			continue // leaving out either of two equal letters gives the same
		}
		v := make([]rune, 0, len(letters)-1)
		v = append(append(v, letters[:i]...), letters[i+1:]...)
		out = append(out, string(v))
	}
	return out
}

// Mistakable reports whether a folded token may have been meant by one that is mistyped. Those
// that may not need no place among the variants: a number, a code, a word of two letters.
func Mistakable(token string) bool {
	return utf8.RuneCountInString(token) >= ShortestMistaken-1 && !hasDigit(token)
}

// OneMistake reports whether the folded token begins with what was typed, but for
// one mistake at most: a letter wrong, missing, too many, or two neighbours
// swapped. In words shorter than ShortestMistaken, and where there are digits, no
// mistake is forgiven.
func OneMistake(typed, token string) bool {
	a, b := []rune(typed), []rune(token)
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	if i == len(a) {
		return true
	}
	if len(a) < ShortestMistaken || hasDigit(typed) {
		return false
	}
	return begins(b, i+1, a, i+1) || // wrong
		begins(b, i+1, a, i) || // missing
		begins(b, i, a, i+1) || // too many
		i+1 < len(a) && i+1 < len(b) && a[i] == b[i+1] && a[i+1] == b[i] && begins(b, i+2, a, i+2)
}

// begins reports whether b from bi begins with the whole of a from ai.
func begins(b []rune, bi int, a []rune, ai int) bool {
	if bi > len(b) || ai > len(a) || len(b)-bi < len(a)-ai {
		return false
	}
	for k := range len(a) - ai {
		if b[bi+k] != a[ai+k] {
			return false
		}
	}
	return true
}

func hasDigit(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < utf8.RuneSelf && c >= '0' && c <= '9' {
			return true
		}
	}
	return false
}
