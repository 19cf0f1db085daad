package profile

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"mektep/core/finding"
)

// Item is a row of a reference book.
type Item struct {
	Code   string
	Parent string // code of another row of the same book, where the book is a tree
	Period
	Successor []string
	Name      Text
	Also      []string // other words by which files call it

	line int
	src  *source
}

// Area is a row of territory.csv: a region or district as it was in a period.
type Area struct {
	Code   string
	Level  string // region or district
	Parent string // code; empty: directly under the ministry
	Period
	Successor []string // codes that took it over when it ended
	Name      Text
	ISO       string // ISO 3166-2, where it has one

	line int
	src  *source
}

// table is a CSV file whose shape has been checked.
type table struct {
	src  *source
	head []string
	rows []tableRow
}

type tableRow struct {
	line, col int
	src       *source
	cells     map[string]string
}

func (s *source) finding(line, col int, code Code, format string, args ...any) Finding {
	return Finding{File: s.path, Line: line, Column: col, Code: code, Message: fmt.Sprintf(format, args...)}
}

// parseCSV reads a table. known are the columns it may have besides
// name.<language>; required are those it must have.
func parseCSV(src *source, known, required []string) (*table, Findings) {
	t := &table{src: src}
	var found Findings
	if bad := src.readText(); len(bad) > 0 {
		return t, bad
	}
	if line, problem := finding.Separator(src.text); problem != "" {
		return t, Findings{src.finding(line, 1, CodeSyntax, "%s", problem)}
	}
	r := csv.NewReader(strings.NewReader(src.text))
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			if bad.StartLine < bad.Line { // the row goes on over line ends: its quotation mark stands open
				return t, append(found, src.finding(bad.StartLine, src.quoteIn(bad.StartLine), CodeSyntax, "a quotation mark that is opened here is not closed"))
			}
			return t, append(found, src.finding(bad.Line, bad.Column, CodeSyntax, "not readable as CSV: %s", bad.Err))
		}
		line, _ := r.FieldPos(0)
		if t.head == nil {
			t.head = slices.Clone(record)
			found = append(found, t.checkHead(r, known, required)...)
			continue
		}
		if len(record) != len(t.head) {
			found = append(found, src.finding(line, 1, CodeCSV, "%d columns where the head has %d", len(record), len(t.head)))
			continue
		}
		row := tableRow{line: line, col: 1, src: src, cells: make(map[string]string, len(record))}
		for i, cell := range record {
			if strings.TrimSpace(cell) != cell {
				_, col := r.FieldPos(i)
				found = append(found, src.finding(line, col, CodeCSV, "blanks around %q", strings.TrimSpace(cell)))
			}
			row.cells[t.head[i]] = strings.TrimSpace(cell)
		}
		t.rows = append(t.rows, row)
	}
	if t.head == nil {
		found = append(found, src.finding(1, 1, CodeCSV, "the file is empty"))
	}
	return t, found
}

// quoteIn returns the column of the last quotation mark in a line that opens a cell.
func (s *source) quoteIn(line int) int {
	text := strings.Split(s.text, "\n")[line-1]
	at := strings.LastIndex(","+text, `,"`)
	return utf8.RuneCountInString(text[:max(at, 0)]) + 1
}

// ofSpreadsheet is how a spreadsheet writes a long code that it took for a number.
var ofSpreadsheet = regexp.MustCompile(`^[0-9]([.,][0-9]+)?E\+?[0-9]+$`)

func (t *table) checkHead(r *csv.Reader, known, required []string) Findings {
	var found Findings
	for i, c := range t.head {
		_, col := r.FieldPos(i)
		_, name := strings.CutPrefix(c, "name.")
		switch {
		case slices.Index(t.head, c) < i:
			found = append(found, t.src.finding(1, col, CodeDuplicate, "column %q twice", c))
		case !slices.Contains(known, c) && !name:
			found = append(found, t.src.finding(1, col, CodeUnknownKey, "unknown column %q%s", c, finding.DidYouMean(c, known)))
		}
	}
	for _, c := range required {
		if !slices.Contains(t.head, c) {
			found = append(found, t.src.finding(1, 1, CodeMissing, "missing column %q", c))
		}
	}
	return found
}

// over lays the rows of an upper layer over those of a lower one: every code
// that the upper names replaces all rows of that code. A row with the name of a neighbour
// under a code that is taken is a slip: it would rename what is kept by that code.
func (t *table) over(lower *table) (*table, Findings) {
	if lower == nil {
		return t, nil
	}
	mine, below := map[string]bool{}, map[string]bool{}
	for _, r := range t.rows {
		mine[r.cells["code"]] = true
	}
	var found Findings
	out := &table{src: t.src, head: t.head}
	for _, r := range lower.rows {
		below[r.cells["code"]] = true
		if !mine[r.cells["code"]] {
			out.rows = append(out.rows, r)
		}
	}
	for _, r := range t.rows {
		if below[r.cells["code"]] {
			found = append(found, r.taken(lower, mine)...)
		}
	}
	out.rows = append(out.rows, t.rows...)
	return out, found
}

