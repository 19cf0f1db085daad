package profile

import (
	"encoding/json"
	"math"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"mektep/core/fault"
)

// longest text a field takes when it names no max.
const (
	maxText     = 300
	maxLongText = 10000
)

// Canonical brings one value into its field's form, or says by message key and
// arguments why it has none. The value is text from a form or a value of JSON.
func (f *Field) Canonical(raw any, on Date) (value any, key string, args fault.Args) {
	p := f.profile
	switch f.Type.Kind {
	case KindInt, KindDecimal:
		return f.number(raw)
	case KindBool:
		if b, ok := toBool(raw); ok {
			return b, "", nil
		}
		return nil, "field.bool", nil
	case KindDate:
		return f.date(raw, on)
	case KindReferences:
		return p.references(f, raw, on)
	}
	s, ok := raw.(string)
	if n, isNumber := raw.(json.Number); isNumber {
		s, ok = n.String(), true
	}
	if !ok || !utf8.ValidString(s) {
		return nil, "field.text", nil
	}
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	switch f.Type.Kind {
	case KindPhone:
		return phone(s, p.PhoneRegion)
	case KindEmail:
		return email(s)
	case KindURL:
		return webAddress(s)
	case KindReference:
		if !p.hasCode(f.Type.Target, s, on) {
			return nil, "field.reference", nil
		}
		return s, "", nil
	case KindIdentifier:
		i := p.index.identifiers[f.Type.Target]
		if i == nil || !i.valid(i.Normal(s)) {
			var name map[string]string
			if i != nil {
				name = i.Name
			}
			return nil, "field.identifier", fault.Args{"Name": name}
		}
		return i.Normal(s), "", nil
	}
	return f.words(s)
}

func (f *Field) words(s string) (any, string, fault.Args) {
	if f.Type.Kind == KindText {
		s = strings.Join(strings.Fields(s), " ")
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }) {
		return nil, "field.text", nil
	}
	most := maxText
	if f.Type.Kind == KindLongText {
		most = maxLongText
	}
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

// number reads whole and decimal numbers; a comma may stand for the point, blanks
// may group the digits.
func (f *Field) number(raw any) (any, string, fault.Args) {
	whole := f.Type.Kind == KindInt
	if s, written := raw.(string); written {
		if thousands, fraction, two := TwoReadings(s); two && f.Fits(thousands) {
			// The language of a text is not known here: nobody guesses a thousandfold.
			if whole && fraction != math.Trunc(fraction) {
				raw = thousands
			} else if f.Fits(fraction) {
				return nil, "field.number_ambiguous", fault.Args{"Value": s, "Thousands": Digits(thousands), "Fraction": Digits(fraction)}
			}
		}
	}
	n, ok := toNumber(raw)
	if !ok || whole && n != math.Trunc(n) {
		if whole {
			return nil, "field.int", nil
		}
		return nil, "field.decimal", nil
	}
	if f.Min != nil && n < *f.Min || f.Max != nil && n > *f.Max || math.Abs(n) > 1e15 {
		return nil, rangeKey(f.Min, f.Max), fault.Args{"Min": f.bound(f.Min), "Max": f.bound(f.Max)}
	}
	if whole {
		return int64(n), "", nil
	}
	places := 2
	if f.Decimals != nil {
		places = *f.Decimals
	}
	scale := math.Pow10(places)
	return math.Round(n*scale) / scale, "", nil
}

// Fits reports whether a number lies within the bounds of a field.
func (f *Field) Fits(n float64) bool {
	return (f.Min == nil || n >= *f.Min) && (f.Max == nil || n <= *f.Max)
}

// Digits writes a number with digits and a point only, as a message shows what was read.
func Digits(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

var twoReadings = regexp.MustCompile(`^([+-]?[1-9][0-9]{0,2})[.,]([0-9]{3})$`)

// TwoReadings returns what a text like 1.250 or 1,250 can mean: thousands in some
// languages, a fraction in others.
func TwoReadings(s string) (thousands, fraction float64, ok bool) {
	m := twoReadings.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return 0, 0, false
	}
	thousands, _ = strconv.ParseFloat(m[1]+m[2], 64)
	fraction, _ = strconv.ParseFloat(m[1]+"."+m[2], 64)
	return thousands, fraction, true
}

