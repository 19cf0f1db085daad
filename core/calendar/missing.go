package calendar

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/profile"
)

// missing tidies the order and says what a proposal lacks beside the year itself: an order, and for a year that
// people go by already a reason in every official language.
func (p Proposal) missing(old *profile.SchoolYear, official []string, today time.Time) (audit.Order, *fault.Error) {
	order, bad := p.Order.Checked(fault.New(fault.Invalid, "fault.invalid"), true, today)
	for _, tag := range slices.Sorted(maps.Keys(p.Note)) {
		switch {
		case len([]rune(p.Note[tag])) > mostReason:
			bad = bad.WithField("note."+tag, "field.too_long", fault.Args{"Max": mostReason})
		case !fault.Legible(p.Note[tag]):
			bad = bad.WithField("note."+tag, "field.plain", nil)
		}
	}
	if old == nil || old.Provisional() {
		return order, bad
	}
	for _, tag := range official {
		if !strings.ContainsFunc(p.Note[tag], unicode.IsLetter) {
			bad = bad.WithField("note."+tag, "field.required", nil)
		}
	}
	return order, bad
}

// mostText is how long a text of a school year may be, in characters; notes, which say
// why it is changed, are as long as reasons.
const mostText = 300

// written judges every text of a proposal's document, whatever it is for: names of the
// year's parts are words, of one line, and nothing in it is without end or hidden.
func written(bad *fault.Error, at string, v any) *fault.Error {
	switch v := v.(type) {
	case string:
		if len([]rune(v)) > mostText {
			return bad.WithField(at, "field.too_long", fault.Args{"Max": mostText})
		}
		if !fault.Plain(v) {
			return bad.WithField(at, "field.plain", nil)
		}
	case []any:
		for i, one := range v {
			bad = written(bad, fmt.Sprintf("%s.%d", at, i), one)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			path := at + "." + k
			if at == "" {
				path = ofYear(k)
			}
			_, words := v[k].(string)
			if last := at[strings.LastIndexByte(at, '.')+1:]; !words && (last == "name" || last == "note" || path == "id") {
				bad = bad.WithField(path, "field.text", nil)
				continue
			}
			bad = written(bad, path, v[k])
		}
	}
	return bad
}

// ofYear names a field of the year's document: its own note is not the proposal's.
func ofYear(path string) string {
	if path == "note" || strings.HasPrefix(path, "note.") {
		return "year." + path
	}
	return path
}

// invalid puts the findings of the calendar's checks to the fields of the form.
func invalid(bad *fault.Error, wrong profile.Misfits) error {
	for _, m := range wrong {
		key := "year.finding.other"
		if known[m.Code] {
			key = "year.finding." + strings.ToLower(m.Code)
		}
		bad = bad.WithField(ofYear(m.Path), key, fault.Args{"Message": m.Message})
	}
	return bad.OrNil()
}
