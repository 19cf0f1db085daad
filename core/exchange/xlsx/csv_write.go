package xlsx

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"mektep/core/exchange"
)

// writeCSV writes the first sheet as UTF-8 with its mark, semicolons between
// cells: so the spreadsheet programs of all our languages open it by a double click.
func writeCSV(w io.Writer, sheets []exchange.Sheet) error {
	if len(sheets) == 0 {
		return errors.New("xlsx: nothing to write")
	}
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	c.Comma, c.UseCRLF = ';', true
	s := sheets[0]
	record := make([]string, 0, len(s.Head))
	put := func(cells []string) error {
		record = record[:0]
		for _, v := range cells {
			record = append(record, harmless(v))
		}
		return c.Write(record)
	}
	if err := put(s.Head); err != nil {
		return err
	}
	if s.Hidden != nil {
		if err := put(s.Hidden); err != nil {
			return err
		}
	}
	err := s.Rows(func(cells []any) error {
		record = record[:0]
		for _, v := range cells {
			record = append(record, plain(v, s.Point))
		}
		return c.Write(record)
	})
	if err != nil {
		return err
	}
	c.Flush()
	return c.Error()
}

func plain(v any, point string) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return harmless(legible(x))
	case bool:
		return strconv.FormatBool(x)
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		s := strconv.FormatFloat(x, 'f', -1, 64)
		if point != "" {
			s = strings.Replace(s, ".", point, 1)
		}
		return s
	case time.Time:
		return x.Format(time.DateOnly)
	}
	return harmless(fmt.Sprint(v))
}

// harmless keeps a text from being taken for a formula by whoever opens the file.
func harmless(s string) string {
	if suspicious(s) || guarded(s) || exchange.IsBroken(strings.TrimSpace(s)) {
		return "'" + s
	}
	return s
}
