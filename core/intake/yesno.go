package intake

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"mektep/core/locale"
)

// A cross marks those that have something, and strikes out those that have it not; a letter
// stands for a word of one language and for the opposite in another. Which it is the cells of
// the column say together, as they do of numbers and days.

// Signs of columns of yes and no. The Cyrillic letter looks as the Latin one does.
const (
	crosses = "xX\u0445\u0425×✕✖☒"
	ticks   = "✓✔☑√"
	ballots = "✗✘"
)

// answers are what the cells of a column of yes and no prove.
type answers struct {
	plus, no   bool // a plus stands there; a word that says no
	yes        bool // a word that says yes, or a sign that is no cross
	tick       bool
	ballot     bool // a cross that is never drawn for yes
	otherwards bool // a letter that stands for no word known
	unread     bool // a word that is not known, and may say yes or no
}

// signed reports that a column says yes and no by plus and minus.
func (a *answers) signed() bool { return a.plus && !a.no }

// one reports a text that is one of some signs.
func one(s, signs string) bool {
	s = strings.TrimSpace(s)
	return utf8.RuneCountInString(s) == 1 && strings.Contains(signs, s)
}

// oneLetter reports a word of one letter, with a point or not.
func oneLetter(s string) bool {
	s = strings.Trim(s, ". ")
	r, size := utf8.DecodeRuneInString(s)
	return size > 0 && size == len(s) && unicode.IsLetter(r)
}

// look notes what a cell proves.
func (a *answers) look(c *ColumnReader, s string) {
	said := Meant(c.codes, s)
	if meant := c.meant[locale.Compact(s)]; meant != "" { // as a person has said
		a.yes, a.no = a.yes || meant == "true", a.no || meant != "true"
		return
	}
	switch {
	case one(s, crosses), stroke(s):
	case one(s, ticks):
		a.tick = true
	case one(s, ballots):
		a.ballot = true
	case s == "+":
		a.plus, a.yes = true, true
	case said == "true":
		a.yes = true
	case said == "false":
		a.no = true
	case oneLetter(s):
		a.otherwards = true
	case s != "-" && c.codes[strings.TrimSpace(s)] == "":
		a.unread = true
	}
}

// cross is what a cross says: beside ticks, and crosses that are no ticks, no; alone or beside a
// word that says no, yes; beside words that say yes, or may, nobody knows.
func (a *answers) cross() (yes, known bool) {
	switch {
	case a.tick || a.ballot:
		return false, true
	case a.yes && !a.no, a.unread, a.otherwards:
		return false, false
	}
	return true, true
}

// yesOrNo is what a cell says, beside the others of its column.
func (r *Reader) yesOrNo(c *ColumnReader, s string) (yes, known bool) {
	var a answers
	if r.marks != nil {
		a = r.marks.cols[c.at].answers
	}
	if meant := c.meant[locale.Compact(s)]; meant != "" { // as a person has said
		return meant == "true", true
	}
	switch {
	case one(s, crosses):
		return a.cross()
	case one(s, ticks):
		return true, true
	case oneLetter(s) && a.otherwards: // of V and Y, E and K neither is known
		return false, false
	}
	code := Meant(c.codes, s)
	if code == "" {
		code = c.codes[strings.TrimSpace(s)] // + and -, of which folding leaves nothing
	}
	return code == "true", code != ""
}
