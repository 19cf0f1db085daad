package xlsx

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/transform"

	"mektep/core/exchange"
	"mektep/core/fault"
)

// sniffed is how much of a file is held at a time, in bytes.
const sniffed = 64 << 10

// separators that can part cells, the likeliest first.
var separators = []string{";", ",", "\t", "|"}

// lookCSV finds out encoding and separator.
func lookCSV(_ context.Context, r io.ReadSeeker, how exchange.Reading) (exchange.Look, error) {
	look := exchange.Look{Encodings: encodingIDs(), Separators: separators}
	switch { // a text has no sheets and hides nothing
	case how.Sheet != "":
		return look, notSo("sheet")
	case how.NoHidden:
		return look, notSo("no_hidden")
	}
	_, _, err := openCSV(r, &how)
	look.Reading = exchange.Reading{Encoding: how.Encoding, Separator: how.Separator, Heading: how.Heading}
	return look, err
}

// openCSV begins to read a text, and notes in how what was found out: its encoding
// (UTF-8, UTF-16, or a one-byte code page of Turkish and Russian machines) and its
// separator. skipped is the number of lines that only named the separator.
func openCSV(r io.ReadSeeker, how *exchange.Reading) (text *bufio.Reader, skipped int, err error) {
	if how.Encoding == "" {
		if how.Encoding, err = encodingOf(r); err != nil {
			return nil, 0, err
		}
	}
	decode, ok := decoder(how.Encoding)
	if !ok {
		return nil, 0, notSo("encoding")
	}
	if how.Separator != "" && !slices.Contains(separators, how.Separator) {
		return nil, 0, notSo("separator")
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, 0, err
	}
	text = bufio.NewReaderSize(transform.NewReader(r, decode), sniffed)
	if mark, err := text.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = text.Discard(3)
	}
	start, err := text.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, 0, err
	}
	named, skip := namedSeparator(start)
	if _, err := text.Discard(skip); err != nil {
		return nil, 0, err
	}
	if skip > 0 {
		skipped = 1
	}
	if how.Separator == "" {
		if how.Separator = named; named == "" {
			how.Separator = separatorOf(start)
		}
	}
	return text, skipped, nil
}

// notSo is the fault of a reading that the file does not have.
func notSo(what string) error {
	return fault.New(fault.Invalid, "import.bad_reading").WithField("reading."+what, "field.choice", nil)
}

// readCSV reads a table written as text.
func readCSV(ctx context.Context, r io.ReadSeeker, how exchange.Reading, row func(exchange.Row) error) error {
	text, skipped, err := openCSV(r, &how)
	if err != nil {
		return err
	}
	c := records{text: text, separator: how.Separator[0], line: 1 + skipped}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, err := c.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		said, err := clean(line, c.cells, nil)
		if err != nil {
			return err
		}
		if !said {
			continue
		}
		if err := row(exchange.Row{Line: line, Cells: c.cells, Kinds: c.broken()}); err != nil {
			return err
		}
	}
}

// records parts a text into rows and cells. Lines may end as any system writes them.
type records struct {
	text      *bufio.Reader
	separator byte
	line      int // that comes next
	columns   int // of the widest row so far
	cell      []byte
	cells     []string
	kinds     []exchange.Kind
}

// next reads a row into cells and returns the line where it begins.
func (c *records) next() (line int, err error) {
	c.cells = c.cells[:0]
	line = c.line
	for {
		end, err := c.one()
		if err != nil && (!errors.Is(err, io.EOF) || len(c.cells) == 0 && len(c.cell) == 0) {
			return line, err
		}
		c.cells = append(c.cells, string(c.cell))
		if len(c.cells) > maxFields {
			return line, unreadable()
		}
		if end || err != nil {
			c.columns = max(c.columns, len(c.cells))
			return line, nil //nolint:nilerr // the end of the file ends its last row
		}
	}
}

// maxFields bounds the cells of a row, which no table of people reaches.
const maxFields = 16384

// one reads a cell; end says that the row ends with it.
func (c *records) one() (end bool, err error) {
	c.cell = c.cell[:0]
	b, err := c.text.ReadByte()
	if err == nil && b == '"' {
		return c.quoted()
	}
	for ; err == nil; b, err = c.text.ReadByte() {
		if b == c.separator {
			return false, nil
		}
		if b == '\n' || b == '\r' {
			c.ended(b)
			return true, nil
		}
		if err := c.keep(b); err != nil {
			return false, err
		}
	}
	return true, err
}

// keep adds a byte to the cell.
func (c *records) keep(b byte) error {
	if len(c.cell) > maxCell*utf8.UTFMax {
		return tooLong(c.line)
	}
	c.cell = append(c.cell, b)
	return nil
}

// ended goes to the next line; of the two bytes of a line's end the second is read.
func (c *records) ended(b byte) {
	c.line++
	if b != '\r' {
		return
	}
	if next, err := c.text.Peek(1); err == nil && next[0] == '\n' {
		_, _ = c.text.Discard(1)
	}
}

