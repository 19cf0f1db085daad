package locale

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"mektep/core/fault"
)

// Localizer speaks one language. It is immutable: share it.
type Localizer struct {
	tag       string
	lang      language.Tag
	rtl       bool
	simple    map[string]string   // messages without placeholder or plural, ready to print
	templates map[string]template // messages with placeholders
	plurals   map[string]bool     // messages that depend on a number: go-i18n's
	i18n      *i18n.Localizer
	fallback  []*Localizer
	missing   *missing
	months    *monthNames // of all languages, for reading dates
	casing    casing
	numbers   numberStyle
	dates     dateStyle
	law       func(ref, tag string) string
	fields    func(id string) map[string]string
	home      string     // of the ministry: its texts come before the fallbacks'; empty: none
	spoken    *Localizer // see Spoken
}

// At returns a localizer for texts of a ministry whose main language is home: what has no
// text in this language is called as the ministry calls it, before any other.
func (l *Localizer) At(home string) *Localizer {
	c := *l
	c.home = home
	return &c
}

func newLocalizer(b *reading, tag string, messages map[string]*i18n.Message) (*Localizer, error) {
	lang := language.MustParse(tag)
	l := &Localizer{
		tag:       tag,
		lang:      lang,
		rtl:       isRightToLeft(lang),
		simple:    make(map[string]string, len(messages)),
		templates: map[string]template{},
		plurals:   map[string]bool{},
		i18n:      i18n.NewLocalizer(b.i18n, tag),
		missing:   b.missing,
		casing:    casingOf(lang),
		numbers:   numbersOf(lang),
	}
	for key, m := range messages {
		switch {
		case isPlural(m):
			l.plurals[key] = true
		case strings.Contains(m.Other, "{{"):
			t, err := parseTemplate(m.Other)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			l.templates[key] = t
		default:
			l.simple[key] = m.Other
		}
	}
	if l.simple[keyName] == "" {
		return nil, fmt.Errorf("the file does not say the language's own name (%s)", keyName)
	}
	l.dates = datesOf(l)
	return l, nil
}

func (l *Localizer) linkFallbacks(b *reading) {
	for _, tag := range strings.Fields(l.simple[keyFallback]) {
		if other, ok := b.localizer[tag]; ok && other != l {
			l.fallback = append(l.fallback, other)
		}
	}
	l.months = b.months
	l.spoken = l
	if len(l.fallback) > 0 && 2*l.words() < l.fallback[0].words() {
		l.spoken = l.fallback[0]
	}
}

// words are how many messages the language itself has.
func (l *Localizer) words() int { return len(l.simple) + len(l.templates) + len(l.plurals) }

// Spoken is the language that most words of a page are in: of one whose file holds less than half
// of the words that its first fallback has, that one. A page says it of itself, or it would be read
// aloud by the sounds of another language than the one it is written in.
func (l *Localizer) Spoken() *Localizer {
	if l.spoken == nil {
		return l
	}
	return l.spoken
}

func isPlural(m *i18n.Message) bool {
	return m.Zero != "" || m.One != "" || m.Two != "" || m.Few != "" || m.Many != ""
}

// Tag returns the language's tag.
func (l *Localizer) Tag() string { return l.tag }

// Dir returns the writing direction for HTML's dir attribute: ltr or rtl.
func (l *Localizer) Dir() string {
	if l.rtl {
		return "rtl"
	}
	return "ltr"
}

func isRightToLeft(tag language.Tag) bool {
	script, _ := tag.Script()
	switch script.String() {
	case "Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm":
		return true
	}
	return false
}

// T returns the message of a key. args are name, value pairs or one map; a
// number named "Count" chooses the plural form. Counts and fractions are written
// as the language writes numbers, times as its dates, a fault.Text (or a
// map[string]string) in this language, a fault.Key or fault.Phrase as its message, a
// fault.List as the language enumerates; other values as they are.
//
// A missing message is taken from the language's fallbacks, or stands as ⟦key⟧;
// either way it is counted, and with the option Strict it panics.
func (l *Localizer) T(key string, args ...any) string {
	if s, ok := l.simple[key]; ok {
		return s
	}
	return l.render(key, args)
}

// Knows reports whether the language itself has the message.
func (l *Localizer) Knows(key string) bool {
	if _, ok := l.simple[key]; ok {
		return true
	}
	_, ok := l.templates[key]
	return ok || l.plurals[key]
}

func (l *Localizer) render(key string, args []any) string {
	if t, ok := l.templates[key]; ok {
		return nested(l.fill(key, t, args))
	}
	if l.plurals[key] {
		return nested(l.plural(key, args))
	}
	tag, named := strings.CutPrefix(key, "language.")
	named = named && !describing[key]
	if !named {
		l.missing.report(l.tag, key, "missing message")
	}
	for _, f := range l.fallback {
		if f.Knows(key) {
			return f.T(key, args...)
		}
	}
	if named {
		return nameOf(l.lang, tag)
	}
	return "⟦" + key + "⟧"
}

// describing are the messages of a language file that name no language.
var describing = map[string]bool{keyName: true, keyFallback: true, keyPluralForms: true, keyLetters: true}

// nameOf is what a language is called for which no file has a word: in the reader's language, if there
// is a reader, else in itself, else by its tag.
func nameOf(reader language.Tag, tag string) string {
	lang, err := language.Parse(tag)
	if err != nil {
		return tag
	}
	if reader != language.Und {
		if in := display.Languages(reader); in != nil && in.Name(lang) != "" {
			return in.Name(lang)
		}
	}
	return cmp.Or(display.Self.Name(lang), tag)
}

