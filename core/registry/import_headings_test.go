package registry_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"mektep/core/exchange"
	"mektep/core/transfer"
)

// columnsOf are the columns of an import, as heading=target; a question mark stands behind what a
// column could be.
func columnsOf(i *transfer.Import) string {
	var out []string
	for _, c := range i.Columns {
		if c.Maybe != "" {
			c.Target += c.Maybe + "?"
		}
		out = append(out, c.Heading+"="+c.Target)
	}
	return strings.Join(out, " | ")
}

// leaveOpen leaves out the columns of which it is asked what they are.
func (d *desk) leaveOpen(i *transfer.Import) *transfer.Import {
	d.world.t.Helper()
	var targets []string
	for _, c := range i.Columns {
		targets = append(targets, c.Target)
	}
	i, err := d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{})
	ok(d.world.t, err)
	return i
}

// What stands over several columns is read together with the row below it, which is part of the
// headings and no record: each column is called by both, the total counts where there is one, and
// where none can be told it is asked which is meant.
func TestAHeadingOverSeveralColumnsIsReadWithTheRowBelowIt(t *testing.T) {
	for name, c := range map[string]struct {
		rows  [][]any
		merge []string
		want  string
		line  int // of the first record
	}{
		"parts": {
			[][]any{{"Kurum Kodu", "Alan (m²)", nil, "Rampa"}, {nil, "Arsa", "Kapalı", nil}, {"900101", 1000, 500, "VAR"}},
			[]string{"A1:A2", "B1:C1", "D1:D2"},
			"Kurum Kodu=code | Alan (m²) Arsa=land_area | Alan (m²) Kapalı=floor_area | Rampa=ramp", 3,
		},
		"the total": {
			[][]any{{"Kurum Kodu", "Öğrenci kontenjanı"}, {nil, "Kız", "Erkek", "Toplam"}, {"900101", 40, 50, 90}},
			[]string{"A1:A2", "B1:D1"},
			"Kurum Kodu=code | Öğrenci kontenjanı Kız= | Öğrenci kontenjanı Erkek= | Öğrenci kontenjanı Toplam=capacity", 3,
		},
		"no total": {
			[][]any{{"Kurum Kodu", "Derslik sayısı"}, {nil, "Kullanılan", "Boş"}, {"900101", 4, 5}},
			[]string{"A1:A2", "B1:C1"},
			"Kurum Kodu=code | Derslik sayısı Kullanılan=classrooms? | Derslik sayısı Boş=classrooms?", 3,
		},
		"years": {
			[][]any{{"Kurum Kodu", "Derslik sayısı"}, {nil, 2024, 2025}, {"900101", 4, 5}},
			[]string{"A1:A2", "B1:C1"},
			"Kurum Kodu=code | Derslik sayısı 2024=classrooms? | Derslik sayısı 2025=classrooms?", 3,
		},
		"another's": {
			[][]any{{"Kurum Kodu", "Müdür"}, {nil, "Adı", "Telefon"}, {"900101", "A. B.", "0312 344 22 11"}},
			[]string{"A1:A2", "B1:C1"},
			"Kurum Kodu=code | Müdür Adı=name? | Müdür Telefon=phone?", 3,
		},
		"nothing below says how they differ": {
			[][]any{{"Kurum Kodu", "Telefon"}, {"900101", "0312 344 22 11", "0532 344 22 11"}},
			[]string{"B1:C1"},
			"Kurum Kodu=code | Telefon=phone? | Telefon=phone?", 2,
		},
		"columns that the form numbers": {
			[][]any{{"Kurum Kodu", "Alan (m²)", nil, "Rampa"}, {nil, "Arsa", "Kapalı", nil}, {1, 2, 3, 4}, {"900101", 1000, 500, "VAR"}},
			[]string{"A1:A2", "B1:C1", "D1:D2"},
			"Kurum Kodu=code | Alan (m²) Arsa=land_area | Alan (m²) Kapalı=floor_area | Rampa=ramp", 4,
		},
		"columns that the form gives letters": {
			[][]any{{"Kurum Kodu", "Arsa alanı (m²)", "Rampa"}, {"А", "Б", 1}, {"900101", 1000, "VAR"}},
			nil,
			"Kurum Kodu=code | Arsa alanı (m²)=land_area | Rampa=ramp", 3,
		},
		"three rows": {
			[][]any{{"Kurum Kodu", "Bina bilgisi"}, {nil, "Alan (m²)", nil, "Kat sayısı"}, {nil, "Arsa", "Kapalı"}, {"900101", 1000, 500, 2}},
			[]string{"A1:A3", "B1:D1", "B2:C2", "D2:D3"},
			"Kurum Kodu=code | Bina bilgisi Alan (m²) Arsa=land_area | Bina bilgisi Alan (m²) Kapalı=floor_area | Bina bilgisi Kat sayısı=floors", 4,
		},
		"a unit behind what stands over them": {
			[][]any{{"Kurum Kodu", "Alan, dönüm"}, {nil, "Arsa", "Kapalı"}, {"900101", 4, 5}},
			[]string{"A1:A2", "B1:C1"},
			"Kurum Kodu=code | Alan (dönüm) Arsa=land_area | Alan (dönüm) Kapalı=floor_area", 3,
		},
		"parts that are known where what stands over them is not": {
			[][]any{{"Kurum Kodu", "Planlanan (2030)"}, {nil, "Derslik Sayısı", "Kat Sayısı"}, {"900101", 40, 5}},
			[]string{"A1:A2", "B1:C1"},
			"Kurum Kodu=code | Planlanan (2030) Derslik Sayısı=classrooms? | Planlanan (2030) Kat Sayısı=floors?", 3,
		},
		"parts of a list that say no more": {
			[][]any{{"Kurum Kodu", "Fiziki Kapasite", nil, nil, "Erişilebilirlik"}, {nil, "Derslik Sayısı", "Kat Sayısı", "Bina Sayısı", "Rampa", "Asansör"}, {"900101", 8, 2, 1, "Var", "Yok"}},
			[]string{"A1:A2", "B1:D1", "E1:F1"},
			"Kurum Kodu=code | Fiziki Kapasite Derslik Sayısı=classrooms | Fiziki Kapasite Kat Sayısı=floors | Fiziki Kapasite Bina Sayısı=building_count | Erişilebilirlik Rampa=ramp | Erişilebilirlik Asansör=lift", 3,
		},
		"what stands over known ones": {
			[][]any{{nil, nil, "Yapılacak (2028)"}, {"Kurum Kodu", "Kurum Adı", "Derslik Sayısı", "Kat Sayısı"}, {"900101", "A", 40, 5}},
			[]string{"C1:D1"},
			"Kurum Kodu=code | Kurum Adı=name | Yapılacak (2028) Derslik Sayısı=classrooms? | Yapılacak (2028) Kat Sayısı=floors?", 3,
		},
		"groups over all, below a title": {
			[][]any{{"2026 YILI BİNA DURUMU"}, {"Kurum", nil, "Eski bina", nil, "Altyapı"}, {"Kodu", "Adı", "Derslik Sayısı", "Kat Sayısı", "Rampa", "Asansör"}, {"900101", "A", 40, 5, "Var", "Yok"}},
			[]string{"A1:F1", "A2:B2", "C2:D2", "E2:F2"},
			"Kodu=code | Adı=name | Eski bina Derslik Sayısı=classrooms? | Eski bina Kat Sayısı=floors? | Rampa=ramp | Asansör=lift", 4,
		},
		"what stands over one, beside merged ones": {
			[][]any{{"Kurum Kodu", "Kurum Adı", "Hedef 2030"}, {nil, nil, "Derslik Sayısı"}, {"900101", "A", 40}},
			[]string{"A1:A2", "B1:B2"},
			"Kurum Kodu=code | Kurum Adı=name | Hedef 2030 Derslik Sayısı=classrooms?", 3,
		},
		"beside a number of the row": {
			[][]any{{"Sıra", nil, "Yapılacak"}, {nil, "Kurum Adı", "Derslik Sayısı", "Kat Sayısı", "Kurum Kodu"}, {1, "A", 40, 2, "900101"}},
			[]string{"A1:A2", "C1:D1"},
			"Sıra= | Kurum Adı=name | Yapılacak Derslik Sayısı=classrooms? | Yapılacak Kat Sayısı=floors? | Kurum Kodu=code", 3,
		},
		"the whole old school": {
			[][]any{{"Eski okul"}, {"Kurum Kodu", "Kurum Adı", "Derslik Sayısı", "Kat Sayısı"}, {"900101", "A", 40, 2}},
			[]string{"A1:C1"},
			"Kurum Kodu=code | Kurum Adı=name | Eski okul Derslik Sayısı=classrooms? | Kat Sayısı=floors", 3,
		},
		"units above": {
			[][]any{{nil, "(bin m²)", "(adet)"}, {"Kurum Kodu", "Kapalı alan", "Kat Sayısı"}, {"900101", 1.5, 2}},
			nil,
			"Kurum Kodu=code | Kapalı alan (bin m²)=floor_area | Kat Sayısı=floors", 3,
		},
		"two of them above each other": {
			[][]any{{nil, "Hedef"}, {nil, "Alan (dönüm)", nil, "Bina"}, {"Kurum Kodu", "Arsa", "Kapalı", "Kat Sayısı"}, {"900101", 40, 5, 2}},
			[]string{"B1:D1", "B2:C2"},
			"Kurum Kodu=code | Hedef Alan (dönüm) Arsa=land_area? | Hedef Alan (dönüm) Kapalı=floor_area? | Hedef Kat Sayısı=floors?", 4,
		},
		"a title over all": {
			[][]any{{"OKULLAR"}, {"Kurum Kodu", "Telefon", "Kat sayısı"}, {"900101", "0312 344 22 11", 5}},
			[]string{"A1:C1"},
			"Kurum Kodu=code | Telefon=phone | Kat sayısı=floors", 3,
		},
		"a cell that is only drawn wide": {
			[][]any{{"Kurum Kodu", "Telefon", nil, "Kat sayısı"}, {"900101", "0312 344 22 11", nil, 5}},
			[]string{"B1:C1", "B2:C2"},
			"Kurum Kodu=code | Telefon=phone | = | Kat sayısı=floors", 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "tr")
			more := slices.Concat(c.rows, c.rows[len(c.rows)-1:])
			i := d.upload(d.ctx, "list.xlsx", spreadsheet(t, more, func(f *excelize.File) {
				for _, ref := range c.merge {
					from, to, _ := strings.Cut(ref, ":")
					ok(t, f.MergeCell("Sheet1", from, to))
				}
			}))
			if diff := cmp.Diff(c.want, columnsOf(i)); diff != "" {
				t.Error(diff)
			}
			i, _ = d.step(d.ctx, d.leaveOpen(i), d.t.Preview)
			if want := len(more) - c.line + 1; i.Counts.Rows != want {
				t.Errorf("%d records, not %d", i.Counts.Rows, want)
			}
			for _, f := range found(d, i) {
				if strings.HasPrefix(f, "2 ") && c.line > 2 && !strings.HasSuffix(f, "unit_read") {
					t.Error("the row below the headings is judged:", f)
				}
			}
		})
	}
}

