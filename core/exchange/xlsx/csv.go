package xlsx

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"slices"

	"golang.org/x/text/transform"

	"mektep/core/exchange"
	"mektep/core/fault"
)

// sniffed is how much of a file is held at a time, in bytes.
const sniffed = 64 << 10

// separators that can part cells, the likeliest first.
var separators = []string{";", ",", "\t", "|"}

// lookCSV finds out encoding and separator, and reads the text to its end: what cannot be
// read is said before anybody goes on with it.
func lookCSV(ctx context.Context, r io.ReadSeeker, how exchange.Reading) (exchange.Look, error) {
	look := exchange.Look{Encodings: encodingIDs(), Separators: separators}
	switch { // a text has no sheets and hides nothing
	case how.Sheet != "":
		return look, notSo("sheet")
	case how.NoHidden:
		return look, notSo("no_hidden")
	}
	if _, _, err := openCSV(r, &how); err != nil {
		return look, err
	}
	if !slices.Contains(separators, how.Separator) { // the file's own
		look.Separators = append(slices.Clone(separators), how.Separator)
	}
	look.Reading = exchange.Reading{Encoding: how.Encoding, Separator: how.Separator, Heading: how.Heading}
	return look, readCSV(ctx, r, how, func(exchange.Row) error { return nil })
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
	switch {
	case how.Separator == "" && named != "":
		how.Separator = named
	case how.Separator == "":
		how.Separator = separatorOf(start)
	case how.Separator != named && !slices.Contains(separators, how.Separator):
		return nil, 0, notSo("separator")
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
		kinds := c.broken() // before an apostrophe is taken away that says that it is a text
		said, err := clean(line, c.cells, nil)
		if err != nil {
			return err
		}
		if !said {
			continue
		}
		if err := row(exchange.Row{Line: line, Cells: c.cells, Kinds: kinds}); err != nil {
			return err
		}
	}
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

// counts counts a separator outside quotation marks in the first lines that have text, or
// nothing but the separator.
func counts(text []byte, c byte) []int {
	const most = 30
	var out []int
	n, quoted, said := 0, false, false
	for _, b := range text {
		switch {
		case b == '"':
			quoted = !quoted
		case b == c && !quoted:
			n, said = n+1, true
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
