package registry

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"mektep/core/fault"
	"mektep/core/locale"
	"mektep/core/profile"
)

// ReadText reads what somebody wrote into a field in one of some languages: numbers
// and days as the languages write them, for forms, files and programs alike. Where
// the languages would read different numbers, the field's bounds decide; where both
// readings could be meant, key says so. What is no number or day stays the text, for
// the profile to judge.
func ReadText(f *profile.Field, s string, langs ...*locale.Localizer) (v any, key string, args fault.Args) {
	switch f.Type.Kind {
	case profile.KindInt, profile.KindDecimal:
		return readNumber(f, s, langs)
	case profile.KindDate:
		return readDay(s, langs)
	case profile.KindText, profile.KindLongText, profile.KindBool, profile.KindPhone, profile.KindEmail, profile.KindURL,
		profile.KindReference, profile.KindReferences, profile.KindIdentifier: // the same in every language
	}
	return s, "", nil
}

// ReadTexts reads the texts among the values of a register's fields as ReadText does. What cannot
// be read stays as it is: the profile says what is wrong with it, with all else.
func ReadTexts(of *profile.Register, values map[string]any, langs ...*locale.Localizer) map[string]any {
	out := make(map[string]any, len(values))
	for id, v := range values {
		if f, s := of.Field(id), ""; f != nil {
			if text, is := v.(string); is {
				s = text
			}
			if read, key, _ := ReadText(f, s, langs...); s != "" && key == "" {
				v = read
			}
		}
		out[id] = v
	}
	return out
}

var exponential = regexp.MustCompile(`^([+-]?[0-9])(?:[.,]([0-9]{1,15}))?[eE]([+-]?[0-9]{1,3})$`)

func readNumber(f *profile.Field, s string, langs []*locale.Localizer) (any, string, fault.Args) {
	if m := exponential.FindStringSubmatch(strings.TrimSpace(s)); m != nil {
		if x, err := strconv.ParseFloat(m[1]+"."+m[2]+"0e"+m[3], 64); err == nil {
			return x, "", nil
		}
	}
	var found []float64
	for _, l := range langs {
		x, err := l.ParseNumber(s)
		if err == nil && (len(found) == 0 || found[0] != x) {
			found = append(found, x)
		}
	}
	if len(found) == 0 {
		return s, "", nil
	}
	thousands, fraction, two := profile.TwoReadings(s)
	if !two {
		return found[0], "", nil
	}
	whole := f.Type.Kind == profile.KindInt
	could := func(x float64) bool { return f.Fits(x) && (!whole || x == math.Trunc(x)) }
	switch {
	case len(found) == 1 && could(found[0]) && (!whole || found[0] == thousands):
		return found[0], "", nil
	case could(thousands) && could(fraction): // also: three noughts behind the point of a whole number
		return nil, "field.number_ambiguous", fault.Args{"Value": s, "Thousands": profile.Digits(thousands), "Fraction": profile.Digits(fraction)}
	case could(thousands):
		return thousands, "", nil
	case could(fraction):
		return fraction, "", nil
	}
	return found[0], "", nil
}

var figuresAlone = regexp.MustCompile(`^[0-9]+(?:[.,][0-9]+)?$`)

func readDay(s string, langs []*locale.Localizer) (any, string, fault.Args) {
	if _, err := profile.ParseDate(s); err == nil {
		return s, "", nil
	}
	for _, l := range langs {
		if t, err := l.ParseDate(s); err == nil {
			return t.Format(time.DateOnly), "", nil
		}
	}
	if figuresAlone.MatchString(s) && len(s) != 4 {
		return nil, "field.date_figures", fault.Args{"Value": s}
	}
	if key, args := noDay(s); key != "" {
		return nil, key, args
	}
	return s, "", nil // a year alone, and anything else, is the profile's to name
}

// Days of other years are slips of the pen: no text of a day is read as one.
const (
	earliestYear = 1800
	latestYear   = 2199
)

