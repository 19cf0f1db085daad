package profile

import (
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"mektep/core/fault"
)

// KindText is a line of text; KindLongText has several.
const (
	KindText     Kind = "text"
	KindLongText Kind = "long_text"
)

// longest text a field takes when it names no max.
const (
	maxText     = 300
	maxLongText = 10000
)

var textKind = kindSpec{
	id: KindText, keys: []string{"min", "max", "pattern"}, cel: cel.StringType, zero: "", index: ByWords,
	canonical: fromText(func(f *Field, s string, _ Date) (any, string, fault.Args) {
		return f.words(strings.Join(strings.Fields(s), " "), maxText)
	}),
}

var longTextKind = kindSpec{
	id: KindLongText, keys: []string{"min", "max"}, cel: cel.StringType, zero: "",
	canonical: fromText(func(f *Field, s string, _ Date) (any, string, fault.Args) { return f.words(untabbed(s), maxLongText) }),
}

// untabbed is a text with blanks where tabs stand: some programs drop them from cells, and two
// words become one.
func untabbed(s string) string { return strings.ReplaceAll(s, "\t", " ") }

// words takes a text of most letters, where the field says no max.
func (f *Field) words(s string, most int) (any, string, fault.Args) {
	if f.Max != nil {
		most = int(*f.Max)
	}
	if n := utf8.RuneCountInString(s); n > most {
		return nil, "field.too_long", fault.Args{"Max": most}
	} else if f.Min != nil && n < int(*f.Min) {
		return nil, "field.too_short", fault.Args{"Min": int(*f.Min)}
	}
	if f.rules.pattern != nil && !f.rules.pattern.MatchString(s) {
		if f.Example == "" {
			return nil, "field.pattern", nil
		}
		return nil, "field.pattern_example", fault.Args{"Example": f.Example}
	}
	return s, "", nil
}
