package profile

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mektep/core/laid"
	"mektep/profiles"
)

// In every list whose entries people know by name, an entry that is called as its neighbour
// is, in one language or by letters that only look the same, is found.
func TestNoTwoOfAListAreCalledAlike(t *testing.T) {
	l := &loader{p: &Profile{}, nodes: map[string]*node{}, tables: map[string]*table{}}
	p, found := l.load(laid.Folder{Built: profiles.FS}, "kg")
	if p == nil {
		t.Fatal(found)
	}
	known := map[reflect.Type]bool{}
	for _, list := range p.lists() {
		known[reflect.TypeOf(list)] = true
	}
	v, none := reflect.ValueOf(p).Elem(), []string{}
	for _, field := range reflect.VisibleFields(v.Type()) {
		if e := field.Type; e.Kind() == reflect.Slice && e.Elem().Kind() == reflect.Struct && field.IsExported() {
			if _, entry := e.Elem().FieldByName("Entry"); entry && !known[e] {
				none = append(none, field.Name)
			}
		}
	}
	if len(none) > 0 {
		t.Errorf("not looked at: %v", none)
	}
	tried := 0
	var try func(what string, list reflect.Value)
	try = func(what string, list reflect.Value) {
		for i := range list.Len() {
			e := list.Index(i)
			for k := range e.NumField() {
				if f := e.Field(k); f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct && e.Type().Field(k).IsExported() {
					if _, entry := f.Type().Elem().FieldByName("Entry"); entry {
						try(what+" in", f)
					}
				}
			}
			for _, key := range displayed {
				mine, next := e.FieldByName(key), list.Index((i+1)%list.Len()).FieldByName(key)
				if !mine.IsValid() || list.Len() == 1 || next.IsNil() || !next.Interface().(Text).has("ru") || list.Index(i).FieldByName("Entry").Interface().(Entry).src == nil {
					continue
				}
				if period := list.Index(i).FieldByName("Period"); period.IsValid() && !period.Interface().(Period).meets(list.Index((i+1)%list.Len()).FieldByName("Period").Interface().(Period)) {
					continue // one after the other
				}
				was := mine.Interface().(Text)
				mine.Set(reflect.ValueOf(Text{"ru": strings.NewReplacer("о", "o", "а", "a").Replace(strings.ToUpper(next.Interface().(Text)["ru"]))}))
				probe := &loader{p: l.p}
				probe.layers, probe.top = l.layers, l.top
				probe.namesakes(what, list)
				if len(probe.found) == 0 {
					t.Errorf("%s %d is called as its neighbour is, and nobody says so", what, i)
				}
				mine.Set(reflect.ValueOf(was))
				tried++
			}
		}
	}
	for what, list := range p.lists() {
		try(what, reflect.ValueOf(list))
	}
	if tried < 150 {
		t.Errorf("only %d were tried", tried)
	}
}

func (t Text) has(tag string) bool { return t[tag] != "" }

