package intake

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"mektep/core/exchange"
	"mektep/core/fault"
)

// unreadable names cells that say nothing to be read, whatever they are matched to:
// what a formula came to that went wrong, one whose value was not saved, and letters
// that the encoding of a file did not have.
func unreadable(target, s string, kind exchange.Kind) *Fault {
	switch {
	case kind == exchange.Broken && strings.Trim(s, "#") == "":
		return &Fault{Target: target, Key: "import.row.narrow"}
	case kind == exchange.Broken:
		return &Fault{Target: target, Key: "import.row.broken"}
	case kind == exchange.Unsaid:
		return &Fault{Target: target, Key: "import.row.unsaid"}
	case strings.ContainsRune(s, utf8.RuneError):
		return &Fault{Target: target, Key: "import.row.lost"}
	case programs.MatchString(s):
		return &Fault{Target: target, Key: "import.row.programs", Args: fault.Args{"Part": Cut(programs.FindString(s), 40)}, Warn: true}
	case strings.Contains(s, "?") && lostLetter.MatchString(pageAddress.ReplaceAllString(pageQuery.ReplaceAllString(s, ""), "")):
		// In a name the letter is missed; in other texts somebody may ask.
		return &Fault{Target: target, Key: "import.row.lost", Warn: !ofName(target)}
	case !ofName(target) && TwoAlphabets(s) != "": // no name has it by any door: said of the name
		return &Fault{Target: target, Key: "import.row.alphabets", Warn: true}
	}
	return nil
}

// ofName reports what says a name, or names in several languages.
func ofName(target string) bool {
	return target == TargetName || strings.HasPrefix(target, TargetName+".")
}

// programs is what programs write where a person would write a sign, a value or nothing: the
// entities of pages, what was to be filled in, the nothing of databases.
var programs = regexp.MustCompile(`&(?:[a-zA-Z]{2,8}|#[0-9]{1,6}|#[xX][0-9a-fA-F]{1,6});|\{\{[^{}]*\}\}|^\\N$`)

// lostLetter is a question mark within a word, or at its end where the text goes on;
// several stand for a word of them.
var lostLetter = regexp.MustCompile(`\p{L}\?\p{L}|\p{L}\?\s+\S|(?:^|\s)\?\p{L}|\?\?`)

// pageAddress is a web address, in which a question mark stands for itself.
var pageAddress = regexp.MustCompile(`(?i)(?:https?://|\bwww\.)[^\s?]*(?:\?\S*)?`)

// LacksLetter reports a text in which question marks stand for letters.
func LacksLetter(s string) bool { return strings.Contains(s, "?") && lostLetter.MatchString(s) }

// pageQuery is where the question of a web address begins.
var pageQuery = regexp.MustCompile(`\?[A-Za-z_][\w.-]*=`)

// TwoAlphabets is the first word of a text that mixes Latin and Cyrillic letters: nobody writes
// so, but texts read in a wrong encoding, or typed on two keyboards, are full of it, and whoever
// looks for the name as it should be does not find it. Empty: none.
func TwoAlphabets(s string) string {
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		latin, cyrillic := false, false
		for _, r := range word {
			latin = latin || unicode.Is(unicode.Latin, r)
			cyrillic = cyrillic || unicode.Is(unicode.Cyrillic, r)
		}
		if latin && cyrillic {
			return word
		}
	}
	return ""
}
