package xlsx

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// instead is what a number shows of which no figure is seen: 0 of a format that leaves nothing
// out, any number of ;;;, 1 of "yes";;"no". A stroke is how nothing is written. unseen reports
// that no figure is.
func instead(format string, x float64) (text string, unseen bool) {
	if format == "" {
		return "", false
	}
	part := partFor(partsOf(format), x)
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

// condition is how a part of a format says of which numbers it is: [>=1000].
var condition = regexp.MustCompile(`\[(<=|>=|<>|<|>|=)(-?[0-9.]+)\]`)

// partFor is the part of a format by which a number is shown: the first whose condition holds, the
// last where none does; without conditions that of its sign.
func partFor(parts []string, x float64) string {
	conditional := false
	for k, part := range parts {
		m := condition.FindStringSubmatch(part)
		if m == nil {
			if conditional && k == len(parts)-1 {
				return part
			}
			continue
		}
		conditional = true
		if bound, err := strconv.ParseFloat(m[2], 64); err == nil && holds(x, m[1], bound) {
			return part
		}
	}
	switch {
	case conditional: // no other number is shown
		return parts[len(parts)-1]
	case x < 0 && len(parts) > 1:
		return parts[1]
	case x == 0 && len(parts) > 2:
		return parts[2]
	}
	return parts[0]
}

func holds(x float64, sign string, bound float64) bool {
	switch sign {
	case "<":
		return x < bound
	case "<=":
		return x <= bound
	case ">":
		return x > bound
	case ">=":
		return x >= bound
	case "<>":
		return x != bound
	}
	return x == bound
}