// What a ministry lays over is told when it names one thing as another, or by a name or code
// that people would read otherwise than it is written; what is its own goes through.
func TestALaidNameIsNobodyElses(t *testing.T) {
	role := func(id, name string) string {
		return "roles:\n  - {id: " + id + ", name: " + name + ", level: ministry, person: official, granted_by: [{role: tenant_admin, within: tenant, source: kg-78-1 §4.2}], order: optional, identification: required, before_use: [second_factor], source: kg-78-1 §4.2}\n"
	}
	law := "laws:\n  - {id: kg-78-1, kind: concept, number: \"1245\", title: {ky: Концепция, ru: Концепция, en: Concept, tr: Konsept}}\n"
	for _, c := range []struct{ file, text, want string }{
		{"roles.yaml", role("helper", "{ky: Жардамчы, ru: Помощник, en: Special administrator, tr: Yardımcı}"), `P103 the role "helper" is called "Special administrator" in en, as "special_administrator" is`},
		{"roles.yaml", role("helper", "{ky: Жардамчы, ru: Помощник, en: \"SPECIAL  administrator\", tr: Yardımcı}"), "P103"},
		{"roles.yaml", role("helper", "{ky: Жардамчы, ru: Помощник, en: Special аdministrator, tr: Yardımcı}"), "P105 name in en: character 10 is U+0064: one word in two alphabets"},
		{"roles.yaml", role("helper", "{ky: Жардамчы, ru: Помощник, en: \"Special ad\\u200Bministrator\", tr: Yardımcı}"), "P105 name in en: character 11 is U+200B, which cannot be seen"},
		{"roles.yaml", role("helper", "{ky: Жардамчы, ru: Помощник, en: \"Special \\u202Eadministrator\", tr: Yardımcı}"), "P105"},
		{"roles.yaml", role("helper", "{ky: Жардамчы, ru: Помощник, en: Helper, tr: Yardımcı}"), ""},
		{"roles.yaml", "roles:\n", "note: P102 roles has nothing under it"},
		{"law.yaml", law, `P103 the id "kg-78-1" is taken`},
		{"law.yaml", "laws: [{id: kg-78-1, number: \"99/9\"}]\n", "P175 kg-78-1.number"},
		{"law.yaml", "laws: [{id: kg-78-1, short: {en: Order No. 99}}]\n", "P175 kg-78-1.short"},
		{"law.yaml", "laws: [{id: kg-78-1, articles: [{id: \"1.3\", name: {en: item 2.1}}]}]\n", `P103 the id "1.3" is taken`},
		{"law.yaml", "laws: [{id: kg-78-1, articles: [{id: \"1.3a\", name: {ky: \"2.1-пункт\", ru: п. 2.1, en: item 2.1, tr: 2.1. madde}}]}]\n", `P103 in "kg-78-1", "1.3a" is called`},
		{"references/water.csv", "code,name.ky,name.ru,name.en\nmains,Кудук же скважина,Скважина или колодец,Well or borehole\n", `P103 the code "mains" is called "Well or borehole" in en, as "well" is`},
		{"references/water.csv", "code,name.ky,name.ru,name.en\nspring2,Кудук же скважина,Скважина или колодец,Well or borehole\n", "P103"},
		{"references/water.csv", "code,name.ky,name.ru,name.en\nwеll,Өзүбүздүкү,Своя,Own\n", `P103 the code "wеll" looks like "well", which is another. Character 2 is U+0435, a Cyrillic letter`},
		{"references/water.csv", "code,name.ky,name.ru,name.en,also\nrain,Жамгыр суусу,Дождевая вода,Rain water,Rain;Well or borehole\n", `also "Well or borehole" is a word for "well" already`},
		{"references/water.csv", "code,name.ky,name.ru,name.en,also\nrain,Жамгыр суусу,Дождевая вода,Rain water,Rain\n", ""},
		{"references/water.csv", "code,name.ky,name.ru,name.en\nrain,Жамгыр суусу,Дождевая вода,Rain water\n", ""},
		{"territory.csv", "code,level,parent,since,until,successor,iso,name.ky,name.ru,name.en\n41702205000000,district,41702000000000,,,,,Жети-Өгүз району,Джети-Огузский район,Jeti-Oguz District\n", "P103"},
		{"territory.csv", "code,level,parent,since,until,successor,iso,name.ky,name.ru,name.en\n41702205000000,district,41702000000000,,,,,Жаңы район,Новый район,New District\n", ""},
	} {
		over := fstest.MapFS{"kg/" + c.file: {Data: []byte(c.text)}}
		p, found := LoadOver(laid.Folder{Built: profiles.FS, Over: over, OverName: "overlay"}, "kg")
		if p != nil {
			found = p.Notes
		}
		want, note := strings.CutPrefix(c.want, "note: ")
		if (p == nil) != (c.want != "" && !note) || !strings.Contains(found.Error(), want) {
			t.Errorf("%s\n%s: want %q, got %s", c.file, c.text, c.want, found)
		}
		if c.want != "" && !slices.ContainsFunc(found, func(f Finding) bool { return strings.HasPrefix(f.File, "overlay/kg/"+c.file) }) {
			t.Errorf("%s: not in the ministry's own file: %s", c.file, found)
		}
	}
}
