package registry

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/transfer"
	"mektep/core/unit"
)

// tongues tell in which language a file is written: by its headings and by the words for
// types, places and entries of lists that only one language has.
type tongues struct {
	main              string
	official, offered []string
	words             map[string][]string        // compact word → the languages that have it
	letters           map[string]map[rune]bool   // language → the small letters it is written with
	name              map[string]map[string]bool // language → compact words for the column of names
	kinds             map[string][]string        // word of what types are called → the languages that have it
}

func newTongues(p *profile.Profile, words *locale.Bundle, on time.Time) *tongues {
	t := &tongues{
		main: p.Main(), official: p.Languages.Official, offered: p.Languages.Offered,
		words: map[string][]string{}, letters: map[string]map[rune]bool{}, name: map[string]map[string]bool{}, kinds: map[string][]string{},
	}
	for _, lang := range t.offered {
		l := words.Localizer(lang)
		t.name[lang] = map[string]bool{}
		for _, s := range append(strings.Split(l.T("import.also.name"), ","), l.T("import.column.name")) {
			t.name[lang][locale.Compact(s)] = true
			t.learn(lang, s)
		}
		for _, key := range []string{"code", "type", "since", "region", "district"} {
			t.learn(lang, strings.Split(l.T("import.also."+key), ",")...)
		}
		for _, key := range []string{"code", "type", "since"} {
			t.learn(lang, l.T("import.column."+key))
		}
	}
	each := func(names map[string]string) {
		for lang, s := range names {
			t.learn(lang, s)
			t.spell(lang, s)
		}
	}
	for _, level := range []string{unit.Region, unit.District} {
		if v := p.Level(level); v != nil {
			each(v.Name)
		}
		for _, a := range p.AreasAt(level, on) { // written with their country's letters, whatever the language
			for lang, s := range a.Name {
				t.learn(lang, s)
			}
		}
	}
	for _, typ := range p.TypesAt(on) {
		each(typ.Name)
		each(typ.Short)
		for lang, s := range typ.Name {
			for _, w := range unit.LikeWords(s) {
				if len(w) > shortestPart && !slices.Contains(t.kinds[w], lang) {
					t.kinds[w] = append(t.kinds[w], lang)
				}
			}
		}
	}
	for _, f := range p.Register(Institutions).FieldsAt(on) {
		each(f.Name)
		if f.Type.Kind == profile.KindReference {
			for _, item := range p.ItemsAt(f.Type.Target, on) {
				each(item.Name)
			}
		}
	}
	return t
}

// spell notes the letters that a language is written with.
func (t *tongues) spell(lang, s string) {
	if t.letters[lang] == nil {
		t.letters[lang] = map[rune]bool{}
	}
	for _, r := range s {
		if unicode.IsLetter(r) {
			t.letters[lang][unicode.ToLower(r)] = true
		}
	}
}

// learn notes words of a language.
func (t *tongues) learn(lang string, words ...string) {
	for _, s := range words {
		if c := locale.Compact(s); c != "" && !slices.Contains(t.words[c], lang) {
			t.words[c] = append(t.words[c], lang)
		}
	}
}

// spells reports whether a language has the letters of some names.
func (t *tongues) spells(lang string, names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		return strings.ContainsFunc(name, func(r rune) bool { return unicode.IsLetter(r) && !t.letters[lang][unicode.ToLower(r)] })
	})
}

// speaks is the official language in which the words of some columns are: the one of which
// there are the most, as long as none is the main one's. Empty where that is not to be told.
func (t *tongues) speaks(cols []intake.Column) string {
	votes := map[string]int{}
	vote := func(s string) {
		if langs := t.words[locale.Compact(s)]; len(langs) == 1 {
			votes[langs[0]]++
		}
	}
	for _, c := range cols {
		vote(c.Heading)
		if c.Target == intake.TargetName || strings.HasPrefix(c.Target, intake.TargetName+".") {
			continue // what something is called is no word of a language
		}
		told := map[string]bool{}
		for _, s := range c.Samples {
			if !told[s] {
				told[s] = true
				vote(s)
			}
		}
	}
	best := ""
	for _, lang := range t.official {
		if votes[lang] > votes[best] {
			best = lang
		}
	}
	if votes[t.main] > 0 || votes[best] < 2 {
		return ""
	}
	return best
}

