package xlsx

import (
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"mektep/core/exchange"
)

// survey is what a sheet says of its rows apart from their cells.
type survey struct {
	rows, hidden int
	columns      []int            // that are hidden, from 1
	merged       map[int][]merged // by first row
	noZeros      bool             // zeros are not shown
}

// merged is a cell that goes on in the rows below it, or in the columns beside it.
type merged struct{ column, last, across int }

// survey goes through the tags of a sheet; merged cells stand behind all rows.
func (b *book) survey(ctx context.Context, part string) (survey, error) {
	v := survey{merged: map[int][]merged{}}
	r, err := b.part(part)
	if err != nil {
		return v, err
	}
	defer r.Close() //nolint:errcheck // only read
	in := bufio.NewReaderSize(r, maxTag+2)
	for {
		if err := ctx.Err(); err != nil {
			return v, err
		}
		_, err := in.ReadSlice('<')
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		var tag []byte
		if err == nil {
			tag, err = in.ReadSlice('>')
		}
		if errors.Is(err, io.EOF) {
			return v, nil
		}
		if err != nil {
			return v, unreadable()
		}
		v.hear(tag)
	}
}

func (v *survey) hear(tag []byte) {
	name, rest, _ := bytes.Cut(bytes.TrimRight(tag, "/>"), []byte(" "))
	if k := bytes.IndexByte(name, ':'); k >= 0 {
		name = name[k+1:]
	}
	switch string(name) {
	case "row":
		if !bytes.HasSuffix(tag, []byte("/>")) {
			v.rows++
			if isTrue(attrIn(rest, "hidden")) || flat(attrIn(rest, "ht")) {
				v.hidden++
			}
		}
	case "col":
		from, wrong := strconv.Atoi(attrIn(rest, "min"))
		to, wrongToo := strconv.Atoi(attrIn(rest, "max"))
		width, noWidth := strconv.ParseFloat(attrIn(rest, "width"), 64)
		if !isTrue(attrIn(rest, "hidden")) && (noWidth != nil || width > 0) || wrong != nil || wrongToo != nil {
			return
		}
		for k := max(from, 1); k <= min(to, maxFields) && len(v.columns) < maxFields; k++ {
			v.columns = append(v.columns, k)
		}
	case "sheetView":
		if zeros := attrIn(rest, "showZeros"); zeros != "" && !isTrue(zeros) {
			v.noZeros = true
		}
	case "mergeCell":
		first, last, _ := strings.Cut(attrIn(rest, "ref"), ":")
		c, r1 := place(first)
		c2, r2 := place(last)
		if c >= 0 && r1 > 0 && (r2 > r1 || r2 == r1 && c2 > c) {
			v.merged[r1] = append(v.merged[r1], merged{c, r2, max(c, c2)})
		}
	}
}

// attrIn finds an attribute in the text of a tag.
func attrIn(tag []byte, name string) string {
	for _, quote := range []string{`"`, "'"} {
		if _, rest, ok := bytes.Cut(tag, []byte(name+"="+quote)); ok {
			value, _, _ := bytes.Cut(rest, []byte(quote))
			return string(value)
		}
	}
	return ""
}

// place reads a cell's name: its column from 0 and its row from 1; -1 and 0 where it
// says none.
func place(s string) (column, row int) {
	k := 0
	for ; k < len(s) && (s[k]|0x20) >= 'a' && (s[k]|0x20) <= 'z'; k++ {
		if column = column*26 + int(s[k]|0x20-'a') + 1; column > maxFields {
			return -1, 0
		}
	}
	row, err := strconv.Atoi(s[k:])
	if err != nil || row < 0 {
		row = 0
	}
	return column - 1, row
}

// read reads a sheet row by row.
func (b *book) read(ctx context.Context, how exchange.Reading, take func(exchange.Row) error) error {
	s, err := b.sheet(how.Sheet)
	if err != nil {
		return err
	}
	v, err := b.survey(ctx, s.part)
	if err != nil {
		return err
	}
	r := &rowReader{book: b, merged: v.merged, noZeros: v.noZeros, take: func(row exchange.Row) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		said, err := clean(row.Line, row.Cells, row.Kinds)
		if err != nil || !said || row.Hidden && how.NoHidden {
			return err
		}
		return take(row)
	}}
	return b.each(s.part, r.token)
}

