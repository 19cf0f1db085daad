package locale

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// casing says which of the two case mappings a language follows. Only the
// languages with a dotless ı differ from Unicode's default in what we print.
type casing struct{ dotless bool }

func casingOf(tag language.Tag) casing {
	return casing{dotless: cases.Upper(tag).String("i") != "I"}
}

func (c casing) upper(r rune) rune {
	if c.dotless {
		return unicode.TurkishCase.ToUpper(r)
	}
	return unicode.ToUpper(r)
}

// Upper returns s in capitals as the language writes them.
func (l *Localizer) Upper(s string) string {
	if l.casing.dotless {
		return strings.ToUpperSpecial(unicode.TurkishCase, s)
	}
	return strings.ToUpper(s)
}

// Lower returns s in small letters as the language writes them.
func (l *Localizer) Lower(s string) string {
	if l.casing.dotless {
		return strings.ToLowerSpecial(unicode.TurkishCase, s)
	}
	return strings.ToLower(s)
}

// Title returns s with every word's first letter large and the others small, as
// lists that arrive in capitals are shown. Apostrophes do not begin a word;
// hyphens do.
func (l *Localizer) Title(s string) string {
	var b strings.Builder
	inWord := false
	for _, r := range l.Lower(s) {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsMark(r):
			inWord = inWord && (r == '\'' || r == '’')
		case !inWord:
			r, inWord = l.casing.upper(r), true
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Sentence returns s with its first letter large.
func (l *Localizer) Sentence(s string) string {
	for i, r := range s {
		return string(l.casing.upper(r)) + s[i+len(string(r)):]
	}
	return s
}
