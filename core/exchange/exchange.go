// Package exchange is what tables are exchanged as: the formats that files are written
// in, of which every register, screen and program that deals in files is told by one
// list ([Formats]). The codecs lie below it; what a column means is its register's matter.
package exchange

import (
	"context"
	"io"
	"slices"
	"strings"
)

// Format reads and writes tables in one file format.
type Format struct {
	ID    string   // and the end of a file's name; its name in words is export.format.<id>
	Media string   // media type
	Ends  []string // further ends of names that such files have
	// Detect reports whether a file that begins so is meant to be one of this format:
	// [Sniffed] bytes of it, or all of it. What it is called counts for nothing.
	Detect func(start []byte) bool
	// Read gives every row that is not empty, with its line in the file (the first
	// is 1), to row until it returns an error, which comes back. Cells are plain
	// text; the slice is used again for the next row. A file that is no table of
	// this format, or one that no honest program wrote, is an Invalid fault. It ends
	// with ctx.
	Read func(ctx context.Context, f io.ReadSeeker, row func(line int, cells []string) error) error
	// Write writes sheets one after another. A format without sheets writes the
	// first and leaves the others out.
	Write func(w io.Writer, sheets []Sheet) error
}

// Sheet is a table to be written.
type Sheet struct {
	Name   string
	Head   []string // headings; the row stays in view
	Hidden []string // a second row that a format may hide; nil: none
	Widths []int    // of the columns in letters; nil: as usual
	// Rows gives every row to add. A cell is nil, string, bool, int64, float64 or a
	// day as time.Time. What is text stays text: no program takes it for a formula.
	Rows func(add func(cells []any) error) error
}

// Sniffed is how much of a file is looked at to tell its format, in bytes.
const Sniffed = 4 << 10

// Formats are the formats of an installation, the commonest first.
type Formats []Format

// IDs names them.
func (f Formats) IDs() []string {
	ids := make([]string, len(f))
	for i := range f {
		ids[i] = f[i].ID
	}
	return ids
}

// Of finds a format by its name.
func (f Formats) Of(id string) (Format, bool) {
	i := slices.IndexFunc(f, func(x Format) bool { return x.ID == id })
	if i < 0 {
		return Format{}, false
	}
	return f[i], true
}

// Detect finds the format of a file by what it begins with, and leaves it at its
// beginning: the first that takes it for one of its own.
func (f Formats) Detect(file io.ReadSeeker) (found Format, ok bool, err error) {
	start := make([]byte, Sniffed)
	n, err := io.ReadFull(file, start)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF { //nolint:errorlint // ReadFull returns them as they are
		return Format{}, false, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return Format{}, false, err
	}
	i := slices.IndexFunc(f, func(x Format) bool { return x.Detect(start[:n]) })
	if i < 0 {
		return Format{}, false, nil
	}
	return f[i], true, nil
}

// Accept is what a browser offers to choose from: ends of names, with commas between.
func (f Formats) Accept() string {
	var ends []string
	for _, x := range f {
		for _, end := range append([]string{x.ID}, x.Ends...) {
			ends = append(ends, "."+end)
		}
	}
	return strings.Join(ends, ",")
}
