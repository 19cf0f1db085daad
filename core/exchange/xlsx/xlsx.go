// Package xlsx reads and writes tables as files: XLSX workbooks and CSV. It is a
// codec: what the columns mean is the register's matter.
//
// Both formats are read and written row by row, so that a national list takes the
// memory of a few rows. What a file says is never taken for more than text: no
// formula is evaluated, and no text that is written can become one.
package xlsx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"mektep/core/db"
	"mektep/core/exchange"
	"mektep/core/fault"
)

// Bounds of what is read.
const (
	maxCell     = 32767     // characters of a cell: no spreadsheet keeps more
	maxUnzipped = 160 << 20 // bytes of a whole workbook, several times a national list
	maxRatio    = 250       // times that a part may grow when it is unpacked; tables grow ten to forty times
	freeRatio   = 4 << 20   // bytes up to which nobody asks how a part grew
	inMemory    = 4 << 20   // bytes of a part of a workbook; larger parts are unpacked to disk
	seats       = 4         // workbooks that are read at the same time, in one process
	seatsOfOne  = 2         // of them for one ministry: another's always finds one soon
)

// Formats returns the formats, the commonest first.
func Formats() exchange.Formats {
	w := &workbooks{seats: make(chan struct{}, seats), own: map[int32]chan struct{}{}}
	return exchange.Formats{
		{ID: "xlsx", Media: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Detect: packed, Locked: sealed, Look: w.look, Read: w.read, Write: writeWorkbook},
		{ID: "csv", Media: "text/csv; charset=utf-8", Ends: []string{"txt"}, Detect: written, Look: lookCSV, Read: readCSV, Write: writeCSV},
	}
}

// packed reports that a file begins as an archive does, workbooks among them.
func packed(start []byte) bool { return bytes.HasPrefix(start, []byte("PK\x03\x04")) }

// foreign is how files begin that are text and no table: pages of the web, which some
// programs save as .xls, letters, and what other programs write for one another.
var foreign = []string{"<", "{\\rtf", "%pdf", "mime-version:", "%!ps", "{\"", "[{"}

// written reports that a file is text in one of the encodings that are read. No text
// holds bytes of nothing, unless its letters take two.
func written(start []byte) bool {
	if packed(start) {
		return false
	}
	if id := wideOf(start); id == utf16leID || id == utf16beID {
		return true
	}
	text := strings.ToLower(strings.TrimLeft(strings.TrimPrefix(string(start[:min(len(start), 64)]), "\ufeff"), " \t\r\n"))
	return !bytes.Contains(start, []byte("\x00")) && !slices.ContainsFunc(foreign, func(s string) bool { return strings.HasPrefix(text, s) })
}

// unreadable is the fault of a file that is no table of the format. The cause
// stays out of it: it may quote the file.
func unreadable() error {
	return fault.New(fault.Invalid, "import.unreadable").WithField("file", "import.unreadable", nil)
}

// workbooks reads workbooks, a few at a time.
type workbooks struct {
	seats chan struct{}

	mu  sync.Mutex
	own map[int32]chan struct{} // by ministry
}

// seat waits for a place of the ministry and then for one of the process, and returns
// how to give both back. Fault: Unavailable when there is none in time.
func (w *workbooks) seat(ctx context.Context) (leave func(), err error) {
	tenant := db.TenantOf(ctx)
	w.mu.Lock()
	own := w.own[tenant]
	if own == nil {
		own = make(chan struct{}, seatsOfOne)
		w.own[tenant] = own
	}
	w.mu.Unlock()
	took := 0
	leave = func() {
		if took > 1 {
			<-w.seats
		}
		if took > 0 {
			<-own
		}
	}
	for _, place := range []chan struct{}{own, w.seats} {
		select {
		case place <- struct{}{}:
			took++
		case <-ctx.Done():
			leave()
			return nil, fault.New(fault.Unavailable, "import.busy").WithWait(10).WithCause(ctx.Err())
		}
	}
	return leave, nil
}

// opened waits for a seat, looks the file over before anything of it is held, and
// opens it. leave gives the seat back.
func (w *workbooks) opened(ctx context.Context, r io.ReadSeeker) (b *book, leave func(), err error) {
	if leave, err = w.seat(ctx); err != nil {
		return nil, nil, err
	}
	if err = within(ctx, r); err == nil {
		b, err = openBook(r)
	}
	if err != nil {
		leave()
		return nil, nil, err
	}
	return b, leave, nil
}

// look says which sheets there are.
func (w *workbooks) look(ctx context.Context, r io.ReadSeeker, how exchange.Reading) (exchange.Look, error) {
	b, leave, err := w.opened(ctx, r)
	if err != nil {
		return exchange.Look{}, err
	}
	defer leave()
	return b.look(ctx, how)
}

// read reads one sheet.
func (w *workbooks) read(ctx context.Context, r io.ReadSeeker, how exchange.Reading, row func(exchange.Row) error) error {
	b, leave, err := w.opened(ctx, r)
	if err != nil {
		return err
	}
	defer leave()
	return b.read(ctx, how, row)
}

