package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/fault"
	"mektep/core/record"
	"mektep/core/transfer"
)

// Words for a place's kind stand before it or behind, in full, shortened or inflected, or
// are left out; the name is an adjective or none. Where a word says the kind, a place of
// another kind is not meant.
func TestAPlaceIsFoundByWhatPeopleCallIt(t *testing.T) {
	cases := []struct{ country, region, district, want string }{
		{"kg", "Ошская", "Узгенский р-н", "Өзгөн району"},
		{"kg", "Ошская обл.", "р-н Узгенский", "Өзгөн району"},
		{"kg", "обл. Ошская", "Узгенский", "Өзгөн району"},
		{"kg", "Ошской области", "Узгенского района", "Өзгөн району"},
		{"kg", "ОШСКАЯ ОБЛ", "УЗГЕНСКИЙ Р/Н", "Өзгөн району"},
		{"kg", "Ош облусунун", "Өзгөн р-ну", "Өзгөн району"},
		{"kg", "Ош обл.", "Өзгөн", "Өзгөн району"},
		{"kg", "Oş Bölgesi", "Özgön İlçesi", "Өзгөн району"},
		{"kg", "Osh oblast", "Uzgen rayon", "Өзгөн району"},
		{"kg", "г. Ош", "", "Ош шаары"},
		{"kg", "г.Ош", "", "Ош шаары"},
		{"kg", "Ош ш.", "", "Ош шаары"},
		{"kg", "Ош (шаары)", "", "Ош шаары"},
		{"kg", "гор. Бишкек", "Ленинский р-н", "Ленин району"},
		{"kg", "", "г. Ош", "Ош шаары"},
		{"kg", "Нарынская", "г. Нарын", "Нарын шаары"},
		{"kg", "Нарынская", "Нарын ш.", "Нарын шаары"},
		{"kg", "Нарынская", "Нарынский", "Нарын району"},
		{"kg", "Нарынская", "р-н Нарын", "Нарын району"},
		{"kg", "Нарынская", "Нарын", "district import.row.same_place"},
		{"kg", "Ош", "", "region import.row.same_place"},
		{"kg", "Ошская", "г. Узген", "district import.row.near_place"},
		{"kg", "г. Талас", "", "region import.row.near_place"},
		{"kg", "Джалал-Абадская область", "город Джалал-Абад", "Манас шаары"}, // as they were called
		{"kg", "Жалал-Абад облусу", "Жалал-Абад шаары", "Манас шаары"},
		{"kg", "Таласская область", "Кара-Бууринский р-н", "Айтматов району"},
		{"tr", "Ankara İli", "Çankaya İlçesi", "Çankaya"},
		{"tr", "ANKARA İLİ", "ÇANKAYA İLÇ.", "Çankaya"},
		{"tr", "Ankara ilinin", "Çankaya ilçesinin", "Çankaya"},
		{"tr", "İl: Ankara", "İlçe: Çankaya", "Çankaya"},
		{"tr", "Анкара", "Чанкая р-н", "Çankaya"},
		{"tr", "", "Ankara/Çankaya", "Çankaya"},
		{"tr", "Ankara", "Çankaya (Ankara ili)", "Çankaya"},
		{"tr", "", "Çankaya - Ankara", "Çankaya"},
		{"kg", "", "Ошская обл., Узгенский р-н", "Өзгөн району"},
		{"tr", "İstanbul", "Çankaya/Ankara", "district import.row.other_region"},
		{"tr", "Ankara", "Çankya", "district import.row.near_place"},
		{"tr", "Ankara", "Atlantis", "district import.row.unknown_place"},
		{"tr", "Ankar", "", "region import.row.near_place"},
		{"kg", "Ошская", "Узгеский р-н", "district import.row.near_place"},
	}
	for country, rest := range map[string]string{"kg": "secondary_school;public", "tr": "ilkokul;resmi"} {
		d := newDesk(t, country)
		var good, bad strings.Builder
		good.WriteString("name;type;ownership;region;district\n")
		bad.WriteString("name;type;ownership;region;district\n")
		want, lost := map[string]string{}, []string{}
		for k, c := range cases {
			name := fmt.Sprintf("A%02d", k)
			switch {
			case c.country != country:
			case strings.Contains(c.want, "import."):
				fmt.Fprintf(&bad, "%s;%s;%s;%s\n", name, rest, c.region, c.district)
				lost = append(lost, fmt.Sprintf("%d %s", len(lost)+2, c.want))
			default:
				fmt.Fprintf(&good, "%s;%s;%s;%s\n", name, rest, c.region, c.district)
				want[name] = c.want
			}
		}
		d.enter(d.ctx, good.String())
		got := map[string]string{}
		for _, i := range list(t, d.world, d.ctx, record.Query{}).Items {
			at, err := d.s.Get(d.ctx, i.UID)
			ok(t, err)
			got[i.Name[d.profile.Main()]] = at.Place[len(at.Place)-1].Name[d.profile.Main()]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(lost, found(d, d.preview(d.ctx, bad.String()))); len(lost) > 0 && diff != "" {
			t.Error(diff)
		}
	}
}

// A list of another time calls a place as it was called then, or will be, and puts it where
// it lay, or will: it is one and the same, and the row says so.
func TestAPlaceIsFoundByWhatItWasAndWillBe(t *testing.T) {
	d := newDesk(t, "tr")
	one, two, three := d.place("9901", "Eskice", "06", founded), d.place("9902", "Durak", "06", founded), d.place("9903", "Göçer", "06", founded)
	gone := d.place("9904", "Bitmiş", "06", founded)
	ok(t, d.tree.Rename(d.ctx, one, map[string]string{"tr": "Yenice"}, day(2025, 10, 1), "1"))
	ok(t, d.tree.Rename(d.ctx, two, map[string]string{"tr": "Gelecek"}, day(2026, 12, 1), "1"))
	adana := d.byCode["01"]
	ok(t, d.tree.Move(d.ctx, three, adana, day(2026, 12, 20), "1"))
	ok(t, d.tree.Rename(d.ctx, gone, map[string]string{"tr": "Sonuncu"}, day(2020, 1, 1), "1"))
	gone.Version++
	ok(t, d.tree.Close(d.ctx, gone, day(2025, 1, 1), "1", d.byCode["1231"]))
	four := d.place("9905", "Kodlu", "06", founded)
	ok(t, d.tree.Recode(d.ctx, four, "9915"))
	i := d.preview(d.ctx, "name;type;ownership;region;district\nA;ilkokul;resmi;Ankara;Eskice\nB;ilkokul;resmi;Ankara;Yenice\nC;ilkokul;resmi;Ankara;Gelecek\nD;ilkokul;resmi;Adana;Göçer\n"+
		"E;ilkokul;resmi;Ankara;Bitmiş\nF;ilkokul;resmi;Adana;Eskice\nG;ilkokul;resmi;Adana;9903\nH;ilkokul;resmi;Ankara;9905\n")
	want := []string{
		`2:5 "Eskice" import.row.name_was`, `4:5 "Gelecek" import.row.name_will`, `5:5 "Göçer" import.row.region_will`,
		`6:5 "Bitmiş" import.row.place_over_heirs`, `7:5 "Eskice" import.row.unknown_place`, `8:5 "9903" import.row.region_will`,
		`9:5 "9905" import.row.code_was`,
	}
	if diff := cmp.Diff(want, told(d, d.ctx, i)); diff != "" || i.Counts.New != 6 || i.Counts.Faulty != 2 {
		t.Errorf("%+v %s", i.Counts, diff)
	}
	// Nor is a place that has got another code proposed as a new one, or as gone.
	before, err := d.s.Territory.Proposals(d.as("tenant_admin", d.root))
	ok(t, err)
	ok(t, d.tree.Recode(d.ctx, d.byCode["1231"], "9999"))
	after, err := d.s.Territory.Proposals(d.as("tenant_admin", d.root))
	if ok(t, err); len(after) != len(before) {
		t.Errorf("%d differences, then %d", len(before), len(after))
	}
}

// A part of a name, and a name with the word of its office, is near to the place; what
// nothing is near to is said so. An answer is judged as a word of the file is.
func TestWhatIsNearToAPlaceIsNamed(t *testing.T) {
	d := newDesk(t, "tr")
	near := map[string]string{
		"Urfa": "Şanlıurfa", "Antep": "Gaziantep", "K.Maraş": "Kahramanmaraş", "Afyon": "Afyonkarahisar", "06-Ankara": "Ankara", "Ankara İl MEM": "Ankara", "Atlantis": "", "Ab": "",
	}
	text, words := "code;name;type;ownership;region\n", []string{}
	for word := range near {
		words = append(words, word)
		text += fmt.Sprintf("9003%02d;A;ilkokul;resmi;%s\n", len(words), word)
	}
	i := d.preview(d.ctx, text)
	list, _, err := d.t.Findings(d.ctx, i.UID, 0)
	ok(t, err)
	for _, f := range list {
		choices, _ := f.Args["Choices"].(fault.List)
		want, key := near[f.Value], "import.row.near_place"
		if want == "" {
			key = "import.row.unknown_place"
		}
		if f.Key != key || want != "" && (len(choices) == 0 || choices[0].(fault.Text)["tr"] != want) {
			t.Errorf("%s: %s %v", f.Value, f.Key, choices)
		}
	}
	if len(list) != len(near) {
		t.Errorf("%d findings", len(list))
	}
	d.place("9901", "Yenidoğan", "06", day(2026, 12, 15))
	gone := d.place("9902", "Eskidoğan", "06", founded)
	ok(t, d.tree.Close(d.ctx, gone, day(2026, 1, 5), "1", d.byCode["1231"]))
	i = d.upload(d.ctx, "l.csv", "name;type;ownership;region;district\nA;ilkokul;resmi;Ankara;Bilinmez\n")
	for answer, key := range map[string]string{"Yenidoğan": "import.row.place_ahead", "Eskidoğan": "import.row.place_over_heirs", "Hiçbiri": "import.row.unknown_place"} {
		_, err := d.t.Match(d.ctx, i.UID, i.Version, []string{"name", "type", "ownership", "region", "district"},
			transfer.Options{Places: []transfer.PlaceWord{{Level: "district", Word: "Bilinmez", In: "06", Place: answer}}})
		if f := wants(t, err, fault.Invalid, ""); len(f.Fields) != 1 || f.Fields[0].Key != key {
			t.Errorf("%s: %+v", answer, f.Fields)
		}
	}
	// Noughts that were added are said; a file whose only news take an order says that.
	d.school("091270", "Küçük", "ilkokul", d.byCode["1231"], map[string]any{"ownership": "public"})
	i = d.preview(d.ctx, "code;name;type;ownership;district_code\n91270;Başka Ad;ilkokul;resmi;1231\n")
	if diff := cmp.Diff([]string{`2:1 "91270" import.row.noughts`, `2:2 "Başka Ad" import.row.dated_name`}, told(d, d.ctx, i)); diff != "" {
		t.Error(diff)
	}
	_, err = d.t.Apply(d.ctx, i.UID, i.Version)
	wants(t, err, fault.Conflict, "import.only_dated")
}

// Near places of one name are told apart by what they lie in.
func TestNearPlacesOfOneNameAreToldApart(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.preview(d.ctx, "code;name;type;ownership;district\n900301;A;ilkokul;resmi;Altındağ (Merkez)\n")
	list, _, err := d.t.Findings(d.ctx, i.UID, 0)
	ok(t, err)
	choices, _ := list[0].Args["Choices"].(fault.List)
	seen := map[string]bool{}
	for _, c := range choices {
		if seen[fmt.Sprint(c)] {
			t.Errorf("twice: %v in %v", c, choices)
		}
		seen[fmt.Sprint(c)] = true
	}
	if list[0].Key != "import.row.near_place" || len(choices) < 3 {
		t.Errorf("%s %v", list[0].Key, choices)
	}
}

// A list calls an institution by its name in any language: one that the register has is met,
// whichever column its name stands in.
func TestAnInstitutionIsMetByItsNameInAnyLanguage(t *testing.T) {
	d := newDesk(t, "kg")
	head := "name;name.ru;type;district_code;ownership\n"
	d.enter(d.ctx, head+"№ 6 Таң орто мектеби;Средняя школа № 6 Тан;secondary_school;"+firstDistrict(d.world).Code+";public\n")
	for file, want := range map[string]string{
		"name;type;district_code;ownership\nСредняя школа № 6 Тан;secondary_school;%s;public\n":   "import.row.twin_differs",
		head + "Башка ат;Средняя школа № 6 Тан;secondary_school;%s;public\n":                      "import.row.twin_differs",
		head + "Бир;Один;secondary_school;%[1]s;public\nЭки;Один;secondary_school;%[1]s;public\n": "import.row.twin_file",
		head + "№ 7 орто мектеби;Средняя школа № 7;secondary_school;%s;public\n":                  "",
	} {
		i := d.preview(d.ctx, fmt.Sprintf(file, firstDistrict(d.world).Code))
		keys := told(d, d.ctx, i)
		if got := strings.Join(keys, " "); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%q: told %v, want %s", file, keys, want)
		}
	}
}

// A village is no district, whatever it is called: the district of its name is not guessed.
func TestAVillageIsNotTheDistrictOfItsName(t *testing.T) {
	d := newDesk(t, "tr")
	for word, want := range map[string]string{
		"Mamak Köyü": "import.row.near_place", "Mamak köy": "import.row.near_place", "Kalecik Beldesi": "import.row.near_place",
		"Mamak": "", "Mamak ilçesi": "", "Mamak Belediyesi": "",
	} {
		i := d.preview(d.ctx, "code;name;type;ownership;region;district\n900301;A;ilkokul;resmi;Ankara;"+word+"\n")
		if got := strings.Join(told(d, d.ctx, i), " "); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: %s", word, got)
		}
	}
}
