package intake

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/locale"
	"mektep/core/profile"
)

// shown is a number as whoever wrote it sees it: spreadsheets store another one of what they
// show as a percentage. What a field does not count in hundredths is never guessed, and
// what is shown in thousands is told.
func (c *ColumnReader) shown(s string, kind exchange.Kind) (string, exchange.Kind, *Fault) {
	if kind == exchange.Scaled {
		return s, exchange.Number, &Fault{Target: c.Target, Key: "import.row.scaled", Args: fault.Args{"Value": s}, Warn: true}
	}
	if kind == exchange.Formed {
		return s, exchange.Number, nil
	}
	bare, percent := strings.CutSuffix(strings.TrimSpace(s), "%")
	switch {
	case !percent:
		return s, kind, nil
	case !c.Field.Hundredths():
		return s, kind, &Fault{Target: c.Target, Key: "import.row.percent", Args: fault.Args{"Value": s}}
	case kind == exchange.Percent:
		kind = exchange.Number
	}
	return strings.TrimSpace(bare), kind, nil
}

// besides tells of a cell that shows more than the number it holds: 3 bin, ~3, -3 of a format
// that writes the stroke. What the field counts in says nothing new; elsewhere than in numbers
// only figures do. Of a number that is not shown at all the cell says another thing, or nothing.
func (r *Reader) besides(c *ColumnReader, s, beside string, kind exchange.Kind) *Fault {
	switch {
	case kind == exchange.Unshown && c.says(beside, s):
		return nil
	case kind == exchange.Unshown && beside != "":
		return &Fault{Target: c.Target, Key: "import.row.shown_instead", Args: fault.Args{"Value": s, "Shown": beside}}
	case kind == exchange.Unshown:
		return &Fault{Target: c.Target, Key: "import.row.unshown", Args: fault.Args{"Value": s}, Warn: true}
	}
	if known, same := c.beside(beside); known && same {
		return nil
	} else if known {
		return &Fault{Target: c.Target, Key: "import.row.beside_unit", Args: fault.Args{"Value": s, "Beside": beside, "Unit": c.countsIn()}}
	}
	if beside == "" || c.Field != nil && r.counts(c.Field, beside) || !c.numbers() && !strings.ContainsFunc(beside, unicode.IsDigit) {
		return nil
	}
	return &Fault{Target: c.Target, Key: "import.row.beside", Args: fault.Args{"Value": s, "Beside": beside}, Warn: true}
}

// says reports a word of the list of a column, as which a number is shown that does not say another
// one itself: 1 shown as "yes".
func (c *ColumnReader) says(word, number string) bool {
	meant := cmp.Or(c.codes[locale.Compact(word)], c.codes[word])
	return word != "" && meant != "" && (c.codes[number] == "" || c.codes[number] == meant)
}

// numbers reports that a column is of numbers.
func (c *ColumnReader) numbers() bool {
	return c.Field != nil && (c.Field.Type.Kind == profile.KindInt || c.Field.Type.Kind == profile.KindDecimal)
}

// counts reports that a word is what a field counts in, or one of those that any count has.
func (r *Reader) counts(f *profile.Field, word string) bool {
	word = strings.TrimSpace(word)
	return word == "" || f.CountsIn(word) || len(f.Unit) == 0 && slices.Contains(r.stems.counted, locale.Compact(word))
}