// A text file has lost which cells were merged: an empty cell beside a heading is part of it, where
// the row below says words there and nothing below the others. Units below headings are part of
// them too; a record, whatever it lacks, is none.
func TestHeadingsOfATextFileTakeTheRowBelowThem(t *testing.T) {
	for file, want := range map[string]string{
		"Kurum Kodu;Telefon;;Derslik sayısı;;\n;Okul;Müdür;Kullanılan;Boş;Toplam\n900101;a;b;1;2;3\n": "Kurum Kodu=code | Telefon Okul=phone | Telefon Müdür= | Derslik sayısı Kullanılan= | Derslik sayısı Boş= | Derslik sayısı Toplam=classrooms 3",
		"Kurum Kodu;Bina;;\n;Kat sayısı;Derslik sayısı;Yapım yılı\n900101;1;2;1980\n":                 "Kurum Kodu=code | Bina Kat sayısı=floors | Bina Derslik sayısı=classrooms | Bina Yapım yılı=year_built 3",
		"Kurum Kodu;Arsa alanı;Kapalı alan\n;dönüm;m²\n900101;1;500\n":                                "Kurum Kodu=code | Arsa alanı (dönüm)=land_area | Kapalı alan (m²)=floor_area 3",
		"Kurum Kodu;;Telefon;\n900101;A;0312 344 22 11;\n":                                            "Kurum Kodu=code | = | Telefon=phone | = 2",
		"Kurum Kodu;Telefon;\n;0312 344 22 11;Ana bina\n900102;0312 344 22 12;Ek bina\n":              "Kurum Kodu=code | Telefon=phone | = 2",
		"OKULLAR;;\nKurum Kodu;Telefon;Kat sayısı\n900101;0312 344 22 11;2\n":                         "Kurum Kodu=code | Telefon=phone | Kat sayısı=floors 3",
		";OKULLAR;;\nKurum Kodu;Telefon;Kat sayısı;Derslik sayısı\n900101;0312 344 22 11;2;3\n":       "Kurum Kodu=code | Telefon=phone | Kat sayısı=floors | Derslik sayısı=classrooms 3",
		// What stands over some of the known headings.
		";;Hedef (2028);\nKurum Kodu;Kurum Adı;Derslik Sayısı;Kat Sayısı\n900101;A;1;2\n":                             "Kurum Kodu=code | Kurum Adı=name | Hedef (2028) Derslik Sayısı=classrooms? | Hedef (2028) Kat Sayısı=floors? 3",
		"2026 YILI;;;\n;;Eski bina;\nKurum Kodu;Kurum Adı;Derslik Sayısı;Kat Sayısı\n900101;A;1;2\n":                  "Kurum Kodu=code | Kurum Adı=name | Eski bina Derslik Sayısı=classrooms? | Eski bina Kat Sayısı=floors? 4",
		";;Hedef\nKurum Kodu;Kurum Adı;Derslik Sayısı\n900101;A;1\n":                                                  "Kurum Kodu=code | Kurum Adı=name | Hedef Derslik Sayısı=classrooms? 3",
		"İSTANBUL MEM;;;EK-1\nKurum Kodu;Kurum Adı;Derslik Sayısı;Kat Sayısı\n900101;A;1;2\n":                         "Kurum Kodu=code | Kurum Adı=name | Derslik Sayısı=classrooms | Kat Sayısı=floors 3",
		";;2030;\nKurum Kodu;Kurum Adı;Derslik Sayısı;Kat Sayısı\n900101;A;1;2\n":                                     "Kurum Kodu=code | Kurum Adı=name | 2030 Derslik Sayısı=classrooms? | 2030 Kat Sayısı=floors? 3",
		"Kurum;Kurum;Planlanan;Planlanan\nKodu;Adı;Derslik Sayısı;Kat Sayısı\n900101;A;1;2\n":                         "Kodu=code | Adı=name | Planlanan Derslik Sayısı=classrooms? | Planlanan Kat Sayısı=floors? 3",
		";;Hedef 2030;\n\nKurum Kodu;Kurum Adı;Derslik Sayısı;Kat Sayısı\n900101;A;1;2\n":                             "Kurum Kodu=code | Kurum Adı=name | Hedef 2030 Derslik Sayısı=classrooms? | Hedef 2030 Kat Sayısı=floors? 4",
		"Kurum Kodu;Kurum Adı;Derslik Sayısı;Kat Sayısı\n;;(planlanan);(planlanan)\n900101;A;1;2\n":                   "Kurum Kodu=code | Kurum Adı=name | Derslik Sayısı (planlanan)=classrooms? | Kat Sayısı (planlanan)=floors? 3",
		"Kurum Kodu;Kurum Adı;Derslik Sayısı;Kat Sayısı\n;;2030;2030\n900101;A;1;2\n":                                 "Kurum Kodu=code | Kurum Adı=name | Derslik Sayısı (2030)=classrooms? | Kat Sayısı (2030)=floors? 3",
		"OKULLAR;;;Tarih: 30.11.2026\nKurum Kodu;Kurum Adı;Derslik Sayısı;Kat Sayısı\n900101;A;1;2\n":                 "Kurum Kodu=code | Kurum Adı=name | Derslik Sayısı=classrooms | Kat Sayısı=floors 3",
		";;;GİZLİ\nKurum Kodu;Kurum Adı;Derslik Sayısı;Kat Sayısı\n900101;A;1;2\n":                                    "Kurum Kodu=code | Kurum Adı=name | Derslik Sayısı=classrooms | Kat Sayısı=floors 3",
		";;Hizmete Özel;\nKurum Kodu;Kurum Adı;Derslik Sayısı;Kat Sayısı\n900101;A;1;2\n":                             "Kurum Kodu=code | Kurum Adı=name | Derslik Sayısı=classrooms | Kat Sayısı=floors 3",
		";;;ДСП\nKurum Kodu;Kurum Adı;Derslik Sayısı;Kat Sayısı\n900101;A;1;2\n":                                      "Kurum Kodu=code | Kurum Adı=name | Derslik Sayısı=classrooms | Kat Sayısı=floors 3",
		"Okul listesi;;;ANKARA\nKurum Kodu;Kurum Adı;Derslik Sayısı;Kat Sayısı\n900101;A;1;2\n":                       "Kurum Kodu=code | Kurum Adı=name | Derslik Sayısı=classrooms | Kat Sayısı=floors 3",
		"2019-2020 yılı okul listesi;;;\nKurum Kodu;Kurum Adı;Derslik Sayısı;Kat Sayısı\n900101;A;1;2\n":              "Kurum Kodu=code | Kurum Adı=name | 2019-2020 yılı okul listesi Derslik Sayısı=classrooms? | 2019-2020 yılı okul listesi Kat Sayısı=floors? 3",
		"2025-2026 yılı okul listesi;;;\nKurum Kodu;Kurum Adı;Derslik Sayısı;Kat Sayısı\n900101;A;1;2\n":              "Kurum Kodu=code | Kurum Adı=name | Derslik Sayısı=classrooms | Kat Sayısı=floors 3",
		"12.03.2019 tarihli ve 41 sayılı yazı eki;;;\nKurum Kodu;Kurum Adı;Derslik Sayısı;Kat Sayısı\n900101;A;1;2\n": "Kurum Kodu=code | Kurum Adı=name | Derslik Sayısı=classrooms | Kat Sayısı=floors 3",
		";;;Sayfa 1/3\nKurum Kodu;Kurum Adı;Derslik Sayısı;Kat Sayısı\n900101;A;1;2\n":                                "Kurum Kodu=code | Kurum Adı=name | Derslik Sayısı=classrooms | Kat Sayısı=floors 3",
		";;Mevcut durum;\nKurum Kodu;Kurum Adı;Derslik Sayısı;Kat Sayısı\n900101;A;1;2\n":                             "Kurum Kodu=code | Kurum Adı=name | Derslik Sayısı=classrooms | Kat Sayısı=floors 3",
		";;2025-2026 Eğitim Öğretim Yılı;\nKurum Kodu;Kurum Adı;Derslik Sayısı;Kat Sayısı\n900101;A;1;2\n":            "Kurum Kodu=code | Kurum Adı=name | Derslik Sayısı=classrooms | Kat Sayısı=floors 3",
		";;Fiziki Kapasite;\nKurum Kodu;Kurum Adı;Derslik Sayısı;Kat Sayısı\n900101;A;1;2\n":                          "Kurum Kodu=code | Kurum Adı=name | Derslik Sayısı=classrooms | Kat Sayısı=floors 3",
		";Mevcut;Planlanan\nKurum Kodu;Kat Sayısı;Derslik Sayısı\n900101;2;1\n":                                       "Kurum Kodu=code | Kat Sayısı=floors | Planlanan Derslik Sayısı=classrooms? 3",
		"Kurum Kodu;Bina;\n;Adı;Telefon\n900101;A;0312 344 22 11\n":                                                   "Kurum Kodu=code | Bina Adı=name? | Bina Telefon=phone 3",
		"Kurum Kodu;Derslik sayısı;;Kat sayısı\n900101;8;12;3\n":                                                      "Kurum Kodu=code | Derslik sayısı=classrooms? | Derslik sayısı=classrooms? | Kat sayısı=floors 2",
		"Kurum Kodu;Telefon;;Kat sayısı\n900101;0312 344 22 11;0312 344 22 12;3\n":                                    "Kurum Kodu=code | Telefon=phone? | Telefon=phone? | Kat sayısı=floors 2",
		"Kurum Kodu;Derslik sayısı;;Kat sayısı\n900101;8;;3\n":                                                        "Kurum Kodu=code | Derslik sayısı=classrooms | = | Kat sayısı=floors 2",
		"Kurum Kodu;Derslik sayısı;;Kat sayısı\n900101;8;yeni;3\n":                                                    "Kurum Kodu=code | Derslik sayısı=classrooms | = | Kat sayısı=floors 2",
	} {
		d := newDesk(t, "tr")
		i := d.upload(d.ctx, "list.csv", file)
		got := columnsOf(i)
		i, _ = d.step(d.ctx, d.leaveOpen(i), d.t.Preview)
		first := strings.Count(file, "\n") - i.Counts.Rows + 1
		if diff := cmp.Diff(want, got+" "+string(rune('0'+first))); diff != "" {
			t.Error(diff)
		}
	}
}

