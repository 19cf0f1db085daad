package profile

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"golang.org/x/net/idna"

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
	host, ok := hostName(u.Hostname())
	if !ok {
		return nil, "field.url", nil
	}
	if port := u.Port(); port != "" {
		host += ":" + port
	}
	u.Host = host
	return u.String(), "", nil
}

// hostName is a host as the net calls it: one of other letters than Latin ones leads nowhere
// as it is written.
func hostName(s string) (string, bool) {
	s = strings.TrimSuffix(strings.ToLower(s), ".")
	for label := range strings.SplitSeq(s, ".") { // dots and strokes alone are no host
		if !strings.ContainsFunc(label, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
			return "", false
		}
		if strings.ContainsFunc(label, func(r rune) bool {
			return r < utf8.RuneSelf && r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}) {
			return "", false // a comma for a dot
		}
	}
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return s, true
	}
	ascii, err := idna.Lookup.ToASCII(s)
	return ascii, err == nil
}

// Readable is an address of a page or of mail as people write it, its host in its own letters.
func Readable(address string) string {
	if !strings.Contains(address, "xn--") {
		return address
	}
	from := strings.LastIndexByte(address, '@') + 1
	if scheme := strings.Index(address, "://"); scheme >= 0 {
		from = scheme + len("://")
	}
	to := len(address)
	if n := strings.IndexAny(address[from:], "/:?#"); n >= 0 {
		to = from + n
	}
	host, err := idna.Display.ToUnicode(address[from:to])
	if err != nil {
		return address
	}
	return address[:from] + host + address[to:]
}
