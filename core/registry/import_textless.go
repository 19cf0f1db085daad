package registry

import (
	"maps"
	"slices"
	"strings"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/profile"
)

// textless finds a cell of a text that a spreadsheet made something else of: of 1/2 or 1 Mayıs
// a day, of 12:00 a part of one. What was meant, and what the cell shows, the file does not
// hold. A number is read as it is shown where that is known; where words or marks of its
// format stand in it, it is not.
func (c *cellReader) textless(s string, kind exchange.Kind) *rowFault {
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
	case exchange.Number, exchange.Percent:
		if c.exact() && strings.Contains(s, ".") { // with a point or a comma, as its language is
			key = "import.row.text_number"
		}
	case exchange.Words, exchange.Broken, exchange.Unsaid, exchange.Year: // nothing was made of it
	}
	if key == "" {
		return nil
	}
	return &rowFault{target: c.target, key: key}
}

// partly finds a cell that shows a part of a day only: the rest, that is stored, nobody said.
func (c *cellReader) partly(s string, kind exchange.Kind) *rowFault {
	switch {
	case kind != exchange.Partly || c.texts():
		return nil
	case c.dates():
		return &rowFault{target: c.target, key: "import.row.day_partly", args: fault.Args{"Value": s}}
	}
	return &rowFault{target: c.target, key: "import.row.day_here"}
}

// noughts leaves texts of figures as the register has them which a row has without the noughts
// before them: programs that take a list of texts for numbers drop these, and nobody meant it.
func (w *work) noughts(st *staged, has map[string]any) {
	for _, id := range slices.Sorted(maps.Keys(st.fields)) {
		said, _ := st.fields[id].(string)
		old, _ := has[id].(string)
		if f := w.p.Register(Institutions).Field(id); f == nil || f.Type.Kind != profile.KindText && f.Type.Kind != profile.KindLongText {
			continue
		}
		if len(said) < len(old) && onlyFigures(said) && onlyFigures(old) && strings.TrimLeft(said, "0") == strings.TrimLeft(old, "0") {
			w.note(st, []rowFault{{target: id, key: "import.row.noughts_kept", args: fault.Args{"Old": old}, warn: true, known: st.known}})
			delete(st.fields, id)
		}
	}
}

// texts reports that a column is of texts: what is read letter by letter, and not understood
// as a number, a day or a word of a list.
func (c *cellReader) texts() bool {
	if c.field == nil {
		return c.target != targetSince
	}
	switch c.field.Type.Kind {
	case profile.KindText, profile.KindLongText, profile.KindPhone, profile.KindEmail, profile.KindURL, profile.KindIdentifier:
		return true
	case profile.KindBool, profile.KindReference, profile.KindReferences, profile.KindInt, profile.KindDecimal, profile.KindDate, profile.KindYear:
	}
	return false
}

// exact reports that every sign of a text counts: codes, telephones and places are known by
// their figures.
func (c *cellReader) exact() bool {
	if c.field == nil {
		return c.lang != ""
	}
	return c.valid == nil && (c.field.Type.Kind == profile.KindText || c.field.Type.Kind == profile.KindLongText)
}