// Somebody who says that the headings stand in the row of the parts means those that stand over
// them too.
func TestTheRowOfPartsIsReadWithTheOneAboveIt(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.upload(d.ctx, "list.csv", "Kurum Kodu;Alan (m²);;Rampa\n;Arsa;Kapalı;\n900101;1;2;Var\n900102;1;2;Var\n")
	i, err := d.t.Reread(d.ctx, i.UID, i.Version, exchange.Reading{Heading: 2})
	ok(t, err)
	if diff := cmp.Diff("Kurum Kodu=code | Alan (m²) Arsa=land_area | Alan (m²) Kapalı=floor_area | Rampa=ramp", columnsOf(i)); diff != "" {
		t.Error(diff)
	}
	if i, _ = d.step(d.ctx, i, d.t.Preview); i.Counts.Rows != 2 {
		t.Errorf("%+v", i.Counts)
	}
}

// What stands over columns and says no more than where they stand in a list, or of what the languages
// below it are, takes nothing from what is below it.
func TestAGroupOverAnExactHeadingSaysNoMore(t *testing.T) {
	for country, files := range map[string]map[string]string{
		"tr": {
			"Kurum Kodu;Konum;\n;Enlem;Boylam\n900101;39,9;32,8\n":                "Kurum Kodu=code | Konum Enlem=latitude | Konum Boylam=longitude",
			"Kurum Kodu;Coğrafi koordinatlar;\n;Enlem;Boylam\n900101;39,9;32,8\n": "Kurum Kodu=code | Coğrafi koordinatlar Enlem=latitude | Coğrafi koordinatlar Boylam=longitude",
			"Kurum Kodu;Planlanan konum;\n;Enlem;Boylam\n900101;39,9;32,8\n":      "Kurum Kodu=code | Planlanan konum Enlem=latitude? | Planlanan konum Boylam=longitude?",
			"Kurum Kodu;Kurum adı;\n;Türkçe;İngilizce\n900101;Işık;Light\n":       "Kurum Kodu=code | Kurum adı Türkçe=name.tr | Kurum adı İngilizce=name.en",
			"Kurum Kodu;Müdürün adı;\n;Türkçe;İngilizce\n900101;A. B.;C. D.\n":    "Kurum Kodu=code | Müdürün adı Türkçe= | Müdürün adı İngilizce=",
			"Kurum Kodu;Eğitim dili;\n;Türkçe;İngilizce\n900101;Var;Yok\n":        "Kurum Kodu=code | Eğitim dili Türkçe= | Eğitim dili İngilizce=",
		},
		"kg": {
			"Коду;Жайгашуусу / Координаттар;\n;Кеңдик / Широта;Узундук / Долгота\n700001;42,1;74,5\n":                          "Коду=code | Жайгашуусу / Координаттар Кеңдик / Широта=latitude | Жайгашуусу / Координаттар Узундук / Долгота=longitude",
			"Коду;Аталышы / Наименование;\n;кыргызча / на кыргызском;орусча / на русском\n700001;Күнгөй;Солнышко\n":            "Коду=code | Аталышы / Наименование кыргызча / на кыргызском=name.ky | Аталышы / Наименование орусча / на русском=name.ru",
			"Коду;Аталышы / Наименование;\n;кыргызча;на русском\n700001;Күнгөй;Солнышко\n":                                     "Коду=code | Аталышы / Наименование кыргызча=name.ky | Аталышы / Наименование на русском=name.ru",
			"Коду;Наименование;\n;на кыргызском;на русском\n700001;Күнгөй;Солнышко\n":                                          "Коду=code | Наименование на кыргызском=name.ky | Наименование на русском=name.ru",
			"Код;Аталышы (Наименование);\n;кыргыз тилинде (на кыргызском языке);орус тилинде (на русском языке)\n700001;К;С\n": "Код=code | Аталышы (Наименование) кыргыз тилинде (на кыргызском языке)=name.ky | Аталышы (Наименование) орус тилинде (на русском языке)=name.ru",
		},
	} {
		d := newDesk(t, country)
		for file, want := range files {
			if diff := cmp.Diff(want, columnsOf(d.upload(d.ctx, "list.csv", file+strings.SplitN(file, "\n", 3)[2]))); diff != "" {
				t.Error(diff)
			}
		}
	}
}
