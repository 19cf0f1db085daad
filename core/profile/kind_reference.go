package profile

import (
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"mektep/core/fault"
)

// KindReference is a code of a book, KindReferences several.
const (
	KindReference  Kind = "reference"
	KindReferences Kind = "references"
)

var referenceKind = kindSpec{
	id: KindReference, target: "reference", cel: cel.StringType, zero: "", index: ByWords,
	canonical: fromText(func(f *Field, s string, on Date) (any, string, fault.Args) {
		if !f.profile.hasCode(f.Type.Target, s, on) {
			return nil, "field.reference", nil
		}
		return s, "", nil
	}),
	tried: itemsTried(func(code string) any { return code }),
}

var referencesKind = kindSpec{
	id: KindReferences, target: "reference", cel: cel.ListType(cel.StringType), zero: []string{}, index: ByWords,
	canonical: (*Field).references,
	tried:     itemsTried(func(code string) any { return []string{code} }),
}

func (f *Field) references(raw any, on Date) (any, string, fault.Args) {
	var codes []string
	switch x := raw.(type) {
	case []string:
		codes = x
	case []any:
		for _, v := range x {
			s, ok := v.(string)
			if !ok {
				return nil, "field.reference", nil
			}
			codes = append(codes, s)
		}
	case string: // one cell of a table: codes with commas or semicolons between
		codes = strings.FieldsFunc(x, func(r rune) bool { return r == ',' || r == ';' })
	default:
		return nil, "field.reference", nil
	}
	out := make([]string, 0, len(codes))
	for _, c := range codes {
		c = strings.TrimSpace(c)
		if !f.profile.hasCode(f.Type.Target, c, on) {
			return nil, "field.reference", nil
		}
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out, "", nil
}
