// Package finding is how checks of files speak: of profiles, policies and language
// files. A finding is a line that an editor can jump to, and says what to write
// instead where that can be guessed.
package finding

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Finding is one mistake in a file. Line and column count from 1, the column in
// characters; 0 stands for the file as a whole and is shown as 1.
type Finding struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Code    string `json:"code"` // stable: tests and editors rely on it; the message may change
	Message string `json:"message"`
	Key     string `json:"key,omitempty"` // of the message that is meant, in language files
}

// String returns file:line:column: CODE message.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s %s", f.File, max(f.Line, 1), max(f.Column, 1), f.Code, f.Message)
}

// List are the mistakes of a reading. It is an error: see Err.
type List []Finding

// Error lists the findings, one a line.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, f := range l {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns the list as an error, or nil when nothing was found.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// In returns the findings with dir before each file name, as whoever asked names
// the files.
func (l List) In(dir string) List {
	out := slices.Clone(l)
	for i := range out {
		out[i].File = path.Join(dir, out[i].File)
	}
	return out
}

// Sorted puts the findings in the order of files and lines, each once.
func (l List) Sorted() List {
	slices.SortStableFunc(l, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(l)
}

// DidYouMean returns ` (did you mean "x"?)` for the known word that a typing
// mistake could have turned into word, or "" when none is near.
func DidYouMean(word string, known []string) string {
	folded := strings.ToLower(strings.TrimSpace(word))
	best, distance := "", min(max(2, len([]rune(folded))/3+1), 4, len([]rune(folded)))
	for _, k := range known {
		if d := editDistance(folded, strings.ToLower(k)); d < distance || d == distance && best != "" && k < best {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// editDistance is the optimal string alignment distance: insertions, deletions,
// replacements and swaps of neighbours.
func editDistance(a, b string) int {
	s, t := []rune(a), []rune(b)
	if d := len(s) - len(t); d > 4 || d < -4 || len(s) > 100 {
		return 100
	}
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(t)]
}
