package intake

import (
	"strings"
	"unicode"

	"mektep/core/record"
)

// PlainCode reads a code as programs spoil it: 751941.0, 6,0. A code in figures of
// which some were cut off (7.5E5) is none: key says so.
func PlainCode(s string) (code, key string) {
	if whole, nought, cut := strings.Cut(strings.Replace(s, ",", ".", 1), "."); cut && nought != "" && strings.Trim(nought, "0") == "" && OnlyFigures(whole) {
		return whole, ""
	}
	if record.Exponential.MatchString(s) {
		return s, "import.row.exponent"
	}
	return s, ""
}

// BareCode reads a code of whose form the country says nothing, as a person means it:
// without the sign for "number", the mark that keeps a spreadsheet from reading it, and
// blanks between figures. key says what is wrong with it.
func BareCode(s string) (code, key string) {
	code = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(s), "'’№# "))
	if figures := strings.Join(strings.Fields(code), ""); OnlyFigures(figures) {
		code = figures
	}
	return PlainCode(code)
}

// joined is a code of figures without the marks that people part them by; empty for one that
// is of anything else.
func joined(code string) string {
	bare := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune(".,-–—/·", r) {
			return -1
		}
		return r
	}, strings.TrimLeft(code, "№#"))
	if !OnlyFigures(bare) || !OnlyFigures(code[len(code)-1:]) {
		return ""
	}
	return bare
}

// AsCell is a text as a cell says it that is read back as that text: with one more of the
// apostrophes of which reading takes one away.
func AsCell(s string) string {
	if asText(s) != s || formula.MatchString(s) {
		return "'" + s
	}
	return s
}

// asText is a cell without what keeps a spreadsheet from taking it for a number or a formula:
// ="0123", and an apostrophe before it.
func asText(s string) string {
	if inner, is := strings.CutPrefix(s, `="`); is && strings.HasSuffix(inner, `"`) {
		return strings.TrimSpace(strings.ReplaceAll(inner[:len(inner)-1], `""`, `"`))
	}
	if bare := strings.TrimLeft(s, "'"); len(bare) < len(s) && bare != "" && (!strings.ContainsAny(bare, "'’") || formula.MatchString(bare)) {
		return strings.TrimSpace(s[1:])
	}
	return s
}

// OnlyFigures reports a text of figures and nothing else.
func OnlyFigures(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// mostNoughts bounds how many leading zeros of a code a spreadsheet can have lost.
const mostNoughts = 3

// JudgedCode reads a code of which valid says whether it is one: as it stands, without
// what programs add, or with the leading zeros that they lose.
func JudgedCode(s string, valid func(string) bool) (code, key string) {
	if valid(s) {
		return s, ""
	}
	code, key = PlainCode(s)
	if key != "" || valid(code) {
		return code, key
	}
	if bare := joined(code); bare != "" && valid(bare) { // 912.404, 912-405
		return bare, ""
	}
	if OnlyFigures(code) {
		for n := 1; n <= mostNoughts; n++ {
			if long := strings.Repeat("0", n) + code; valid(long) {
				return long, ""
			}
		}
	}
	return code, ""
}
