package locale

import (
	"math"
	"strconv"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// numberStyle is how a language writes numbers, taken from CLDR once at load:
// formatting through CLDR each time costs a hundred times as much.
type numberStyle struct {
	group, decimal              string
	percentBefore, percentAfter string
}

func numbersOf(tag language.Tag) numberStyle {
	s := numberStyle{group: ",", decimal: ".", percentAfter: "%"}
	p := message.NewPrinter(tag)
	sample := p.Sprint(number.Decimal(1234567.5))
	marks := strings.FieldsFunc(sample, func(r rune) bool { return r >= '0' && r <= '9' })
	if len(marks) == 3 && marks[0] == marks[1] {
		s.group, s.decimal = marks[0], marks[2]
	}
	if before, after, ok := strings.Cut(p.Sprint(number.Percent(0.12)), "12"); ok {
		s.percentBefore, s.percentAfter = before, after
	}
	return s
}

// Number writes a whole number with the language's thousands separator.
func (l *Localizer) Number(n int64) string {
	return l.numbers.punctuate(strconv.FormatInt(n, 10))
}

// Decimal writes x with the given number of decimal places; with -1, as many as
// it has, ten at most. Not-a-number and infinity are a dash.
func (l *Localizer) Decimal(x float64, places int) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "–"
	}
	if places >= 0 {
		return l.numbers.punctuate(strconv.FormatFloat(x, 'f', places, 64))
	}
	digits := strconv.FormatFloat(x, 'f', -1, 64)
	if dot := strings.IndexByte(digits, '.'); dot >= 0 && len(digits)-dot > 11 {
		digits = strings.TrimRight(strconv.FormatFloat(x, 'f', 10, 64), "0")
		digits = strings.TrimSuffix(digits, ".")
	}
	return l.numbers.punctuate(digits)
}

// Percent writes a fraction (0.125) as a percentage with the given decimal
// places.
func (l *Localizer) Percent(fraction float64, places int) string {
	return l.numbers.percentBefore + l.Decimal(fraction*100, max(places, 0)) + l.numbers.percentAfter
}

// punctuate puts separators into a plain number: an optional minus, digits, an
// optional point and digits.
func (s numberStyle) punctuate(plain string) string {
	sign := ""
	if strings.HasPrefix(plain, "-") {
		sign, plain = "-", plain[1:]
	}
	whole, fraction, hasFraction := strings.Cut(plain, ".")
	if strings.Trim(whole+fraction, "0") == "" {
		sign = "" // -0.0 and what rounds to it
	}
	if len(whole) <= 3 && !hasFraction {
		return sign + whole
	}
	var b strings.Builder
	b.WriteString(sign)
	first := len(whole) % 3
	b.WriteString(whole[:first])
	for i := first; i < len(whole); i += 3 {
		if i > 0 {
			b.WriteString(s.group)
		}
		b.WriteString(whole[i : i+3])
	}
	if hasFraction {
		b.WriteString(s.decimal)
		b.WriteString(fraction)
	}
	return b.String()
}

// FileSize writes a size in bytes in the unit that reads best (1 kB = 1000 B).
func (l *Localizer) FileSize(bytes int64) string {
	const kilo, mega, giga = 1e3, 1e6, 1e9
	x := float64(bytes)
	switch {
	case x < kilo:
		return l.T("size.bytes", "Size", l.Number(bytes))
	case x < mega:
		return l.T("size.kilobytes", "Size", l.size(x/kilo))
	case x < giga:
		return l.T("size.megabytes", "Size", l.size(x/mega))
	default:
		return l.T("size.gigabytes", "Size", l.size(x/giga))
	}
}

// size keeps two significant places below ten and none above.
func (l *Localizer) size(x float64) string {
	if x < 9.95 {
		return l.Decimal(math.Round(x*10)/10, -1)
	}
	return l.Number(int64(math.Round(x)))
}

// List joins items as the language enumerates: "a, b and c".
func (l *Localizer) List(items []string) string {
	if len(items) == 0 {
		return ""
	}
	s := items[len(items)-1]
	for i := len(items) - 2; i >= 0; i-- {
		if i == len(items)-2 {
			s = l.T("list.last", "First", items[i], "Rest", s)
		} else {
			s = l.T("list.between", "First", items[i], "Rest", s)
		}
	}
	return s
}
