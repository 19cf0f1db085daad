package registry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/profile"
	"mektep/core/transfer"
)

// A heading in two languages means what both of its halves mean; where they mean different things, or
// are counted in different units, it is what it was: nobody's.
func TestAHeadingInTwoLanguagesIsReadByItsHalves(t *testing.T) {
	kg, tr := newDesk(t, "kg"), newDesk(t, "tr")
	for heading, want := range map[string]string{
		"Код/коду":               "code",
		"Түрү / Тип":             "type",
		"Облус / Область":        "region",
		"Район / Район":          "district",
		"Аталышы / Наименование": "name",
		"Тип – Түрү":             "type",
		"Менчиктин түрү / Форма собственности":     "ownership",
		"Окуучулардын саны/Окуу бөлмөлөрүнүн саны": "",
		"Облус / Район":      "",
		"Түрү / Менчик түрү": "",
		"Жер участогунун аянты, га / Площадь земельного участка, га": "land_area",
		"Жер участогунун аянты, м² / Площадь земельного участка, га": "",
		"Аталышы (кыргызча) / Наименование (на русском)":             "",
	} {
		i := kg.upload(kg.ctx, "list.csv", "Бир;"+heading+"\n1;2\n")
		if got := i.Columns[1].Target; got != want {
			t.Errorf("%s: %q (%q), not %q", heading, got, i.Columns[1].Maybe, want)
		}
	}
	for heading, want := range map[string]string{"Tür / Тип": "type", "Kurum Adı / Название": "name", "İl / Область": "region", "İl/İlçe": "", "Derslik sayısı / Kat sayısı": ""} {
		i := tr.upload(tr.ctx, "list.csv", "Bir;"+heading+"\n1;2\n")
		if got := i.Columns[1].Target; got != want {
			t.Errorf("%s: %q (%q), not %q", heading, got, i.Columns[1].Maybe, want)
		}
	}
	// One below the other: in one cell, or in two rows.
	i := kg.upload(kg.ctx, "list.xlsx", spreadsheet(t, [][]any{{"Коду\nКод", "Түрү\nТип", "Аталышы"}, {"700001", "орто мектеп", "Бир"}}, nil))
	if got := columnsOf(i); got != "Коду / Код=code | Түрү / Тип=type | Аталышы=name" {
		t.Error(got)
	}
	i = kg.preview(kg.ctx, "Аталышы;Түрү;Облус;Менчиктин түрү\nНаименование;Тип;Область;Форма собственности\nБир;орто мектеп;;Жеке\n")
	if i.Columns[1].Target != "type" || i.Counts.Rows != 1 {
		t.Errorf("%s %+v", columnsOf(i), i.Counts)
	}
}

// A cell in two languages means what both of its halves mean: a type, a place, an entry of a list, yes
// and no.
func TestACellInTwoLanguagesIsReadByItsHalves(t *testing.T) {
	d := newDesk(t, "kg")
	place := firstDistrict(d.world)
	ky, ru := place.Name["ky"], place.Name["ru"]
	bools := ""
	for _, f := range d.profile.Register("institution").FieldsAt(on) {
		if f.Type.Kind == profile.KindBool && f.DerivedExpr == "" {
			bools = f.ID
			break
		}
	}
	head := fmt.Sprintf("name;type;district;ownership;%s\n", bools)
	i := d.preview(d.ctx, head+"Бир мектеп;Орто мектеп / Средняя школа;"+ky+" / "+ru+";Мамлекеттик / Государственная;Ооба/Да\n"+
		"Эки мектеп;Орто мектеп (Средняя школа);"+ky+"/"+ru+";Жеке/Частная;Жок / Нет\n")
	if i.Counts.New != 2 {
		t.Fatalf("%+v %v", i.Counts, found(d, i))
	}
	i = d.preview(d.ctx, head+"Үч мектеп;Орто мектеп / Лицей;"+ky+";Мамлекеттик / Частная;Ооба / Нет\n")
	want := []string{"2 ownership import.row.word", "2 " + bools + " import.row.word", "2 type import.row.unknown_type_near"}
	if diff := cmp.Diff(want, found(d, i)); diff != "" {
		t.Error(diff)
	}
}

