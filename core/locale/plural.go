package locale

import (
	"slices"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// formNames lists CLDR's plural forms in CLDR's order.
var formNames = [...]string{"zero", "one", "two", "few", "many", "other"}

var formOf = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two",
	plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

// form returns the field of m that holds a plural form's text.
func form(m *i18n.Message, name string) *string {
	switch name {
	case "zero":
		return &m.Zero
	case "one":
		return &m.One
	case "two":
		return &m.Two
	case "few":
		return &m.Few
	case "many":
		return &m.Many
	default:
		return &m.Other
	}
}

// cldrForms returns the plural forms that CLDR's cardinal rules of a language
// can produce, in CLDR's order. Every rule in CLDR shows itself below 200, with
// a fraction, or at a million.
func cldrForms(tag language.Tag) []string {
	seen := map[string]bool{"other": true}
	for i := range 200 {
		seen[formOf[plural.Cardinal.MatchPlural(tag, i, 0, 0, 0, 0)]] = true
	}
	seen[formOf[plural.Cardinal.MatchPlural(tag, 1_000_000, 0, 0, 0, 0)]] = true
	seen[formOf[plural.Cardinal.MatchPlural(tag, 1, 1, 1, 5, 5)]] = true
	var out []string
	for _, f := range formNames {
		if seen[f] {
			out = append(out, f)
		}
	}
	return out
}

// declaredForms returns the forms that a file says its messages spell out, in
// which other is always among them.
func declaredForms(messages []*i18n.Message) []string {
	for _, m := range messages {
		if m.ID == keyPluralForms {
			return strings.Fields(m.Other)
		}
	}
	return nil
}

// fillForms lets "other" stand in for the forms that the language has in CLDR
// but does not need: a noun after a number does not change in some languages,
// and their files should not have to repeat the text. A message without any
// plural form but other is left alone.
func fillForms(m *i18n.Message, tag language.Tag, needed []string) {
	if !strings.Contains(m.Other, ".Count") {
		return
	}
	for _, name := range cldrForms(tag) {
		if f := form(m, name); *f == "" && !slices.Contains(needed, name) {
			*f = m.Other
		}
	}
}
