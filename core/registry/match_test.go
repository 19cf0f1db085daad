package registry

import (
	"strings"
	"sync"
	"testing"
	"time"

	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/transfer"
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

// ofInstitutions describes the register to what names no register.
var ofInstitutions = record.Register{ID: Institutions, Code: "institution_code"}

func matcherOf(p *profile.Profile) *transfer.Matcher {
	return transfer.NewMatcher(ofInstitutions, &lists{words: words()}, p, words(), now)
}

func TestHeadingsInAnyLanguage(t *testing.T) {
	m := matcherOf(turkey())
	for heading, want := range map[string]string{
		"code": "code", "Kurum Kodu": "code", "KURUM KODU": "code", "Код учреждения": "code", "okul kodu": "code",
		"Kurum adı": "name", "NAME": "name", "Аталышы": "name", "name.tr": "name.tr", "name_en": "name.en",
		"Okul türü": "type", "Тип": "type", "İL": "region", "Провинция": "region", "plate_code": "region_code", "İlçe kodu": "district_code", "ilçe": "district",
		"ownership": "ownership", "Mülkiyet": "ownership", "Форма собственности": "ownership", "Öğrenci kontenjanı": "capacity", "ogrenci kontenjani": "capacity",
		"Açılış": "since", "no such heading": "", "": "",
	} {
		cols := []intake.Column{{Heading: heading}}
		m.Propose(cols, false)
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
	m := matcherOf(turkey())
	f.Fuzz(func(t *testing.T, headings string, byID bool) {
		var cols []intake.Column
		for _, h := range strings.Split(headings, "\n") {
			cols = append(cols, intake.Column{Heading: h})
		}
		m.Propose(cols, byID)
		targets, used := make([]string, len(cols)), map[string]bool{}
		for k, c := range cols {
			if targets[k] = c.Target; c.Target == "" {
				continue
			}
			if !m.Can(c.Target) || used[c.Target] {
				t.Fatalf("column %d is taken for %q (again: %v)", k+1, c.Target, used[c.Target])
			}
			used[c.Target] = true
		}
		// What is proposed a person may accept, unless something is missing.
		if _, err := m.Check(cols, targets, transfer.Options{}, now); err != nil && m.Missing(cols, transfer.Options{}, now) == nil {
			t.Fatalf("the proposal is refused: %v", err)
		}
	})
}

func TestNamesAreKeptInOneForm(t *testing.T) {
	main := turkey().Main()
	for said, want := range map[string]string{"Gu\u0308mu\u0308s\u0327dere": "Gümüşdere", "  Ata\u00a0 türk ": "Ata türk", "№ 5 Таң": "№ 5 Таң", "Satır\nsonu": "Satır sonu", "Sek\tme": "Sek me"} {
		names := TidyNames(map[string]string{main: said})
		if names[main] != want || len(Names(turkey(), names)) > 0 {
			t.Errorf("%q is %q, %v", said, names[main], Names(turkey(), names))
		}
	}
	for _, said := range []string{"   ", "\u200b", "\u00a0", "?", "-", "123456", "Zil\u0007li", "Ters \u202eİlkokulu", "Ara\u200bsı"} {
		if f := Names(turkey(), TidyNames(map[string]string{main: said})); len(f) == 0 {
			t.Errorf("%q is a name", said)
		}
	}
}