// Of a name in two languages in one cell is told what each is by the words for its kind, or that the
// letters are of two; it may be the official name all the same.
func TestANameInTwoLanguagesIsTwoNames(t *testing.T) {
	for country, names := range map[string]map[string]string{
		"tr": {
			"Deneme Yıldız İlkokulu / Начальная школа Йылдыз": "import.row.twice",
			"Deneme Yıldız İlkokulu\nНачальная школа Йылдыз":  "import.row.twice",
			"Deneme Yıldız İlkokulu (Йылдыз)":                 "import.row.twice_maybe",
			"Deneme Yıldız İlkokulu / Yıldız Şubesi":          "",
			"Özel Robert İlkokulu (Primary School)":           "import.row.twice",
			"Atatürk/Cumhuriyet İlkokulu":                     "",
		},
		"kg": {
			"№ 912 Жылдыз орто мектеби / Средняя школа № 912 Жылдыз": "import.row.twice",
			"№ 912 Жылдыз орто мектеби (Средняя школа № 912)":        "import.row.twice",
			"Жылдызча / Звёздочка":                                   "import.row.twice_maybe",
			"№ 912 Жылдыз орто мектеби":                              "",
			"Жылдыз/Нур орто мектеби":                                "",
		},
	} {
		d := newDesk(t, country)
		place := firstDistrict(d.world).Code
		typ := map[string]string{"tr": "ilkokul", "kg": "secondary_school"}[country]
		for name, want := range names {
			i := d.preview(d.ctx, "name;type;district_code;ownership\n\""+name+"\";"+typ+";"+place+";public\n")
			got := ""
			for _, f := range found(d, i) {
				if strings.Contains(f, "twice") {
					got += strings.TrimPrefix(f, "2 name ")
				}
			}
			if got != want || i.Counts.New != 1 {
				t.Errorf("%s: %q, not %q: %+v %v", name, got, want, i.Counts, found(d, i))
			}
		}
	}
	// Of an institution that is there its name is not written: what its list says besides is.
	d := newDesk(t, "tr")
	d.school("100001", "Deneme Yıldız İlkokulu", "ilkokul", firstDistrict(d.world), map[string]any{"ownership": "public"})
	if i := d.preview(d.ctx, "code;name;capacity\n100001;Deneme Yıldız İlkokulu / Начальная школа Йылдыз;100\n"); i.Counts.Faulty != 0 || i.Counts.Changed != 1 {
		t.Errorf("%+v %v", i.Counts, found(d, i))
	}
}

// What is said of a list that gives no codes is no institution of it.
func TestARemarkOnAListWithoutCodesIsNoInstitution(t *testing.T) {
	for country, remarks := range map[string][]string{
		"tr": {"Not: kesin değildir", "Kaynak: MEBBİS", "Ek-1", "Bunlardan köyde", "Hazırlayan: A. B.", "Açıklama: taslak", "(*) Kesin değil", "İmza"},
		"kg": {"Примечание: данные неполные", "Источник: РОО", "Приложение № 2", "Из них сельских", "в том числе частных", "Эскертүү: толук эмес", "Тиркеме 1", "Анын ичинен жеке", "* данные уточняются", "РОО башчысы ____", "Тиркеме № 2 / Приложение № 2"},
	} {
		d := newDesk(t, country)
		place := firstDistrict(d.world).Code
		typ := map[string]string{"tr": "ilkokul", "kg": "secondary_school"}[country]
		row := func(name string) string { return name + ";" + typ + ";" + place + ";public;100\n" }
		for _, remark := range remarks {
			i := d.preview(d.ctx, "name;type;district_code;ownership;capacity\n"+row("Kaynak Ek Okulu")+row("Notlu Güneş")+remark+";;;;\n")
			if diff := cmp.Diff([]int{4}, i.Options.Odd); diff != "" || i.Counts.New != 2 || i.Counts.Faulty != 1 || found(d, i)[0] != "4 name import.row.remark" {
				t.Errorf("%s %s: %+v %v %s", country, remark, i.Counts, found(d, i), diff)
			}
		}
		// What says itself of what kind it is and where is called so.
		for _, name := range []string{"Toplam Kalite İlkokulu", "Жыйынтык орто мектеби", "Tarih: Vakfı", "Источник"} {
			if i := d.preview(d.ctx, "name;type;district_code;ownership;capacity\n"+row(name)); i.Counts.New != 1 {
				t.Errorf("%s %s: %+v %v", country, name, i.Counts, found(d, i))
			}
		}
		// Nor does what another cell says make it a remark, where a new one has no code yet.
		if i := d.preview(d.ctx, "code;name;type;district_code;ownership;zz\n900111;"+strings.TrimSuffix(row("Deneme"), "100\n")+"\n;"+strings.TrimSuffix(row("Deneme Yıldız"), "100\n")+"TOPLAM\n"); i.Counts.New != 2 {
			t.Errorf("%s: %+v %v", country, i.Counts, found(d, i))
		}
		// That it lacks a type is nobody's to fill in, nor a place.
		total := map[string]string{"tr": "Toplam: 2 okul", "kg": "Итого по району: 2 школы"}[country]
		i := d.preview(d.ctx, "name;type;district_code;ownership\n"+total+";;"+place+";public\n")
		if diff := cmp.Diff([]string{"2 name import.row.total"}, found(d, i)); diff != "" {
			t.Error(diff)
		}
		i = d.preview(d.ctx, "name;type;district_code;ownership\n"+total+";;;\n")
		if diff := cmp.Diff([]string{"2 name import.row.total"}, found(d, i)); diff != "" {
			t.Error(diff)
		}
	}
}

