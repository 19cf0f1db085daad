package profile

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"

	"mektep/core/fault"
)

// KindInt is a whole number, KindDecimal one with a fraction.
const (
	KindInt     Kind = "int"
	KindDecimal Kind = "decimal"
)

var intKind = kindSpec{
	id: KindInt, keys: []string{"min", "max", "unit", "unit_aliases", "other_units"}, cel: cel.IntType, zero: int64(0), index: ByNumbers,
	canonical: func(f *Field, raw any, _ Date) (any, string, fault.Args) { return f.number(raw, true) },
	tried:     numbersTried(func(n float64) any { return int64(n) }),
}

var decimalKind = kindSpec{
	id: KindDecimal, keys: []string{"min", "max", "unit", "unit_aliases", "other_units", "decimals"}, cel: cel.DoubleType, zero: float64(0), index: ByNumbers,
	canonical: func(f *Field, raw any, _ Date) (any, string, fault.Args) { return f.number(raw, false) },
	tried:     numbersTried(func(n float64) any { return n }),
}

// number reads whole and decimal numbers; a comma may stand for the point, blanks
// may group the digits.
func (f *Field) number(raw any, whole bool) (any, string, fault.Args) {
	if s, written := raw.(string); written {
		if thousands, fraction, two := TwoReadings(s); two && f.Fits(thousands) {
			// The language of a text is not known here: nobody guesses a thousandfold.
			if whole && fraction != math.Trunc(fraction) {
				raw = thousands
			} else if f.Fits(fraction) {
				return nil, "field.number_ambiguous", fault.Args{"Value": s, "Thousands": int64(thousands), "Fraction": fraction}
			}
		}
	}
	n, ok := toNumber(raw)
	if !ok && f.angles() {
		if n, ok = f.degrees(raw); !ok {
			if key, args := notAngle(raw); key != "" {
				return nil, key, args
			}
		}
	}
	if number, unit := withUnit(raw); !ok && number != "" {
		switch {
		case f.CountsIn(unit):
			return nil, "field.unit", fault.Args{"Number": number}
		case f.reckons(number, unit):
			n, _ = toNumber(number)
			kept, _ := f.Reckoned(n, f.Factor(unit))
			return nil, "field.unit_known", fault.Args{"Unit": fault.Text(f.Unit), "Number": ungrouped(kept)}
		case len(f.Unit) > 0: // what it is in that unit, nobody reckons
			return nil, "field.unit_other", fault.Args{"Unit": fault.Text(f.Unit)}
		}
		return nil, "field.figures", nil
	}
	if !ok || whole && n != math.Trunc(n) {
		if whole {
			return nil, "field.int", nil
		}
		return nil, "field.decimal", nil
	}
	if f.Min != nil && n < *f.Min || f.Max != nil && n > *f.Max || math.Abs(n) > 1e15 {
		return nil, rangeKey(f.Min, f.Max), fault.Args{"Min": f.bound(f.Min), "Max": f.bound(f.Max)}
	}
	if whole {
		return int64(n), "", nil
	}
	kept, places := f.rounded(n)
	switch {
	case math.Abs(n-kept) <= noise(n):
	case kept == 0: // nought is no rounding of something
		least, _ := f.Least()
		return nil, "field.decimals_least", fault.Args{"Decimals": places, "Least": least}
	default:
		return nil, "field.decimals", fault.Args{"Decimals": places, "Rounded": kept}
	}
	return kept, "", nil
}

// measured is a number with what it counts behind it.
var measured = regexp.MustCompile(`^([+-]?[0-9]+(?:[ .,\x{a0}\x{202f}'’][0-9]+)*)\s*([%\p{L}][^0-9]*[23]?)$`)

// Measured is the number of a text that says what it counts too, and what that is; empty where it
// is none.
func Measured(s string) (number, unit string) { return withUnit(s) }

// withUnit is the number of a text that says what it counts too, as it is written there, and
// what that is; empty where it is none.
func withUnit(raw any) (number, unit string) {
	s, _ := raw.(string)
	if m := measured.FindStringSubmatch(strings.TrimSpace(s)); m != nil {
		return m[1], m[2]
	}
	return "", ""
}

// CountsIn reports whether a field counts in what somebody wrote behind a number, in any
// language and by any of its names: m2 is m², and a field that speaks of % counts in hundredths.
func (f *Field) CountsIn(unit string) bool {
	unit = plainUnit(unit)
	for _, own := range f.Unit {
		if plainUnit(own) == unit {
			return true
		}
	}
	return unit == "%" && f.Hundredths() || slices.ContainsFunc(f.UnitAliases, func(also string) bool { return plainUnit(also) == unit })
}

