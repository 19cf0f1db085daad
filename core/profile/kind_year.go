package profile

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"

	"mektep/core/fault"
)

// KindYear is a year. It names, it does not count: it is written without a separator of
// thousands, and read the same in every language.
const KindYear Kind = "year"

var yearKind = kindSpec{
	id: KindYear, keys: []string{"min", "max", "latest"}, cel: cel.IntType, zero: int64(0), index: ByNumbers,
	canonical: (*Field).year,
	tried:     numbersTried(func(n float64) any { return int64(n) }),
}

// writtenYear is a year of four figures, with what languages put behind it.
var writtenYear = regexp.MustCompile(`(?i)^([0-9]{4})\s*(?:[-–]?\s*(?:г\.?|год|г\.\s*п\.?|ж\.?|жыл|жылы|yılı|y\.?))?$`)

// fullDay is a day in figures that has its year at an end.
var fullDay = regexp.MustCompile(`^(?:[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{4}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2})`)

func (f *Field) year(raw any, on Date) (any, string, fault.Args) {
	var n float64
	switch x := raw.(type) {
	case int64:
		n = float64(x)
	case int:
		n = float64(x)
	case float64:
		n = x
	case json.Number:
		return f.year(x.String(), on)
	case string:
		s := strings.TrimSpace(x)
		m := writtenYear.FindStringSubmatch(s)
		switch {
		case m == nil && fullDay.MatchString(s):
			return nil, "field.year_day", fault.Args{"Value": s}
		case m == nil:
			return nil, "field.year", nil
		}
		n, _ = strconv.ParseFloat(m[1], 64) // four figures
	default:
		return nil, "field.year", nil
	}
	if n != math.Trunc(n) || n < 1000 || n > 9999 {
		return nil, "field.year", nil
	}
	most := f.Max
	if last := f.LastDay(on); last != 0 {
		year := float64(last.Time().Year())
		most = &year
	}
	if f.Min != nil && n < *f.Min || most != nil && n > *most {
		return nil, rangeKey(f.Min, most), fault.Args{"Min": f.bound(f.Min), "Max": f.bound(most)}
	}
	return int64(n), "", nil
}

// IsYear reports whether values of the field are years.
func (f *Field) IsYear() bool { return f.Type.Kind == KindYear }