// Totals, averages, signatures and stamps are none, where the type and the place are said of all rows; in a
// list that gives codes, too. What is called by more than such words is.
func TestTotalsAndSignaturesOfAnyKindAreNoInstitutions(t *testing.T) {
	for country, texts := range map[string]map[string][]string{
		"tr": {
			"total":  {"Gen. Top.", "Top.", "Genel", "Ortalama", "Top.: 5 okul", "Ara toplam", "GENEL TOPLAM"},
			"remark": {"Ali VELİ / Şube Müdürü", "Şube Müdürü A. Veli", "Ek: 1 liste", "Düzenleyen", "Açıklamalar", "Not. Kesin değildir", "Mühür", "A. RESMÎ OKULLAR", "II. Özel okullar"},
			"": {
				"Atatürk/Cumhuriyet İlkokulu", "Ek Bina", "Ek 1 İlkokulu", "Not Defteri", "Açıklama İlkokulu", "75. Yıl / Cumhuriyet", "A. Gaffar Okkan İlkokulu", "Müdür Ali Bey İlkokulu", "A. Yavuz İlkokulu",
				"Genel Kurmay İlkokulu", "Toplam Kalite İlkokulu", "İ. Hakkı Müdüroğlu İlkokulu", "ODTÜ GVO İlkokulu / Eryaman", "Ortalama Tepe İlkokulu",
			},
		},
		"kg": {
			"total":  {"Жалпы саны: 2 / Общее количество: 2", "Болгону", "Орточо / В среднем", "Общее количество: 2 школы", "Болгону: 2 мектеп", "Бардыгы / Всего"},
			"remark": {"Эскертүү. Маалымат толук эмес", "Примечание – данные неполные", "М.О.", "Начальник РОО Асанов А. Б.", "РОО башчысы Асанов А. Б.", "Тиркеме: тизме", "I. Мамлекеттик мектептер / Государственные школы", "Б. Жеке мектептер"},
			"": {
				"«Мурас» комплекси", "мектеби - Ак-Суу", "Жалпы билим берүү мектеби № 5", "Орточо Таш мектеби", "Средняя школа им. А. С. Пушкина", "Ак-Булак - Жаңы", "Баары-Булак орто мектеби",
				"Жетекчи", "Всероссийская школа", "Общее дело", "К. Маркс атындагы мектеп", "М. Адышева атындагы № 2 мектеп",
			},
		},
	} {
		d := newDesk(t, country)
		head, values := "name;capacity\n", map[string]string{"type": map[string]string{"tr": "ilkokul", "kg": "secondary_school"}[country], "district": firstDistrict(d.world).Code, "ownership": "public"}
		for like, names := range texts {
			for _, name := range names {
				i := d.upload(d.ctx, "list.csv", head+"Бир Güneş;5\n\""+name+"\";100\n")
				i, err := d.t.Match(d.ctx, i.UID, i.Version, []string{"name", "capacity"}, transfer.Options{Values: values})
				ok(t, err)
				i, _ = d.step(d.ctx, i, d.t.Preview)
				want := []string{}
				if like != "" {
					want = []string{"3 name import.row." + like}
				}
				got := slices.DeleteFunc(found(d, i), func(f string) bool { return strings.Contains(f, "twice") || strings.HasPrefix(f, "2 ") })
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
				if like == "" {
					continue
				}
				i = d.preview(d.ctx, "code;name;type;capacity\n;\""+name+"\";;100\n")
				if diff := cmp.Diff([]string{"2 name import.row." + like}, found(d, i)); diff != "" {
					t.Errorf("with codes, %s: %s", name, diff)
				}
			}
		}
	}
}
