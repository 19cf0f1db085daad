package profile

import (
	"strings"
	"unicode"

	"cel.dev/cel-go/cel"
	"github.com/nyaruka/phonenumbers"
	"mektep/core/fault"
)

// KindPhone is a telephone number; canonical in E.164.
const KindPhone Kind = "phone"

var phoneKind = kindSpec{
	id: KindPhone, cel: cel.StringType, zero: "", index: ByWords,
	canonical: fromText(func(f *Field, s string, _ Date) (any, string, fault.Args) { return phone(s, f.profile.PhoneRegion) }),
}

func phone(s, region string) (any, string, fault.Args) {
	if len(s) > 40 {
		return nil, "field.phone", nil
	}
	if !figuresOfPhone(s) {
		return nil, "field.phone_only", nil
	}
	n, err := phonenumbers.Parse(s, region)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return nil, "field.phone", nil
	}
	return phonenumbers.Format(n, phonenumbers.E164), "", nil
}

// figuresOfPhone reports whether a text is written as one number: figures, what stands
// between them, and a plus before them. The library reads letters as keys, and drops an
// extension, a second number and words: a number that nobody wrote would be kept.
func figuresOfPhone(s string) bool {
	s = strings.TrimSpace(s)
	for i, c := range s {
		switch {
		case unicode.IsDigit(c), unicode.Is(unicode.Zs, c), strings.ContainsRune("()-.\u2010\u2011\u2012\u2013\u2212/", c):
		case (c == '+' || c == '\uff0b') && strings.Trim(s[:i], " (") == "":
		default:
			return false
		}
	}
	return true
}
