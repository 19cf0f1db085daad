package xlsx

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"mektep/core/exchange"
)

// book is a workbook that is read: its sheets, and what their cells refer to. It has
// been looked over by within.
type book struct {
	parts  map[string]*zip.File // by name in lower case
	sheets []sheet
	from04 bool         // its days count from 1904
	honest bool         // its program knows that 1900 was no leap year
	texts  []string     // that the sheets share
	styles []shown      // by style: what a number of it is shown as
	struck []bool       // by style: whether its font strikes out
	runs   map[int]runs // of the texts that the sheets share, by their number: how parts of them are drawn
}

type sheet struct {
	name, part string
	hidden     bool
}

// openBook reads what is outside of the sheets.
func openBook(r io.ReadSeeker) (*book, error) {
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(&places{r}, size)
	if err != nil {
		return nil, unreadable()
	}
	b := &book{parts: make(map[string]*zip.File, len(z.File)), runs: map[int]runs{}}
	for _, f := range z.File {
		b.parts[strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))] = f
	}
	main := "xl/workbook.xml"
	for _, l := range b.links("") {
		switch l.kind {
		case "officeDocument":
			main = l.part
		case "extended-properties":
			err = b.readProgram(l.part)
		}
		if err != nil {
			return nil, err
		}
	}
	if b.parts[main] == nil { // another program's archive, or a workbook in a form that is not XML
		return nil, notXLSX()
	}
	links := b.links(main)
	if err := b.readSheets(main, links); err != nil {
		return nil, err
	}
	for _, l := range links {
		switch l.kind {
		case "sharedStrings":
			err = b.readTexts(l.part)
		case "styles":
			err = b.readStyles(l.part)
		}
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

// part opens a part; a part that is not there is empty.
func (b *book) part(name string) (io.ReadCloser, error) {
	f := b.parts[name]
	if f == nil {
		return io.NopCloser(bytes.NewReader(nil)), nil
	}
	r, err := f.Open()
	if err != nil {
		return nil, unreadable()
	}
	return r, nil
}

// each gives every tag and text of a part to take.
func (b *book) each(name string, take func(t xml.Token) error) error {
	r, err := b.part(name)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // only read
	d := xml.NewDecoder(bufio.NewReaderSize(r, sniffed))
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return unreadable()
		}
		if err := take(t); err != nil {
			return err
		}
	}
}

// link is a relation of a part to another.
type link struct{ id, kind, part string }

// links returns the relations of a part.
func (b *book) links(of string) []link {
	dir, file := path.Split(of)
	var out []link
	_ = b.each(dir+"_rels/"+file+".rels", func(t xml.Token) error {
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "Relationship" {
			target := attr(e, "Target")
			if !strings.HasPrefix(target, "/") {
				target = dir + target
			}
			out = append(out, link{attr(e, "Id"), path.Base(attr(e, "Type")), strings.ToLower(strings.TrimPrefix(path.Clean("/"+target), "/"))})
		}
		return nil
	})
	return out
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// readProgram notes whether the program that wrote the workbook counts its first days
// as they were.
func (b *book) readProgram(name string) error {
	in := false
	return b.each(name, func(t xml.Token) error {
		switch e := t.(type) {
		case xml.StartElement:
			in = e.Name.Local == "Application"
		case xml.CharData:
			if in {
				b.honest = b.honest || bytes.Contains(e, []byte("LibreOffice")) || bytes.Contains(e, []byte("OpenOffice"))
			}
		case xml.EndElement:
			in = false
		}
		return nil
	})
}

func isTrue(s string) bool { return s == "1" || s == "true" }

func (b *book) readSheets(main string, links []link) error {
	err := b.each(main, func(t xml.Token) error {
		e, ok := t.(xml.StartElement)
		switch {
		case !ok:
		case e.Name.Local == "workbookPr":
			b.from04 = isTrue(attr(e, "date1904"))
		case e.Name.Local == "sheet":
			k := slices.IndexFunc(links, func(l link) bool { return l.id == attr(e, "id") && l.kind == "worksheet" })
			if k >= 0 && len(b.sheets) < maxParts {
				state := attr(e, "state")
				b.sheets = append(b.sheets, sheet{attr(e, "name"), links[k].part, state != "" && state != "visible"})
			}
		}
		return nil
	})
	if err == nil && len(b.sheets) == 0 {
		return unreadable()
	}
	return err
}

// readTexts reads the texts that cells share; hints to pronunciation are none of them.
func (b *book) readTexts(name string) error {
	var text []byte
	var runs runs
	in, spoken := false, false
	return b.each(name, func(t xml.Token) error {
		switch e := t.(type) {
		case xml.StartElement:
			runs.start(e)
			switch e.Name.Local {
			case "si":
				text, runs = text[:0], runs[:0]
			case "t":
				in = !spoken
			case "rPh":
				spoken = true
			}
		case xml.CharData:
			if in {
				text = append(text, e...)
				runs.text(e)
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "si":
				if len(runs) > 0 {
					b.runs[len(b.texts)] = slices.Clone(runs)
				}
				b.texts = append(b.texts, unescape(string(text)))
			case "t":
				in = false
			case "rPh":
				spoken = false
			}
		}
		return nil
	})
}

// unescape reads the characters that XML cannot carry: _x000D_.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var out strings.Builder
	for {
		k := strings.Index(s, "_x")
		if k < 0 || len(s) < k+7 {
			return out.String() + s
		}
		n, err := strconv.ParseUint(s[k+2:k+6], 16, 16)
		if err != nil || s[k+6] != '_' {
			out.WriteString(s[:k+2])
			s = s[k+2:]
			continue
		}
		out.WriteString(s[:k])
		out.WriteRune(rune(n))
		s = s[k+7:]
	}
}

