package profile

import (
	"regexp"
	"strconv"
	"strings"

	"mektep/core/fault"
)

// Maps write places in degrees, minutes and seconds, and both numbers of one side by side: the
// first is read where a field counts in degrees, the second is told.

// inDegrees is an angle as maps write it: 39°55'12"N, N 39° 55,2'. What stands for minutes and seconds
// are many signs.
var inDegrees = regexp.MustCompile(`^([NSEW]?)\s*([+-]?[0-9]{1,3}(?:[.,][0-9]+)?)\s*°\s*(?:([0-9]{1,2}(?:[.,][0-9]+)?)\s*['′’‘]\s*)?(?:([0-9]{1,2}(?:[.,][0-9]+)?)\s*(?:["″”“]|''|′′|’’)\s*)?([NSEW]?)$`)

// pairOfNumbers are two numbers with fractions side by side.
var pairOfNumbers = regexp.MustCompile(`^\(?([+-]?[0-9]{1,3}[.,][0-9]+)°?\s*[,;/ ]\s*([+-]?[0-9]{1,3}[.,][0-9]+)°?\)?$`)

// bareAngle are degrees, minutes and seconds without their signs.
var bareAngle = regexp.MustCompile(`^[+-]?[0-9]{1,3}(?:[ :][0-9]{1,2}){1,2}(?:[.,][0-9]+)?$`)

// angles reports that a field counts in degrees.
func (f *Field) angles() bool { return f.CountsIn("°") }

// degrees reads an angle as maps write it; ok says that it is one.
func (f *Field) degrees(raw any) (n float64, ok bool) {
	s, _ := raw.(string)
	m := inDegrees.FindStringSubmatch(strings.TrimSpace(strings.ToUpper(s)))
	if m == nil || m[1] != "" && m[5] != "" || m[3] == "" && m[4] != "" || m[3] != "" && strings.ContainsAny(m[2], ".,") {
		return 0, false
	}
	part := func(s string) float64 {
		x, _ := strconv.ParseFloat(strings.ReplaceAll(s, ",", "."), 64)
		return x
	}
	whole, minutes, seconds := part(strings.TrimLeft(m[2], "+-")), part(m[3]), part(m[4])
	if minutes >= 60 || seconds >= 60 {
		return 0, false
	}
	n = whole + minutes/60 + seconds/3600
	if strings.HasPrefix(m[2], "-") || strings.ContainsAny(m[1]+m[5], "SW") {
		n = -n
	}
	n, _ = f.rounded(n)
	return n, true
}

// notAngle says what would be right of a text that is no number, in a field of degrees.
func notAngle(raw any) (key string, args fault.Args) {
	s, _ := raw.(string)
	s = strings.TrimSpace(s)
	if m := pairOfNumbers.FindStringSubmatch(s); m != nil {
		return "field.two_numbers", fault.Args{"First": m[1], "Second": m[2]}
	}
	if strings.ContainsAny(s, "°′'\"″") || bareAngle.MatchString(s) {
		return "field.degrees", nil
	}
	return "", nil
}