// rowReader puts the tags of a sheet together into rows.
type rowReader struct {
	book   *book
	take   func(exchange.Row) error
	merged map[int][]merged

	noZeros bool // the sheet shows none
	row     exchange.Row
	carried []carried // merged cells that go on

	column         int // of the cell, from 0
	kind, style    string
	text           []byte
	in, spoken     bool
	formula, value bool
	runs           runs // parts of a text that stands in its cell
}

// carried is what a merged cell says to the rows below.
type carried struct {
	merged
	text   string
	kind   exchange.Kind
	beside string
	drawn  exchange.Drawn
}

func (r *rowReader) token(t xml.Token) error {
	switch e := t.(type) {
	case xml.StartElement:
		return r.start(e)
	case xml.CharData:
		if r.in {
			r.text = append(r.text, e...)
			r.runs.text(e)
		}
	case xml.EndElement:
		switch e.Name.Local {
		case "row":
			return r.end()
		case "c":
			return r.cell()
		case "v", "t":
			r.in = false
		case "rPh":
			r.spoken = false
		}
	}
	return nil
}

func (r *rowReader) start(e xml.StartElement) error {
	r.runs.start(e)
	switch e.Name.Local {
	case "row":
		line := r.row.Line + 1
		if n, err := strconv.Atoi(attr(e, "r")); err == nil && n > r.row.Line && n <= maxLines {
			line = n
		}
		r.row = exchange.Row{Line: line, Cells: r.row.Cells[:0], Kinds: r.row.Kinds[:0], Beside: r.row.Beside[:0], Drawn: r.row.Drawn[:0], Hidden: isTrue(attr(e, "hidden")) || flat(attr(e, "ht"))}
		r.column = -1
	case "c":
		r.column++
		if c, _ := place(attr(e, "r")); c >= 0 {
			r.column = c
		}
		if r.column >= maxFields {
			return unreadable()
		}
		r.kind, r.style, r.text = attr(e, "t"), attr(e, "s"), r.text[:0]
		r.runs = r.runs[:0]
		r.formula, r.value = false, false
	case "f":
		r.formula = true
	case "is":
		r.value = true
	case "v":
		r.in, r.value = true, true
	case "t":
		r.in = !r.spoken
	case "rPh":
		r.spoken = true
	}
	return nil
}

// maxLines is the last row of any spreadsheet.
const maxLines = 1 << 20

// put writes a cell of the row.
func (r *rowReader) put(column int, text string, kind exchange.Kind, beside string, drawn exchange.Drawn) {
	for len(r.row.Cells) <= column {
		r.row.Cells, r.row.Kinds = append(r.row.Cells, ""), append(r.row.Kinds, exchange.Words)
	}
	r.row.Cells[column], r.row.Kinds[column] = text, kind
	if drawn != (exchange.Drawn{}) || column < len(r.row.Drawn) {
		for len(r.row.Drawn) <= column {
			r.row.Drawn = append(r.row.Drawn, exchange.Drawn{})
		}
		r.row.Drawn[column] = drawn
	}
	if beside == "" && column >= len(r.row.Beside) {
		return
	}
	for len(r.row.Beside) <= column {
		r.row.Beside = append(r.row.Beside, "")
	}
	r.row.Beside[column] = beside
}

// cell understands the cell that ends.
func (r *rowReader) cell() error {
	if r.column < 0 {
		return unreadable()
	}
	text := string(r.text)
	kind, beside, runs := exchange.Words, "", r.runs
	switch r.kind {
	case "s":
		k, err := strconv.Atoi(strings.TrimSpace(text))
		if text != "" && (err != nil || k < 0 || k >= len(r.book.texts)) {
			return unreadable()
		}
		if text != "" {
			text, runs = r.book.texts[k], r.book.runs[k]
		}
	case "inlineStr", "str":
		text = unescape(text)
	case "b":
		kind, text = exchange.Truth, strconv.FormatBool(isTrue(strings.TrimSpace(text)))
	case "e":
		kind = exchange.Broken
	case "d":
		kind = exchange.Day
	default:
		text, kind, beside = r.number(strings.TrimSpace(text))
	}
	switch {
	case r.formula && !r.value:
		kind = exchange.Unsaid
	case kind == exchange.Words && r.kind == "str" && exchange.IsBroken(strings.TrimSpace(text)): // of a formula; what somebody wrote is a text
		kind = exchange.Broken
	case text == "" && kind != exchange.Unsaid, r.kind == "b" && len(r.text) == 0:
		text, kind = "", exchange.Words
	}
	if text != "" || kind != exchange.Words {
		r.put(r.column, text, kind, beside, runs.of(text, r.strikes()))
	}
	return nil
}

