package registry

import (
	"slices"
	"strings"
	"unicode"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/profile"
)

// shown is a number as whoever wrote it sees it: spreadsheets store another one of what they
// show as a percentage. What a field does not count in hundredths is never guessed, and
// what is shown in thousands is told.
func (c *cellReader) shown(s string, kind exchange.Kind) (string, exchange.Kind, *rowFault) {
	if kind == exchange.Scaled {
		return s, exchange.Number, &rowFault{target: c.target, key: "import.row.scaled", args: fault.Args{"Value": s}, warn: true}
	}
	if kind == exchange.Formed {
		return s, exchange.Number, nil
	}
	bare, percent := strings.CutSuffix(strings.TrimSpace(s), "%")
	switch {
	case !percent:
		return s, kind, nil
	case !c.field.Hundredths():
		return s, kind, &rowFault{target: c.target, key: "import.row.percent", args: fault.Args{"Value": s}}
	case kind == exchange.Percent:
		kind = exchange.Number
	}
	return strings.TrimSpace(bare), kind, nil
}

// besides tells of a cell that shows more than the number it holds: 3 bin, ~3, -3 of a format
// that writes the stroke. What the field counts in says nothing new; elsewhere than in numbers
// only figures do.
func (r *reader) besides(c *cellReader, s, beside string) *rowFault {
	if beside == "" || c.field != nil && r.counts(c.field, beside) || !c.numbers() && !strings.ContainsFunc(beside, unicode.IsDigit) {
		return nil
	}
	return &rowFault{target: c.target, key: "import.row.beside", args: fault.Args{"Value": s, "Beside": beside}, warn: true}
}

// numbers reports that a column is of numbers.
func (c *cellReader) numbers() bool {
	return c.field != nil && (c.field.Type.Kind == profile.KindInt || c.field.Type.Kind == profile.KindDecimal)
}

// counts reports that a word is what a field counts in, or one of those that any count has.
func (r *reader) counts(f *profile.Field, word string) bool {
	word = strings.Trim(word, "+ ")
	return word == "" || f.CountsIn(word) || len(f.Unit) == 0 && slices.Contains(r.stems.counted, compact(word))
}
