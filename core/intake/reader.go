package intake

import (
	"regexp"
	"slices"
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

// Targets that every record has; the others are those of its register and ids of the profile's
// fields, and name.<language>.
const (
	TargetCode  = "code"
	TargetName  = "name" // in the main language
	TargetType  = "type"
	TargetSince = "since"
)

// Column is a column of the file.
type Column struct {
	Heading string   `json:"heading"`
	Over    string   `json:"over,omitempty"`    // of that, what stands over several columns
	Samples []string `json:"samples,omitempty"` // of the first rows
	Target  string   `json:"target,omitempty"`  // id of the Target it is matched to; empty: left out
	Maybe   string   `json:"maybe,omitempty"`   // id of the Target that it could be, as others of the file could: nobody knows which
}

// Called is the heading as people read it: what stands over several columns before the column's own.
func (c Column) Called() string {
	own, of := strings.CutPrefix(c.Heading, c.Over)
	if own = strings.TrimSpace(own); c.Over == "" || !of || own == "" {
		return c.Heading
	}
	return c.Over + " › " + own
}

// Fault is what is wrong with what a cell says, or is to be told of it.
type Fault struct {
	Target string
	Key    string // message key
	Args   fault.Args
	Warn   bool // the value is taken all the same
}

// Reader turns the cells of a row into values of the register.
type Reader struct {
	p       *profile.Profile
	words   *locale.Bundle
	cols    []ColumnReader
	langs   []*locale.Localizer // in which the file may be written: the person's, the ministry's
	on      profile.Date
	stems   *stems
	letters map[rune]bool   // of the ministry's languages
	dittos  map[string]bool // compact words that say "as above"
	marks   *marks          // what the cells of the file prove; nil: what is read is no cell
	zone    *time.Location  // of the ministry; nil: not known
}

// ColumnReader reads the cells of one column.
type ColumnReader struct {
	at     int // number of the column, from 0
	Target string
	Lang   string            // of a name
	Field  *profile.Field    // of a passport
	codes  map[string]string // compact word → code, for what is one of a list
	meant  map[string]string // compact word → code, as a person said for the whole file
	stems  map[string]string // stem of a word → code, where no other has it; "" where another does
	choose Choices           // words of the list, for who chose none of them
	cut    func(string) string
	unit   unit              // that its numbers are counted in, as its heading says; none: the field's own
	valid  func(string) bool // whether a text is a right one, where programs spoil figures
}

// Source is what a file is read for, and by what.
type Source struct {
	Profile  *profile.Profile
	Register *profile.Register
	Types    map[string]string // compact word → id of a type of record
	Words    *locale.Bundle
	Written  *locale.Localizer // the language of whoever may have written it; nil: not known
	On       time.Time         // the day for which it is read
	Zone     *time.Location    // of the ministry; nil: moments with a zone stay as they are written
}

// New reads a file with these columns.
func New(from Source, cols []Column) *Reader {
	p, words := from.Profile, from.Words
	r := &Reader{p: p, words: words, langs: []*locale.Localizer{words.Localizer(p.Main())}, cols: make([]ColumnReader, len(cols)), on: profile.DateOf(from.On), letters: lettersOf(p, words), dittos: map[string]bool{}, zone: from.Zone}
	if from.Written != nil {
		r.langs = append(r.langs, from.Written)
	}
	for _, lang := range words.Languages() {
		for word := range strings.SplitSeq(words.Localizer(lang.Tag).T("import.also.ditto"), ",") {
			r.dittos[locale.Compact(word)] = true
		}
	}
	stems := newStems(words)
	r.stems = stems
	for k, c := range cols {
		cr := ColumnReader{at: k, Target: c.Target}
		f := from.Register.Field(c.Target)
		switch {
		case f != nil: // a register may call a field of its own so
			cr = r.Column(f)
			cr.at = k
			cr.unit, _ = unitOf(c.Heading, f)
		case c.Target == TargetName:
			cr.Lang = p.Main()
		case strings.HasPrefix(c.Target, TargetName+"."):
			cr.Lang = strings.TrimPrefix(c.Target, TargetName+".")
		case c.Target == TargetType:
			cr.codes = from.Types
		}
		r.cols[k] = cr
	}
	return r
}

// Columns are those of the file.
func (r *Reader) Columns() []ColumnReader { return r.cols }

// Word is the code of a word of the column's list; empty: the list has it not.
func (c *ColumnReader) Word(s string) string { return Meant(c.codes, s) }

// Column reads a column of a field.
func (r *Reader) Column(f *profile.Field) ColumnReader {
	c := ColumnReader{Target: f.ID, Field: f, valid: validText(f, r.on)}
	c.codes, c.choose = fieldWords(r.p, r.words, f, r.on.Time())
	c.know(r.stems)
	return c
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
func fieldWords(p *profile.Profile, words *locale.Bundle, f *profile.Field, on time.Time) (map[string]string, Choices) {
	codes := map[string]string{}
	var choose Choices
	add := func(code string, names ...string) {
		for _, s := range names {
			if c := locale.Compact(s); c != "" {
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
		choose = Choices{fault.Key("common.yes"), fault.Key("common.no")}
		for _, lang := range words.Languages() {
			l := words.Localizer(lang.Tag)
			own := slices.Contains(p.Languages.Official, lang.Tag)
			said := func(key string) []string { // a letter of another language would be the opposite word's: Y of yes and of yok
				return slices.DeleteFunc(strings.Split(l.T(key), ","), func(s string) bool { return !own && oneLetter(s) })
			}
			add("true", append(said("import.also.yes"), l.T("common.yes"))...)
			add("false", append(said("import.also.no"), l.T("common.no"))...)
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
		for _, i := range items { // a name of its own before another word for another one
			add(i.Code, i.Also...)
		}
	case profile.KindText, profile.KindLongText, profile.KindInt, profile.KindDecimal, profile.KindDate, profile.KindYear, profile.KindPhone, profile.KindEmail, profile.KindURL, profile.KindIdentifier:
		return nil, nil
	}
	return codes, choose
}

// none is the fault of a word that no list has.
func (c *ColumnReader) none(s string) *Fault {
	near, what := c.choose.Near(s)
	key := "import.row.word"
	switch what {
	case LikeWords:
		key = "import.row.word_near"
	case SomeWords:
		key = "import.row.word_some"
	case WholeList: // all that can be written
	}
	return &Fault{Target: c.Target, Key: key, Args: fault.Args{"Field": fault.Text(c.Field.Name), "Choices": near}}
}

// Said is what stands in a cell.
type Said struct {
	Shown string // as its program shows it
	Text  string // without what programs add
	Kind  exchange.Kind
	Bad   *Fault // of what stands there, whatever it is to mean; nil: nothing
}

// Cell takes what a row says in a column; empty where the column means nothing, or nothing
// stands there.
func (r *Reader) Cell(c *ColumnReader, row exchange.Row) (x Said, empty bool) {
	k := c.at
	if c.Target == "" || k >= len(row.Cells) || row.Cells[k] == "" && row.Kind(k) != exchange.Unsaid {
		return Said{}, true
	}
	x.Shown, x.Kind = row.Cells[k], row.Kind(k)
	if x.Kind == exchange.Year {
		x.Shown, x.Kind = x.Shown[:len("2006")], exchange.Number
	}
	if x.Text = asText(x.Shown); r.ditto(x.Text) {
		x.Bad = &Fault{Target: c.Target, Key: "import.row.ditto", Args: fault.Args{"Value": x.Text}}
		return x, false
	}
	if r.dashed(c, x.Text) {
		return Said{}, true
	}
	x.Bad = unreadable(c.Target, x.Text, x.Kind)
	if x.Bad == nil {
		x.Bad = c.drawn(row.Draws(k))
	}
	if x.Bad == nil {
		x.Bad = c.textless(x.Text, x.Kind)
	}
	if x.Bad == nil {
		x.Bad = c.partly(x.Text, x.Kind)
	}
	if x.Bad == nil {
		x.Bad = r.garbled(c, x.Text, x.Text != x.Shown)
	}
	if x.Bad == nil {
		x.Bad = r.besides(c, x.Text, row.Shown(k), x.Kind)
	}
	if x.Kind == exchange.Unshown {
		x.Kind = exchange.Number
		if c.says(row.Shown(k), x.Text) { // what is seen is what was meant
			x.Text, x.Shown, x.Kind = row.Shown(k), row.Shown(k), exchange.Words
		}
	}
	return x, false
}

// Value is what a cell says of a field, for the profile to judge, or what is wrong with it.
func (r *Reader) Value(c *ColumnReader, x Said) (v any, bad *Fault) {
	if _, _, other := c.Counted(); other {
		return r.inUnit(c, x)
	}
	s, kind := x.Text, x.Kind
	word := c.none(s)
	if c.Field.Type.Kind == profile.KindBool && stroke(s) {
		s = "-"
	}
	switch c.Field.Type.Kind {
	case profile.KindBool:
		if yes, known := r.yesOrNo(c, s); known {
			return yes, nil
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
		if number, word := profile.Measured(s); number != "" && word != "%" && r.marks != nil && r.counts(c.Field, word) { // 1200 m², 12 pcs
			s = number
		}
		if r.marks != nil && !strings.HasSuffix(s, "%") {
			if bad = r.marks.ratio(c.at, c, s); bad != nil {
				return nil, bad
			}
		}
		if s, kind, bad = c.shown(s, kind); bad != nil && !bad.Warn {
			return nil, bad
		}
		if x, err := strconv.ParseFloat(s, 64); err == nil && kind == exchange.Number {
			return x, bad
		}
		if r.marks != nil {
			if v, bad, two := r.marks.marked(c.at, c, s); two {
				return v, bad
			}
			if bad = r.marks.otherwise(c.at, c, s); bad != nil && !bad.Warn {
				return nil, bad
			}
		}
	case profile.KindDate:
		if s, bad = r.ordered(c, s, kind); bad != nil && !bad.Warn {
			return nil, bad
		}
	case profile.KindText, profile.KindLongText, profile.KindYear, profile.KindPhone, profile.KindEmail, profile.KindURL, profile.KindIdentifier: // read below, as texts are
	}
	if c.valid != nil {
		code, key := JudgedCode(s, c.valid)
		if key != "" {
			return nil, &Fault{Target: c.Target, Key: key}
		}
		if plain, _ := PlainCode(s); len(code) > len(plain) { // a figure may be missing anywhere
			return code, &Fault{Target: c.Target, Key: "import.row.noughts", Args: fault.Args{"Code": code}, Warn: true}
		}
		return code, nil
	}
	if c.Field.Type.Kind == profile.KindPhone && record.Exponential.MatchString(s) {
		return nil, &Fault{Target: c.Target, Key: "import.row.exponent"}
	}
	v, key, args := record.ReadText(c.Field, s, r.langs...)
	if key != "" {
		return nil, &Fault{Target: c.Target, Key: key, Args: args}
	}
	return v, bad
}

// ordered is a day of a file, the day first.
func (r *Reader) ordered(c *ColumnReader, s string, kind exchange.Kind) (string, *Fault) {
	s = r.here(s)
	if r.marks == nil || kind != exchange.Words {
		return s, nil
	}
	return r.marks.ordered(c.at, c.Target, s)
}

// here is a moment that is written with its zone as the day that it is in the ministry: midnight
// of 1 September stands in some files as 31 August, 21:00Z.
func (r *Reader) here(s string) string {
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

// Day reads the day since when an institution is.
func (r *Reader) Day(c *ColumnReader, x Said) (time.Time, *Fault) {
	s, told := r.ordered(c, x.Text, x.Kind)
	if told != nil && !told.Warn {
		return time.Time{}, told
	}
	v, key, args := record.ReadDay(s, r.langs)
	if key == "" {
		text, _ := v.(string)
		d, err := profile.ParseDate(text)
		switch {
		case err == nil:
			return d.Time(), told
		case len(s) == 4 && OnlyFigures(s):
			key, args = "field.date_year", fault.Args{"Value": s}
		default:
			key = "field.date"
		}
	}
	return time.Time{}, &Fault{Target: TargetSince, Key: key, Args: args}
}

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
		return &Fault{Target: target, Key: "import.row.lost", Warn: target != TargetName && !strings.HasPrefix(target, TargetName+".")}
	case twoAlphabets(s):
		return &Fault{Target: target, Key: "import.row.alphabets", Warn: true}
	}
	return nil
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
