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
	noughts int  // figures that it has at least, 007
	grouped bool // with signs between thousands
}

// shownAs is what a number is for whoever looks at it: the format n of every program, or the
// one that the workbook writes out.
func shownAs(n int, format string) shown {
	if format == "" {
		format = builtIn[n]
	}
	signs := strings.TrimSpace(bare(format))
	day, time := writesDay(format)
	switch {
	case strings.EqualFold(signs, "general"), strings.EqualFold(signs, "standard"), signs == "@":
		return shown{kind: exchange.Number}
	case strings.ToLower(signs) == "yyyy":
		return shown{kind: exchange.Year}
	case day, format == "" && isDayFormat(n):
		return shown{kind: exchange.Day}
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
	case says(format):
		return shown{kind: exchange.Formed}
	case strings.Trim(signs, "#0") == "":
		return shown{kind: exchange.Number, noughts: strings.Count(signs, "0")}
	case strings.Trim(signs, "#0,") == "":
		return shown{kind: exchange.Number, noughts: strings.Count(signs, "0"), grouped: true}
	}
	return shown{kind: exchange.Formed}
}

// builtIn are the formats that every program has built in, of numbers and times.
var builtIn = map[int]string{
	1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: `"¤"#,##0`, 6: `"¤"#,##0`, 7: `"¤"0.00`, 8: `"¤"0.00`, 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
	18: "h:mm", 19: "h:mm:ss", 20: "h:mm", 21: "h:mm:ss", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 41: "#,##0", 42: `"¤"#,##0`, 43: "#,##0.00", 44: `"¤"0.00`,
	45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
}

// says reports that a format writes words or signs beside the figures: 0 "bin", 000\-00. Blanks
// and colours are none.
func says(format string) bool {
	format, _, _ = strings.Cut(format, ";")
	for k := 0; k < len(format); k++ {
		switch c := format[k]; c {
		case '"':
			word, _, _ := strings.Cut(format[k+1:], `"`)
			if strings.TrimSpace(word) != "" {
				return true
			}
			k += len(word) + 1
		case '[':
			word, _, _ := strings.Cut(format[k+1:], "]")
			if currency, is := strings.CutPrefix(word, "$"); is && !strings.HasPrefix(currency, "-") {
				return true
			}
			k += len(word) + 1
		case '\\':
			if k++; k < len(format) && format[k] != ' ' {
				return true
			}
		case '_', '*':
			k++
		}
	}
	return false
}

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
