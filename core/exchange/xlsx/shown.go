package xlsx

import (
	"fmt"
	"math"
	"strings"

	"mektep/core/exchange"
)

// shown is what a style shows a number as.
type shown struct {
	kind    exchange.Kind
	noughts int       // figures that it has at least, 007
	grouped bool      // with signs between thousands
	parts   string    // which parts of a day, where it shows no whole one: dm, my
	beside  [3]string // words and signs that it adds to figures: of what is more than nothing, less, and nothing
	format  string    // where some numbers are not seen by it
}

// besideOf is what a number shows beside its figures.
func (s shown) besideOf(x float64) string {
	switch {
	case condition.MatchString(s.format):
		return strings.Trim(literal(partFor(partsOf(s.format), x)), "-\u2013\u2212() ")
	case x < 0:
		return s.beside[1]
	case x == 0:
		return s.beside[2]
	}
	return s.beside[0]
}

// shownAs is what a number is for whoever looks at it: the format n of every program, or the
// one that the workbook writes out.
func shownAs(n int, format string) shown {
	if format == "" {
		format = builtIn[n]
	}
	s := formatted(n, format)
	if s.kind == exchange.Number || s.kind == exchange.Formed || s.kind == exchange.Percent || s.kind == exchange.Scaled {
		for _, x := range []float64{1, -1, 0, 0.1} {
			if _, unseen := instead(format, x); unseen {
				s.format = format
			}
		}
	}
	switch s.kind {
	case exchange.Number, exchange.Formed:
		if condition.MatchString(format) {
			s.format = format
		}
		if s.beside = beside(format); s.beside != [3]string{} {
			s.kind = exchange.Formed
		}
	case exchange.Words, exchange.Day, exchange.Truth, exchange.Broken, exchange.Unsaid, exchange.Percent, exchange.Year, exchange.Scaled, exchange.Clock, exchange.Partly, exchange.Unshown: // more is said of these, or nothing added
	}
	return s
}

// formatted is what a format makes of a number.
func formatted(n int, format string) shown {
	signs := strings.TrimSpace(bare(format))
	day, time := writesDay(format)
	switch {
	case strings.EqualFold(signs, "general"), strings.EqualFold(signs, "standard"), signs == "@":
		return shown{kind: exchange.Number}
	case strings.Trim(strings.ToLower(signs), "y@") == "" && strings.HasPrefix(strings.ToLower(signs), "y"):
		return shown{kind: exchange.Year}
	case day, format == "" && isDayFormat(n):
		return shownDay(partsOfDay(n, strings.ToLower(signs)), time)
	case format == "":
		return shown{kind: exchange.Number}
	case time:
		return shown{kind: exchange.Clock}
	}
	whole, _, _ := strings.Cut(signs, ".")
	last := strings.LastIndexAny(signs, "0#?")
	switch {
	case strings.Contains(signs, "%"):
		return shown{kind: exchange.Percent}
	case last >= 0 && strings.HasPrefix(signs[last+1:], ","), strings.HasSuffix(whole, ",") && len(whole) < len(signs):
		return shown{kind: exchange.Scaled}
	case strings.Trim(signs, "#0") == "":
		return shown{kind: exchange.Number, noughts: strings.Count(signs, "0")}
	case strings.Trim(signs, "#0,") == "":
		return shown{kind: exchange.Number, noughts: strings.Count(signs, "0"), grouped: true}
	}
	return shown{kind: exchange.Formed}
}

// partsOfDay are which of day, month and year the signs of a format show; the formats of every
// program that show less than all are known by their numbers.
func partsOfDay(n int, signs string) (parts string) {
	if signs == "" {
		signs = map[int]string{16: "d-mmm", 17: "mmm-yy"}[n]
	}
	for _, part := range "dmy" {
		if strings.ContainsRune(signs, part) {
			parts += string(part)
		}
	}
	return parts
}

// shownDay is a day of which some parts are shown: whoever typed a month and a year typed no
// day, though one is stored.
func shownDay(parts string, time bool) shown {
	if parts == "" || parts == "dmy" || time {
		return shown{kind: exchange.Day}
	}
	return shown{kind: exchange.Partly, parts: parts}
}

// part writes what is shown of a day, 2006-01-02.
func (s shown) part(day string) string {
	said := map[rune]string{'d': day[8:10], 'm': day[5:7], 'y': day[:4]}
	var out []string
	for _, part := range s.parts {
		out = append(out, said[part])
	}
	return strings.Join(out, ".")
}

