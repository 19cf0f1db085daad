package locale

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// keyLetters is the message of a language file that says which letters of its alphabet stand
// otherwise than in the general order: groups of "a letter < those that follow it, in their
// order", with semicolons between; a letter may be several signs. "-" says that there are none.
const keyLetters = "language.letters"

// tailorings are the letters of the languages whose files say them.
var tailorings sync.Map // of a language's base to *tailored

// tailored is an alphabet that stands otherwise than in the general order.
type tailored struct {
	said   string
	places *strings.Replacer
}

// apostrophes are written for one another, as keyboards have them.
var apostrophes = strings.NewReplacer("\u02BC", "\u02BB", "\u2018", "\u02BB", "\u2019", "\u02BB", "'", "\u02BB", "`", "\u02BB")

// follows is what stands behind a letter in place of those that follow it: no text has it, and in
// the general order it stands after every letter of Latin, Cyrillic and Arabic script.
const follows = '\uA000'

// order takes down what a language's file says of its letters.
func order(tag, said string) {
	lang, err := language.Parse(tag)
	if err != nil {
		return
	}
	base, _ := lang.Base()
	if was, ok := tailorings.Load(base); said == "" && !ok || ok && was.(*tailored).said == said {
		return
	}
	t := &tailored{said: said}
	var pairs [][2]string
	next := map[string]rune{}
	for group := range strings.SplitSeq(said, ";") {
		list := strings.Split(strings.ToLower(apostrophes.Replace(group)), "<")
		first := strings.TrimSpace(list[0])
		for _, l := range list[1:] {
			if l = strings.TrimSpace(l); l != "" && first != "" {
				pairs = append(pairs, [2]string{l, first + string(follows+next[first])})
				next[first]++
			}
		}
	}
	// Of two that begin alike the longer is the letter.
	slices.SortStableFunc(pairs, func(a, b [2]string) int { return cmp.Compare(len(b[0]), len(a[0])) })
	var flat []string
	for _, p := range pairs {
		flat = append(flat, p[0], p[1])
	}
	if len(flat) > 0 {
		t.places = strings.NewReplacer(flat...)
	}
	tailorings.Store(base, t)
}

// lettersOf is what a language's file says of its letters; nil: nothing.
func lettersOf(lang language.Tag) *tailored {
	base, _ := lang.Base()
	t, _ := tailorings.Load(base)
	out, _ := t.(*tailored)
	return out
}

// place writes letters so that they stand where their alphabet has them.
func (t *tailored) place(text string) string {
	if t == nil || t.places == nil {
		return text
	}
	return t.places.Replace(strings.ToLower(apostrophes.Replace(text)))
}
