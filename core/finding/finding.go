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
	"unicode"
	"unicode/utf8"
)

// Finding is one mistake in a file. Line and column count from 1, the column in
// characters; 0 stands for the file as a whole and is shown as 1.
type Finding struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Code    string `json:"code"` // stable: tests and editors rely on it; the message may change
	Message string `json:"message"`
	Key     string `json:"key,omitempty"`  // of the message that is meant, in language files
	Note    bool   `json:"note,omitempty"` // worth saying, and nothing is wrong: a check passes all the same
}

// String returns file:line:column: CODE message; a note says that it is one.
func (f Finding) String() string {
	note := ""
	if f.Note {
		note = "note: "
	}
	return fmt.Sprintf("%s:%d:%d: %s%s %s", f.File, max(f.Line, 1), max(f.Column, 1), note, f.Code, f.Message)
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

// Err returns the mistakes of the list as an error, or nil when there is none.
func (l List) Err() error {
	if mistakes := l.Mistakes(); len(mistakes) > 0 {
		return mistakes
	}
	return nil
}

// Mistakes returns the findings that are not notes.
func (l List) Mistakes() List {
	return slices.DeleteFunc(slices.Clone(l), func(f Finding) bool { return f.Note })
}

// Notes returns the findings that are notes.
func (l List) Notes() List {
	return slices.DeleteFunc(slices.Clone(l), func(f Finding) bool { return !f.Note })
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

// Once leaves out what was said before, and keeps the order.
func (l List) Once() List {
	said := map[Finding]bool{}
	return slices.DeleteFunc(slices.Clone(l), func(f Finding) bool {
		before := said[f]
		said[f] = true
		return before
	})
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
	return fmt.Sprintf(" (did you mean %q?%s)", best, LookAlike(word, best))
}

// LookAlike names the letter that only looks like the one that was meant: of another
// script, or none that can be seen. Side by side the two words would look the same. It is
// empty where there is none, and begins with a space.
func LookAlike(word, meant string) string {
	for i, r := range []rune(word) {
		if r < utf8.RuneSelf || strings.ContainsRune(meant, r) {
			continue
		}
		kind := "no letter of it"
		switch {
		case unicode.Is(unicode.Cf, r), unicode.IsSpace(r):
			kind = "a character that cannot be seen"
		case unicode.Is(unicode.Cyrillic, r):
			kind = "a Cyrillic letter"
		case unicode.Is(unicode.Greek, r):
			kind = "a Greek letter"
		}
		return fmt.Sprintf(" Character %d is %U, %s", i+1, r, kind)
	}
	return ""
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
