package registry

import (
	"strings"
	"sync"
	"testing"
	"time"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/locales"
	"mektep/profiles"
)

// turkey and words are read once for all runs of the fuzzer.
var (
	turkey = sync.OnceValue(func() *profile.Profile {
		p, findings := profile.Load(profiles.FS, "tr")
		if len(findings) > 0 {
			panic(findings)
		}
		return p
	})
	words = sync.OnceValue(func() *locale.Bundle {
		b, err := locale.Load(locales.FS, nil)
		if err != nil {
			panic(err)
		}
		return b
	})
	now = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
)

func TestHeadingsInAnyLanguage(t *testing.T) {
	m := newMatcher(turkey(), words(), now)
	for heading, want := range map[string]string{
		"code": "code", "Kurum Kodu": "code", "KURUM KODU": "code", "Код учреждения": "code", "okul kodu": "code",
		"Kurum adı": "name", "NAME": "name", "Аталышы": "name", "name.tr": "name.tr", "name_en": "name.en",
		"Okul türü": "type", "Тип": "type", "İL": "region", "Провинция": "region", "plate_code": "region_code", "İlçe kodu": "district_code", "ilçe": "district",
		"ownership": "ownership", "Mülkiyet": "ownership", "Форма собственности": "ownership", "Öğrenci kontenjanı": "capacity", "ogrenci kontenjani": "capacity",
		"Açılış": "since", "no such heading": "", "": "",
	} {
		cols := []Column{{Heading: heading}}
		m.propose(cols, false)
		if cols[0].Target != want {
			t.Errorf("%q is taken for %q, not %q", heading, cols[0].Target, want)
		}
	}
}

