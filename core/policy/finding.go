package policy

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Finding is one mistake in a policy file. Line and column are 1-based; the
// column counts characters.
type Finding struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Code    string `json:"code"` // stable: UNKNOWN_ROLE, COLUMNS, …
	Message string `json:"message"`
}

// String is the finding as an editor can jump to it.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s %s", f.File, f.Line, f.Column, f.Code, f.Message)
}

// Findings are the mistakes of a reading, in the order of files and lines.
type Findings []Finding

// Error lists the findings, one a line.
func (f Findings) Error() string {
	lines := make([]string, len(f))
	for i, x := range f {
		lines[i] = x.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns f as an error, or nil when nothing was found.
func (f Findings) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// Under returns the findings with their files below folder, as the person who
// asked names them.
func (f Findings) Under(folder string) Findings {
	out := slices.Clone(f)
	for i := range out {
		out[i].File = path.Join(folder, out[i].File)
	}
	return out
}

func (f Findings) sorted() Findings {
	slices.SortStableFunc(f, func(a, b Finding) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return f
}

// unknown words a message about a word that nobody knows, with the nearest that
// somebody does.
func unknown(what, got string, known []string) string {
	msg := fmt.Sprintf("unknown %s %q", what, got)
	if near := nearest(got, known); near != "" {
		msg += fmt.Sprintf(" (did you mean %q?)", near)
	}
	return msg
}

// nearest returns the known word that a typing mistake could have turned into
// got, or "" when none is near.
func nearest(got string, known []string) string {
	folded := strings.ToLower(strings.TrimSpace(got))
	best, word := len([]rune(folded))/3+1, ""
	for _, k := range known {
		if d := distance(folded, k); d < best || (d == best && word == "" && d <= 2) {
			best, word = d, k
		}
	}
	return word
}

// distance is the optimal string alignment distance: insertions, deletions,
// substitutions and swaps of neighbours.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > 8 || len(y)-len(x) > 8 {
		return 99
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
