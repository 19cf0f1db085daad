package transfer

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/intake"
)

// samples are rows whose cells are shown beside the headings.
const samples = 3

// maxColumns bounds the width of a file.
const maxColumns = 500

// searched are the rows of a file among which its headings are looked for: lists of
// ministries begin with titles.
const searched = 20

// head collects the beginning of a file.
type head struct {
	heading int            // line of the headings; 0: to be found
	rows    []exchange.Row // from the first to be looked at
	above   []exchange.Row // the last above them, where somebody has said where the headings stand
}

// row takes a row of the file; errEnough ends the reading.
func (h *head) row(r exchange.Row) error {
	if len(r.Cells) > maxColumns {
		at, last := "", len(r.Cells)
		for last > 1 && strings.TrimSpace(r.Cells[last-1]) == "" {
			last--
		}
		for k := last; k > 0; k = (k - 1) / 26 {
			at = string(rune('A'+(k-1)%26)) + at
		}
		return badFile("import.too_wide", fault.Args{"Columns": maxColumns, "Cell": at + strconv.Itoa(r.Line), "Value": intake.Cut(r.Cells[last-1], 80)})
	}
	r.Cells, r.Drawn = slices.Clone(r.Cells), slices.Clone(r.Drawn)
	if r.Line < h.heading {
		if h.above = append(h.above, r); len(h.above) == mostHeadings {
			h.above = h.above[1:]
		}
		return nil
	}
	h.rows = append(h.rows, r)
	if len(h.rows) == searched+samples+1 {
		return errEnough
	}
	return nil
}

// find looks for the row of headings: the one that has most of the words by which
// columns are known; the first where none has any. most is how many it has.
func (h *head) find(m *Matcher) (at, most int) {
	for k := 0; k < len(h.rows) && k < searched && h.heading == 0; k++ {
		n := 0
		for _, s := range h.rows[k].Cells {
			if m.Of(s) != "" {
				n++
			}
		}
		if k > 0 && isIDRow(h.rows[k-1].Cells, h.rows[k].Cells, m) {
			continue
		}
		if n > most && (n > 1 || k == 0) {
			at, most = k, n
		}
	}
	for at > 0 && partedBy(h.rows[at-1], h.rows[at]) {
		at--
	}
	return at, most
}

// fewWords is fewer known headings than a list has.
const fewWords = 2

// headedSheet is the sheet that is shown and has the most words by which columns are known,
// where the one that comes first has none: a cover. Empty: none has.
func (t *Service) headedSheet(ctx context.Context, f io.ReadSeeker, format exchange.Format, look exchange.Look, m *Matcher) (string, error) {
	best, most := "", fewWords-1
	for _, s := range look.Sheets {
		if s.Hidden || s.Rows == 0 || s.Name == look.Reading.Sheet || t.ownWords(s.Name) {
			continue
		}
		var h head
		if err := format.Read(ctx, f, exchange.Reading{Sheet: s.Name}, h.row); err != nil && !errors.Is(err, errEnough) {
			return "", err
		}
		if len(h.rows) == 0 {
			continue
		}
		if at, words := h.find(m); words > most && h.below(at, m) > 0 {
			best, most = s.Name, words
		}
	}
	return best, nil
}

// quoted reports that each line of the file stands in quotation marks as a whole, as a second
// saving as CSV makes of them: what heads its one column are several headings.
func (h *head) quoted(at int, m *Matcher) bool {
	if cells := h.rows[at].Cells; len(cells) != 1 {
		return false
	}
	for _, separator := range []string{";", ",", "\t", "|"} {
		known := 0
		for s := range strings.SplitSeq(h.rows[at].Cells[0], separator) {
			if m.Of(strings.Trim(s, `"`)) != "" {
				known++
			}
		}
		if known >= fewWords {
			return true
		}
	}
	return false
}

// below is how many rows were read below the headings in the row at.
func (h *head) below(at int, m *Matcher) int {
	n := len(h.rows) - at - 1
	if n > 0 && (isIDRow(h.rows[at].Cells, h.rows[at+1].Cells, m) || numbers(h.rows[at+1].Cells)) {
		n--
	}
	return n
}

// fewestNumbered is of how many columns a row is that numbers them.
const fewestNumbered = 3

// numbers recognises the row by which forms number their columns, below the headings: 1, 2, 3, or
// А, Б, 1, 2, the letters of whatever alphabet.
func numbers(cells []string) bool {
	figure, letters, n := 0, "", 0
	for _, s := range cells {
		s = strings.ToLower(strings.Trim(s, " ()."))
		if s == "" {
			continue
		}
		n++
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case s == strconv.Itoa(figure+1):
			figure++
		case size == len(s) && unicode.IsLetter(r) && figure == 0 && (letters != "" || strings.ContainsRune("aа", r)) && !strings.ContainsRune(letters, r):
			letters += s
		default:
			return false
		}
	}
	return n >= fewestNumbered
}

// isIDRow recognises the template's second row by its cells: the ids of targets, below what these
// are called. A program may head its columns by ids too; then nothing stands above that says the same.
func isIDRow(above, cells []string, m *Matcher) bool {
	if len(cells) == 0 || cells[0] != intake.TargetCode {
		return false
	}
	n, called, dotted := 0, 0, false
	for k, s := range cells {
		if s == "" {
			continue
		}
		if !m.Can(s) {
			return false
		}
		if n++; k < len(above) && above[k] != s && m.Of(above[k]) == s {
			called++
		}
		dotted = dotted || strings.Contains(s, ".") // nobody writes so
	}
	return n > 2 && (dotted || called*2 >= n)
}

// columns are the columns below the headings in the row at, and the last line of these; ids says
// that a second row names targets: the file was made from the template.
func (h *head) columns(at int, m *Matcher) (cols []intake.Column, last int, ids bool) {
	var called headings
	rows := h.rows[at+1:]
	if len(rows) > 0 && isIDRow(h.rows[at].Cells, rows[0].Cells, m) {
		last, ids, called.texts, rows = h.rows[at].Line, true, rows[0].Cells, rows[1:]
	} else {
		called = h.headings(at, m)
		last, rows = h.rows[at+called.rows-1].Line, h.rows[at+called.rows:]
	}
	if len(rows) > 0 && numbers(rows[0].Cells) {
		last, rows = rows[0].Line, rows[1:]
	}
	rows = rows[:min(len(rows), samples)]
	width := len(called.texts)
	for _, r := range rows {
		width = max(width, len(r.Cells)) // a column without a heading has values all the same
	}
	cols = make([]intake.Column, width)
	for k := range cols {
		if k < len(called.texts) {
			cols[k].Heading = intake.Cut(m.oneLine(called.texts[k]), 120)
		}
		if k < len(called.over) {
			cols[k].Over = intake.Cut(strings.Join(strings.Fields(called.over[k]), " "), 120)
		}
		for _, r := range rows {
			if k < len(r.Cells) && r.Cells[k] != "" {
				cols[k].Samples = append(cols[k].Samples, intake.Cut(r.Cells[k], 60))
			}
		}
	}
	return cols, last, ids
}
