package intake

import (
	"strings"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/profile"
)

// textless finds a cell of a text that a spreadsheet made something else of: of 1/2 or 1 Mayıs
// a day, of 12:00 a part of one. What was meant, and what the cell shows, the file does not
// hold. A number is read as it is shown where that is known; where words or marks of its
// format stand in it, it is not.
func (c *ColumnReader) textless(s string, kind exchange.Kind) *Fault {
	if !c.texts() {
		return nil
	}
	key := ""
	switch kind {
	case exchange.Day, exchange.Partly:
		key = "import.row.text_day"
	case exchange.Clock:
		key = "import.row.text_time"
	case exchange.Truth:
		key = "import.row.text_truth"
	case exchange.Formed, exchange.Scaled:
		if c.exact() {
			key = "import.row.text_number"
		}
	case exchange.Unshown:
		key = "import.row.text_number"
	case exchange.Number, exchange.Percent:
		if c.exact() && (s == "0" || strings.Contains(s, ".")) { // with a point or a comma, as its language is; a formula makes 0 of an empty cell
			key = "import.row.text_number"
		}
	case exchange.Words, exchange.Broken, exchange.Unsaid, exchange.Year: // nothing was made of it
	}
	if key == "" {
		return nil
	}
	return &Fault{Target: c.Target, Key: key}
}

// partly finds a cell that shows a part of a day only: the rest, that is stored, nobody said.
func (c *ColumnReader) partly(s string, kind exchange.Kind) *Fault {
	switch {
	case kind != exchange.Partly || c.texts():
		return nil
	case c.dates():
		return &Fault{Target: c.Target, Key: "import.row.day_partly", Args: fault.Args{"Value": s}}
	}
	return &Fault{Target: c.Target, Key: "import.row.day_here"}
}

// texts reports that a column is of texts: what is read letter by letter, and not understood
// as a number, a day or a word of a list.
func (c *ColumnReader) texts() bool {
	if c.Field == nil {
		return c.Target != TargetSince
	}
	switch c.Field.Type.Kind {
	case profile.KindText, profile.KindLongText, profile.KindPhone, profile.KindEmail, profile.KindURL, profile.KindIdentifier:
		return true
	case profile.KindBool, profile.KindReference, profile.KindReferences, profile.KindInt, profile.KindDecimal, profile.KindDate, profile.KindYear:
	}
	return false
}

// exact reports that every sign of a text counts: codes, telephones and places are known by
// their figures.
func (c *ColumnReader) exact() bool {
	if c.Field == nil {
		return c.Lang != ""
	}
	return c.valid == nil && (c.Field.Type.Kind == profile.KindText || c.Field.Type.Kind == profile.KindLongText)
}
