package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"mektep/core/finding"
	"mektep/core/laid"
)

// A cell of a policy file, as it stands there.
type cell struct {
	text   string
	column int // 1-based, in characters
}

// record is one row of a file: its cells and its line.
type record struct {
	file  string
	line  int
	cells []cell
}

// ends takes a word off the end of a row that has more than n cells, if it stands there.
func (rec *record) ends(word string, n int) bool {
	last := len(rec.cells) - 1
	if last < n || rec.cells[last].text != word {
		return false
	}
	rec.cells = rec.cells[:last]
	return true
}

// maxFile bounds a policy file; the largest of ours has 20 KB.
const maxFile = 4 << 20

// records reads a file of rows. Blank lines and lines that begin with # are
// skipped. Spaces before a cell align columns; a space after one is a mistake,
// because Casbin would take "deny " for neither allow nor deny. A file that is
// saved in another form than text with commas gives one finding that says so.
func (r *reader) records(f laid.Named) []record {
	whole := func(line, column int, code, message string) []record {
		r.found = append(r.found, Finding{File: f.Shown, Line: line, Column: column, Code: code, Message: message})
		return nil
	}
	content, err := fs.ReadFile(f.FS, f.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return whole(1, 1, "FILE", laid.Why(err))
	case len(content) > maxFile:
		return whole(1, 1, "FILE", fmt.Sprintf("is larger than %d bytes", maxFile))
	}
	text, line, column, problem := finding.Text(content)
	if problem != "" {
		return whole(line, column, "ENCODING", problem)
	}
	if line, problem := finding.Separator(text); problem != "" {
		return whole(line, 1, "SEPARATOR", problem)
	}
	var out []record
	for i, line := range strings.Split(text, "\n") {
		rec := record{file: f.Shown, line: i + 1}
		if trimmed := strings.TrimLeft(line, " \t"); trimmed == "" || trimmed[0] == '#' {
			continue
		}
		cells, at, problem := split(line)
		if problem != "" {
			r.found = append(r.found, Finding{File: rec.file, Line: rec.line, Column: at, Code: "CELL", Message: problem})
			continue
		}
		rec.cells = cells
		out = append(out, rec)
	}
	if r.src != nil {
		r.src.files = append(r.src.files, File{Name: f.Shown, Rows: len(out), Over: f.Over})
	}
	return out
}

// split cuts a line into cells. On a mistake it returns the column and the message.
func split(line string) (cells []cell, at int, problem string) {
	runes := []rune(line)
	for i := 0; ; i++ {
		for i < len(runes) && (runes[i] == ' ' || runes[i] == '\t') {
			i++
		}
		start := i
		var text string
		if i < len(runes) && runes[i] == '"' {
			var ok bool
			text, i, ok = quoted(runes, i)
			if !ok {
				return nil, start + 1, "a quotation mark is not closed"
			}
			if i < len(runes) && runes[i] != ',' {
				return nil, i + 1, "after a quoted cell a comma must follow"
			}
		} else {
			for i < len(runes) && runes[i] != ',' {
				i++
			}
			text = string(runes[start:i])
		}
		for _, c := range text {
			if c < ' ' || c == 0x7f {
				return nil, start + 1, fmt.Sprintf("%q holds a control character", text)
			}
		}
		if text != strings.TrimSpace(text) {
			return nil, start + 1, fmt.Sprintf("%q has a space at its edge: write %q", text, strings.TrimSpace(text))
		}
		cells = append(cells, cell{text, start + 1})
		if i >= len(runes) {
			return cells, 0, ""
		}
	}
}

// quoted reads a cell in quotation marks that begins at i; a doubled mark stands
// for one. It returns where the cell ends.
func quoted(runes []rune, i int) (text string, end int, ok bool) {
	var b strings.Builder
	for i++; i < len(runes); i++ {
		if runes[i] != '"' {
			b.WriteRune(runes[i])
			continue
		}
		if i+1 < len(runes) && runes[i+1] == '"' {
			b.WriteRune('"')
			i++
			continue
		}
		return b.String(), i + 1, true
	}
	return "", i, false
}

// report notes a mistake in cell n of a record, or in its line when there is no such cell.
func (r *reader) report(rec record, n int, code, message string) {
	column := 1
	if n < len(rec.cells) {
		column = rec.cells[n].column
	}
	r.found = append(r.found, Finding{File: rec.file, Line: rec.line, Column: column, Code: code, Message: message})
}
