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
	// Locked reports whether a file that nobody detects is one of this format which a
	// password keeps from being read; nil: none is.
	Locked func(f io.Reader) bool
	// Look says how a file can be read: what a person may choose, and what is taken
	// where how leaves it open. Faults as of Read.
	Look func(ctx context.Context, f io.ReadSeeker, how Reading) (Look, error)
	// Read gives every row that is not empty to row until it returns an error, which
	// comes back. The row's slices are used again for the next one. What how leaves
	// open is found out. A file that is no table of this format, or one that no honest
	// program wrote, is an Invalid fault. It ends with ctx.
	Read func(ctx context.Context, f io.ReadSeeker, how Reading, row func(Row) error) error
	// Write writes sheets one after another. A format without sheets writes the
	// first and leaves the others out.
	Write func(w io.Writer, sheets []Sheet) error
}

// Row is a row of a file.
type Row struct {
	Line   int      // in the file, from 1, as spreadsheets count: a cell of several lines makes no more of them
	Cells  []string // as plain text; a number with a point, a percentage as 90%, a day as 2006-01-02, true or false
	Kinds  []Kind   // what the cells are; nil: texts
	Beside []string // what cells of numbers show beside their figures: bin, of 3 shown as 3 bin; nil: nothing
	Drawn  []Drawn  // how letters of the cells are drawn; nil: all alike
	Hidden bool     // the file does not show it
}

// Drawn is how a cell is drawn otherwise than others: which letters do not stand in its text as
// the others do, and over which rows it goes.
type Drawn struct {
	Whole  bool   // all that the cell says is struck out
	Struck string // struck out: whoever reads the cell reads them as taken away
	Moved  string // raised or lowered beside others: the sign of a footnote, or what a unit is written with

	From, To int // the first and the last row over which the cell is merged; 0: it stands in one
	Across   int // the last column, from 0, over which it is merged; 0: it stands in one
}

// Kind is what a file says that a cell is.
type Kind uint8

// Kinds of cells. A format without kinds has texts only.
const (
	Words   Kind = iota // text, whatever it looks like
	Number              // stored as a number: its point is one
	Day                 // stored as a day
	Truth               // true or false
	Broken              // what a formula came to that went wrong: #N/A
	Unsaid              // a formula whose value was not saved
	Percent             // a number that is shown as a percentage: 90%, though 0.9 is stored
	Year                // stored as a day of which the year alone is shown
	Scaled              // a number that is shown in thousands or millions, and stored in full
	Formed              // a number that is shown with signs of its format: 1.250,00 though 1250 is stored
	Clock               // stored as a part of a day: 12:00
	Partly              // stored as a day of which a part is shown: 09.2020, or 05.09
	Unshown             // a number that the file shows nothing of, or a word instead
)

// Kind returns what a cell is, from 0.
func (r *Row) Kind(k int) Kind {
	if k >= len(r.Kinds) {
		return Words
	}
	return r.Kinds[k]
}

// Draws returns how letters of a cell are drawn, from 0.
func (r *Row) Draws(k int) Drawn {
	if k >= len(r.Drawn) {
		return Drawn{}
	}
	return r.Drawn[k]
}

// Shown returns what a cell of a number shows beside its figures, from 0.
func (r *Row) Shown(k int) string {
	if k >= len(r.Beside) {
		return ""
	}
	return r.Beside[k]
}

// Reading is how a file is read. What is empty is found out from the file.
type Reading struct {
	Encoding  string `json:"encoding,omitempty"`  // one of Look.Encodings
	Separator string `json:"separator,omitempty"` // one of Look.Separators
	Sheet     string `json:"sheet,omitempty"`     // the name of one of Look.Sheets
	Heading   int    `json:"heading,omitempty"`   // the line of the headings; formats give all lines all the same
	NoHidden  bool   `json:"no_hidden,omitempty"` // leave out rows that the file does not show
}

// Look is how a file can be read.
type Look struct {
	Reading    Reading     `json:"-"`                    // what is taken
	Encodings  []string    `json:"encodings,omitempty"`  // that can be chosen; none: the format has but one
	Separators []string    `json:"separators,omitempty"` // that can be chosen
	Sheets     []SheetLook `json:"sheets,omitempty"`
}

// SheetLook is a sheet of a file.
type SheetLook struct {
	Name       string `json:"name"`
	Hidden     bool   `json:"hidden,omitempty"`
	Rows       int    `json:"rows"`
	HiddenRows int    `json:"hidden_rows,omitempty"`

	HiddenColumns []int `json:"hidden_columns,omitempty"` // from 1
}

// Sheet is a table to be written.
type Sheet struct {
	Name   string
	Head   []string // headings; the row stays in view
	Hidden []string // a second row that a format may hide; nil: none
	Widths []int    // of the columns in letters; nil: as usual
	Point  string   // between whole and fraction where numbers are written as text; empty: a point
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

// Locked reports whether a file that is of no format would be of one without its password.
func (f Formats) Locked(file io.ReadSeeker) (bool, error) {
	for _, x := range f {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return false, err
		}
		if x.Locked != nil && x.Locked(file) {
			return true, nil
		}
	}
	return false, nil
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