// flat reports a height of nothing: nobody sees such a row.
func flat(height string) bool {
	x, err := strconv.ParseFloat(height, 64)
	return err == nil && x == 0
}

// strikes reports that the font of the cell strikes out.
func (r *rowReader) strikes() bool {
	style, err := strconv.Atoi(r.style)
	return err == nil && style >= 0 && style < len(r.book.struck) && r.book.struck[style]
}

// number reads what is stored as a number, as its style shows it. Of
// numbers spreadsheets keep fifteen figures; the rest is how the machine counts.
func (r *rowReader) number(s string) (text string, kind exchange.Kind, beside string) {
	x, err := strconv.ParseFloat(s, 64)
	if s == "" || err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return s, exchange.Words, ""
	}
	as := shown{kind: exchange.Number}
	if style, err := strconv.Atoi(r.style); err == nil && style >= 0 && style < len(r.book.styles) {
		as = r.book.styles[style]
	}
	if text, unseen := instead(as.format, x); unseen || x == 0 && r.noZeros {
		return counted(x), exchange.Unshown, text
	}
	switch as.kind {
	case exchange.Day, exchange.Year:
		if day, ok := r.day(x); ok {
			return day, as.kind, ""
		}
	case exchange.Partly:
		if day, ok := r.day(x); ok && len(day) >= len("2006-01-02") {
			return as.part(day), as.kind, ""
		}
	case exchange.Percent:
		return counted(x*100) + "%", as.kind, ""
	case exchange.Clock:
		if x >= 0 && x < longestClock {
			return clock(x), as.kind, ""
		}
	case exchange.Number, exchange.Formed:
		text, kind = as.number(x)
		return text, kind, as.besideOf(x)
	case exchange.Scaled:
		return counted(x), as.kind, ""
	case exchange.Words, exchange.Truth, exchange.Broken, exchange.Unsaid, exchange.Unshown: // no format shows these
	}
	return counted(x), exchange.Number, ""
}

// counted writes a number without what the machine adds to it.
func counted(x float64) string {
	if y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 15, 64), 64); err == nil {
		x = y
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// Days of spreadsheets count from these. Most believe in the 29 February 1900, and know
// no day before that year; those that do not (honest) count on backwards.
var (
	from1900 = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	from1904 = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
)

// day writes a count of days as the day, with the time where it has one.
func (r *rowReader) day(x float64) (string, bool) {
	const first, last = -693593, 2958465 // 0001-01-01 and 9999-12-31
	epoch := from1900
	switch {
	case r.book.from04:
		epoch = from1904
	case x < 1 && x >= 0 && !r.book.honest: // a time without a day
		return "", false
	case x >= 60 && x < 61 && !r.book.honest: // the day that never was
		return "", false
	case x >= 1 && x < 60 && !r.book.honest:
		epoch = epoch.AddDate(0, 0, 1)
	}
	if x < first || x > last {
		return "", false
	}
	day := math.Floor(x)
	at := epoch.AddDate(0, 0, int(day)).Add(time.Duration(math.Round((x-day)*86400)) * time.Second)
	if at.Equal(at.Truncate(24 * time.Hour)) {
		return at.Format(time.DateOnly), true
	}
	return at.Format(time.DateTime), true
}

// end gives the row on, with what merged cells of the rows above say to it.
func (r *rowReader) end() error {
	going, own := r.carried[:0], len(r.row.Cells) > 0 // a row without anything of its own stays empty
	for _, c := range r.carried {
		if r.row.Line > c.last {
			continue
		}
		if own && (c.column >= len(r.row.Cells) || r.row.Cells[c.column] == "") {
			r.put(c.column, c.text, c.kind, c.beside, c.drawn)
		}
		going = append(going, c)
	}
	r.carried = going
	for _, m := range r.merged[r.row.Line] {
		if m.column < len(r.row.Cells) && r.row.Cells[m.column] != "" {
			drawn := r.row.Draws(m.column)
			if m.last > r.row.Line {
				drawn.From, drawn.To = r.row.Line, m.last
			}
			if m.across > m.column {
				drawn.Across = m.across
			}
			r.put(m.column, r.row.Cells[m.column], r.row.Kinds[m.column], r.row.Shown(m.column), drawn)
			if m.last == r.row.Line {
				continue
			}
			r.carried = append(r.carried, carried{m, r.row.Cells[m.column], r.row.Kinds[m.column], r.row.Shown(m.column), r.row.Draws(m.column)})
		}
	}
	return r.take(r.row)
}
