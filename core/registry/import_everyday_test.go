package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"mektep/core/transfer"
)

// Words of lists that people use every day, and units that deeds are written in.
func TestEverydayWordsOfAListAreKnown(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("100001", "Deneme Yıldız İlkokulu", "ilkokul", firstDistrict(d.world), map[string]any{"ownership": "public"})
	for _, file := range []string{
		"code;heating\n100001;DOĞALGAZ\n", "code;heating\n100001;Doğal gaz\n", "code;water\n100001;Kuyu\n", "code;Arsa alanı (da)\n100001;2\n",
	} {
		if i := d.preview(d.ctx, file); i.Counts.Changed != 1 || i.Counts.Faulty != 0 {
			t.Errorf("%s: %+v %v", file, i.Counts, found(d, i))
		}
	}
	for _, word := range []string{"Kamu", "Devlet"} {
		if i := d.preview(d.ctx, "code;ownership\n100001;"+word+"\n"); i.Counts != (transfer.Counts{Rows: 1, Unchanged: 1}) {
			t.Errorf("%s: %+v %v", word, i.Counts, found(d, i))
		}
	}
}

// Degrees are read with the letters for the quarters that each language writes; folded, the Russian one
// for north would be the one for south.
func TestDegreesAreReadAsEachLanguageWritesThem(t *testing.T) {
	for country, cases := range map[string][][3]string{
		"tr": {
			{`39°55'12"K`, `32°51'D`, "39.92 32.85"},
			{`K 39°55'12"`, `D 32°51'`, "39.92 32.85"},
			{`39°55'12" kuzey`, `32°51' Doğu`, "39.92 32.85"},
			{`39°55'12"N`, `32°51'E`, "39.92 32.85"},
			{`39°55'12"G`, `32°51'D`, ""},
			{`39°55'12"K`, `32°51'B`, ""},
			{`39°55'12"Q`, `32°51'D`, ""},
		},
		"kg": {
			{`42°52'12" с. ш.`, `74°36' в. д.`, "42.87 74.6"}, {`42°52'12"с.ш.`, `74°36'в.д.`, "42.87 74.6"}, {`42°52'12" түн. кең.`, `74°36' чыг. уз.`, "42.87 74.6"}, {`42°52'12" ю. ш.`, `74°36' в. д.`, ""},
		},
	} {
		d := newDesk(t, country)
		for n, c := range cases {
			code := fmt.Sprintf("7000%02d", n+10)
			typ := map[string]string{"tr": "ilkokul", "kg": "secondary_school"}[country]
			d.school(code, fmt.Sprintf("Deneme %d", n), typ, firstDistrict(d.world), map[string]any{"ownership": "public"})
			quoted := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
			i := d.preview(d.ctx, "code;latitude;longitude\n"+code+";"+quoted(c[0])+";"+quoted(c[1])+"\n")
			got := ""
			list, _, err := d.t.FindingsOf(d.ctx, i.UID, transfer.Changes, 0)
			ok(t, err)
			for _, f := range list {
				got += fmt.Sprintf(" %v", f.New)
			}
			if i.Counts.Faulty > 0 {
				got = ""
			}
			if got = strings.TrimSpace(got); got != c[2] {
				t.Errorf("%q %q: %q, not %q: %v", c[0], c[1], got, c[2], found(d, i))
			}
		}
	}
}
