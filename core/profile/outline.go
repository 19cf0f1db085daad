package profile

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// mark is what a line of a text begins with that says which part of the text it is: a heading,
// the number of an item, a dash of a list.
var mark = regexp.MustCompile(`^\s*(#+|[-*]|[0-9]+[.)])\s`)

// Outline is the order of a text's parts, in one line.
func Outline(text string) string {
	var parts []string
	for line := range strings.Lines(text) {
		switch m := mark.FindStringSubmatch(line); {
		case m != nil:
			parts = append(parts, m[1])
		case strings.TrimSpace(line) != "":
			parts = append(parts, "¶")
		}
	}
	return strings.Join(parts, " ")
}

// noteOutlines notes what people sign or are told, where it has other items in one language
// than in the main one, or than in the country's own text that a ministry laid it over: an
// item that fell out would be signed by some and not by others. It may be meant.
func (l *loader) noteOutlines() {
	if len(l.official) == 0 {
		return
	}
	main := l.official[0]
	tell := func(e *Entry, words Text) {
		for _, tag := range slices.Sorted(maps.Keys(words)) {
			versions := l.versions(fmt.Sprintf("texts/%s.%s.md", e.ID, tag))
			if len(versions) == 0 {
				continue
			}
			src, is := versions[len(versions)-1], Outline(words[tag])
			note := func(of, than string) {
				f := src.finding(0, 0, CodeOutline, "has not the items of %s: %s here, %s there", of, cmp.Or(is, "nothing"), cmp.Or(than, "nothing"))
				f.Note = true
				l.found = append(l.found, f)
			}
			if than := Outline(words[main]); words[main] != "" && than != is {
				note("the same text in "+main, than)
			}
			if len(versions) > 1 {
				if below := versions[len(versions)-2]; Outline(below.text) != is {
					note(below.path+", over which it is laid", Outline(below.text))
				}
			}
		}
	}
	for i := range l.p.Undertakings {
		tell(&l.p.Undertakings[i].Entry, l.p.Undertakings[i].texts)
	}
	for i := range l.p.Forms {
		tell(&l.p.Forms[i].Entry, l.p.Forms[i].texts)
	}
	for i := range l.p.Notices {
		tell(&l.p.Notices[i].Entry, l.p.Notices[i].texts)
	}
}

// versions are the files of a text, the one that counts last.
func (l *loader) versions(rel string) (out []*source) {
	for _, y := range l.layers {
		if src := y.texts[rel]; src != nil {
			out = append(out, src)
		}
	}
	return out
}