// heads is the one language whose word for the column of names a heading is; empty where
// several have it, or none.
func (t *tongues) heads(heading string) string {
	found := ""
	for _, lang := range t.offered {
		if t.name[lang][locale.Compact(heading)] {
			if found != "" {
				return ""
			}
			found = lang
		}
	}
	return found
}

// nameColumns gives columns of names that say no language to the one that they are in: of
// several each to that of its heading, a single one to that of the words beside it. A name
// in the main language is the name.
func (t *tongues) nameColumns(m *transfer.Matcher, cols []intake.Column) {
	used := map[string]bool{}
	var unsaid []int
	for k, c := range cols {
		switch {
		case c.Target == intake.TargetName, c.Target == "" && m.Exactly(c.Heading) == intake.TargetName:
			unsaid = append(unsaid, k)
		default:
			used[c.Target] = true
		}
	}
	give := func(k int, lang string) bool {
		id := intake.TargetName + "." + lang
		if lang == t.main {
			id = intake.TargetName
		}
		if !m.Can(id) || used[id] || !t.spells(lang, cols[k].Samples) {
			return false
		}
		cols[k].Target, used[id] = id, true
		return true
	}
	if len(unsaid) == 1 {
		if lang := t.speaks(cols); lang != "" && cols[unsaid[0]].Target == intake.TargetName {
			give(unsaid[0], lang)
		}
		return
	}
	for _, k := range unsaid {
		if lang := t.heads(cols[k].Heading); lang != "" && slices.ContainsFunc(unsaid, func(o int) bool { return t.heads(cols[o].Heading) != lang }) {
			was := cols[k].Target
			if cols[k].Target = ""; !give(k, lang) && !used[intake.TargetName] {
				cols[k].Target = was
			}
		}
	}
}

// kindsIn are the languages that alone have a word for a kind of institution which a name has.
func (t *tongues) kindsIn(name string) map[string]bool {
	in := map[string]bool{}
	for _, w := range unit.LikeWords(name) {
		for kind, langs := range t.kinds {
			if len(langs) == 1 && (w == kind || inflected(w, kind, kind)) {
				in[langs[0]] = true
			}
		}
	}
	return in
}

// names are those in several languages that one text holds, as each has a word for a kind of
// institution that its language alone has, or else letters of its own; languages are empty where it
// is not known which. nil: it is one name.
func (t *tongues) names(text string) (names, languages []string) {
	for _, way := range intake.Tongues(text) {
		switch in := t.same(way); {
		case in != nil:
			return way, in
		case len(way) == 2 && (latin(way[0]) && cyrillic(way[1]) || cyrillic(way[0]) && latin(way[1])):
			return way, nil
		}
	}
	// Of names without such a word nobody can tell, where several languages are written in one script.
	if ways := intake.Tongues(text); len(ways) > 0 && len(t.official) > 1 && (strings.Contains(text, " / ") || strings.ContainsAny(text, "\n|")) {
		return ways[0], nil
	}
	return nil, nil
}

// latin and cyrillic report a text that is written in such letters alone.
func latin(s string) bool    { return script(s, unicode.Latin) }
func cyrillic(s string) bool { return script(s, unicode.Cyrillic) }

func script(s string, of *unicode.RangeTable) bool {
	return strings.ContainsFunc(s, unicode.IsLetter) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) && !unicode.Is(of, r) })
}

// crossed are two languages whose names of an institution stand in each other's place: each has a
// word for a kind of institution that the other language alone has, and none of its own.
func (t *tongues) crossed(names map[string]string) (one, other string) {
	for k, a := range t.official {
		for _, b := range t.official[k+1:] {
			if names[a] == "" || names[b] == "" {
				continue // nothing of the rest is looked up for it
			}
			if inA, inB := t.kindsIn(names[a]), t.kindsIn(names[b]); !inA[a] && !inB[b] && inA[b] && inB[a] {
				return a, b
			}
		}
	}
	return "", ""
}
