package transfer

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"mektep/core/exchange"
	"mektep/core/fault"
)

// leavable refuses lines to be left out that are none of the list: its headings and titles,
// and what lies behind its end.
func (t *Service) leavable(ctx context.Context, i *Import, leave []int) error {
	if len(leave) == 0 {
		return nil
	}
	f, err := t.files.Open(ctx, i.file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	format, err := t.format(i.Format)
	if err != nil {
		return err
	}
	last, most := 0, slices.Max(leave)
	err = format.Read(ctx, f, i.Options.Reading, func(r exchange.Row) error {
		if last = r.Line; last >= most {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	var none fault.List
	for _, line := range leave {
		if line <= i.Options.headed() || line > last {
			none = append(none, strconv.Itoa(line))
		}
	}
	if len(none) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "import.bad_matching").WithField("leave", "import.no_line", fault.Args{"Lines": none})
}
