// Package locale turns message keys, dates, numbers and names into the words of
// a language, and words that people type back into dates, numbers and search
// tokens.
//
// All words of the software stand in language files (folder locales), all words
// of a country in its profile. Whatever differs between languages (month names,
// the order of a date, which plural forms are needed, which language to fall
// back to) stands in the files too, or follows from CLDR by the language's tag:
// a new language is a new file and no Go.
package locale

import (
	"cmp"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"mektep/core/finding"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// The keys by which a language file describes itself.
const (
	keyName        = "language.name"         // its own name, in itself
	keyFallback    = "language.fallback"     // tags to try, best first, where a text is missing
	keyPluralForms = "language.plural_forms" // CLDR forms that its messages must spell out
)

// Language is one of the languages that files were found for.
type Language struct {
	Tag  string // BCP 47 tag, the file's name
	Name string // the language's name in itself
}

// Bundle holds every language's messages. Any number of goroutines may use it; what it
// holds changes only as a whole, see Replace.
type Bundle struct {
	now     atomic.Pointer[reading]
	missing *missing
}

// reading is what one Load read. It does not change.
type reading struct {
	i18n      *i18n.Bundle
	tags      []string
	names     map[string]string
	localizer map[string]*Localizer
	months    *monthNames
	missing   *missing
}

// Replace has the bundle speak as another does from now on. Who holds a Localizer goes
// on with the words it had, to the end of a page.
func (b *Bundle) Replace(by *Bundle) { b.now.Store(by.now.Load()) }

// Option changes how a bundle treats what it can't render.
type Option func(*Bundle)

// Strict makes a missing message or argument panic. For tests.
func Strict() Option { return func(b *Bundle) { b.missing.strict = true } }

// Log writes each missing message once to log instead of to the default logger.
func Log(log *slog.Logger) Option { return func(b *Bundle) { b.missing.log = log } }

// Load reads all language files (*.toml) in the root of fsys and lays those of
// overlay (nil for none) over them, message by message. The languages are the
// files that are there.
//
// Errors: a file that is not TOML, a name that is no language tag or has no CLDR
// plural rules, a language that does not give its own name, no file at all.
func Load(fsys, overlay fs.FS, opts ...Option) (*Bundle, error) {
	bundle := &Bundle{missing: &missing{seen: map[string]int{}}}
	for _, o := range opts {
		o(bundle)
	}
	b := &reading{
		i18n:      i18n.NewBundle(language.English),
		names:     map[string]string{},
		localizer: map[string]*Localizer{},
		missing:   bundle.missing,
	}
	catalogues := map[string]map[string]*i18n.Message{}
	for _, layer := range []fs.FS{fsys, overlay} {
		if layer == nil {
			continue
		}
		if err := b.read(layer, catalogues); err != nil {
			return nil, err
		}
	}
	if len(catalogues) == 0 {
		return nil, fmt.Errorf("locale: no language files found")
	}
	for tag, messages := range catalogues {
		if err := b.addPlurals(tag, messages); err != nil {
			return nil, fmt.Errorf("locale: %s: %w", tag, err)
		}
		l, err := newLocalizer(b, tag, messages)
		if err != nil {
			return nil, fmt.Errorf("locale: %s: %w", tag, err)
		}
		b.localizer[tag] = l
		b.names[tag] = l.simple[keyName]
		b.tags = append(b.tags, tag)
		order(tag, l.simple[keyLetters])
	}
	slices.Sort(b.tags)
	for _, l := range b.localizer {
		l.linkFallbacks(b)
	}
	b.months = newMonthNames(b)
	bundle.now.Store(b)
	return bundle, nil
}

// read adds the files of one layer to catalogues (language → key → message).
func (b *reading) read(layer fs.FS, catalogues map[string]map[string]*i18n.Message) error {
	files, err := fs.Glob(layer, "*.toml")
	if err != nil {
		return fmt.Errorf("locale: %w", err)
	}
	for _, name := range files {
		src, err := fs.ReadFile(layer, name)
		if err != nil {
			return fmt.Errorf("locale: %w", err)
		}
		tag, messages, err := parseFile(name, src)
		if err != nil {
			return err
		}
		if catalogues[tag] == nil {
			catalogues[tag] = map[string]*i18n.Message{}
		}
		for _, m := range messages {
			catalogues[tag][m.ID] = m
		}
	}
	return nil
}

// addPlurals hands go-i18n the messages that depend on a number. The others it is never
// asked for, and four languages of them, kept a second time, are megabytes.
func (b *reading) addPlurals(tag string, messages map[string]*i18n.Message) error {
	var plural []*i18n.Message
	for _, m := range messages {
		if isPlural(m) {
			plural = append(plural, m)
		}
	}
	return b.i18n.AddMessages(language.MustParse(tag), plural...)
}

// parseFile reads one language file and fills in the plural forms that it need
// not spell out.
func parseFile(name string, src []byte) (tag string, messages []*i18n.Message, err error) {
	t, messages, err := readMessages(name, src)
	if err != nil {
		return "", nil, fmt.Errorf("locale: %s: %w", name, err)
	}
	needed := declaredForms(messages)
	for _, m := range messages {
		fillForms(m, t, needed)
	}
	return t.String(), messages, nil
}

// readMessages reads one language file as it stands. Its name without the ending
// is the tag.
func readMessages(name string, src []byte) (language.Tag, []*i18n.Message, error) {
	base := strings.TrimSuffix(path.Base(name), ".toml")
	t, err := language.Parse(base)
	if err != nil {
		return language.Und, nil, fmt.Errorf("the file's name is not a language tag: %w", err)
	}
	text, line, _, problem := finding.Text(src)
	if problem != "" {
		return language.Und, nil, fmt.Errorf("line %d %s", line, problem)
	}
	f, err := i18n.ParseMessageFileBytes([]byte(text), base+".toml", map[string]i18n.UnmarshalFunc{"toml": unmarshal})
	if err != nil {
		return language.Und, nil, err
	}
	return t, f.Messages, nil
}

// Languages returns the languages found, ordered by tag.
func (b *Bundle) Languages() []Language {
	r := b.now.Load()
	out := make([]Language, 0, len(r.tags))
	for _, tag := range r.tags {
		out = append(out, Language{Tag: tag, Name: r.names[tag]})
	}
	return out
}

// NameOf is what a language calls itself: of one without a file, as far as that is known, else its tag.
func (b *Bundle) NameOf(tag string) string {
	if name := b.now.Load().names[tag]; name != "" {
		return name
	}
	return nameOf(language.Und, tag)
}

// Localizer returns the one localizer of the language that serves tag best: the
// same, its parent ("ru" for "ru-KG"), or the first language found.
func (b *Bundle) Localizer(tag string) *Localizer {
	r := b.now.Load()
	if l, ok := r.localizer[tag]; ok {
		return l
	}
	for tag != "" {
		cut := strings.LastIndexAny(tag, "-_")
		if cut < 0 {
			break
		}
		tag = tag[:cut]
		if l, ok := r.localizer[tag]; ok {
			return l
		}
	}
	return r.localizer[r.tags[0]]
}

// Has reports whether there is a file for exactly this tag.
func (b *Bundle) Has(tag string) bool { return b.now.Load().localizer[tag] != nil }

// Negotiate picks from offered (in order of preference; empty means all
// languages found) the one that an Accept-Language header asks for. Without a
// match, or with a header that can't be read, it is the first offered.
func (b *Bundle) Negotiate(acceptLanguage string, offered []string) string {
	all := b.now.Load().tags
	const longest = 400 // bytes; browsers send under 100
	var have []string
	var tags []language.Tag
	if len(offered) == 0 {
		offered = all
	}
	for _, o := range offered {
		if t, err := language.Parse(o); err == nil && b.Has(o) {
			have, tags = append(have, o), append(tags, t)
		}
	}
	if len(have) == 0 {
		return all[0]
	}
	if len(acceptLanguage) > longest {
		return have[0]
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(wanted) == 0 {
		return have[0]
	}
	_, index, confidence := language.NewMatcher(tags).Match(wanted...)
	if confidence == language.No {
		return have[0]
	}
	return have[index]
}

// missing counts what could not be rendered and says each once.
type missing struct {
	strict bool
	log    *slog.Logger
	mu     sync.Mutex
	seen   map[string]int
}

func (m *missing) report(tag, key, what string) {
	if m.strict {
		panic(fmt.Sprintf("locale: %s: %s %q", tag, what, key))
	}
	m.mu.Lock()
	name := tag + " " + key
	m.seen[name]++
	first := m.seen[name] == 1
	m.mu.Unlock()
	if !first {
		return
	}
	cmp.Or(m.log, slog.Default()).Warn("locale: "+what, "language", tag, "key", key)
}

// Missing returns how often each message was asked for in vain since the start,
// by "language key".
func (b *Bundle) Missing() map[string]int {
	b.missing.mu.Lock()
	defer b.missing.mu.Unlock()
	out := make(map[string]int, len(b.missing.seen))
	for k, n := range b.missing.seen {
		out[k] = n
	}
	return out
}
