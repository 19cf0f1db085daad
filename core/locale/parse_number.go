package locale

import (
	"strconv"
	"strings"
	"unicode"

	"mektep/core/fault"
)

// ParseNumber reads a number as people type it: with the language's separators,
// with spaces between thousands, or with the point or comma of the other habit
// where nothing else can be meant. A single separator before exactly three digits
// is a thousands separator only if it is the language's own: "1.500" is 1500
// where numbers are written 1.234,5 and one and a half elsewhere.
//
// Errors: an Invalid fault "fault.number" with an example.
func (l *Localizer) ParseNumber(s string) (float64, error) {
	plain, ok := l.numbers.plain(s)
	if !ok {
		return 0, l.badNumber(l.Decimal(1234.5, 1))
	}
	x, err := strconv.ParseFloat(plain, 64)
	if err != nil {
		return 0, l.badNumber(l.Decimal(1234.5, 1))
	}
	return x, nil
}

// ParseInteger reads a whole number as people type it.
//
// Errors: an Invalid fault "fault.number" with an example.
func (l *Localizer) ParseInteger(s string) (int64, error) {
	plain, ok := l.numbers.plain(s)
	if ok {
		if n, err := strconv.ParseInt(strings.TrimPrefix(plain, "+"), 10, 64); err == nil {
			return n, nil
		}
	}
	return 0, l.badNumber(l.Number(1234))
}

func (l *Localizer) badNumber(example string) error {
	return fault.New(fault.Invalid, "fault.number").With("Example", example)
}

// plain turns a typed number into digits with at most one point.
func (s numberStyle) plain(typed string) (string, bool) {
	const longest = 40
	typed = strings.TrimSpace(typed)
	if typed == "" || len(typed) > longest {
		return "", false
	}
	sign := ""
	for _, minus := range []string{"-", "−", "–"} {
		if rest, ok := strings.CutPrefix(typed, minus); ok {
			sign, typed = "-", rest
			break
		}
	}
	if sign == "" {
		typed = strings.TrimPrefix(typed, "+")
	}
	// All kinds of spaces and apostrophes can only part thousands.
	typed = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\'' || r == '’' {
			return ' '
		}
		return r
	}, typed)
	if strings.Trim(typed, "0123456789 .,") != "" {
		return "", false
	}
	point := s.decimalMark(typed)
	whole, fraction := typed, ""
	if point >= 0 {
		whole, fraction = typed[:point], typed[point+1:]
		if fraction == "" || strings.Trim(fraction, "0123456789") != "" {
			return "", false
		}
	}
	whole, ok := ungroup(whole)
	if !ok {
		return "", false
	}
	if point >= 0 {
		return sign + whole + "." + fraction, true
	}
	return sign + whole, true
}

// decimalMark returns the index of the decimal point or comma, or -1.
func (s numberStyle) decimalMark(typed string) int {
	dots, commas := strings.Count(typed, "."), strings.Count(typed, ",")
	last := strings.LastIndexAny(typed, ".,")
	switch {
	case dots+commas == 0:
		return -1
	case dots > 0 && commas > 0:
		return last
	case dots+commas > 1:
		return -1
	}
	mark := typed[last : last+1]
	if mark == s.group && len(typed)-last-1 == 3 && strings.Trim(typed[:last], "0") != "" {
		return -1
	}
	return last
}

// ungroup takes separators out of a whole number and insists on groups of three.
func ungroup(whole string) (string, bool) {
	groups := strings.FieldsFunc(whole, func(r rune) bool { return r == ' ' || r == '.' || r == ',' })
	marks := strings.Trim(whole, "0123456789")
	if len(groups) == 0 || strings.ContainsAny(marks, ".") && strings.ContainsAny(marks, ",") {
		return "", false
	}
	if len(groups) == 1 {
		return whole, len(groups[0]) == len(whole)
	}
	if len(strings.Join(groups, ""))+len(groups)-1 != len(whole) || len(groups[0]) > 3 {
		return "", false
	}
	for _, g := range groups[1:] {
		if len(g) != 3 {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}
