package xlsx

import (
	"math"
	"strings"
)

// instead is what a number shows of which no figure is seen: 0 of a format that leaves nothing
// out, any number of ;;;, 1 of "yes";;"no". A stroke is how nothing is written. unseen reports
// that no figure is.
func instead(format string, x float64) (text string, unseen bool) {
	if format == "" || strings.ContainsAny(format, "<>=") { // which part of several conditions holds is not looked at
		return "", false
	}
	parts := partsOf(format)
	part := parts[0]
	switch {
	case x < 0 && len(parts) > 1:
		part = parts[1]
	case x == 0 && len(parts) > 2:
		part = parts[2]
	}
	signs := strings.ToLower(bare(part))
	figures := "0#?"
	if x == 0 {
		figures = "0"
	}
	if math.Abs(x) < 1 && x != 0 && !strings.Contains(signs, "0") && !strings.ContainsAny(signs, "%./e") { // # of 0.2
		figures = "0"
	}
	if strings.ContainsAny(signs, figures) || strings.Contains(signs, "general") || strings.Contains(signs, "standard") || strings.Contains(signs, "@") {
		return "", false
	}
	text = literal(part)
	if text != "" && strings.Trim(text, "-\u2013\u2212() ") == "" {
		return "", false
	}
	return text, true
}
