package profile

import (
	"net/url"
	"strings"

	"cel.dev/cel-go/cel"
	"mektep/core/fault"
)

// KindURL is the address of a page.
const KindURL Kind = "url"

var urlKind = kindSpec{
	id: KindURL, cel: cel.StringType, zero: "", index: ByWords,
	canonical: fromText(func(_ *Field, s string, _ Date) (any, string, fault.Args) { return webAddress(s) }),
}

// webAddress takes https and http only; an address without scheme gets https.
func webAddress(s string) (any, string, fault.Args) {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || !strings.Contains(u.Hostname(), ".") || u.User != nil || len(s) > 500 || strings.ContainsAny(s, " \n\t<>\"") {
		return nil, "field.url", nil
	}
	u.Host = strings.ToLower(u.Host)
	return u.String(), "", nil
}
