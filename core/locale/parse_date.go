package locale

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"mektep/core/fault"
)

// The years in which a date that somebody types can lie.
const (
	earliestYear = 1800
	latestYear   = 2199
)

// ParseDate reads a day as people type it, whatever the separators:
//
//	22.11.2026   22/11/2026   2026-11-22   22112026   22 Kasım 2026
//	22 ноября 2026 г.   2026-жылдын 22-ноябры   Nov 22nd, 2026   22.XI.2026
//
// Numbers alone are day, month, year or year, month, day; the month never comes
// first. Names of months are understood in every language there is, shortened to
// three letters or more, inflected, with or without diacritics. The year has four
// digits: two would put grandparents and grandchildren a century wrong. What nobody sees
// in it, and by which of the dashes its parts are joined, makes no difference.
//
// A time of the day behind it, as programs write it, counts for nothing:
//
//	22.11.2026 00:00:00   2026-11-22T00:00:00Z   22.11.2026, 18:05
//
// The result is midnight UTC of that day. Errors: an Invalid fault "fault.date"
// with an example.
func (l *Localizer) ParseDate(s string) (time.Time, error) {
	const longest = 80 // bytes
	if s = TidyDate(s); len(s) <= longest {
		s = timeOfDay.ReplaceAllString(s, "")
		if y, m, d, ok := l.months.read(s); ok && isDay(y, m, d) {
			return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC), nil
		}
	}
	return time.Time{}, fault.New(fault.Invalid, "fault.date").With("Example", l.T("date.example"))
}

// TidyDate leaves out of a typed date what nobody sees (marks of direction, spaces without
// width), and writes every dash as a hyphen and every space as one: word processors put
// others there by themselves.
func TidyDate(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r):
			return -1
		case unicode.Is(unicode.Pd, r), r == '−':
			return '-'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, s)
}

// romans are the months as offices have long written them between dots.
var romans = []string{"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"}

// roman is the month that a word is, written so: with Latin letters, or with the Cyrillic
// ones that look like them. 0 for none.
func roman(word string) int {
	word = strings.NewReplacer("І", "I", "Х", "X").Replace(strings.ToUpper(word))
	return slices.Index(romans, word) + 1
}

// timeOfDay is a time behind a day.
var timeOfDay = regexp.MustCompile(`(?:[Tt]|,?\s+)(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?(?:\s*[AaPp][Mm])?(?:\s*(?:[Zz]|[+-][0-9]{2}:?[0-9]{2}))?\s*$`)

func isDay(y, m, d int) bool {
	if y < earliestYear || y > latestYear || m < 1 || m > 12 || d < 1 {
		return false
	}
	return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Day() == d
}

// monthNames knows the words that may stand in a typed date, folded.
type monthNames struct {
	month  map[string]int  // every form of every month in every language
	filler map[string]bool // what may stand beside: "г.", "жылдын", weekdays
}

func newMonthNames(b *reading) *monthNames {
	n := &monthNames{month: map[string]int{}, filler: map[string]bool{}}
	for _, tag := range b.tags {
		l := b.localizer[tag]
		l.months = n
		for i := range 12 {
			for _, name := range []string{l.dates.month[i], l.dates.monthOfDate[i], l.dates.monthShort[i]} {
				if f := Fold(name); f != "" {
					n.month[f] = i + 1
				}
			}
		}
		words := l.simple["date.filler"]
		for i := range 7 {
			words += " " + l.dates.weekday[i] + " " + l.dates.weekdayShort[i]
		}
		for _, w := range Tokens(words) {
			n.filler[w] = true
		}
	}
	return n
}

// read finds year, month and day in s without judging whether there is such a day.
func (n *monthNames) read(s string) (year, month, day int, ok bool) {
	numbers, words := cutDate(s)
	for _, w := range words {
		if n.filler[w] {
			continue
		}
		m := roman(w)
		if m == 0 {
			m = n.find(w)
		}
		if m == 0 || month != 0 {
			return 0, 0, 0, false
		}
		month = m
	}
	if month > 0 {
		if len(numbers) != 2 {
			return 0, 0, 0, false
		}
		y, d := numbers[0], numbers[1]
		if len(d) == 4 {
			y, d = d, y
		}
		return atoi(y), month, atoi(d), len(y) == 4 && len(d) <= 2
	}
	if len(words) > 0 && len(numbers) != 3 {
		return 0, 0, 0, false
	}
	return readNumbers(numbers)
}

func readNumbers(n []string) (year, month, day int, ok bool) {
	if len(n) == 1 && len(n[0]) == 8 {
		s := n[0]
		// Day first; a four-digit year from earliestYear on can't be read as a month
		// and a day, so that only one of the two readings is ever a date.
		if isDay(atoi(s[4:]), atoi(s[2:4]), atoi(s[:2])) {
			return atoi(s[4:]), atoi(s[2:4]), atoi(s[:2]), true
		}
		return atoi(s[:4]), atoi(s[4:6]), atoi(s[6:]), true
	}
	if len(n) != 3 || len(n[1]) > 2 {
		return 0, 0, 0, false
	}
	switch {
	case len(n[0]) == 4 && len(n[2]) <= 2:
		return atoi(n[0]), atoi(n[1]), atoi(n[2]), true
	case len(n[2]) == 4 && len(n[0]) <= 2:
		return atoi(n[2]), atoi(n[1]), atoi(n[0]), true
	}
	return 0, 0, 0, false
}

// find returns the month that a folded word names, 0 for none or several.
func (n *monthNames) find(word string) int {
	const shortest, stem = 3, 4 // letters of a shortened name; of a name with an ending added
	if m, ok := n.month[word]; ok {
		return m
	}
	if len(word) < shortest {
		return 0
	}
	found := 0
	for name, m := range n.month {
		inflected := len(name) >= stem && strings.HasPrefix(word, name)
		if !inflected && !strings.HasPrefix(name, word) {
			continue
		}
		if found != 0 && found != m {
			return 0
		}
		found = m
	}
	return found
}

// cutDate parts a typed date into its numbers and its folded words. Anything that
// is neither is a separator, except what no date contains: then there are no
// numbers.
func cutDate(s string) (numbers, words []string) {
	var cur []rune
	digits := false
	flush := func() {
		if len(cur) == 0 {
			return
		}
		if digits {
			numbers = append(numbers, string(cur))
		} else {
			if w := string(cur); roman(w) > 0 {
				words = append(words, w)
			} else {
				words = append(words, Tokens(w)...)
			}
		}
		cur = cur[:0]
	}
	for _, r := range s {
		isDigit := r >= '0' && r <= '9'
		switch {
		case isDigit || unicode.IsLetter(r) || unicode.IsMark(r) || r == '\'' || r == '’':
			if isDigit != digits {
				flush()
			}
			digits = isDigit
			cur = append(cur, r)
		case unicode.IsSpace(r) || strings.ContainsRune(".,/-", r):
			flush()
		default:
			return nil, nil
		}
	}
	flush()
	return numbers, words
}

// atoi reads a few digits; too many are no part of a date.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}
