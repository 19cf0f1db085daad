package profile

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"mektep/core/fault"
	"mektep/core/finding"
)

// What people read of a role, a law, a place or an entry of a book is its name: whoever
// agrees to a role agrees to the one whose name stands there. Two of one list are
// therefore never called alike, nor by words that only look different to a machine.

// displayed are the keys by which an entry is called.
var displayed = []string{"Name", "Title", "Short"}

// looks are letters that look like Latin ones, in small letters.
var looks = strings.NewReplacer(
	"а", "a", "в", "b", "е", "e", "ё", "e", "і", "i", "ј", "j", "к", "k", "м", "m", "н", "h", "о", "o", "р", "p", "с", "c", "ѕ", "s",
	"т", "t", "у", "y", "х", "x", "һ", "h", "ԁ", "d", "ԛ", "q", "ԝ", "w",
	"α", "a", "β", "b", "ε", "e", "η", "n", "ι", "i", "κ", "k", "ν", "v", "ο", "o", "ρ", "p", "τ", "t", "υ", "u", "χ", "x",
)

// look is a text as the eye takes it: without capitals, what cannot be seen, doubled blanks,
// and with one letter for all that look like it.
func look(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r):
			return ' '
		}
		return r
	}, norm.NFKC.String(s))
	return looks.Replace(strings.ToLower(strings.Join(strings.Fields(s), " ")))
}

// readable says what is wrong with a text that people read: a character that cannot be seen
// or turns the text about, or a letter of another alphabet within a word. Empty: nothing.
func readable(s string) string {
	latin, cyrillic := false, false
	for i, r := range []rune(s) {
		if r != '\n' && r != '\t' && !fault.Plain(string(r)) {
			return fmt.Sprintf("character %d is %U, which cannot be seen", i+1, r)
		}
		switch {
		case unicode.Is(unicode.Latin, r):
			latin = true
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic = true
		case !unicode.IsMark(r):
			latin, cyrillic = false, false
		}
		if latin && cyrillic {
			return fmt.Sprintf("character %d is %U: one word in two alphabets", i+1, r)
		}
	}
	return ""
}

// called is something with a name, in a list of such.
type called struct {
	id     string
	layer  int
	period Period
	texts  []Text
	at     func(code Code, format string, args ...any)
}

// twins reports those of a list that are called as another one of it is, at the same time:
// the one of the higher layer, or the later one.
func twins(list []called, what string) {
	seen := map[string][]int{}
	told := map[int]bool{}
	for i := range list {
		for _, text := range list[i].texts {
			for _, tag := range slices.Sorted(maps.Keys(text)) {
				key := tag + " " + look(text[tag])
				for _, k := range seen[key] {
					a, b := list[k], list[i]
					if a.id == b.id || !a.period.meets(b.period) {
						continue
					}
					at, other := i, k
					if a.layer > b.layer {
						at, other = k, i
					}
					if !told[at] {
						told[at] = true
						list[at].at(CodeDuplicate, "%s %q is called %q in %s, as %q is: nobody could tell them apart%s", what, list[at].id, text[tag], tag, list[other].id, unlike(text[tag], list[other].texts, tag))
					}
				}
				seen[key] = append(seen[key], i)
			}
		}
	}
}

// unlike names the letter by which two texts that look alike differ.
func unlike(text string, others []Text, tag string) string {
	for _, o := range others {
		if look(o[tag]) == look(text) {
			if said := finding.LookAlike(text, o[tag]); said != "" {
				return "." + said
			}
			if said := finding.LookAlike(o[tag], text); said != "" {
				return "; of the other:" + said
			}
		}
	}
	return ""
}

func (p Period) meets(o Period) bool {
	return (p.Until == 0 || o.Since <= p.Until) && (o.Until == 0 || p.Since <= o.Until)
}

// lists are all lists of entries that people know by their names, by what a message calls them.
func (p *Profile) lists() map[string]any {
	return map[string]any{
		"the level": p.Levels, "the section": p.Sections, "the law": p.Laws, "the rule": p.Rules, "the group": p.TypeGroups, "the directorate": p.Directorates, "the office": p.Offices,
		"the type": p.Types, "the register": p.Registers, "the book": p.Books, "the identifier": p.Identifiers, "the form": p.Forms, "the undertaking": p.Undertakings,
		"the notice": p.Notices, "the role": p.Roles, "the page": p.Pages, "the contact": p.Contacts, "the switch": p.Switches, "the limit": p.Limits,
	}
}

