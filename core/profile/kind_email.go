package profile

import (
	"net/mail"
	"strings"

	"cel.dev/cel-go/cel"
	"mektep/core/fault"
)

// KindEmail is an address of electronic mail.
const KindEmail Kind = "email"

var emailKind = kindSpec{
	id: KindEmail, cel: cel.StringType, zero: "", index: ByWords,
	canonical: fromText(func(_ *Field, s string, _ Date) (any, string, fault.Args) { return email(s) }),
}

func email(s string) (any, string, fault.Args) {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 {
		return nil, "field.email", nil
	}
	at := strings.LastIndexByte(s, '@')
	domain, ok := hostName(s[at+1:])
	if !ok || !strings.Contains(domain, ".") {
		return nil, "field.email", nil
	}
	return s[:at+1] + domain, "", nil
}
