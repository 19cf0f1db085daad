package transfer

import (
	"context"
	"io"
	"math"

	"mektep/core/exchange"
)

// FoundTable is how findings are put into a table: its headings, and what it says of one.
type FoundTable struct {
	Head   []string
	Widths []int // of the columns in letters
	Row    func(f Finding) []any
}

// WriteFindings writes all findings of a kind that are kept to a file, as whoever may see them is
// shown them page by page, and with what their pages withhold left out. They are read at once:
// between two pages another preview may have put its own in their place.
//
// Faults: Invalid for an unknown format; those of Import.
func (t *Service) WriteFindings(ctx context.Context, uid string, kind Kind, format string, table FoundTable, w io.Writer) error {
	f, err := t.format(format)
	if err != nil {
		return err
	}
	i, err := t.Import(ctx, uid)
	if err != nil {
		return err
	}
	findings, err := t.listFindings(ctx, i, kind, 0, math.MaxInt32)
	if err != nil {
		return err
	}
	if err := t.withholdValues(ctx, i, findings); err != nil {
		return err
	}
	return f.Write(w, []exchange.Sheet{{Name: t.localizer(ctx).T("import.findings"), Head: table.Head, Widths: table.Widths, Rows: func(add func([]any) error) error {
		for _, f := range findings {
			if err := add(table.Row(f)); err != nil {
				return err
			}
		}
		return nil
	}}})
}
