package profile

import (
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"mektep/core/finding"
)

func (l *loader) decodeYears() {
	for _, rel := range slices.Sorted(maps.Keys(l.nodes)) {
		if path.Dir(rel) != "calendar" {
			continue
		}
		y := &SchoolYear{}
		l.file(l.nodes[rel], y)
		if want := strings.TrimSuffix(path.Base(rel), ".yaml"); y.ID != want && y.ID != "" {
			l.add(l.nodes[rel].at("id"), CodeValue, "id %q must be the file's name, %q", y.ID, want)
		}
		l.p.Years = append(l.p.Years, y)
	}
	slices.SortStableFunc(l.p.Years, func(a, b *SchoolYear) int { return int(a.Start - b.Start) })
}

func (l *loader) decodeTables() {
	for _, y := range l.layers {
		for _, t := range y.tables {
			l.languages(t)
		}
	}
	if t := l.tables["territory.csv"]; t != nil {
		l.p.Territory = l.areas(t)
	}
	declared := l.rawIDs("references.yaml", "books")
	for rel, t := range l.tables {
		id := strings.TrimSuffix(path.Base(rel), ".csv")
		if path.Dir(rel) == "references" && !slices.Contains(declared, id) {
			l.found = append(l.found, t.src.finding(0, 0, CodeFile, "references.yaml declares no book %q%s", id, finding.DidYouMean(id, declared)))
		}
	}
	for i := range l.p.Books {
		b := &l.p.Books[i]
		if t := l.tables["references/"+b.ID+".csv"]; t != nil {
			b.Items = l.items(t)
		} else if b.ID != "" {
			l.add(b.src, CodeNoFile, "the entries of book %q are missing: references/%s.csv", b.ID, b.ID)
		}
	}
}

// rawIDs returns the ids that any layer has in a list, those removed by a later
// layer included.
func (l *loader) rawIDs(rel, list string) []string {
	var ids []string
	for _, y := range l.layers {
		ids = append(ids, idsOf(y.nodes[rel].get(list))...)
	}
	return ids
}

func (l *loader) decodeTexts() {
	p := l.p
	p.texts = map[string]Text{}
	used := slices.Concat(l.rawIDs("profile.yaml", "pages"), l.rawIDs("consent.yaml", "forms"), l.rawIDs("consent.yaml", "undertakings"), l.rawIDs("consent.yaml", "notices"))
	for _, y := range l.layers {
		for _, rel := range slices.Sorted(maps.Keys(y.texts)) {
			src := y.texts[rel]
			name := strings.TrimSuffix(path.Base(rel), ".md")
			dot := strings.LastIndexByte(name, '.')
			id, tag := name[:max(dot, 0)], name[dot+1:]
			switch {
			case dot < 1 || !wellFormed(tag):
				l.found = append(l.found, src.finding(0, 0, CodeFile, "a text must be called <id>.<language>.md%s", finding.LookAlike(path.Base(rel), "")))
			case !slices.Contains(used, id):
				l.found = append(l.found, src.finding(0, 0, CodeFile, "no page, form, undertaking or notice is called %q%s", id, finding.DidYouMean(id, used)))
			case l.unknown(src, tag):
				l.found = append(l.found, src.finding(0, 0, CodeLanguageTag, "the profile offers no language %q", tag))
			case !validText(src.text):
				l.found = append(l.found, src.finding(1, 1, CodeSyntax, "empty or not UTF-8"))
			default:
				if p.texts[id] == nil {
					p.texts[id] = Text{}
				}
				p.texts[id][tag] = strings.TrimSpace(src.text)
			}
		}
	}
	for i := range p.Forms {
		p.Forms[i].texts = l.wording(&p.Forms[i].Entry)
	}
	for i := range p.Undertakings {
		p.Undertakings[i].texts = l.wording(&p.Undertakings[i].Entry)
	}
	for i := range p.Notices {
		p.Notices[i].texts = l.wording(&p.Notices[i].Entry)
	}
	for i := range p.Pages {
		if g := &p.Pages[i]; g.Body == nil && g.src.get("body") == nil {
			g.Body = l.wording(&g.Entry)
		}
	}
}

// wording returns the text of an entry and reports the official languages it lacks.
func (l *loader) wording(e *Entry) Text {
	t := l.p.texts[e.ID]
	for _, tag := range l.official {
		if t[tag] == "" && e.ID != "" && !l.partial {
			l.add(e.src.at("id"), CodeNoFile, "the wording of %q in the official language %s is missing: texts/%s.%s.md", e.ID, tag, e.ID, tag)
		}
	}
	return t
}

func validText(s string) bool { return utf8.ValidString(s) && strings.TrimSpace(s) != "" }