// Hundredths reports that a field counts in hundredths, as its name or its unit says.
func (f *Field) Hundredths() bool {
	for _, said := range []Text{f.Name, f.Unit} {
		for _, s := range said {
			if strings.Contains(s, "%") {
				return true
			}
		}
	}
	return false
}

// plainUnit is how units are compared: small letters, without points; but a byte is no bit, MB/s no
// Mb/s. A question mark is what an encoding makes of ² that has it not.
func plainUnit(s string) string {
	s = bytesOf.ReplaceAllString(strings.Trim(strings.TrimSpace(s), "()[]"), "${1}byte$2")
	return strings.ToLower(unitSigns.Replace(s))
}

// bytesOf is how speeds and sizes in bytes are written.
var bytesOf = regexp.MustCompile(`^([kKMGкКМГ])[BБ](/.*|ps)?$`)

var unitSigns = strings.NewReplacer("²", "2", "³", "3", "?", "2", "^", "", ".", "", " ", "", "\u00a0", "", "\u202f", "")

// usualDecimals is how many decimals a field keeps that says nothing of it.
const usualDecimals = 2

// rounded is a number as a field keeps it, and with how many decimals that is.
func (f *Field) rounded(n float64) (kept float64, places int) {
	places = usualDecimals
	if f.Decimals != nil {
		places = *f.Decimals
	}
	scale := math.Pow10(places)
	return math.Round(n*scale) / scale, places
}

// noise is what programs that count in twos add to a number that somebody entered in tens:
// 12.130000000000001 is 12.13.
func noise(n float64) float64 { return max(1e-9, math.Abs(n)*1e-14) }

// workedOut is what a condition came to, as a field keeps it: nobody wrote its decimals.
func (f *Field) workedOut(raw any) any {
	if n, counted := raw.(float64); counted && f.Type.Kind == KindDecimal {
		raw, _ = f.rounded(n)
	}
	return raw
}

// Fits reports whether a number lies within the bounds of a field.
func (f *Field) Fits(n float64) bool {
	return (f.Min == nil || n >= *f.Min) && (f.Max == nil || n <= *f.Max)
}

// Digits writes a number with digits and a point only, as a message shows what was read.
func Digits(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

var twoReadings = regexp.MustCompile(`^([+-]?[1-9][0-9]{0,2})[.,]([0-9]{3})$`)

// TwoReadings returns what a text like 1.250 or 1,250 can mean: thousands in some
// languages, a fraction in others.
func TwoReadings(s string) (thousands, fraction float64, ok bool) {
	m := twoReadings.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return 0, 0, false
	}
	thousands, _ = strconv.ParseFloat(m[1]+m[2], 64)
	fraction, _ = strconv.ParseFloat(m[1]+"."+m[2], 64)
	return thousands, fraction, true
}

func rangeKey(least, most *float64) string {
	switch {
	case least != nil && most == nil:
		return "field.too_small"
	case least == nil:
		return "field.too_large"
	}
	return "field.range"
}

// bound is a bound as the argument of a message.
func (f *Field) bound(n *float64) any {
	switch {
	case n == nil:
		return nil
	case f.IsYear():
		return strconv.Itoa(int(*n))
	}
	return *n
}

// groupedNumber is a number whose digits blanks group by three, or not at all: what
// blanks part otherwise is two numbers.
var groupedNumber = regexp.MustCompile(`^[+-]?(?:[0-9]+|[0-9]{1,3}(?:[ \x{a0}\x{202f}][0-9]{3})+)(?:[.,][0-9]+)?$`)

func toNumber(raw any) (float64, bool) {
	switch x := raw.(type) {
	case int:
		return float64(x), true
	case int64:
		return float64(x), true
	case float64:
		return x, !math.IsNaN(x) && !math.IsInf(x, 0)
	case json.Number:
		n, err := x.Float64()
		return n, err == nil
	case string:
		s := strings.TrimSpace(x)
		if !groupedNumber.MatchString(s) || len(s) > 30 {
			return 0, false
		}
		s = strings.Map(func(r rune) rune {
			if r == ' ' || r == '\u00a0' || r == '\u202f' {
				return -1
			}
			return r
		}, s)
		n, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", "."), 64)
		return n, err == nil
	}
	return 0, false
}
