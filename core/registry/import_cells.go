package registry

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/record"
)

// reader turns the cells of a row into values of the register.
type reader struct {
	cols    []cellReader
	langs   []*locale.Localizer // in which the file may be written: the person's, the ministry's
	on      profile.Date
	stems   *stems
	letters map[rune]bool  // of the ministry's languages
	marks   *marks         // what the cells of the file prove; nil: what is read is no cell
	zone    *time.Location // of the ministry; nil: not known
}

// cellReader reads the cells of one column.
type cellReader struct {
	at     int // number of the column, from 0
	target string
	lang   string            // of a name
	field  *profile.Field    // of a passport
	codes  map[string]string // compact word → code, for what is one of a list
	stems  map[string]string // stem of a word → code, where no other has it; "" where another does
	choose choices           // words of the list, for who chose none of them
	cut    func(string) string
	valid  func(string) bool // whether a text is a right one, where programs spoil figures
}

func newReader(p *profile.Profile, words *locale.Bundle, l *locale.Localizer, cols []Column, on time.Time) *reader {
	r := &reader{langs: []*locale.Localizer{words.Localizer(p.Main())}, cols: make([]cellReader, len(cols)), on: profile.DateOf(on), letters: lettersOf(p, words)}
	if l != nil {
		r.langs = append(r.langs, l)
	}
	stems := newStems(words)
	r.stems = stems
	for k, c := range cols {
		cr := cellReader{at: k, target: c.Target}
		switch {
		case c.Target == targetName:
			cr.lang = p.Main()
		case strings.HasPrefix(c.Target, targetName+"."):
			cr.lang = strings.TrimPrefix(c.Target, targetName+".")
		case c.Target == targetType:
			cr.codes = typeWords(p)
		default:
			if cr.field = p.Register(Institutions).Field(c.Target); cr.field != nil {
				cr.codes, cr.choose = fieldWords(p, words, cr.field, on)
				cr.know(stems)
				cr.valid = validText(cr.field, r.on)
			}
		}
		r.cols[k] = cr
	}
	return r
}

// validText judges texts of a field by the profile, where they can be figures that
// spreadsheets take for numbers; nil for other fields.
func validText(f *profile.Field, on profile.Date) func(string) bool {
	if f.Type.Kind != profile.KindIdentifier && (f.Type.Kind != profile.KindText || f.Pattern == "") {
		return nil
	}
	return func(s string) bool {
		_, key, _ := f.Canonical(s, on)
		return key == ""
	}
}

// fieldWords are the codes of a field's reference book, or yes and no, by code and
// by word in any language, and what to show of them to who used none; nil for a field
// of free values.
func fieldWords(p *profile.Profile, words *locale.Bundle, f *profile.Field, on time.Time) (map[string]string, choices) {
	codes := map[string]string{}
	var choose choices
	add := func(code string, names ...string) {
		for _, s := range names {
			if c := compact(s); c != "" {
				s = c // signs have no letters that could be compared
			}
			if s != "" && codes[s] == "" {
				codes[s] = code
			}
		}
	}
	switch f.Type.Kind {
	case profile.KindBool:
		add("true", "true", "1", "x", "+", "✓", "✔", "☑", "☒")
		add("false", "false", "0", "-", "✗", "✘", "☐")
		choose = choices{fault.Key("common.yes"), fault.Key("common.no")}
		for _, lang := range words.Languages() {
			l := words.Localizer(lang.Tag)
			add("true", append(strings.Split(l.T("import.also.yes"), ","), l.T("common.yes"))...)
			add("false", append(strings.Split(l.T("import.also.no"), ","), l.T("common.no"))...)
		}
	case profile.KindReference, profile.KindReferences:
		items := p.ItemsAt(f.Type.Target, on)
		for _, i := range items {
			add(i.Code, i.Code)
		}
		for _, i := range items {
			for _, s := range i.Name {
				add(i.Code, s)
			}
			choose = append(choose, fault.Text(i.Name))
		}
	case profile.KindText, profile.KindLongText, profile.KindInt, profile.KindDecimal, profile.KindDate, profile.KindYear, profile.KindPhone, profile.KindEmail, profile.KindURL, profile.KindIdentifier:
		return nil, nil
	}
	return codes, choose
}

// none is the fault of a word that no list has.
func (c *cellReader) none(s string) *rowFault {
	near, what := c.choose.near(s)
	key := "import.row.word"
	switch what {
	case likeWords:
		key = "import.row.word_near"
	case someWords:
		key = "import.row.word_some"
	case wholeList: // all that can be written
	}
	return &rowFault{target: c.target, key: key, args: fault.Args{"Field": fault.Text(c.field.Name), "Choices": near}}
}

