package record

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

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
		if f.CountsIn("°") {
			s = directed(s, langs)
		}
		return readNumber(f, s, langs)
	case profile.KindDate:
		return ReadDay(s, langs)
	case profile.KindText, profile.KindLongText, profile.KindBool, profile.KindYear, profile.KindPhone, profile.KindEmail, profile.KindURL,
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

// Exponential is a number as programs write long ones.
var Exponential = regexp.MustCompile(`^([+-]?[0-9])(?:[.,]([0-9]{1,15}))?[eE]([+-]?[0-9]{1,3})$`)

func readNumber(f *profile.Field, s string, langs []*locale.Localizer) (any, string, fault.Args) {
	if m := Exponential.FindStringSubmatch(strings.TrimSpace(s)); m != nil {
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
		return nil, "field.number_ambiguous", fault.Args{"Value": s, "Thousands": int64(thousands), "Fraction": fraction}
	case could(thousands):
		return thousands, "", nil
	case could(fraction):
		return fraction, "", nil
	}
	return found[0], "", nil
}

var figuresAlone = regexp.MustCompile(`^[0-9]+(?:[.,][0-9]+)?$`)

// ReadDay reads a day as one of some languages writes it; key says what is wrong with it.
func ReadDay(s string, langs []*locale.Localizer) (any, string, fault.Args) {
	typed := s
	s = locale.TidyDate(s)
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
	return typed, "", nil // a year alone, and anything else, is the profile's to name
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
	switch d, mo, y := Figures(day), Figures(month), Figures(year); {
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

// Figures is the number that figures write; 0 where they are none.
func Figures(figures string) int {
	n, err := strconv.Atoi(figures)
	if err != nil {
		return 0
	}
	return n
}
