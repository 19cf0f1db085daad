package profile

import (
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
	n, err := phonenumbers.Parse(s, region)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return nil, "field.phone", nil
	}
	return phonenumbers.Format(n, phonenumbers.E164), "", nil
}