// taken reports that a row renames the row of its code in the layer below to what another
// one is called there, which twins does not see.
func (r tableRow) taken(lower *table, mine map[string]bool) Findings {
	for _, o := range lower.rows {
		if o.cells["code"] == r.cells["code"] && r.calledAs(o) {
			return nil // it is called so already
		}
	}
	for _, o := range lower.rows {
		seen := !mine[o.cells["code"]] && o.cells["parent"] == r.cells["parent"]
		if o.cells["code"] != r.cells["code"] && !seen && r.calledAs(o) {
			return Findings{r.src.finding(r.line, r.col, CodeDuplicate, "the code %q is taken in the layer below, and this would give it the name of %q: give this one a code of its own", r.cells["code"], o.cells["code"])}
		}
	}
	return nil
}

// calledAs reports whether a row has the name of another one in every language that both have.
func (r tableRow) calledAs(o tableRow) bool {
	same := false
	for column, cell := range r.cells {
		if strings.HasPrefix(column, "name.") && cell != "" && o.cells[column] != "" {
			if same = look(cell) == look(o.cells[column]); !same {
				return false
			}
		}
	}
	return same
}

// period, name and successors of a row.
func (d *decoder) row(r tableRow) (p Period, name Text, successor []string) {
	date := func(column string) Date {
		if r.cells[column] == "" {
			return 0
		}
		v, err := ParseDate(r.cells[column])
		if err != nil {
			d.undated = true
			d.found = append(d.found, r.src.finding(r.line, r.col, CodeType, "%s %s", column, err))
		}
		return v
	}
	p = Period{Since: date("since"), Until: date("until")}
	if p.Since != 0 && p.Until != 0 && p.Since > p.Until {
		d.found = append(d.found, r.src.finding(r.line, r.col, CodePeriod, "until %s lies before since %s", p.Until, p.Since))
	}
	name = Text{}
	for column, cell := range r.cells {
		if tag, ok := strings.CutPrefix(column, "name."); ok && cell != "" {
			name[tag] = cell
			if problem := readable(cell); problem != "" {
				d.found = append(d.found, r.src.finding(r.line, r.col, CodeValue, "%s: %s", column, problem))
			}
		}
	}
	for _, l := range d.official {
		if name[l] == "" {
			f := r.src.finding(r.line, r.col, CodeLanguage, "name.%s is empty: the official languages are %s", l, strings.Join(d.official, ", "))
			if r.src.below(d.top) {
				f = d.inOwn(r.src, fmt.Sprintf("the row %s of the layer below has no name.%s: add a row with that code and its names", r.cells["code"], l))
			}
			d.found = append(d.found, f)
		}
	}
	if ofSpreadsheet.MatchString(r.cells["code"]) {
		d.found = append(d.found, r.src.finding(r.line, r.col, CodeCSV, "%q is what a spreadsheet made of a code: format the column as text and enter the codes anew", r.cells["code"]))
	}
	if r.cells["code"] == "" {
		d.found = append(d.found, r.src.finding(r.line, r.col, CodeMissing, "the code is empty"))
	}
	return p, name, strings.Fields(r.cells["successor"])
}

// languages checks the tags of the name columns once a file.
func (d *decoder) languages(t *table) {
	for _, c := range t.head {
		tag, ok := strings.CutPrefix(c, "name.")
		if ok && (!wellFormed(tag) || d.unknown(t.src, tag)) {
			d.found = append(d.found, t.src.finding(1, 1, CodeLanguageTag, "column %q: the profile offers no such language%s", c, finding.DidYouMean(tag, d.allowed)))
		}
	}
}

var (
	bookColumns      = []string{"code", "parent", "since", "until", "successor", "also"}
	territoryColumns = []string{"code", "level", "parent", "since", "until", "successor", "iso"}
)

func (d *decoder) items(t *table) []Item {
	items := make([]Item, 0, len(t.rows))
	for _, r := range t.rows {
		i := Item{Code: r.cells["code"], Parent: r.cells["parent"], line: r.line, src: r.src}
		i.Period, i.Name, i.Successor = d.row(r)
		for word := range strings.SplitSeq(r.cells["also"], ";") {
			if word = strings.TrimSpace(word); word != "" {
				i.Also = append(i.Also, word)
			}
		}
		items = append(items, i)
	}
	return items
}

func (d *decoder) areas(t *table) []Area {
	areas := make([]Area, 0, len(t.rows))
	for _, r := range t.rows {
		a := Area{Code: r.cells["code"], Level: r.cells["level"], Parent: r.cells["parent"], ISO: r.cells["iso"], line: r.line, src: r.src}
		a.Period, a.Name, a.Successor = d.row(r)
		areas = append(areas, a)
	}
	return areas
}
