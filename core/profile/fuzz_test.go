package profile

import (
	"maps"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"
)

// FuzzYAML: whatever a file holds, the loader ends with findings inside it or
// with a profile, never with a panic.
func FuzzYAML(f *testing.F) {
	for _, name := range []string{"roles.yaml", "registers.yaml", "profile.yaml"} {
		f.Add(string(readmeProfile(f)["example/"+name].Data))
	}
	for _, s := range []string{"", "a: [", "roles: [{id: a, id: b}]", "roles: {}", "roles: [1, [2]]", "&a [*a]", "? x : y", "a: !!binary x", "\xff", "a: |\n  x\n b", "- - - x", "roles:\n  - id: a\n    level: 1\n\t", "a: >\n\n\n", "{a: {b: {c: {", "---\n---\n", "!!map {a: b}", "a: .inf"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		src := &source{path: "x.yaml", text: text}
		root, found := parseYAML(src)
		if root == nil && len(found) == 0 {
			t.Fatal("neither a tree nor a finding")
		}
		lines := strings.Count(src.text, "\n") + 2
		for _, x := range found {
			if x.Line > lines {
				t.Fatalf("%s lies behind the file's end", x)
			}
		}
		var file RolesFile
		m := merger{ministry: true}
		d := decoder{official: []string{"en"}, allowed: []string{"en"}}
		d.file(m.mapping(reflect.TypeFor[RolesFile](), root, root, nil), &file)
	})
}

// FuzzLoad is the same through the whole loader.
func FuzzLoad(f *testing.F) {
	base := readmeProfile(f)
	for _, name := range []string{"roles.yaml", "registers.yaml", "identifiers.yaml", "calendar/2025-2026.yaml", "territory.csv"} {
		f.Add(name, string(base["example/"+name].Data))
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		if _, known := base["example/"+name]; !known {
			return
		}
		fsys := maps.Clone(base)
		fsys["example/"+name] = &fstest.MapFile{Data: []byte(text)}
		if p, found := Load(fsys, "example"); (p == nil) == (len(found) == 0) {
			t.Fatal("a profile with findings, or neither")
		}
	})
}

// FuzzCSV: rows that are accepted have the columns of the head and are UTF-8.
func FuzzCSV(f *testing.F) {
	territory, err := os.ReadFile("../../profiles/_base/references/sex.csv")
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{string(territory), "", "code\n", "code,name.en\n\"a\n", "code,code\na,b\n", "\ufeffcode\nx", "code\r\na\r\n", "code,name.en\na\n", "\"\"\n\xff", "code\n\n\na"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		table, found := parseCSV(&source{path: "x.csv", text: text}, bookColumns, []string{"code"})
		for _, row := range table.rows {
			if !utf8.ValidString(text) {
				t.Fatal("a row of a file that is not UTF-8")
			}
			if len(found) == 0 && len(row.cells) != len(table.head) {
				t.Fatal("a row without the head's columns")
			}
		}
		d := decoder{official: []string{"en"}}
		d.items(table)
	})
}

// FuzzWindowExpr: an accepted expression resolves to a day or says why not, and
// it closes no earlier than it would open.
func FuzzWindowExpr(f *testing.F) {
	for _, s := range []string{"term_1.end + 10d", "term_1.start", "year.end - 2w 18:00", "2026-06-26 18:00", "term_1.end+1d", "x", "", "term_1.end + 9999d", "2026-02-30", "term_1.end  + 10d  25:00", "year.start + 999w"} {
		f.Add(s)
	}
	p := example(f)
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parseExpr(text)
		if err != nil {
			return
		}
		day, err := e.resolve(p.Years[0])
		if err != nil {
			return
		}
		if day == 0 || e.closing(day, p.Zone).Before(e.opening(day, p.Zone)) {
			t.Fatalf("%q: %s", text, day)
		}
	})
}

// FuzzIdentifier: no input makes a check fail otherwise than by refusing.
func FuzzIdentifier(f *testing.F) {
	f.Add("2010919990")
	f.Add("٢٠١٠٩١٩٩٩٠")
	f.Add("201\x000919990")
	i := example(f).Identifier("person_number")
	f.Fuzz(func(t *testing.T, value string) {
		if i.Check(value) == nil && len(i.Derive(value)) != 2 {
			t.Fatalf("%q is valid and carries nothing", value)
		}
	})
}