// value is what a cell says of a passport's field, for the profile to judge, or what
// is wrong with it.
func (r *reader) value(c *cellReader, s string, kind exchange.Kind) (v any, bad *rowFault) {
	word := c.none(s)
	switch c.field.Type.Kind {
	case profile.KindBool:
		switch c.codes[compact(s)] {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		if code, signs := c.codes[strings.TrimSpace(s)]; signs { // + and -, of which folding leaves nothing
			return code == "true", nil
		}
		return nil, word
	case profile.KindReference:
		if code := c.code(s); code != "" {
			return code, nil
		}
		return nil, word
	case profile.KindReferences:
		return c.several(s, r.stems.and)
	case profile.KindInt, profile.KindDecimal:
		if s, kind, bad = c.shown(s, kind); bad != nil && !bad.warn {
			return nil, bad
		}
		if x, err := strconv.ParseFloat(s, 64); err == nil && kind == exchange.Number {
			return x, bad
		}
		if r.marks != nil {
			if v, bad, two := r.marks.marked(c.at, c, s); two {
				return v, bad
			}
			if bad = r.marks.otherwise(c.at, c, s); bad != nil && !bad.warn {
				return nil, bad
			}
		}
	case profile.KindDate:
		if s, bad = r.ordered(c, s, kind); bad != nil && !bad.warn {
			return nil, bad
		}
	case profile.KindText, profile.KindLongText, profile.KindYear, profile.KindPhone, profile.KindEmail, profile.KindURL, profile.KindIdentifier: // read below, as texts are
	}
	if c.valid != nil {
		code, key := judgedCode(s, c.valid)
		if key != "" {
			return nil, &rowFault{target: c.target, key: key}
		}
		return code, nil
	}
	if c.field.Type.Kind == profile.KindPhone && record.Exponential.MatchString(s) {
		return nil, &rowFault{target: c.target, key: "import.row.exponent"}
	}
	v, key, args := record.ReadText(c.field, s, r.langs...)
	if key != "" {
		return nil, &rowFault{target: c.target, key: key, args: args}
	}
	return v, bad
}

// ordered is a day of a file, the day first.
func (r *reader) ordered(c *cellReader, s string, kind exchange.Kind) (string, *rowFault) {
	s = r.here(s)
	if r.marks == nil || kind != exchange.Words {
		return s, nil
	}
	return r.marks.ordered(c.at, c.target, s)
}

// here is a moment that is written with its zone as the day that it is in the ministry: midnight
// of 1 September stands in some files as 31 August, 21:00Z.
func (r *reader) here(s string) string {
	if r.zone == nil {
		return s
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z0700"} {
		if at, err := time.Parse(form, strings.TrimSpace(s)); err == nil {
			return at.In(r.zone).Format(time.DateOnly)
		}
	}
	return s
}

// day reads the day since when an institution is.
func (r *reader) day(c *cellReader, s string, kind exchange.Kind) (time.Time, *rowFault) {
	s, told := r.ordered(c, s, kind)
	if told != nil && !told.warn {
		return time.Time{}, told
	}
	v, key, args := record.ReadDay(s, r.langs)
	if key == "" {
		text, _ := v.(string)
		d, err := profile.ParseDate(text)
		switch {
		case err == nil:
			return d.Time(), told
		case len(s) == 4 && onlyFigures(s):
			key, args = "field.date_year", fault.Args{"Value": s}
		default:
			key = "field.date"
		}
	}
	return time.Time{}, &rowFault{target: targetSince, key: key, args: args}
}

// unreadable names cells that say nothing to be read, whatever they are matched to:
// what a formula came to that went wrong, one whose value was not saved, and letters
// that the encoding of a file did not have.
func unreadable(target, s string, kind exchange.Kind) *rowFault {
	switch {
	case kind == exchange.Broken:
		return &rowFault{target: target, key: "import.row.broken"}
	case kind == exchange.Unsaid:
		return &rowFault{target: target, key: "import.row.unsaid"}
	case strings.ContainsRune(s, utf8.RuneError):
		return &rowFault{target: target, key: "import.row.lost"}
	case lostLetter.MatchString(pageAddress.ReplaceAllString(pageQuery.ReplaceAllString(s, ""), "")):
		// In a name the letter is missed; in other texts somebody may ask.
		return &rowFault{target: target, key: "import.row.lost", warn: target != targetName && !strings.HasPrefix(target, targetName+".")}
	case twoAlphabets(s):
		return &rowFault{target: target, key: "import.row.alphabets", warn: true}
	}
	return nil
}

// lostLetter is a question mark within a word, or at its end where the text goes on;
// several stand for a word of them.
var lostLetter = regexp.MustCompile(`\p{L}\?\p{L}|\p{L}\?\s+\S|(?:^|\s)\?\p{L}|\?\?`)

// pageAddress is a web address, in which a question mark stands for itself.
var pageAddress = regexp.MustCompile(`(?i)(?:https?://|\bwww\.)[^\s?]*(?:\?\S*)?`)

// pageQuery is where the question of a web address begins.
var pageQuery = regexp.MustCompile(`\?[A-Za-z_][\w.-]*=`)

// twoAlphabets reports a word that mixes Latin and Cyrillic letters: nobody writes
// so, but files read in a wrong encoding are full of it.
func twoAlphabets(s string) bool {
	latin, cyrillic := false, false
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Latin, r):
			latin = true
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic = true
		case !unicode.IsLetter(r) && !unicode.IsMark(r):
			latin, cyrillic = false, false
		}
		if latin && cyrillic {
			return true
		}
	}
	return false
}