// quoted reads a cell in quotation marks. A mark within it that nothing follows as it
// should is one of the text; one that is never closed, or swallows whole rows, is
// named with the line where it stands.
func (c *records) quoted() (end bool, err error) {
	begun := c.line
	for {
		b, err := c.text.ReadByte()
		if errors.Is(err, io.EOF) {
			return false, unclosed(begun)
		}
		if err != nil {
			return false, err
		}
		if b == '"' {
			next, err := c.text.Peek(1)
			switch {
			case errors.Is(err, io.EOF):
				return true, c.whole(begun)
			case err != nil:
				return false, err
			case next[0] == '"':
				_, _ = c.text.Discard(1)
			case next[0] == c.separator:
				_, _ = c.text.Discard(1)
				return false, c.whole(begun)
			case next[0] == '\n', next[0] == '\r':
				_, _ = c.text.Discard(1)
				err := c.whole(begun)
				c.ended(next[0])
				return true, err
			}
		}
		if b == '\r' || b == '\n' {
			c.ended(b)
			b = '\n'
		}
		if len(c.cell) > maxCell*utf8.UTFMax && c.line > begun {
			return false, unclosed(begun)
		}
		if err := c.keep(b); err != nil {
			return false, err
		}
	}
}

// whole refuses a cell of several lines that has a line which looks like a row of the
// table: then its mark was not meant to open anything.
func (c *records) whole(begun int) error {
	if c.line == begun || c.columns < 3 {
		return nil
	}
	_, rest, _ := bytes.Cut(c.cell, []byte("\n"))
	for len(rest) > 0 {
		var l []byte
		l, rest, _ = bytes.Cut(rest, []byte("\n"))
		if n := bytes.Count(l, []byte{c.separator}); n >= c.columns-1 || n >= max(3, (c.columns-1)*2/3) {
			return unclosed(begun)
		}
	}
	return nil
}

// unclosed is the fault of a quotation mark that nothing closes.
func unclosed(line int) error {
	f := fault.New(fault.Invalid, "import.unclosed").With("Line", line).WithField("file", "import.unclosed", fault.Args{"Line": line})
	f.Fields[0].Line = line
	return f
}

// broken notes which cells say what a formula came to that went wrong; nil: none.
func (c *records) broken() []exchange.Kind {
	c.kinds = c.kinds[:0]
	any := false
	for _, s := range c.cells {
		k := exchange.Words
		if isBroken(s) {
			k, any = exchange.Broken, true
		}
		c.kinds = append(c.kinds, k)
	}
	if !any {
		return nil
	}
	return c.kinds
}

// brokenText is how programs of any language write a value that went wrong, or a
// number that found no room: #N/A, #YOK, #DIV/0!, #ЗНАЧ!, #####.
var brokenText = regexp.MustCompile(`^#(?:[\p{Lu}/0-9]{2,12}[!?]|N/A|YOK|Н/Д|#{2,})$`)

func isBroken(s string) bool {
	return len(s) > 2 && s[0] == '#' && (brokenText.MatchString(s) || strings.Trim(s, "#") == "")
}

// namedSeparator reads a first line that only names the separator ("sep=;"), and says
// how many bytes of it are to be left out.
func namedSeparator(start []byte) (separator string, skip int) {
	end := bytes.IndexAny(start, "\r\n")
	if end < 0 {
		return "", 0
	}
	name, ok := bytes.CutPrefix(start[:end], []byte("sep="))
	if !ok || len(name) != 1 || name[0] == '"' || name[0] >= 0x80 || name[0] < '\t' {
		return "", 0
	}
	skip = end + 1
	if start[end] == '\r' && len(start) > skip && start[skip] == '\n' {
		skip++
	}
	return string(name), skip
}

// separatorOf finds the separator of a text by its beginning: the one that parts most
// of the lines into the same number of cells.
func separatorOf(start []byte) string {
	best, lines, cells := separators[1], 0, 0
	for _, s := range separators {
		seen := map[int]int{}
		for _, n := range counts(start, s[0]) {
			seen[n]++
		}
		delete(seen, 0)
		for n, times := range seen {
			if times > lines || times == lines && n > cells {
				best, lines, cells = s, times, n
			}
		}
	}
	return best
}

// counts counts a separator outside quotation marks in the first lines that have text.
func counts(text []byte, c byte) []int {
	const most = 30
	var out []int
	n, quoted, said := 0, false, false
	for _, b := range text {
		switch {
		case b == '"':
			quoted = !quoted
		case b == c && !quoted:
			n++
		case (b == '\n' || b == '\r') && !quoted:
			if said {
				out = append(out, n)
			}
			if n, said = 0, false; len(out) == most {
				return out
			}
		case b > ' ':
			said = true
		}
	}
	if said {
		out = append(out, n)
	}
	return out
}

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
	if suspicious(s) {
		return "'" + s
	}
	return s
}