// checkNamesakes reports, of every list of entries, those that are called alike.
func (l *loader) checkNamesakes() {
	p := l.p
	for what, list := range p.lists() {
		l.namesakes(what, reflect.ValueOf(list))
	}
	for i := range p.Books {
		l.bookNames(&p.Books[i])
	}
	under := map[string][]called{}
	for i := range p.Territory {
		a := &p.Territory[i]
		under[a.Parent] = append(under[a.Parent], called{a.Code, a.src.layer, a.Period, []Text{a.Name}, l.atRow(a.src, a.line)})
	}
	for _, parent := range slices.Sorted(maps.Keys(under)) {
		twins(under[parent], "the place")
		l.sameCodes(under[parent])
	}
}

func (l *loader) atRow(src *source, line int) func(Code, string, ...any) {
	return func(code Code, format string, args ...any) {
		l.found = append(l.found, src.finding(line, 1, code, format, args...))
	}
}

func (l *loader) bookNames(b *Book) {
	rows := make([]called, 0, len(b.Items))
	for i := range b.Items {
		x := &b.Items[i]
		rows = append(rows, called{x.Code, x.src.layer, x.Period, []Text{x.Name}, l.atRow(x.src, x.line)})
	}
	under := map[string][]called{}
	for i := range b.Items {
		under[b.Items[i].Parent] = append(under[b.Items[i].Parent], rows[i])
	}
	for _, parent := range slices.Sorted(maps.Keys(under)) {
		twins(under[parent], "the code")
	}
	l.sameCodes(rows)
	l.otherWords(b)
}

// otherWords reports words by which files are said to call an entry of a book, and that are another
// one's name or word: a file could mean either.
func (l *loader) otherWords(b *Book) {
	said := map[string]*Item{}
	for i := range b.Items {
		for _, name := range b.Items[i].Name {
			said[look(name)] = &b.Items[i]
		}
	}
	for i := range b.Items {
		x := &b.Items[i]
		for _, word := range x.Also {
			if o := said[look(word)]; o != nil && o.Code != x.Code && x.meets(o.Period) {
				l.atRow(x.src, x.line)(CodeDuplicate, "also %q is a word for %q already: a file could mean either", word, o.Code)
				continue
			}
			said[look(word)] = x
		}
	}
}

// sameCodes reports codes that only look different.
func (l *loader) sameCodes(rows []called) {
	seen := map[string]string{}
	for _, r := range rows {
		other, known := seen[look(r.id)]
		if known && other != r.id && !strings.EqualFold(r.id, other) {
			r.at(CodeDuplicate, "the code %q looks like %q, which is another.%s", r.id, other, finding.LookAlike(r.id+other, ""))
		}
		if !known {
			seen[look(r.id)] = r.id
		}
	}
}

// namesakes looks at a list of entries, and at the lists within them.
func (l *loader) namesakes(what string, list reflect.Value) {
	var all []called
	for i := range list.Len() {
		v := list.Index(i)
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		field := v.FieldByName("Entry")
		if !field.IsValid() {
			continue
		}
		e := field.Addr().Interface().(*Entry)
		for k := range v.NumField() {
			if f := v.Field(k); f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct && v.Type().Field(k).IsExported() {
				l.namesakes(fmt.Sprintf("in %q,", e.ID), f)
			}
		}
		if e.src == nil {
			continue
		}
		n := called{id: e.ID, layer: e.src.src.layer, at: func(code Code, format string, args ...any) { l.add(e.src.at("name"), code, format, args...) }}
		if period := v.FieldByName("Period"); period.IsValid() {
			n.period, _ = period.Interface().(Period)
		}
		for _, key := range displayed {
			if f := v.FieldByName(key); f.IsValid() && f.Type() == textType {
				n.texts = append(n.texts, f.Interface().(Text))
			}
		}
		all = append(all, n)
	}
	twins(all, what)
}
