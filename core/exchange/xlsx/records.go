package xlsx

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"mektep/core/exchange"
	"mektep/core/fault"
)

// records parts a text into rows and cells. Lines may end as any system writes them.
type records struct {
	text      *bufio.Reader
	separator byte
	line      int // of the text that comes next
	row       int // that was read last, as spreadsheets count them: the line that names the separator is none
	columns   int // of the widest row so far
	cell      []byte
	cells     []string
	kinds     []exchange.Kind

	parted []int    // how many separators each line has that the row has ended, in cells and between them
	parts  int      // of its last line so far
	starts []string // what its lines but the first begin with, before a separator
	begun  int      // line where its first cell of several lines begins
	held   int      // line of a cell that has a separator beside marks that nothing follows as it should; 0: none
}

// next reads a row into cells and returns its number, which is that of its line where no cell
// has several.
func (c *records) next() (row int, err error) {
	c.cells, c.parted, c.starts = c.cells[:0], c.parted[:0], c.starts[:0]
	c.parts, c.begun, c.held = 0, 0, 0
	c.row++
	row = c.row
	for {
		end, err := c.one()
		if err != nil && (!errors.Is(err, io.EOF) || len(c.cells) == 0 && len(c.cell) == 0) {
			return row, err
		}
		c.cells = append(c.cells, string(c.cell))
		if len(c.cells) > maxFields {
			return row, unreadable()
		}
		if end || err != nil {
			if c.swallowed() {
				return row, unclosed(max(c.held, c.begun))
			}
			c.columns = max(c.columns, len(c.cells))
			return row, nil //nolint:nilerr // the end of the file ends its last row
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
			c.parts++
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
	begun, stray := c.line, false
	for {
		b, err := c.text.ReadByte()
		if errors.Is(err, io.EOF) {
			return false, unclosed(begun)
		}
		if err != nil {
			return false, err
		}
		if b == '"' && c.escapes() {
			c.cell = c.cell[:len(c.cell)-1]
		} else if b == '"' {
			if !stray {
				c.spare()
			}
			next, err := c.text.Peek(1)
			switch {
			case errors.Is(err, io.EOF):
				return true, c.whole(begun, stray)
			case err != nil:
				return false, err
			case next[0] == '"':
				_, _ = c.text.Discard(1)
			case next[0] == c.separator:
				_, _ = c.text.Discard(1)
				err := c.whole(begun, stray)
				c.parts++
				return false, err
			case next[0] == '\n', next[0] == '\r':
				_, _ = c.text.Discard(1)
				err := c.whole(begun, stray)
				c.ended(next[0])
				return true, err
			default:
				stray = true
			}
		}
		switch b {
		case c.separator:
			c.parts++
		case '\r', '\n':
			c.ended(b)
			c.parted, c.parts, b = append(c.parted, c.parts), 0, '\n'
		}
		if len(c.cell) > maxCell*utf8.UTFMax && c.line > begun {
			return false, unclosed(begun)
		}
		if err := c.keep(b); err != nil {
			return false, err
		}
	}
}

// escapes reports that the mark just read is one of the text, as programs write it that put a stroke
// before it where others double it: what follows is neither another mark nor the end of the cell, or
// it is the mark that ends it.
func (c *records) escapes() bool {
	if len(c.cell) == 0 || c.cell[len(c.cell)-1] != '\\' {
		return false
	}
	ends := func(b byte) bool { return b == c.separator || b == '\n' || b == '\r' }
	next, _ := c.text.Peek(2)
	switch {
	case len(next) == 0, ends(next[0]):
		return false
	case next[0] == '"':
		return len(next) == 1 || ends(next[1])
	}
	return true
}

// spare leaves out blanks between the mark that ends a cell and what parts it from the next.
func (c *records) spare() {
	const most = 16
	next, _ := c.text.Peek(most)
	n := 0
	for n < len(next) && next[n] == ' ' {
		n++
	}
	if n > 0 && n < most && (n == len(next) || next[n] == c.separator || next[n] == '\n' || next[n] == '\r') {
		_, _ = c.text.Discard(n)
	}
}

// whole refuses a cell of several lines that has a line which looks like a row of the
// table, or a mark that nothing follows as it should: then its mark was not meant to open
// anything, or to be closed by a later one.
func (c *records) whole(begun int, stray bool) error {
	if stray && c.held == 0 && bytes.IndexByte(c.cell, c.separator) >= 0 {
		c.held = begun
	}
	if c.line == begun {
		return nil
	}
	if stray {
		return unclosed(begun)
	}
	if c.begun == 0 {
		c.begun = begun
	}
	_, rest, _ := bytes.Cut(c.cell, []byte("\n"))
	for more := true; more; {
		var l []byte
		l, rest, more = bytes.Cut(rest, []byte("\n"))
		n := bytes.Count(l, []byte{c.separator})
		if c.columns >= 3 && (n >= c.columns-1 || n >= max(3, (c.columns-1)*2/3)) {
			return unclosed(begun)
		}
		start, _, _ := bytes.Cut(l, []byte{c.separator})
		c.starts = append(c.starts, string(start))
	}
	return nil
}

// swallowed reports a row that took others, or other cells of its own, into a cell: marks in it
// that nothing follows as it should stand beside a separator, and cells are missing; or each of
// its lines would be a row for itself, and begins as one.
func (c *records) swallowed() bool {
	if c.held > 0 && len(c.cells) < c.columns {
		return true
	}
	if c.begun == 0 || c.columns < 2 {
		return false
	}
	for _, n := range append(c.parted, c.parts) {
		if n != c.columns-1 {
			return false
		}
	}
	first, _, _ := strings.Cut(c.cells[0], "\n")
	for _, s := range c.starts {
		if figured(s) != figured(first) || figured(s) && len(s) != len(first) || !figured(s) && c.columns < 3 {
			return false
		}
	}
	return true
}

// figured reports a cell of nothing but figures, as codes and numbers of rows are.
func figured(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

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
		if exchange.IsBroken(strings.TrimSpace(s)) {
			k, any = exchange.Broken, true
		}
		c.kinds = append(c.kinds, k)
	}
	if !any {
		return nil
	}
	return c.kinds
}
