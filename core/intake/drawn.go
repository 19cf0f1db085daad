package intake

import (
	"strings"

	"mektep/core/exchange"
	"mektep/core/fault"
)

// Struck reports a row of which everything is struck out: whoever keeps the list took it away.
func Struck(row exchange.Row) bool {
	filled := false
	for k, s := range row.Cells {
		if strings.TrimSpace(s) == "" {
			continue
		}
		if filled = true; !row.Draws(k).Whole {
			return false
		}
	}
	return filled
}

// drawn finds letters that a cell shows struck out, raised or lowered: what is struck out is not
// what it says, and a raised figure beside a number or a name is the sign of a footnote. Texts
// may be written with them: m² is. A number that is merged over several rows is nobody's; of what else
// of a record is, it is told that all have it. Types and places are merged in every other list.
func (c *ColumnReader) drawn(d exchange.Drawn) *Fault {
	f := &Fault{Target: c.Target}
	switch over := (fault.Args{"From": d.From, "To": d.To}); {
	case d.To > d.From && c.numbers(): // for each, or for all of them together
		f.Key, f.Args = "import.row.merged", over
	case d.To > d.From && c.Field != nil:
		f.Key, f.Args, f.Warn = "import.row.merged_all", over, true
	case d.Whole:
		f.Key = "import.row.struck"
	case d.Struck != "":
		f.Key, f.Args = "import.row.struck_part", fault.Args{"Part": Cut(strings.TrimSpace(d.Struck), 40)}
	case d.Moved != "":
		f.Key, f.Args, f.Warn = "import.row.moved_part", fault.Args{"Part": Cut(strings.TrimSpace(d.Moved), 40)}, c.texts() && c.Field != nil && c.exact()
	default:
		return nil
	}
	return f
}
