package locale

import (
	"slices"
	"sync"
	"unicode"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// Sorter makes the keys by which texts stand in a language's order. A collator is
// costly to make and not safe to share, hence the pool. Safe for concurrent use.
type Sorter struct {
	lang     language.Tag
	cyrillic bool // the language's own script comes first
	pool     sync.Pool
}

// sorters are those of the languages that were asked for: a few, and each is costly to make.
var sorters sync.Map // of language.Tag to *Sorter

// NewSorter returns the sorter of a language.
//
// Errors: a tag that is none.
func NewSorter(tag string) (*Sorter, error) {
	lang, err := language.Parse(tag)
	if err != nil {
		return nil, err
	}
	if s, made := sorters.Load(lang); made {
		return s.(*Sorter), nil
	}
	script, _ := lang.Script()
	s := &Sorter{lang: lang, cyrillic: script.String() == "Cyrl"}
	s.pool.New = func() any {
		return &collation{c: collate.New(lang, collate.Numeric, collate.IgnoreCase)}
	}
	kept, _ := sorters.LoadOrStore(lang, s)
	return kept.(*Sorter), nil
}

// usual are languages whose alphabet stands in the general order of Unicode.
var usual = []string{"de", "en", "fr", "ga", "id", "it", "ky", "ms", "nl", "pt", "ru", "sw", "zu"}

// Ordered reports whether the order of a language's letters is known. Where it isn't, a Sorter of
// the language goes by the general order of Unicode, which may be another.
func Ordered(tag string) bool {
	lang, err := language.Parse(tag)
	if err != nil {
		return false
	}
	if t := lettersOf(lang); t != nil && t.places != nil {
		return true
	}
	base, _ := lang.Base()
	return slices.Contains(usual, base.String()) || slices.ContainsFunc(collate.Supported(), func(t language.Tag) bool {
		known, _ := t.Base()
		return known == base && t != language.Und
	})
}

// SortKey returns Sorter.Key of s in a language. A tag that is none sorts by Unicode's default order.
func SortKey(lang, s string) string { return SorterOf(lang).Key(s) }

// SorterOf is NewSorter where a tag that is none sorts by Unicode's default order.
func SorterOf(lang string) *Sorter {
	sorter, err := NewSorter(lang)
	if err != nil {
		sorter, _ = NewSorter("und")
	}
	return sorter
}

type collation struct {
	c   *collate.Collator
	buf collate.Buffer
}

// Key returns text that, compared byte by byte (COLLATE "C"), orders as the
// language orders s: Turkish ı before i and ç after c, ң after н; numbers
// by value ("school 9" before "school 10"), case ignored. Texts that begin in the
// language's own script stand before others, digits and signs before letters.
// Only the first 80 letters count.
func (s *Sorter) Key(text string) string {
	const counted = 80
	n := 0
	for i := range text {
		if n == counted {
			text = text[:i]
			break
		}
		n++
	}
	c := s.pool.Get().(*collation)
	c.buf.Reset()
	key := shortKey(s.first(text), c.c.KeyFromString(&c.buf, lettersOf(s.lang).place(text)))
	s.pool.Put(c)
	return key
}

// first ranks the script that a text begins in.
func (s *Sorter) first(text string) byte {
	for _, r := range text {
		switch {
		case unicode.IsDigit(r):
			return 1
		case unicode.IsLetter(r) && s.cyrillic == unicode.Is(unicode.Cyrillic, r):
			return 2
		case unicode.IsLetter(r):
			return 3
		}
	}
	return 0
}