// readStyles notes what the styles show numbers as, and whose font strikes out.
func (b *book) readStyles(name string) error {
	formats, cells, fonts := map[string]string{}, false, false
	var struck []bool // by font
	return b.each(name, func(t xml.Token) error {
		switch e := t.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "numFmt":
				formats[attr(e, "numFmtId")] = attr(e, "formatCode")
			case "fonts":
				fonts = true
			case "font":
				if fonts {
					struck = append(struck, false)
				}
			case "strike":
				if fonts && len(struck) > 0 {
					struck[len(struck)-1] = drawn(e)
				}
			case "cellXfs":
				cells = true
			case "xf":
				if cells {
					id := attr(e, "numFmtId")
					n, _ := strconv.Atoi(id)
					b.styles = append(b.styles, shownAs(n, formats[id]))
					font, err := strconv.Atoi(attr(e, "fontId"))
					b.struck = append(b.struck, err == nil && font >= 0 && font < len(struck) && struck[font])
				}
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "fonts":
				fonts = false
			case "cellXfs":
				cells = false
			}
		}
		return nil
	})
}

// isDayFormat knows the formats of days that every program has built in.
func isDayFormat(n int) bool {
	return n >= 14 && n <= 17 || n == 22 || n >= 27 && n <= 31 || n == 36 || n >= 50 && n <= 58
}

// writesDay reports whether a format writes a year or a day, or a month alone, and whether it
// writes a time.
func writesDay(format string) (day, time bool) {
	var year, month, clock bool
	for k := 0; k < len(format); k++ {
		switch format[k] {
		case '"', '[':
			end := strings.IndexByte(format[k+1:], map[byte]byte{'"': '"', '[': ']'}[format[k]])
			if end < 0 {
				return year || month && !clock, clock
			}
			clock = clock || format[k] == '[' && spans(format[k+1:k+1+end])
			k += end + 1
		case '\\', '_', '*':
			k++
		case ';': // what follows is for other numbers
			return year || month && !clock, clock
		case 'y', 'Y', 'd', 'D':
			year = true
		case 'm', 'M':
			month = true
		case 'h', 'H', 's', 'S':
			clock = true
		}
	}
	return year || month && !clock, clock
}

// spans reports that what a format has in brackets counts hours, minutes or seconds.
func spans(s string) bool {
	return s != "" && (strings.Trim(s, "hH") == "" || strings.Trim(s, "mM") == "" || strings.Trim(s, "sS") == "")
}

// sheet returns the sheet of a name; without one, the first that is shown.
func (b *book) sheet(name string) (sheet, error) {
	for _, s := range b.sheets {
		if name == "" && !s.hidden || name != "" && s.name == name {
			return s, nil
		}
	}
	if name == "" {
		return b.sheets[0], nil
	}
	return sheet{}, notSo("sheet")
}

// look says which sheets there are and how many rows each has.
func (b *book) look(ctx context.Context, how exchange.Reading) (exchange.Look, error) {
	switch { // a workbook says itself how it is written
	case how.Encoding != "":
		return exchange.Look{}, notSo("encoding")
	case how.Separator != "":
		return exchange.Look{}, notSo("separator")
	}
	chosen, err := b.sheet(how.Sheet)
	if err != nil {
		return exchange.Look{}, err
	}
	out := exchange.Look{Reading: exchange.Reading{Sheet: chosen.name, Heading: how.Heading, NoHidden: how.NoHidden}}
	for _, s := range b.sheets {
		v, err := b.survey(ctx, s.part)
		if err != nil {
			return out, err
		}
		out.Sheets = append(out.Sheets, exchange.SheetLook{Name: s.name, Hidden: s.hidden, Rows: v.rows, HiddenRows: v.hidden, HiddenColumns: v.columns})
	}
	return out, nil
}