// builtIn are the formats that every program has built in, of numbers and times.
var builtIn = map[int]string{
	1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: `"¤"#,##0`, 6: `"¤"#,##0`, 7: `"¤"0.00`, 8: `"¤"0.00`, 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
	18: "h:mm", 19: "h:mm:ss", 20: "h:mm", 21: "h:mm:ss", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 41: "#,##0", 42: `"¤"#,##0`, 43: "#,##0.00", 44: `"¤"0.00`,
	45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
}

// beside is what the parts of a format write beside the figures: 0 "bin", 000\-00, 0"00". Blanks,
// colours and what stands for figures are none of it. A format of one part writes the stroke of
// numbers below nothing by itself; in a part of their own it belongs there, or brackets do, and
// a stroke is how nothing is written. Of parts that hold under conditions it is what any of them adds.
func beside(format string) (out [3]string) {
	parts := partsOf(format)
	if strings.ContainsAny(format, "<>=") {
		parts = []string{strings.Join(parts, " ")}
	}
	for k := range out {
		if k >= len(parts) {
			out[k] = literal(parts[0])
			continue
		}
		if out[k] = literal(parts[k]); k > 0 {
			out[k] = strings.Trim(out[k], "-\u2013\u2212() ")
		}
	}
	return out
}

// partsOf are the parts of a format, between which a semicolon stands that is no word.
func partsOf(format string) []string {
	var parts []string
	from := 0
	for k := 0; k < len(format); k++ {
		switch format[k] {
		case '"':
			word, _, _ := strings.Cut(format[k+1:], `"`)
			k += len(word) + 1
		case '\\', '_', '*':
			k++
		case ';':
			parts = append(parts, format[from:k])
			from = k + 1
		}
	}
	return append(parts, format[min(from, len(format)):])
}

// literal is what a part of a format writes that stands for no figure.
func literal(part string) string {
	var out strings.Builder
	part = standing.Replace(part)
	for k := 0; k < len(part); k++ {
		switch c := part[k]; c {
		case '"':
			word, _, _ := strings.Cut(part[k+1:], `"`)
			out.WriteString(word)
			k += len(word) + 1
		case '[':
			word, _, _ := strings.Cut(part[k+1:], "]")
			if currency, is := strings.CutPrefix(word, "$"); is {
				currency, _, _ = strings.Cut(currency, "-")
				out.WriteString(currency)
			}
			k += len(word) + 1
		case '\\':
			if k++; k < len(part) {
				out.WriteByte(part[k])
			}
		case '_', '*':
			k++
		case '0', '#', '?', '.', ',', '@', '/', '%', '+', 'E', 'e':
		default:
			out.WriteByte(c)
		}
	}
	return strings.TrimSpace(out.String())
}

// standing takes out of formats what stands for figures in words: as it is, and powers of ten.
var standing = strings.NewReplacer("General", "", "GENERAL", "", "general", "", "Standard", "", "STANDARD", "", "standard", "", "E-", "", "e-", "")

// number writes a number, and says whether it is shown so: with the noughts of its format,
// which are no other number, or with further signs.
func (s shown) number(x float64) (string, exchange.Kind) {
	text := counted(x)
	switch whole := x == math.Trunc(x); {
	case s.kind != exchange.Number:
		return text, s.kind
	case s == shown{kind: exchange.Number}: // as it is
		return text, s.kind
	case !whole, s.grouped && (math.Abs(x) >= 1000 || s.noughts > len("000")), x < 0 && s.noughts > len(text)-1, x == 0 && s.noughts == 0:
		return text, exchange.Formed
	case len(text) < s.noughts:
		text = strings.Repeat("0", s.noughts-len(text)) + text
	}
	return text, s.kind
}

// longestClock bounds the days that a time can count.
const longestClock = 1000

// clock writes a part of a day, or a count of hours: 12:00.
func clock(x float64) string {
	s := int(math.Round(x * 86400))
	text := fmt.Sprintf("%02d:%02d", s/3600, s/60%60)
	if s%60 != 0 {
		text += fmt.Sprintf(":%02d", s%60)
	}
	return text
}

// bare is the first part of a format without the words in it.
func bare(format string) string {
	var out strings.Builder
	for k := 0; k < len(format); k++ {
		switch c := format[k]; c {
		case '"', '[':
			end := strings.IndexByte(format[k+1:], map[byte]byte{'"': '"', '[': ']'}[c])
			if end < 0 {
				return out.String()
			}
			k += end + 1
		case '\\', '_', '*':
			k++
		case ';': // what follows is for other numbers
			return out.String()
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}
