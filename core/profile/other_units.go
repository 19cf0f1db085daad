package profile

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// otherUnit is an entry of other_units taken apart: the names of a unit, and how many of the
// field's own one of it is; 0 where it says none.
func otherUnit(s string) (names []string, factor float64) {
	called, number, _ := strings.Cut(s, "=")
	factor, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil {
		return nil, 0
	}
	for name := range strings.SplitSeq(called, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names, factor
}

// Factor is how many of a field's own unit one of another is, by any name of it; 0 where nobody
// has said so: then it may be a measure of something else.
func (f *Field) Factor(unit string) float64 {
	unit = plainUnit(unit)
	for _, s := range f.OtherUnits {
		names, factor := otherUnit(s)
		if slices.ContainsFunc(names, func(name string) bool { return plainUnit(name) == unit }) {
			return factor
		}
	}
	return 0
}

// Reckoned is a number of another unit in the field's own, as the field keeps it, and exact whether
// nothing is lost by it: nobody wrote the decimals that come of it.
func (f *Field) Reckoned(n, factor float64) (kept float64, exact bool) {
	n *= factor
	if f.Type.Kind != KindDecimal {
		return n, true
	}
	kept, _ = f.rounded(n)
	return kept, math.Abs(n-kept) <= noise(n)
}

// Least is the smallest number above nought that a field keeps, and with how many decimals.
func (f *Field) Least() (n float64, places int) {
	_, places = f.rounded(0)
	return math.Pow10(-places), places
}

// ungrouped is a number as it can be typed as it stands: a whole one without marks between its
// thousands, which would be asked about.
func ungrouped(n float64) any {
	if n == math.Trunc(n) {
		return Digits(n)
	}
	return n
}

// reckons reports a number that can be read in one way only, of a unit of which is known how many
// of the field's own it is.
func (f *Field) reckons(number, unit string) bool {
	_, _, two := TwoReadings(number)
	_, ok := toNumber(number)
	return ok && !two && f.Factor(unit) > 0
}