func FuzzMatcher(f *testing.F) {
	for _, s := range []string{"code\nname\ntype\nil\nilçe", "Kurum adı\nKurum adı\nname.tr\nname", "Тип\tтип", "\x00\n\xff\n" + strings.Repeat("ş", 500), "ownership\nOWNERSHIP\nMülkiyet"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	m := newMatcher(turkey(), words(), now)
	f.Fuzz(func(t *testing.T, headings string, byID bool) {
		var cols []Column
		for _, h := range strings.Split(headings, "\n") {
			cols = append(cols, Column{Heading: h})
		}
		m.propose(cols, byID)
		targets, used := make([]string, len(cols)), map[string]bool{}
		for k, c := range cols {
			if targets[k] = c.Target; c.Target == "" {
				continue
			}
			if _, known := m.byID[c.Target]; !known || used[c.Target] {
				t.Fatalf("column %d is taken for %q (again: %v)", k+1, c.Target, used[c.Target])
			}
			used[c.Target] = true
		}
		// What is proposed a person may accept, unless something is missing.
		if _, err := m.judge(cols, targets, ImportOptions{}, now); err != nil && m.missing(cols, ImportOptions{}, now) == nil {
			t.Fatalf("the proposal is refused: %v", err)
		}
	})
}

func FuzzCells(f *testing.F) {
	for _, s := range []string{"evet", "29.10.1933", "43710", "43710.5", "1e9", "özel", "tr, en;xx", "-5", "12,5", "2026-02-30", "\xff"} {
		f.Add(s)
	}
	p := turkey()
	r := newReader(p, words(), words().Localizer("tr"), nil, now)
	var cells []cellReader
	for _, field := range p.Register(Institutions).Fields() {
		codes, choose := fieldWords(p, words(), field, now)
		cells = append(cells, cellReader{target: field.ID, field: field, codes: codes, choose: choose, valid: validText(field, r.on)})
	}
	pl := newPlaces(newPlaceKinds(p, words()), nil, now)
	f.Fuzz(func(t *testing.T, s string) {
		for k := range cells {
			v, bad := r.value(&cells[k], s, exchange.Words)
			if bad != nil {
				continue
			}
			// Whatever a cell says, the profile gets to judge it without harm.
			p.ValidateRecord(Institutions, map[string]any{cells[k].target: v, "type": "ilkokul"}, now)
		}
		if at, _ := pl.locate(saidPlace{s, s, s, s}, now); at != nil {
			t.Fatal("a place out of nothing")
		}
	})
}

// A text of a number is read as its language writes it, bounded by what the field can
// hold; what could be a thousandfold of itself is asked about, never guessed.
func TestNumbersAreReadInTheirLanguage(t *testing.T) {
	field := func(id string) *profile.Field { return turkey().Register(Institutions).Field(id) }
	capacity := field("capacity")
	area := *field("floor_area")
	distance := field("district_distance")
	for _, c := range []struct {
		f     *profile.Field
		langs string
		text  string
		want  any
		key   string
	}{
		{capacity, "tr", "1.000", 1000.0, ""},
		{capacity, "tr", "1.200", 1200.0, ""},
		{capacity, "tr", "1,000", nil, "field.number_ambiguous"},
		{capacity, "en", "1,000", 1000.0, ""},
		{capacity, "en", "1.000", nil, "field.number_ambiguous"},
		{capacity, "ky", "1.000", nil, "field.number_ambiguous"},
		{capacity, "ru", "1 000", 1000.0, ""},
		{capacity, "ru", "1.250", 1250.0, ""},
		{capacity, "en tr", "1.000", nil, "field.number_ambiguous"},
		{capacity, "tr", "7.5E2", 750.0, ""},
		{capacity, "tr", "750.0", 750.0, ""},
		{&area, "tr", "1.250", 1250.0, ""},
		{&area, "tr", "1.250,5", 1250.5, ""},
		{&area, "en tr", "1.250", nil, "field.number_ambiguous"},
		{&area, "ru", "12,125", 12.125, ""},
		{distance, "tr", "39.925", 39.925, ""},
		{distance, "ru", "39.925", 39.925, ""},
		{capacity, "tr", "çok", "çok", ""},
	} {
		if c.f == nil {
			t.Fatalf("no field for %s", c.text)
		}
		var langs []*locale.Localizer
		for _, tag := range strings.Fields(c.langs) {
			langs = append(langs, words().Localizer(tag))
		}
		got, key, _ := record.ReadText(c.f, c.text, langs...)
		if got != c.want || key != c.key {
			t.Errorf("%s %s %q: %v %s, not %v %s", c.f.ID, c.langs, c.text, got, key, c.want, c.key)
		}
	}
}

func TestYesAndNoInAnyLanguage(t *testing.T) {
	p := turkey()
	ramp := p.Register(Institutions).Field("ramp")
	codes, choose := fieldWords(p, words(), ramp, now)
	r := newReader(p, words(), words().Localizer("tr"), nil, now)
	c := &cellReader{target: "ramp", field: ramp, codes: codes, choose: choose}
	for want, said := range map[bool]string{
		true:  "Var,EVET,E,DOĞRU,1,x,+,есть,бар,ооба,да,Y,true,Mevcut,✓,☑",
		false: "YOK,hayır,H,YANLIŞ,0,-,нет,жок,no,N,false,✗,☐",
	} {
		for _, s := range strings.Split(said, ",") {
			if got, bad := r.value(c, s, exchange.Words); bad != nil || got != want {
				t.Errorf("%q: %v, %+v", s, got, bad)
			}
		}
	}
	if _, bad := r.value(c, "belki", exchange.Words); bad == nil || bad.key != "import.row.word" || len(bad.args["Choices"].(fault.List)) != 2 {
		t.Errorf("%+v", bad)
	}
}

func TestCodesAsProgramsSpoilThem(t *testing.T) {
	six := func(s string) bool { return len(s) == 6 && onlyFigures(s) }
	for said, want := range map[string]string{"751941": "751941", "751941.0": "751941", "751941,00": "751941", "51941": "051941", "941.0": "000941", "41": "41", "A1": "A1"} {
		if got, key := judgedCode(said, six); got != want || key != "" {
			t.Errorf("%s: %s %s", said, got, key)
		}
	}
	for _, said := range []string{"7.5E5", "7,51941E+05", "1E5"} {
		if _, key := judgedCode(said, six); key != "import.row.exponent" {
			t.Errorf("%s: %s", said, key)
		}
	}
}

func TestNamesAreKeptInOneForm(t *testing.T) {
	main := turkey().Main()
	for said, want := range map[string]string{"Gu\u0308mu\u0308s\u0327dere": "Gümüşdere", "  Ata\u00a0 türk ": "Ata türk", "№ 5 Таң": "№ 5 Таң"} {
		names := TidyNames(map[string]string{main: said})
		if names[main] != want || len(Names(turkey(), names)) > 0 {
			t.Errorf("%q is %q, %v", said, names[main], Names(turkey(), names))
		}
	}
	for _, said := range []string{"   ", "\u200b", "\u00a0", "?", "-", "123456", "Satır\nsonu", "Sek\tme", "Zil\u0007li", "Ters \u202eİlkokulu", "Ara\u200bsı"} {
		if f := Names(turkey(), TidyNames(map[string]string{main: said})); len(f) == 0 {
			t.Errorf("%q is a name", said)
		}
	}
}
