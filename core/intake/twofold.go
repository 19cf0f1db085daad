package intake

import (
	"strings"
	"unicode"

	"mektep/core/locale"
)

// Offices of several languages write headings and cells in two of them: "Түрү / Тип", "Орто мектеп
// (Средняя школа)". Such a text means what each of its halves means alone, where that is the same.

// between is what stands between a text in one language and the same in another, what parts more
// first: a slash without blanks may stand within a half.
var between = []string{"\n", " / ", " | ", " — ", " – ", " - ", "/", "|", `\`, ";", ","}

// mostTongues bounds in how many languages a text is written.
const mostTongues = 4

// Tongues are the ways in which a text may be one that is written in several languages, each as the
// texts in them.
func Tongues(s string) (ways [][]string) {
	for _, sign := range between {
		if strings.Contains(s, sign) {
			ways = worth(ways, strings.Split(s, sign))
		}
	}
	if bare, within := unbracketed(s); len(within) == 1 && strings.HasSuffix(strings.TrimSpace(s), within[0]+s[strings.LastIndexAny(s, ")]"):][:1]) {
		ways = worth(ways, []string{bare, within[0]})
	}
	return ways
}

// worth adds a way in which each part has a word.
func worth(ways [][]string, parts []string) [][]string {
	if len(parts) < 2 || len(parts) > mostTongues {
		return ways
	}
	for k := range parts {
		if parts[k] = strings.TrimSpace(parts[k]); !wordy(parts[k]) {
			return ways
		}
	}
	return append(ways, parts)
}

// wordy reports a text that has a word: of signs and single letters nobody knows of which language
// they are.
func wordy(s string) bool {
	return strings.ContainsFunc(s, unicode.IsLetter) && letters(s) > 1
}

// Twofold is what a text means that says one thing in several languages; nothing where the texts in
// them mean different things, or one of them means none. means reads one of them.
func Twofold[T comparable](s string, means func(s string) T) (meant T) {
	var none T
	for _, way := range Tongues(s) {
		meant = means(way[0])
		for _, part := range way[1:] {
			if meant == none || means(part) != meant {
				meant = none
			}
		}
		if meant != none {
			return meant
		}
	}
	return none
}

// Meant is what a word of a list means by its compact form, written in one language or in several;
// empty: the list has it not.
func Meant(words map[string]string, s string) string {
	if code := words[locale.Compact(s)]; code != "" {
		return code
	}
	return Twofold(s, func(s string) string { return words[locale.Compact(s)] })
}