// tooLong is the fault of a cell that no spreadsheet could hold.
func tooLong(line int) error {
	f := fault.New(fault.Invalid, "import.cell_long").With("Max", maxCell).WithField("file", "import.cell_long", fault.Args{"Max": maxCell})
	f.Fields[0].Line = line
	return f
}

// clean brings cells into plain text and reports whether any of them says something.
// What was no letter of the file's encoding stays to be seen.
func clean(line int, cells []string, kinds []exchange.Kind) (said bool, err error) {
	for k, s := range cells {
		if len(s) > maxCell && utf8.RuneCountInString(s) > maxCell {
			return false, tooLong(line)
		}
		s = strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", ""))
		// As writeCSV and careful people write text that looks like a formula.
		if guarded(s) {
			s = strings.TrimSpace(s[1:])
		}
		cells[k] = s
		said = said || s != "" || k < len(kinds) && kinds[k] == exchange.Unsaid
	}
	return said, nil
}

// guarded reports that an apostrophe stands before what would be taken for a formula, or for
// what one came to; as what begins so by itself is written with one more, each takes one away.
func guarded(s string) bool {
	bare := strings.TrimLeft(s, "'")
	return len(bare) < len(s) && bare != "" && (suspicious(bare) || exchange.IsBroken(bare))
}

// formulaic are the characters by which programs recognise a formula.
const formulaic = "=+-@\t\r＝＋－＠"

// suspicious reports that a text begins like a formula, as some program understands it:
// some cut blanks off first, some read the wide signs of East Asian keyboards too.
func suspicious(s string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) && !strings.ContainsRune(formulaic, r) }))
	return strings.ContainsRune(formulaic, r)
}

// writeWorkbook writes every sheet with its head frozen.
func writeWorkbook(w io.Writer, sheets []exchange.Sheet) (err error) {
	f := excelize.NewFile(excelize.Options{TmpDir: ""})
	defer func() { err = errors.Join(err, f.Close()) }()
	styles, err := newStyles(f)
	if err != nil {
		return err
	}
	for k, s := range sheets {
		name := sheetName(s.Name, k)
		if k == 0 {
			err = f.SetSheetName("Sheet1", name)
		} else {
			_, err = f.NewSheet(name)
		}
		if err == nil {
			err = styles.write(f, name, s)
		}
		if err != nil {
			return fmt.Errorf("xlsx: sheet %d: %w", k+1, err)
		}
	}
	return f.Write(w)
}

// sheetName takes out what a sheet's name cannot have.
func sheetName(s string, k int) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) || r < ' ' {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 31 {
		s = string(r[:31])
	}
	if s == "" {
		s = fmt.Sprintf("%d", k+1)
	}
	return s
}

// sure is the first day that all programs count alike: some know none before 1900, and
// some believe that this was a leap year.
var sure = time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)

type styles struct{ head, day int }

func newStyles(f *excelize.File) (styles, error) {
	head, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return styles{}, err
	}
	iso := "yyyy-mm-dd"
	day, err := f.NewStyle(&excelize.Style{CustomNumFmt: &iso})
	return styles{head, day}, err
}

func (st styles) write(f *excelize.File, name string, s exchange.Sheet) error {
	sw, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	for k := range s.Head {
		width := 18.0
		if k < len(s.Widths) && s.Widths[k] > 0 {
			width = float64(min(s.Widths[k], 80))
		}
		if err := sw.SetColWidth(k+1, k+1, width); err != nil {
			return err
		}
	}
	top := 1
	if s.Hidden != nil {
		top = 2
	}
	pane := fmt.Sprintf("A%d", top+1)
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: top, TopLeftCell: pane, ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	line := 0
	put := func(cells []any, opts ...excelize.RowOpts) error {
		line++
		return sw.SetRow(fmt.Sprintf("A%d", line), cells, opts...)
	}
	if err := put(texts(s.Head), excelize.RowOpts{StyleID: st.head}); err != nil {
		return err
	}
	if s.Hidden != nil {
		if err := put(texts(s.Hidden), excelize.RowOpts{Hidden: true}); err != nil {
			return err
		}
	}
	var row []any
	err = s.Rows(func(cells []any) error {
		row = row[:0]
		for _, c := range cells {
			switch v := c.(type) {
			case time.Time:
				if v.Before(sure) {
					c = v.Format(time.DateOnly)
				} else {
					c = excelize.Cell{StyleID: st.day, Value: v}
				}
			case string:
				if v = legible(v); guarded(v) { // reading takes one away
					v = "'" + v
				}
				c = v
			}
			row = append(row, c)
		}
		return put(row)
	})
	if err != nil {
		return err
	}
	return sw.Flush()
}

// legible takes out what XML cannot carry, and cuts at a cell's bound.
func legible(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if len(s) > 32767 {
		if r := []rune(s); len(r) > 32767 {
			s = string(r[:32767])
		}
	}
	return s
}

func texts(s []string) []any {
	out := make([]any, len(s))
	for k := range s {
		out[k] = s[k]
	}
	return out
}
