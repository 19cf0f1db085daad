package intake

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"mektep/core/locale"
	"mektep/core/profile"
)

// unbracketed is a heading without what stands in its brackets, and what does.
func unbracketed(heading string) (bare string, within []string) {
	for {
		from := strings.IndexAny(heading, "([")
		to := strings.IndexAny(heading, ")]")
		if from < 0 || to < from {
			return heading, within
		}
		within = append(within, heading[from+1:to])
		heading = heading[:from] + " " + heading[to+1:]
	}
}

// Qualified reports a heading whose brackets say more than that its column is of a target: another
// unit, what is planned, whose telephone it is. Its own unit, its own words, how it is to be
// filled, and what its list has to choose from say no more. f is the field of the target; nil
// for others.
func (h *Headings) Qualified(heading, target string, f *profile.Field) bool {
	if h.Exactly(heading) == target {
		return false
	}
	if u, sure := unitOf(heading, f); u.factor > 0 || !sure {
		return !sure
	}
	_, within := unbracketed(heading)
	return slices.ContainsFunc(within, func(s string) bool { return !h.idly(s, target, f) })
}

// idly reports that what stands in brackets behind what a target is called says no more.
func (h *Headings) idly(s, target string, f *profile.Field) bool {
	s = strings.TrimSpace(s)
	if f != nil && (f.Type.Kind == profile.KindInt || f.Type.Kind == profile.KindDecimal) {
		if f.CountsIn(s) || len(f.Unit) == 0 && slices.Contains(h.counted, locale.Compact(s)) {
			return true
		}
		if strings.ContainsAny(s, "%‰") || figured(s) && strings.ContainsFunc(s, unicode.IsLetter) { // 100 pcs
			return false
		}
	}
	if chosen(target, f) && len(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("/,;|", r) })) > 1 {
		return true
	}
	dated := target == TargetSince || f != nil && (f.Type.Kind == profile.KindDate || f.Type.Kind == profile.KindYear)
	for _, w := range h.worded(s) {
		if dated && strings.Trim(w.forms[0], w.forms[0][:1]) == "" { // dd.mm.yyyy
			continue
		}
		if !w.is(h.spare) && !slices.ContainsFunc(w.forms, func(f string) bool { return slices.Contains(h.idle, f) }) && !h.has(target, w) {
			return false
		}
	}
	return true
}

// Heads reports that what stands over a column of a target says no more of it than in which part of a
// list it stands: building, contacts. f is the field of the target; nil for others, which are the
// record's own: what the building is called is not how the school is.
func (h *Headings) Heads(over, target string, f *profile.Field) bool {
	if strings.ContainsAny(over, "%‰") || figured(aYear.ReplaceAllString(aYear.ReplaceAllString(over, " "), " ")) {
		return false
	}
	var parts []string
	if f != nil {
		parts = slices.Clone(h.parts)
		for _, name := range f.Group().Name {
			for _, token := range tokens(name) {
				parts = append(parts, h.forms(token, cyrillic(name))...)
			}
		}
	}
	return !slices.ContainsFunc(h.worded(over), func(w worded) bool {
		return !w.is(h.spare) && !w.says(h.idle) && !w.says(h.lists) && !w.says(parts) && !h.has(target, w)
	})
}

// aYear is a year of our time that stands in a heading.
var aYear = regexp.MustCompile(`(?:^|[^0-9])((?:19|20)[0-9]{2})(?:[^0-9]|$)`)

// shortYear is one without its century, behind an apostrophe; shortYears are those of a school year.
var (
	shortYear  = regexp.MustCompile(`(?:^|[^\pL\pN])['’‘]([0-9]{2})(?:[^0-9]|$)`)
	shortYears = regexp.MustCompile(`(?:^|[^0-9.,])([0-9]{2})\s?[-–—/]\s?([0-9]{2})(?:[^0-9]|$)`)
)

// shortCentury is from which year without its century on it is one of the last century.
const shortCentury = 70

func century(digits string) int {
	y, _ := strconv.Atoi(digits)
	if y >= shortCentury {
		return 1900 + y
	}
	return 2000 + y
}

// YearsOf are the years that a heading names; what stands before a unit is none.
func YearsOf(heading string) (years []int) {
	all := heading
	for heading != "" {
		at := aYear.FindStringSubmatchIndex(heading)
		if at == nil {
			break
		}
		y, _ := strconv.Atoi(heading[at[2]:at[3]])
		years, heading = append(years, y), heading[at[3]:]
	}
	if years != nil {
		return years
	}
	if s := shortYears.FindStringSubmatch(all); s != nil && century(s[2]) == century(s[1])+1 {
		return []int{century(s[1]), century(s[2])}
	}
	for _, s := range shortYear.FindAllStringSubmatch(all, -1) {
		years = append(years, century(s[1]))
	}
	return years
}

// chosen reports a target whose values are chosen from a list.
func chosen(target string, f *profile.Field) bool {
	return target == TargetType || f != nil && (f.Type.Kind == profile.KindBool || f.Type.Kind == profile.KindReference || f.Type.Kind == profile.KindReferences)
}

// has reports a word that one of a target's names has.
func (h *Headings) has(target string, w worded) bool {
	return slices.ContainsFunc(h.phrases, func(p phrase) bool {
		return p.target == target && slices.ContainsFunc(p.words, w.is)
	})
}
