package profile

import (
	"slices"

	"mektep/core/finding"
)

// Code names a kind of mistake. Tests and editors rely on it; the message may change.
type Code = string

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
	CodeLastYear    Code = "P154" // a note: the last school year ends soon
	CodeReach       Code = "P155" // a window lies further from its school year than any may
	CodeYearLong    Code = "P156" // a school year that is longer than any
	CodeBetween     Code = "P157" // a note: days between two terms lie in no break
	CodeMany        Code = "P158" // more windows of a section than a school year may have
	CodeCycle       Code = "P160" // levels or grants run in a circle
	CodeUpward      Code = "P161" // a role gives a role of a higher level
	CodeNoGiver     Code = "P162" // nobody may give the role
	CodeLocked      Code = "P170" // a layer touches what an earlier one locked
	CodeFixed       Code = "P171" // a layer changes a value that only the first may set
	CodeRemove      Code = "P172" // removes what is not there
	CodeUndeclared  Code = "P173" // sets a switch or limit that _base does not declare
	CodeBound       Code = "P174" // a limit outside its bounds
	CodeWeaker      Code = "P175" // a layer makes weaker what a layer below says
	CodeCSV         Code = "P180" // columns of a CSV file
	CodeBasis       Code = "P190" // not exactly one basis
	CodeCoverage    Code = "P191" // a consent form and the groups it covers disagree
	CodeUnsealed    Code = "P192" // what is a person's, or special about one, without what guards it
	CodeOutline     Code = "P193" // a note: what is signed has other items in one language, or over the country's own
	CodeCase        Code = "P199" // a case of the profile fails
)

// Finding is one mistake in a profile.
type Finding = finding.Finding

// Findings are the mistakes of a profile, in the order of files and lines.
type Findings = finding.List

// withoutEchoes drops what follows from a mistake in the form of a file. An entry that
// vanished with it is missed wherever it is named; a day that could not be read lies
// before every other one. Whoever mends the form first sees the rest as it is.
func (l *loader) withoutEchoes() Findings {
	var echoes []Code
	if l.lost {
		echoes = append(echoes, CodeReference, CodeCELWord, CodeCoverage, CodeNoFile, CodeFile, CodeNoGiver)
	}
	if l.undated {
		echoes = append(echoes, CodePeriod, CodeOverlap, CodeAmendment, CodeBetween)
	}
	return slices.DeleteFunc(l.found, func(f Finding) bool { return slices.Contains(echoes, f.Code) })
}

// unreadable reports whether a mistake keeps a whole file from being understood.
func unreadable(f Finding) bool {
	return !f.Note && slices.Contains([]string{CodeSyntax, CodeFile, CodeReserved, CodeNoFile, CodeCycle, CodeReference}, f.Code)
}
