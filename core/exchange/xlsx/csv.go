package xlsx

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"mektep/core/exchange"
)

// sniffed is how much of a file is looked at to tell how it is written, in bytes.
const sniffed = 64 << 10

// readCSV reads a table whose encoding (UTF-8, UTF-16 with its mark, or the
// one-byte code pages of Turkish and Russian Windows) and separator (semicolon,
// comma, tab, bar) it finds out.
func readCSV(ctx context.Context, r io.ReadSeeker, row func(line int, cells []string) error) error {
	enc, err := encodingOf(r)
	if err != nil {
		return err
	}
	text := bufio.NewReaderSize(transform.NewReader(r, enc.NewDecoder()), sniffed)
	start, err := text.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return err
	}
	comma, skip := separator(start)
	if skip > 0 {
		if _, err := text.Discard(skip); err != nil {
			return err
		}
	}
	c := csv.NewReader(text)
	c.Comma, c.FieldsPerRecord, c.LazyQuotes, c.ReuseRecord = comma, -1, true, true
	offset := 0
	if skip > 0 {
		offset = 1
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			return unreadable()
		}
		if err != nil {
			return err
		}
		line, _ := c.FieldPos(0)
		for _, s := range cells {
			if len(s) > maxCell && strings.IndexByte(s, '\n') >= 0 { // a quotation mark that nothing closes swallows the rest
				return unreadable()
			}
		}
		said, err := clean(line+offset, cells)
		if err != nil {
			return err
		}
		if !said {
			continue
		}
		if err := row(line+offset, cells); err != nil {
			return err
		}
	}
}

// encodingOf finds out how a text file is encoded, and leaves r where its text begins.
func encodingOf(r io.ReadSeeker) (encoding.Encoding, error) {
	var h histogram
	buf := make([]byte, sniffed)
	kept := 0 // bytes of a letter that the last portion cut
	begin := int64(0)
	for first := true; ; first = false {
		n, err := io.ReadFull(r, buf[kept:])
		n += kept
		if first {
			switch {
			case bytes.HasPrefix(buf[:n], []byte("\xef\xbb\xbf")):
				begin = 3
			case bytes.HasPrefix(buf[:n], []byte("\xff\xfe")), bytes.HasPrefix(buf[:n], []byte("\xfe\xff")):
				_, err := r.Seek(0, io.SeekStart)
				return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), err
			}
		}
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		kept = h.add(buf[:n], last)
		copy(buf, buf[n-kept:n])
		if last {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	_, err := r.Seek(begin, io.SeekStart)
	return h.encoding(), err
}

// histogram counts what tells encodings apart.
type histogram struct {
	broken      bool // no UTF-8
	high, pairs int  // bytes beyond ASCII, and those that follow another
}

// add looks at a portion and returns how many bytes at its end belong to a letter
// that goes on in the next one.
func (h *histogram) add(p []byte, last bool) int {
	kept := 0
	if !h.broken {
		for i := len(p) - 1; i >= 0 && i > len(p)-utf8.UTFMax && !last; i-- {
			if utf8.RuneStart(p[i]) {
				if !utf8.FullRune(p[i:]) {
					kept = len(p) - i
				}
				break
			}
		}
		h.broken = !utf8.Valid(p[:len(p)-kept])
	}
	before := byte(0)
	for _, b := range p {
		if b >= 0x80 {
			h.high++
			if before >= 0x80 {
				h.pairs++
			}
		}
		before = b
	}
	return kept
}

// encoding tells UTF-8 by its strictness. Of the code pages, Cyrillic words are
// rows of high bytes, while in Turkish one rarely follows another.
func (h *histogram) encoding() encoding.Encoding {
	switch {
	case !h.broken:
		return unicode.UTF8
	case h.pairs*3 > h.high:
		return charmap.Windows1251
	default:
		return charmap.Windows1254
	}
}

// separator finds the separator at the beginning of a text, and how many bytes of
// a line that only names it ("sep=;") are to be left out.
func separator(start []byte) (comma rune, skip int) {
	line, rest, _ := bytes.Cut(start, []byte("\n"))
	if name, ok := bytes.CutPrefix(bytes.TrimRight(line, "\r"), []byte("sep=")); ok && len(name) == 1 && name[0] != '"' && name[0] < 0x80 && name[0] >= '\t' && name[0] != '\r' {
		return rune(name[0]), len(start) - len(rest)
	}
	best, most := ',', 0
	for _, c := range []byte(";,\t|") {
		if n := count(start, c); n > most {
			best, most = rune(c), n
		}
	}
	return best, 0
}

// count counts a separator outside quotation marks in the first line that has text.
func count(text []byte, c byte) int {
	n, quoted, said := 0, false, false
	for _, b := range text {
		switch {
		case b == '"':
			quoted = !quoted
		case b == c && !quoted:
			n++
		case b == '\n' && !quoted && said:
			return n
		case b == '\n' && !quoted:
			n = 0
		case b > ' ':
			said = true
		}
	}
	return n
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
			record = append(record, plain(v))
		}
		return c.Write(record)
	})
	if err != nil {
		return err
	}
	c.Flush()
	return c.Error()
}

func plain(v any) string {
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
		return strconv.FormatFloat(x, 'f', -1, 64)
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
