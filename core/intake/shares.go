package intake

import (
	"math"
	"strconv"
	"strings"

	"mektep/core/fault"
)

// shares notes whether a cell of a column of hundredths is a part of one or more than one.
func (p *proof) shares(s string) {
	if n, ok := ratioOf(s); ok {
		p.part, p.above = p.part || n > 0 && n < 1, p.above || n > 1
	}
}

// ratioOf is a number without a sign.
func ratioOf(s string) (float64, bool) {
	n, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(s), ",", ".", 1), 64)
	return n, err == nil
}

// ratio finds a part of one in a column whose others are written in hundredths with their sign, or
// none of which is more than one: which of the two it is, nobody guesses, and no advice rounds it.
func (m *marks) ratio(k int, c *ColumnReader, s string) *Fault {
	n, ok := ratioOf(s)
	if !ok || n <= 0 || n > 1 || !c.Field.Hundredths() {
		return nil
	}
	key := ""
	switch p := &m.cols[k]; {
	case p.hundreds && n < 1:
		key = "import.row.ratio"
	case !p.hundreds && p.part && !p.above:
		key = "import.row.shares"
	default:
		return nil
	}
	written := func(n float64) string {
		text := strconv.FormatFloat(n, 'f', -1, 64)
		if strings.Contains(s, ",") {
			text = strings.Replace(text, ".", ",", 1)
		}
		return text + "%"
	}
	if kept, exact := c.Field.Reckoned(n, 1); !exact || kept == 0 { // nobody is told to write what is refused then
		key = "import.row.shares_one"
	}
	return &Fault{Target: c.Target, Key: key, Args: fault.Args{"Value": s, "Hundredths": written(math.Round(n*1e10) / 1e8), "Same": written(n)}}
}
