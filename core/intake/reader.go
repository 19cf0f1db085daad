package intake

import (
	"slices"
	"strconv"
	"strings"
	"time"

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
	Offer   string   `json:"offer,omitempty"`   // several Targets that its cells may hold, one text of each; empty: they hold one, as it seems
	Double  bool     `json:"double,omitempty"`  // its heading is in several languages
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
	of     []string          // targets of which its cells hold a text each, in this order; nil: of its own alone
	double bool              // its heading is in several languages
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
		of := Apart(c.Target)
		r.cols[k] = r.column(from, k, c, of[0])
		if len(of) == 1 {
			continue
		}
		r.cols[k].of = of
		for _, target := range of[1:] { // behind those of the file: of these each stands at its own number
			also := r.column(from, k, c, target)
			also.of = of
			r.cols = append(r.cols, also)
		}
	}
	return r
}

// column reads a column of the file, from 0, as a target.
func (r *Reader) column(from Source, k int, c Column, target string) ColumnReader {
	cr := ColumnReader{Target: target}
	f := from.Register.Field(target)
	switch {
	case f != nil: // a register may call a field of its own so
		cr = r.Column(f)
		cr.unit, _ = unitOf(c.Heading, f)
	case target == TargetName:
		cr.Lang = r.p.Main()
	case strings.HasPrefix(target, TargetName+"."):
		cr.Lang = strings.TrimPrefix(target, TargetName+".")
	case target == TargetType:
		cr.codes = from.Types
	}
	cr.at, cr.double = k, c.Double
	return cr
}

// Columns are those of the file, and behind them, of each that holds several texts, the others.
func (r *Reader) Columns() []ColumnReader { return r.cols }

// At is the number of the column in the file, from 0.
func (c *ColumnReader) At() int { return c.at }

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
	if c.of != nil {
		if x.Bad != nil { // told once of the cell
			x.Bad.Target = c.of[0]
		}
		if x.Bad == nil || x.Bad.Warn {
			text, bad := r.text(c, x.Text)
			if x.Text = text; bad != nil {
				x.Bad = bad
			}
		}
		return x, false
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