func (l *Localizer) fill(key string, t template, args []any) string {
	var b strings.Builder
	for _, part := range t {
		if part.name == "" {
			b.WriteString(part.text)
			continue
		}
		v, ok := argument(args, part.name)
		if !ok {
			l.missing.report(l.tag, key+" "+part.name, "missing argument")
			continue
		}
		b.WriteString(l.value(part.name, v))
	}
	return b.String()
}

func (l *Localizer) plural(key string, args []any) string {
	count, ok := argument(args, "Count")
	if !ok {
		l.missing.report(l.tag, key+" Count", "missing argument")
		count = 0
	}
	data := map[string]any{}
	each(args, func(name string, v any) { data[name] = l.value(name, v) })
	s, err := l.i18n.Localize(&i18n.LocalizeConfig{MessageID: key, PluralCount: pluralCount(count), TemplateData: data})
	if err != nil || strings.Contains(s, "<no value>") {
		l.missing.report(l.tag, key, "message can't be rendered:")
	}
	return s
}

// pluralCount gives go-i18n a count in one of the types it knows.
func pluralCount(v any) any {
	switch n := v.(type) {
	case float64:
		return strconv.FormatFloat(n, 'f', -1, 64)
	case float32:
		return strconv.FormatFloat(float64(n), 'f', -1, 32)
	case uint, uint8, uint16, uint32, uint64:
		return fmt.Sprint(n)
	case int, int8, int16, int32, int64:
		return n
	default:
		return 0
	}
}

// Value writes a value as it would stand in a message.
func (l *Localizer) Value(v any) string { return l.value("", v) }

// value writes an argument as the language does.
func (l *Localizer) value(name string, v any) string {
	switch x := v.(type) {
	case string:
		return x
	case time.Time:
		if x.Hour() == 0 && x.Minute() == 0 && x.Second() == 0 {
			return l.Date(x)
		}
		return l.DateTime(x)
	case fault.End:
		return l.end(time.Time(x))
	case map[string]string:
		return l.Text(x)
	case fault.Text:
		return l.Text(x)
	case fault.Key:
		return l.T(string(x))
	case fault.Phrase:
		return l.T(x.Key, map[string]any(x.Args))
	case fault.List:
		items := make([]string, len(x))
		for i, item := range x {
			items[i] = l.value("", item)
		}
		return l.List(items)
	case float64:
		return l.Decimal(x, -1)
	case float32:
		return l.Decimal(float64(x), -1)
	case int:
		if name == "Count" {
			return l.Number(int64(x))
		}
		return strconv.Itoa(x)
	case int64:
		if name == "Count" {
			return l.Number(x)
		}
		return strconv.FormatInt(x, 10)
	case fmt.Stringer:
		return x.String()
	default:
		return fmt.Sprint(v)
	}
}

// end writes the first moment at which something holds no longer: people call a midnight by
// the day before it, the last on which it holds.
func (l *Localizer) end(t time.Time) string {
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
		return l.Date(t.AddDate(0, 0, -1))
	}
	return l.DateTime(t)
}

// argument finds a named value in pairs or in one map.
func argument(args []any, name string) (any, bool) {
	if m, ok := asMap(args); ok {
		v, ok := m[name]
		return v, ok
	}
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1], true
		}
	}
	return nil, false
}

func each(args []any, do func(name string, v any)) {
	if m, ok := asMap(args); ok {
		for name, v := range m {
			do(name, v)
		}
		return
	}
	for i := 0; i+1 < len(args); i += 2 {
		if name, ok := args[i].(string); ok {
			do(name, args[i+1])
		}
	}
}

func asMap(args []any) (map[string]any, bool) {
	if len(args) != 1 {
		return nil, false
	}
	switch m := args[0].(type) {
	case map[string]any:
		return m, true
	case fault.Args:
		return m, true
	}
	return nil, false
}

// Text picks a country profile's text in this language, or in the ministry's, or in the
// nearest of its fallbacks, or in whatever language there is. Empty for an empty map.
func (l *Localizer) Text(texts map[string]string) string {
	if s := texts[l.tag]; s != "" {
		return s
	}
	if s := texts[l.home]; s != "" {
		return s
	}
	for _, f := range l.fallback {
		if s := texts[f.tag]; s != "" {
			return s
		}
	}
	best := ""
	for tag, s := range texts {
		if s != "" && (best == "" || tag < best) {
			best = tag
		}
	}
	return texts[best]
}

// template is a message cut at its placeholders.
type template []part

// part is either text or the name of an argument.
type part struct{ text, name string }

// parseTemplate cuts a message. {{.Name}} is the only form of placeholder: a
// message that could compute would be code.
func parseTemplate(s string) (template, error) {
	var t template
	for {
		open := strings.Index(s, "{{")
		if open < 0 {
			if strings.Contains(s, "}}") {
				return nil, fmt.Errorf("}} without {{")
			}
			if s != "" {
				t = append(t, part{text: s})
			}
			return t, nil
		}
		if open > 0 {
			t = append(t, part{text: s[:open]})
		}
		end := strings.Index(s[open:], "}}")
		if end < 0 {
			return nil, fmt.Errorf("{{ without }}")
		}
		inner := strings.TrimSpace(s[open+2 : open+end])
		name, ok := strings.CutPrefix(inner, ".")
		if !ok || !isName(name) {
			return nil, fmt.Errorf("{{%s}}: only {{.Name}} is a placeholder", inner)
		}
		t = append(t, part{name: name})
		s = s[open+end+2:]
	}
}

func isName(s string) bool {
	for i, r := range s {
		letter := r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
