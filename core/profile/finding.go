package profile

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Code names a kind of mistake. Tests and editors rely on it; the message may change.
type Code string

// The codes. README of the profiles explains none of them: the message must do that.
const (
	CodeSyntax      Code = "P100" // the file is not readable as YAML, CSV or UTF-8
	CodeUnknownKey  Code = "P101"
	CodeType        Code = "P102" // a value of the wrong type
	CodeDuplicate   Code = "P103" // an id or key twice
	CodeMissing     Code = "P104" // a required key
	CodeValue       Code = "P105" // a value outside the allowed ones, or of the wrong form
	CodeReference   Code = "P106" // names something that does not exist
	CodeLanguage    Code = "P107" // a text lacks an official language
	CodeLanguageTag Code = "P108" // a text in a language that is not offered
	CodeFile        Code = "P109" // a file that nothing refers to
	CodeReserved    Code = "P110" // a file whose name has no meaning yet
	CodeNoFile      Code = "P111" // a file that should be there
	CodePeriod      Code = "P120" // dates that make no sense
	CodeGap         Code = "P121" // dated values leave a day out
	CodeOverlap     Code = "P122" // dated values share a day
	CodeCEL         Code = "P130" // a condition does not compile
	CodeCELResult   Code = "P131" // a condition gives the wrong kind of value
	CodeCELWord     Code = "P132" // a condition compares with a code that does not exist
	CodePattern     Code = "P140" // a pattern does not compile
	CodeExample     Code = "P141" // a worked example behaves otherwise than promised
	CodeUnproved    Code = "P142" // a check that no example proves
	CodeWindow      Code = "P150" // a window expression
	CodeGrace       Code = "P151" // a window leaves less than the least grace after a term
	CodeWindowOrder Code = "P152" // a window closes before it opens
	CodeAmendment   Code = "P153" // an amendment contradicts the calendar
	CodeCycle       Code = "P160" // levels or grants run in a circle
	CodeUpward      Code = "P161" // a role gives a role of a higher level
	CodeNoGiver     Code = "P162" // nobody may give the role
	CodeLocked      Code = "P170" // a layer touches what an earlier one locked
	CodeFixed       Code = "P171" // a layer changes a value that only the first may set
	CodeRemove      Code = "P172" // removes what is not there
	CodeUndeclared  Code = "P173" // sets a switch or limit that _base does not declare
	CodeBound       Code = "P174" // a limit outside its bounds
	CodeCSV         Code = "P180" // columns of a CSV file
	CodeBasis       Code = "P190" // not exactly one basis
	CodeCoverage    Code = "P191" // a consent form and the groups it covers disagree
	CodeCase        Code = "P199" // a case of the profile fails
)

// Finding is one mistake in a profile.
type Finding struct {
	File    string `json:"file"`
	Line    int    `json:"line"`   // 1-based; 0 where the file as a whole is meant
	Col     int    `json:"column"` // 1-based, in characters
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

// String returns file:line:column: CODE message.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s %s", f.File, max(f.Line, 1), max(f.Col, 1), f.Code, f.Message)
}

// Findings are the mistakes of a profile, in the order of files and lines.
type Findings []Finding

// String has one finding a line.
func (fs Findings) String() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns the findings as an error, or nil when there are none.
func (fs Findings) Err() error {
	if len(fs) == 0 {
		return nil
	}
	return fmt.Errorf("profile: %d mistakes:\n%s", len(fs), fs)
}

// In returns the findings with dir before each file name, so that they can be
// opened from where the reader stands.
func (fs Findings) In(dir string) Findings {
	out := slices.Clone(fs)
	for i := range out {
		out[i].File = path.Join(dir, out[i].File)
	}
	return out
}

func (fs Findings) sorted() Findings {
	slices.SortStableFunc(fs, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col), strings.Compare(string(a.Code), string(b.Code)))
	})
	return slices.Compact(fs)
}

// withoutEchoes drops what follows from an unreadable file: whoever mends that
// first sees the rest as it is.
func (fs Findings) withoutEchoes() Findings {
	if !slices.ContainsFunc(fs, func(f Finding) bool { return f.Code == CodeSyntax }) {
		return fs
	}
	return slices.DeleteFunc(fs, func(f Finding) bool {
		return slices.Contains([]Code{CodeReference, CodeCELWord, CodeCoverage, CodeNoFile, CodeFile}, f.Code)
	})
}

// didYouMean returns ` (did you mean "x"?)` for the nearest of the known words,
// or nothing when none is near.
func didYouMean(word string, known []string) string {
	best, distance := "", max(1, min(3, len([]rune(word))/3))+1
	for _, k := range known {
		if d := editDistance(word, k); d < distance || d == distance && best != "" && k < best {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// editDistance counts insertions, deletions, replacements and swaps of neighbours.
func editDistance(a, b string) int {
	s, t := []rune(a), []rune(b)
	if abs(len(s)-len(t)) > 4 || len(s) > 100 {
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

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
