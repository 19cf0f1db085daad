package registry

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"mektep/core/exchange"
	"mektep/core/intake"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/transfer"
	"mektep/core/unit"
	"mektep/profiles"
)

// thirdCountry is the made-up country of the profiles' own page, with fields in its register of
// institutions that are hard to give an example of.
func thirdCountry(t *testing.T, fields string, more ...string) *profile.Profile {
	t.Helper()
	page, err := os.ReadFile("../../profiles/README.md")
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, m := range regexp.MustCompile("(?ms)^```[a-z]+ (\\S+)\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		fsys["example/"+m[1]] = &fstest.MapFile{Data: []byte(m[2])}
	}
	err = fs.WalkDir(profiles.FS, "_base", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := fs.ReadFile(profiles.FS, name)
		fsys[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	change := strings.NewReplacer(append([]string{"          - id: heating\n", fields + "          - id: heating\n"}, more...)...)
	for _, name := range []string{"registers.yaml", "institutions.yaml", "territory.csv"} {
		f := fsys["example/"+name]
		was := string(f.Data)
		if f.Data = []byte(change.Replace(was)); string(f.Data) != was {
			changed++
		}
	}
	if want := min(len(fields), 1) + len(more)/2; changed != want {
		t.Fatalf("%d files differ from the page's, not %d", changed, want)
	}
	p, found := profile.Load(fsys, "example")
	if len(found) > 0 {
		t.Fatal(found)
	}
	return p
}

// The template's own example passes its own check in any country: whatever a field demands
// of its value, of others, of the type and of the place.
func TestTheTemplatesExamplePassesInAnyCountry(t *testing.T) {
	for name, c := range map[string]struct {
		fields string
		more   []string
	}{
		"as it stands": {},
		"what only another type may say, and what another asks for": {fields: `          - {id: shift, name: {en: One shift}, type: bool, when: type_group == "general", example: "1"}
          - {id: gas_checked_on, name: {en: Gas checked on}, type: date, required: heating != "", latest: today}
`},
		"bounds, patterns and choices": {fields: `          - {id: rooms, name: {en: Rooms}, type: int, required: "true", min: 5, max: 40}
          - {id: built, name: {en: Built}, type: int, required: "true", min: 1800, max: 2100, check: value < 2002}
          - {id: opened_on, name: {en: Opened on}, type: date, required: "true", earliest: 2010-01-01, latest: "2012-12-31"}
          - {id: closed_loop, name: {en: Not heated}, type: bool, required: "true", check: value == false}
          - {id: stove, name: {en: Stove}, type: "reference:heating_types", required: "true", check: value != "central"}
          - {id: books, name: {en: Books}, type: "references:heating_types", required: "true"}
          - {id: motto, name: {en: Motto}, type: text, required: "true", min: 30}
          - {id: plot, name: {en: Plot}, type: text, required: "true", pattern: "[A-Z]{2}-[0-9]+", example: AB-1}
          - {id: letters, name: {en: Letters}, type: email, required: "true"}
          - {id: page, name: {en: Page}, type: url, required: "true"}
`},
		"one field that rules another out": {fields: `          - {id: own, name: {en: Own building}, type: bool, required: "true"}
          - {id: rent, name: {en: Rent}, type: decimal, when: own == false, required: own == false, example: "1000.5"}
          - {id: deed, name: {en: Deed}, type: text, when: own, required: own}
`},
		"the first type is of another place and younger": {more: []string{"parents: [district]\n", "parents: [region]\n    since: 2020-01-01\n"}},
		"one level only": {more: []string{"0101,district,01,,2024-12-31,,Old Town,Eski Şehir\n0101,district,01,2025-01-01,,,New Town,Yeni Şehir\n0102,district,01,,2023-06-30,0101,Riverside,Dere\n", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			p := thirdCountry(t, c.fields, c.more...)
			var cols []intake.Column
			for _, target := range matcherOf(p).Targets() {
				if target.ID != intake.TargetName && target.ID != targetRegionCode && target.ID != targetDistrictCode {
					cols = append(cols, intake.Column{Target: target.ID})
				}
			}
			passes(t, p, cols, transfer.ExampleCells(ofInstitutions, &lists{words: words()}, p, words(), cols, now))
		})
	}
}

// passes reads a row as an import does and lets the profile judge it.
func passes(t *testing.T, p *profile.Profile, cols []intake.Column, cells []string) {
	t.Helper()
	if cells == nil {
		t.Fatal("no example")
	}
	r := intake.New(intake.Source{Profile: p, Register: p.Register(Institutions), Types: typeWords(p), Words: words(), Written: words().Localizer("ky"), On: now}, cols)
	var units []unit.Unit
	for n, a := range p.Territory {
		units = append(units, unit.Unit{ID: int64(n) + 1, Level: a.Level, Code: a.Code, Path: map[string]string{unit.Region: "1.", unit.District: "1.2."}[a.Level], Name: a.Name})
	}
	all := &rows{Judge: &transfer.Judge{P: p, Reader: r, Today: now}, tongues: newTongues(p, words(), now), types: typeWords(p), places: newPlaces(newPlaceKinds(p, words()), units, now)}
	row, faults := all.Cells(all, exchange.Row{Line: 3, Cells: cells})
	for _, f := range append(faults, all.Read(t.Context(), row)...) {
		t.Fatalf("%+v", f)
	}
	st := rowOf(row)
	if _, wrong := p.ValidateRecord(Institutions, record.Facts(st.Fields, st.typ, st.parent.Level), st.Since); len(wrong) > 0 {
		t.Errorf("%q: %+v", cells, wrong)
	}
}