var threeParts = regexp.MustCompile(`^([0-9]{1,4})[./-]([0-9]{1,2})[./-]([0-9]{1,4})$`)

// noDay says of what looks like a day why it is none: the month is shorter, or of the year
// there are two figures only. Empty where it says neither.
func noDay(s string) (string, fault.Args) {
	m := threeParts.FindStringSubmatch(strings.TrimSuffix(strings.TrimSpace(s), "."))
	if m == nil {
		return "", nil
	}
	day, month, year := m[1], m[2], m[3]
	if len(day) == 4 {
		day, year = year, day
	}
	switch d, mo, y := number(day), number(month), number(year); {
	case len(day) > 2 || mo < 1 || mo > 12 || d < 1 || d > 31:
	case len(year) == 2:
		return "field.date_short", fault.Args{"Value": s}
	case len(year) == 4 && (y < earliestYear || y > latestYear):
		return "field.date_beyond", fault.Args{"Value": s, "From": strconv.Itoa(earliestYear), "To": strconv.Itoa(latestYear)}
	case len(year) == 4:
		if days := time.Date(y, time.Month(mo)+1, 0, 0, 0, 0, 0, time.UTC).Day(); d > days {
			return "field.date_days", fault.Args{"Value": s, "Days": days}
		}
	}
	return "", nil
}

func number(figures string) int {
	n, err := strconv.Atoi(figures)
	if err != nil {
		return 0
	}
	return n
}

// plainCode reads a code as programs spoil it: 751941.0, 6,0. A code in figures of
// which some were cut off (7.5E5) is none: key says so.
func plainCode(s string) (code, key string) {
	if whole, nought, cut := strings.Cut(strings.Replace(s, ",", ".", 1), "."); cut && nought != "" && strings.Trim(nought, "0") == "" && onlyFigures(whole) {
		return whole, ""
	}
	if exponential.MatchString(s) {
		return s, "import.row.exponent"
	}
	return s, ""
}

// bareCode reads a code of whose form the country says nothing, as a person means it:
// without the sign for "number", the mark that keeps a spreadsheet from reading it, and
// blanks between figures. key says what is wrong with it.
func bareCode(s string) (code, key string) {
	code = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(s), "'’№# "))
	if figures := strings.Join(strings.Fields(code), ""); onlyFigures(figures) {
		code = figures
	}
	return plainCode(code)
}

// joined is a code of figures without the marks that people part them by; empty for one that
// is of anything else.
func joined(code string) string {
	bare := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune(".,-–—/·", r) {
			return -1
		}
		return r
	}, strings.TrimLeft(code, "№#"))
	if !onlyFigures(bare) || !onlyFigures(code[len(code)-1:]) {
		return ""
	}
	return bare
}

// asText is a cell without what keeps a spreadsheet from taking it for a number: ="0123",
// and an apostrophe before it.
func asText(s string) string {
	if inner, is := strings.CutPrefix(s, `="`); is && strings.HasSuffix(inner, `"`) {
		return strings.TrimSpace(strings.ReplaceAll(inner[:len(inner)-1], `""`, `"`))
	}
	if rest, is := strings.CutPrefix(s, "'"); is && rest != "" && !strings.ContainsAny(rest, "'’") {
		return strings.TrimSpace(rest)
	}
	return s
}

func onlyFigures(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// mostNoughts bounds how many leading zeros of a code a spreadsheet can have lost.
const mostNoughts = 3

// judgedCode reads a code of which valid says whether it is one: as it stands, without
// what programs add, or with the leading zeros that they lose.
func judgedCode(s string, valid func(string) bool) (code, key string) {
	if valid(s) {
		return s, ""
	}
	code, key = plainCode(s)
	if key != "" || valid(code) {
		return code, key
	}
	if bare := joined(code); bare != "" && valid(bare) { // 912.404, 912-405
		return bare, ""
	}
	if onlyFigures(code) {
		for n := 1; n <= mostNoughts; n++ {
			if long := strings.Repeat("0", n) + code; valid(long) {
				return long, ""
			}
		}
	}
	return code, ""
}
