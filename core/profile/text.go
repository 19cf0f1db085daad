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
// the book or identifier it points at.
type FieldType struct {
	Kind   Kind
	Target string // id of the book or identifier
}

// Kind is the kind of a field's value.
type Kind string

// The kinds of value. A canonical value is a string (text, phone in E.164,
// email, url, reference code, identifier), int64, float64, bool, Date, or
// []string (references).
const (
	KindText       Kind = "text"
	KindLongText   Kind = "long_text"
	KindInt        Kind = "int"
	KindDecimal    Kind = "decimal"
	KindBool       Kind = "bool"
	KindDate       Kind = "date"
	KindPhone      Kind = "phone"
	KindEmail      Kind = "email"
	KindURL        Kind = "url"
	KindReference  Kind = "reference"
	KindReferences Kind = "references"
	KindIdentifier Kind = "identifier"
)

var kinds = []Kind{KindText, KindLongText, KindInt, KindDecimal, KindBool, KindDate, KindPhone, KindEmail, KindURL, KindReference, KindReferences, KindIdentifier}

// String writes the type as in the file.
func (t FieldType) String() string {
	if t.Target != "" {
		return string(t.Kind) + ":" + t.Target
	}
	return string(t.Kind)
}

// targeted reports whether a kind needs a target.
func (k Kind) targeted() bool {
	return k == KindReference || k == KindReferences || k == KindIdentifier
}

func parseFieldType(s string) (FieldType, bool) {
	kind, target, has := strings.Cut(s, ":")
	k := Kind(kind)
	return FieldType{Kind: k, Target: target}, slices.Contains(kinds, k) && has == k.targeted() && (target != "") == k.targeted()
}
