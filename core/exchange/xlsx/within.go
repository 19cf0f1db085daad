package xlsx

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"unicode/utf8"

	"mektep/core/fault"
)

const (
	maxParts = 2000     // of a workbook
	maxTag   = 64 << 10 // bytes of a tag with its attributes
	maxMerge = 20_000   // merged ranges of a sheet: each is compared with every cell
)

// bomb is the fault of a file that was made to become large.
func bomb() error {
	return fault.New(fault.Invalid, "import.bomb").WithField("file", "import.bomb", nil)
}

// notXLSX is the fault of an archive that is no workbook of the form that is read.
func notXLSX() error {
	return fault.New(fault.Invalid, "import.no_format").WithField("file", "import.no_format", nil)
}

// within unpacks a workbook without keeping anything and refuses what would not fit
// into memory as it is read: a part that grows beyond measure, the whole, and a text
// that no cell can hold. Readers of workbooks hold a text several times over.
func within(ctx context.Context, r io.ReadSeeker) error {
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	z, err := zip.NewReader(&places{r}, size)
	if err != nil || len(z.File) > maxParts {
		return unreadable()
	}
	rest := int64(maxUnzipped)
	buf := make([]byte, 64<<10)
	for _, part := range z.File {
		n, err := partWithin(ctx, part, rest, buf)
		if err != nil {
			return err
		}
		rest -= n
	}
	return nil
}

func partWithin(ctx context.Context, part *zip.File, most int64, buf []byte) (n int64, err error) {
	f, err := part.Open()
	if err != nil {
		return 0, unreadable()
	}
	defer f.Close() //nolint:errcheck // only read
	packed := max(int64(part.CompressedSize64), 1)
	var texts meterOfTexts
	for {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		k, err := f.Read(buf)
		n += int64(k)
		if n > most || n > freeRatio && n/packed > maxRatio {
			return n, bomb()
		}
		if !texts.hold(buf[:k]) {
			return n, tooLong(0)
		}
		if texts.merged > maxMerge {
			return n, bomb()
		}
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, unreadable()
		}
	}
}

// meterOfTexts counts the characters between the tags of a document, cell by cell.
type meterOfTexts struct {
	inTag bool
	tag   int    // bytes of the tag so far
	name  []byte // of the tag, as far as it matters
	named bool   // name is whole
	text  int    // characters since the cell began

	merged int // ranges that were merged

	entity int // bytes of an entity so far
}

// hold takes the next piece and reports whether every cell is one that can be.
func (m *meterOfTexts) hold(piece []byte) bool {
	for len(piece) > 0 {
		if !m.inTag {
			i := bytes.IndexByte(piece, '<')
			if i < 0 {
				i = len(piece)
			}
			if m.count(piece[:i]); m.text > maxCell {
				return false
			}
			if i == len(piece) {
				return true
			}
			m.inTag, m.tag, m.named, m.name = true, 0, false, m.name[:0]
			piece = piece[i+1:]
			continue
		}
		i := bytes.IndexByte(piece, '>')
		if i < 0 {
			i = len(piece)
		}
		m.read(piece[:i])
		if m.tag += i; m.tag > maxTag {
			return false
		}
		if i == len(piece) {
			return true
		}
		m.inTag = false
		switch {
		case bytes.HasSuffix(m.name, []byte("mergeCell")) && !bytes.HasPrefix(m.name, []byte("/")):
			m.merged++
		case begins(m.name):
			m.text = 0
		}
		piece = piece[i+1:]
	}
	return true
}

// read learns the name of the tag.
func (m *meterOfTexts) read(piece []byte) {
	for _, c := range piece {
		if m.named || len(m.name) > 16 {
			return
		}
		if c == ' ' || c == '/' && len(m.name) > 0 || c == '\t' || c == '\r' || c == '\n' {
			m.named = true
			return
		}
		m.name = append(m.name, c)
	}
}

// begins reports whether a tag begins another text: a cell, an entry of the texts
// that sheets share, or something else that has nothing to do with cells.
func begins(tag []byte) bool {
	tag = bytes.TrimPrefix(tag, []byte("/"))
	if i := bytes.IndexByte(tag, ':'); i >= 0 {
		tag = tag[i+1:]
	}
	switch string(tag) {
	case "t", "r", "rPr", "v", "f", "is", "rPh", "b", "i", "u", "sz", "color", "rFont", "family", "scheme", "charset", "vertAlign", "strike":
		return false // parts of one cell
	}
	return true
}

// count counts the letters of a piece, entities as one each.
func (m *meterOfTexts) count(piece []byte) {
	for _, c := range piece {
		switch {
		case c == '&':
			m.text++
			m.entity = 1
		case m.entity > 0 && c == ';':
			m.entity = 0
		case m.entity > 0 && m.entity < 12: // longer than any entity is
			m.entity++
		case utf8.RuneStart(c) && c != '\r':
			m.text++
		}
	}
}

// places reads a file at any place.
type places struct{ io.ReadSeeker }

// ReadAt serves one caller at a time, as zip's reader of one part after another is.
func (p *places) ReadAt(b []byte, at int64) (int, error) {
	if _, err := p.Seek(at, io.SeekStart); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(p, b)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}
