package xlsx

import (
	"strings"

	"mektep/core/exchange"
)

// shownAs is what a number is for whoever looks at it: the format n of every program, or the
// one that the workbook writes out.
func shownAs(n int, format string) exchange.Kind {
	switch {
	case strings.Trim(strings.ToLower(bare(format)), " ") == "yyyy":
		return exchange.Year
	case format == "" && isDayFormat(n), writesDay(format):
		return exchange.Day
	case format == "" && (n == 9 || n == 10):
		return exchange.Percent
	}
	signs := bare(format)
	whole, _, _ := strings.Cut(signs, ".")
	switch last := strings.LastIndexAny(signs, "0#?"); {
	case strings.Contains(signs, "%"):
		return exchange.Percent
	case last >= 0 && strings.HasPrefix(signs[last+1:], ","), strings.HasSuffix(whole, ",") && len(whole) < len(signs):
		return exchange.Scaled
	}
	return exchange.Number
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
