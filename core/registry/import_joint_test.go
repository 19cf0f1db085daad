package registry_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate/gatetest"
	"mektep/core/transfer"
)

// matched matches the columns of a file and has it checked.
func (d *desk) matched(text string, targets ...string) *transfer.Import {
	d.world.t.Helper()
	i := d.upload(d.ctx, "list.csv", text)
	i, err := d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{})
	ok(d.world.t, err)
	i, _ = d.step(d.ctx, i, d.t.Preview)
	return i
}

// twice is what is told of the name in a row.
func twice(d *desk, i *transfer.Import, line string) string {
	for _, f := range found(d, i) {
		if key, is := strings.CutPrefix(f, line+" name import.row."); is && strings.HasPrefix(key, "twice") {
			return key
		}
	}
	return ""
}

// Of a column that is headed in two languages each name that something parts is told; of one that is
// headed in one, where most of its names are parted alike.
func TestNamesInTwoLanguagesAreToldByHeadingAndColumn(t *testing.T) {
	d := newDesk(t, "kg")
	row := func(name string) string {
		return `"` + name + `";secondary_school;` + firstDistrict(d.world).Code + ";public\n"
	}
	parted := []string{
		"Жылдызча / Звёздочка", "«Күн нуру» / «Солнечный луч»", "Нур-6 б/б / д/с Нур-6", "№ 7 ББ / ДОО № 7", "Нур-4 бала бакчасы, детский сад Нур-4",
		"Нур-8 бала бакчасы (д/с Нур-8)", "Күнгөй; Солнышко", `Бөбөк\Малыш`, "Гүлкайыр - Мальва", "Ак-Куу/Лебедь", "Балдар | Дети", "Бүчүр [Росточек]",
	}
	for _, name := range parted {
		i := d.preview(d.ctx, "Аталышы / Наименование;type;district_code;ownership\n"+row(name)+row("Нур-5 орто мектеби"))
		if twice(d, i, "2") == "" || twice(d, i, "3") != "" || i.Counts.New != 2 || i.Columns[0].Offer != "name.ky+name.ru" || i.Columns[0].Target != "name" {
			t.Errorf("%s: %+v %v %+v", name, i.Counts, found(d, i), i.Columns[0])
		}
	}
	for _, heading := range []string{"Аталышы (Наименование)", "Аталышы; Наименование", "Аталышы, наименование", `Аталышы\Наименование`, "Мектептин аталышы / Название школы"} {
		i := d.upload(d.ctx, "list.csv", `"`+heading+"\";type\n"+`"Күнгөй; Солнышко";secondary_school`+"\n")
		if c := i.Columns[0]; c.Offer != "name.ky+name.ru" || c.Target != "name" {
			t.Errorf("%s: %+v", heading, c)
		}
	}
	i := d.upload(d.ctx, "list.csv", "Наименование / Аталышы;type\nСолнышко / Күнгөй;secondary_school\n")
	if i.Columns[0].Offer != "name.ru+name.ky" {
		t.Errorf("%+v", i.Columns[0])
	}
	for heading, offer := range map[string]string{
		"Аталышы (кыргызча) / Наименование (на русском)": "name.ky+name.ru",
		"Наименование (на русском / на кыргызском)":      "name.ru+name.ky",
	} {
		i := d.upload(d.ctx, "list.csv", heading+";type\nСолнышко / Күнгөй;secondary_school\n")
		if c := i.Columns[0]; c.Offer != offer || c.Maybe != offer && c.Target != "name" {
			t.Errorf("%s: %+v", heading, c)
		}
	}
	for _, sign := range []string{" / ", "/", ", ", "; ", `\`, " – "} {
		text := "Аталышы;type;district_code;ownership\n" + row("Күнгөй"+sign+"Солнышко") + row("Бөбөк"+sign+"Малыш") + row("Ак-Куу"+sign+"Лебедь") + row("Нур-5")
		i := d.preview(d.ctx, text)
		if twice(d, i, "2") == "" || twice(d, i, "4") == "" || twice(d, i, "5") != "" || i.Columns[0].Offer != "name.ky+name.ru" {
			t.Errorf("%q: %v %+v", sign, found(d, i), i.Columns[0])
		}
	}
	// One such name among others is a name.
	i = d.preview(d.ctx, "Аталышы;type;district_code;ownership\n"+row("Жылдыз, Нур")+row("Күнгөй")+row("Ак-Куу/Нур")+row("Бөбөк"))
	if twice(d, i, "2")+twice(d, i, "4") != "" || i.Columns[0].Offer != "" {
		t.Errorf("%v %+v", found(d, i), i.Columns[0])
	}
	// Nor are the places behind the names of a country with one language of its own.
	d = newDesk(t, "tr")
	i = d.preview(d.ctx, "Kurum adı;type;district_code;ownership\nAtatürk, Merkez;ilkokul;"+firstDistrict(d.world).Code+";public\nGazi, Merkez;ilkokul;"+firstDistrict(d.world).Code+";public\nZafer, Merkez;ilkokul;"+firstDistrict(d.world).Code+";public\n")
	if i.Columns[0].Offer != "" || twice(d, i, "2") != "" {
		t.Errorf("%v %+v", found(d, i), i.Columns[0])
	}
	i = d.upload(d.ctx, "list.csv", "Kurum adı / Название;type\nYıldız / Йылдыз;ilkokul\n")
	if i.Columns[0].Offer != "name.tr+name.ru" {
		t.Errorf("%+v", i.Columns[0])
	}
}

// A column of which a person says so holds the name in several languages: each is entered in its own.
// What parts them the column says; a cell that is parted otherwise is named, and what is below the
// list is no name of it.
func TestAColumnHoldsTheNameInSeveralLanguages(t *testing.T) {
	d := newDesk(t, "kg")
	row := func(name string) string {
		return `"` + name + `";secondary_school;` + firstDistrict(d.world).Code + ";public\n"
	}
	head := "Аталышы / Наименование;Түрү;Район;Менчик\n"
	targets := []string{"name.ky+name.ru", "type", "district_code", "ownership"}
	for sign, end := range map[string]string{" / ": "", "/": "", "; ": "", ", ": "", `\`: "", " — ": "", "\n": "", " (": ")"} {
		i := d.matched(head+row("Күнгөй б/б"+sign+"д/с Солнышко"+end)+row("Бөбөк"+sign+"Малыш"+end), targets...)
		list, _, err := d.t.FindingsOf(d.ctx, i.UID, transfer.Fresh, 0)
		ok(t, err)
		if sign == "/" { // that stands within them too
			continue
		}
		if len(list) != 2 || i.Counts.New != 2 || i.Counts.Findings != 0 {
			t.Errorf("%q: %+v %v", sign, i.Counts, found(d, i))
			continue
		}
		want := []map[string]string{{"ky": "Күнгөй б/б", "ru": "д/с Солнышко"}, {"ky": "Бөбөк", "ru": "Малыш"}}
		if diff := cmp.Diff(want, []map[string]string{list[0].Entering.Names, list[1].Entering.Names}); diff != "" {
			t.Errorf("%q %s", sign, diff)
		}
	}
	i := d.matched(head+row("Күнгөй / Солнышко")+row("Бөбөк")+row("Ак-Куу; Лебедь")+row("Нур / Свет / Light")+row("Гүл / Цветок")+row("Таң /Рассвет")+"Жыйынтыгы;;;\nБардыгы / Всего;;;\n", targets...)
	want := []string{"3 name.ky import.row.joint", "4 name.ky import.row.joint", "5 name.ky import.row.joint", "8 name import.row.total", "9 name import.row.total"}
	if diff := cmp.Diff(want, found(d, i)); diff != "" || i.Counts.New != 3 {
		t.Errorf("%+v %s", i.Counts, diff)
	}
	list, _, err := d.t.Findings(d.ctx, i.UID, 0)
	ok(t, err)
	if f := list[0]; f.Column != 1 || f.Value != "Бөбөк" {
		t.Errorf("%+v", f)
	}
	if said := gatetest.Words(t, nil).Localizer("ru").T(list[0].Key, list[0].Args); !strings.Contains(said, "«Кыргызский / Русский»") {
		t.Error(said)
	}
	i = d.matched(head+row("Солнышко (Күнгөй)"), "name.ru+name.ky", "type", "district_code", "ownership")
	i, _ = d.step(d.ctx, i, d.t.Apply)
	if i.State != transfer.Applied || i.Options.Reading.Heading != 1 || i.Columns[0].Target != "name.ru+name.ky" {
		t.Fatalf("%+v", i)
	}
	again := d.preview(d.ctx, "name.ky;name.ru;type;district_code;ownership\nКүнгөй;Солнышко;secondary_school;"+firstDistrict(d.world).Code+";public\n")
	if again.Counts.New != 0 {
		t.Errorf("%+v %v", again.Counts, found(d, again))
	}
}

// What a column can't hold, or another holds already, is refused.
func TestAColumnHoldsSeveralOfOneTextOnly(t *testing.T) {
	d := newDesk(t, "kg")
	i := d.upload(d.ctx, "list.csv", "A;B;Түрү;Район;Менчик\nБир / Один;2;secondary_school;"+firstDistrict(d.world).Code+";public\n")
	for _, wrong := range [][]string{
		{"name.ky+name.ky", ""},
		{"name.ky+type", ""},
		{"name+name.ru", ""},
		{"name.ky+name.ru", "name"},
		{"name", "name.ky+name.ru"},
		{"name.ky+name.ru", "name.ru"},
		{"name.ky+", ""},
		{"+", ""},
		{"name.ky+name.xx", ""},
		{"name.ky+name.ru", "name.ru+name.ky"},
	} {
		_, err := d.t.Match(d.ctx, i.UID, i.Version, append(wrong, "type", "district_code", "ownership"), transfer.Options{})
		if f := faulttest.Of(t, err); f.Kind != fault.Invalid || len(f.Fields) == 0 || !strings.HasPrefix(f.Fields[0].Name, "targets.") {
			t.Errorf("%v: %+v", wrong, err)
		}
	}
	if _, err := d.t.Match(d.ctx, i.UID, i.Version, []string{"name.ky+name.ru+name.en", "name.tr", "type", "district_code", "ownership"}, transfer.Options{}); err != nil {
		t.Error(err)
	}
}
