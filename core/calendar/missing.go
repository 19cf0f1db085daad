package calendar

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/gate"
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

// invalid puts the findings of the calendar's checks to the fields of the form, with what
// would be right where that follows from the profile.
func invalid(bad *fault.Error, wrong profile.Misfits, p *profile.Profile, year profile.Document) error {
	for _, m := range wrong {
		key := "year.finding.other"
		if known[m.Code] {
			key = "year.finding." + strings.ToLower(m.Code)
		}
		args := fault.Args{"Message": m.Message}
		switch m.Code {
		case profile.CodeReach:
			start, _ := profile.ParseDate(text(year["start"]))
			end, _ := profile.ParseDate(text(year["end"]))
			first, last, days := p.Reach(start, end)
			args["First"], args["Last"], args["Days"] = first.Time(), last.Time(), days
		case profile.CodeYearLong:
			start, _ := profile.ParseDate(text(year["start"]))
			args["Last"] = profile.LastOf(start).Time()
		case profile.CodeMany:
			args["Count"], args["Most"], args["Section"] = many(p, year, m.Path)
		case profile.CodeWeaker:
			section, term, _ := strings.Cut(m.Part, ".")
			args["Part"] = partName(p, section, term, termsOf(year))
		}
		bad = bad.WithField(ofYear(m.Path), key, args)
	}
	return bad.OrNil()
}

// many says how many windows the section of one has in a year, how many it may, and how it is called.
func many(p *profile.Profile, year profile.Document, path string) (count, most int, section any) {
	windows := entries(year["windows"])
	of := func(w map[string]any) string {
		base, _, _ := strings.Cut(text(w["section"]), ".")
		return base
	}
	id := ""
	if parts := strings.Split(path, "."); len(parts) > 1 {
		if i, err := strconv.Atoi(parts[1]); err == nil && i < len(windows) {
			id = of(windows[i])
		}
	}
	for _, w := range windows {
		if of(w) == id {
			count++
		}
	}
	start, _ := profile.ParseDate(text(year["start"]))
	return count, p.MostWindows(&profile.SchoolYear{Start: start}), partName(p, id, "", nil)
}

// restsOn is what a refusal of a year rests on: where a section would be open while the law
// closes it, the law that closes it; else that of the calendar.
func restsOn(wrong profile.Misfits, p *profile.Profile, year profile.Document, other gate.Grant) gate.Grant {
	for _, m := range wrong {
		section := m.Part
		if parts := strings.Split(m.Path, "."); m.Code == profile.CodeReach && len(parts) > 2 {
			if i, err := strconv.Atoi(parts[1]); err == nil && i < len(entries(year[parts[0]])) {
				section = text(entries(year[parts[0]])[i]["section"])
			}
		}
		section, _, _ = strings.Cut(section, ".")
		if s := p.Section(section); s != nil && s.Source != "" {
			return gate.Grant{Source: s.Source, Object: "section", Action: "open"}
		}
	}
	return other
}

// termsOf are the terms of a document, for their names.
func termsOf(year profile.Document) (out []profile.Term) {
	for _, e := range entries(year["terms"]) {
		out = append(out, profile.Term{Entry: profile.Entry{ID: text(e["id"])}, Name: profile.Text(words(e["name"]))})
	}
	return out
}