func rangeKey(least, most *float64) string {
	switch {
	case least != nil && most == nil:
		return "field.too_small"
	case least == nil:
		return "field.too_large"
	}
	return "field.range"
}

// IsYear reports whether a whole number is a year by the bounds that it has. A year
// names, it does not count: it is written without a separator of thousands.
func (f *Field) IsYear() bool {
	return f.Type.Kind == KindInt && f.Min != nil && *f.Min >= 1000 && f.Max != nil && *f.Max < 10000
}

// bound is a bound as the argument of a message.
func (f *Field) bound(n *float64) any {
	switch {
	case n == nil:
		return nil
	case f.IsYear():
		return strconv.Itoa(int(*n))
	}
	return *n
}

var groupedNumber = regexp.MustCompile(`^[+-]?[0-9]+(?:[.,][0-9]+)?$`)

func toNumber(raw any) (float64, bool) {
	switch x := raw.(type) {
	case int:
		return float64(x), true
	case int64:
		return float64(x), true
	case float64:
		return x, !math.IsNaN(x) && !math.IsInf(x, 0)
	case json.Number:
		n, err := x.Float64()
		return n, err == nil
	case string:
		s := strings.Map(func(r rune) rune {
			if r == ' ' || r == '\u00a0' || r == '\u202f' {
				return -1
			}
			return r
		}, strings.TrimSpace(x))
		if !groupedNumber.MatchString(s) || len(s) > 30 {
			return 0, false
		}
		n, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", "."), 64)
		return n, err == nil
	}
	return 0, false
}

func toBool(raw any) (value, ok bool) {
	switch x := raw.(type) {
	case bool:
		return x, true
	case string:
		switch strings.ToLower(strings.TrimSpace(x)) {
		case "true", "1", "on":
			return true, true
		case "false", "0", "off":
			return false, true
		}
	}
	return false, false
}

// yearAlone is a year that names no day of it.
var yearAlone = regexp.MustCompile(`^(?:1[89]|2[01])[0-9]{2}$`)

func (f *Field) date(raw any, on Date) (any, string, fault.Args) {
	var d Date
	switch x := raw.(type) {
	case Date:
		d = x
	case time.Time:
		d = DateOf(x)
	case string:
		v, err := ParseDate(strings.TrimSpace(x))
		if err != nil && yearAlone.MatchString(strings.TrimSpace(x)) {
			return nil, "field.date_year", fault.Args{"Value": strings.TrimSpace(x)}
		}
		if err != nil {
			return nil, "field.date", nil
		}
		d = v
	default:
		return nil, "field.date", nil
	}
	latest := f.rules.latest
	if f.Latest == "today" {
		latest = on
	}
	switch {
	case f.Earliest != 0 && d < f.Earliest:
		return nil, "field.date_early", fault.Args{"Date": f.Earliest.Time()}
	case latest != 0 && d > latest && f.Latest == "today":
		return nil, "field.date_future", nil
	case latest != 0 && d > latest:
		return nil, "field.date_late", fault.Args{"Date": latest.Time()}
	}
	return d, "", nil
}

func (p *Profile) references(f *Field, raw any, on Date) (any, string, fault.Args) {
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
		if !p.hasCode(f.Type.Target, c, on) {
			return nil, "field.reference", nil
		}
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out, "", nil
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

func email(s string) (any, string, fault.Args) {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 {
		return nil, "field.email", nil
	}
	at := strings.LastIndexByte(s, '@')
	domain := strings.ToLower(s[at+1:])
	if !strings.Contains(domain, ".") {
		return nil, "field.email", nil
	}
	return s[:at+1] + domain, "", nil
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
