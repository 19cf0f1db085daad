package profile

import (
	"maps"
	"slices"
	"strings"
)

// Text is what people read, by language tag.
type Text map[string]string

// In returns the text in lang, else in the first of the fallbacks that has one,
// else in any language (the alphabetically first), so that a screen never stays
// empty. It returns "" only for an empty Text.
func (t Text) In(lang string, fallbacks ...string) string {
	if s := t[lang]; s != "" {
		return s
	}
	if base, _, regional := strings.Cut(lang, "-"); regional && t[base] != "" {
		return t[base]
	}
	for _, f := range fallbacks {
		if s := t[f]; s != "" {
			return s
		}
	}
	for _, l := range slices.Sorted(maps.Keys(t)) {
		if t[l] != "" {
			return t[l]
		}
	}
	return ""
}

// FieldType is the type of a field: a kind, and for references and identifiers
// the book or identifier it points at. A canonical value is a string (text, phone in
// E.164, email, url, reference code, identifier), int64, float64, bool, Date, or []string
// (references).
type FieldType struct {
	Kind   Kind
	Target string // id of the book or identifier
}

// String writes the type as in the file.
func (t FieldType) String() string {
	if t.Target != "" {
		return string(t.Kind) + ":" + t.Target
	}
	return string(t.Kind)
}

func parseFieldType(s string) (FieldType, bool) {
	kind, target, has := strings.Cut(s, ":")
	k := Kind(kind)
	targeted := k.spec().target != ""
	return FieldType{Kind: k, Target: target}, slices.Contains(Kinds(), k) && has == targeted && (target != "") == targeted
}
