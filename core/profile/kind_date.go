package profile

import (
	"regexp"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"mektep/core/fault"
)

// KindDate is a day.
const KindDate Kind = "date"

var dateKind = kindSpec{
	id: KindDate, keys: []string{"earliest", "latest"}, cel: cel.TimestampType, zero: time.Time{}, index: ByNumbers,
	canonical: (*Field).date,
	tried:     func(_ *Field, on Date) []triedValue { return []triedValue{{on.Time(), nil}} },
}

// yearAlone is a year that names no day of it.
var yearAlone = regexp.MustCompile(`^(?:1[89]|2[01])[0-9]{2}$`)

func (f *Field) date(raw any, on Date) (any, string, fault.Args) {
	var d Date
	switch x := raw.(type) {
	case Date:
		d = x
	case time.Time:
		d = DateOf(x)
	case string:
		v, err := ParseDate(strings.TrimSpace(x))
		if err != nil && yearAlone.MatchString(strings.TrimSpace(x)) {
			return nil, "field.date_year", fault.Args{"Value": strings.TrimSpace(x)}
		}
		if err != nil {
			return nil, "field.date", nil
		}
		d = v
	default:
		return nil, "field.date", nil
	}
	latest := f.LastDay(on)
	switch {
	case f.Earliest != 0 && d < f.Earliest:
		return nil, "field.date_early", fault.Args{"Date": f.Earliest.Time()}
	case latest != 0 && d > latest && f.Latest == "today":
		return nil, "field.date_future", nil
	case latest != 0 && d > latest:
		return nil, "field.date_late", fault.Args{"Date": latest.Time()}
	}
	return d, "", nil
}

// LastDay is the day after which no value of the field lies; 0: there is none.
func (f *Field) LastDay(on Date) Date {
	if f.Latest == "today" {
		return on
	}
	return f.rules.latest
}
