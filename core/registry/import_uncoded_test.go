package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/transfer"
)

// An institution without a code is met by its names, its kind and its place: what was
// exported changes nothing, in any language and format, and what differs is changed.
func TestAnInstitutionWithoutACodeIsMetByItsNames(t *testing.T) {
	d := newDesk(t, "kg")
	at := firstDistrict(d.world).Code
	head := "name;name.ru;type;district_code;ownership;address\n"
	file := ""
	for n := 71; n < 75; n++ {
		file += fmt.Sprintf("№ %d Таң орто мектеби;Средняя школа № %[1]d Тан;secondary_school;%s;public;Көчө %[1]d\n", n, at)
	}
	d.enter(d.ctx, head+file)
	for _, lang := range []string{"tr", "en", "ru", "ky"} {
		for _, format := range []string{"csv", "xlsx"} {
			c := *caller.From(d.ctx)
			c.Language = lang
			ctx := caller.With(d.ctx, &c)
			d.known(ctx)
			_, data := d.export(ctx, record.Query{State: record.All}, format)
			if i := d.preview(ctx, string(data)); i.Counts != (transfer.Counts{Rows: 4, Unchanged: 4}) {
				t.Errorf("%s %s: %+v %v", lang, format, i.Counts, found(d, i))
			}
		}
	}
	// One that differs is changed, whichever of its names the file has.
	changed := "name.ru;type;district_code;ownership;address\nСредняя школа № 71 Тан;secondary_school;" + at + ";public;Жаңы көчө\n"
	i := d.preview(d.ctx, changed)
	if diff := cmp.Diff([]string{}, found(d, i)); diff != "" || i.Counts != (transfer.Counts{Rows: 1, Changed: 1}) {
		t.Errorf("%+v %s", i.Counts, diff)
	}
	if i, _ = d.step(d.ctx, i, d.t.Apply); i.State != transfer.Applied {
		t.Fatalf("%s %v", i.State, found(d, i))
	}
	if got := schools(t, d, "address")["№ 71 Таң орто мектеби"]; got != "Жаңы көчө" {
		t.Error(got)
	}
	if i, _ = d.step(d.ctx, i, d.t.Undo); i.State != transfer.Undone {
		t.Errorf("%s", i.State)
	}
	if got := schools(t, d, "address")["№ 71 Таң орто мектеби"]; got != "Көчө 71" {
		t.Error(got)
	}
}

// What only looks alike is asked about, and so is what could be one of several.
func TestWhichOfSeveralIsMeantIsAsked(t *testing.T) {
	d := newDesk(t, "kg")
	at := firstDistrict(d.world).Code
	head := "name;name.ru;type;district_code;ownership\n"
	row := func(ky, ru string) string { return ky + ";" + ru + ";secondary_school;" + at + ";public\n" }
	d.enter(d.ctx, head+row("№ 6 мектеп", "Школа № 6")+row("№ 7 мектеп", "Школа № 7"))
	// Another of the same Russian name.
	i := d.upload(d.ctx, "list.csv", head+row("№ 6а мектеп", "Школа № 6"))
	i, err := d.t.Match(d.ctx, i.UID, i.Version, []string{"name", "name.ru", "type", "district_code", "ownership"}, transfer.Options{Twins: true})
	ok(t, err)
	i, _ = d.step(d.ctx, i, d.t.Preview)
	if i, _ = d.step(d.ctx, i, d.t.Apply); i.State != transfer.Applied {
		t.Fatalf("%s %v", i.State, found(d, i))
	}
	for file, want := range map[string][]string{
		head + row("№ 6 мектеп", "Школа № 6") + row("№ 6а мектеп", "Школа № 6"):                              {},
		head + row("№ 7 мектеп", "Школа № 7") + row("№ 7 мектеп", "Школа № 7"):                               {"3 name import.row.twin_file"},
		head + row("№ 91 мектеп", "Школа № 7"):                                                               {"2 name.ru import.row.twin_differs"},
		"name.ru;type;district_code;ownership\nШкола № 6;secondary_school;" + at + ";public\n":               {"2 name.ru import.row.twin_many"},
		"name;name.ru;type;district_code;ownership\n№ 7 мектеп;Школа № 7;primary_school;" + at + ";public\n": {"2 type import.row.twin_type"},
	} {
		i := d.preview(d.ctx, file)
		if diff := cmp.Diff(want, found(d, i)); diff != "" || i.Counts.Duplicate != len(want) {
			t.Errorf("%s%+v%s", file, i.Counts, diff)
		}
	}
}

// № is written in several ways, and a twin is told by the name that is the same.
func TestATwinIsToldByTheNameThatIsTheSame(t *testing.T) {
	d := newDesk(t, "kg")
	at := firstDistrict(d.world).Code
	head := "name;name.ru;type;district_code;ownership\n"
	d.enter(d.ctx, head+"№ 72 Сев орто мектеби;Средняя школа № 72 Сев;secondary_school;"+at+";public\n")
	i := d.preview(d.ctx, head+"№ 91 Сев орто мектеби;Средняя школа No 72 Сев;secondary_school;"+at+";public\n")
	list, _, err := d.t.Findings(d.ctx, i.UID, 0)
	ok(t, err)
	if len(list) != 1 || list[0].Target != "name.ru" || list[0].Column != 2 || list[0].Args["Same"] != "Средняя школа No 72 Сев" || list[0].Key != "import.row.twin_differs" {
		t.Errorf("%+v", list)
	}
	for _, sign := range []string{"№", "N", "No", "No.", "Nr ", "n° "} {
		i := d.preview(d.ctx, head+sign+"72 Сев орто мектеби;Средняя школа "+sign+" 72 Сев;secondary_school;"+at+";public\n")
		if i.Counts.New != 0 {
			t.Errorf("%q: %+v %v", sign, i.Counts, found(d, i))
		}
	}
	for _, other := range []string{"Инновация 72", "Nota 72", "А72"} {
		i := d.preview(d.ctx, head+"№ 91 Башка мектеп;"+other+";secondary_school;"+at+";public\n")
		if i.Counts.New != 1 {
			t.Errorf("%q: %+v %v", other, i.Counts, found(d, i))
		}
	}
}

// A new code is given to none of several institutions that have none: which is meant is asked.
func TestACodeIsGivenToNoneOfSeveral(t *testing.T) {
	d := newDesk(t, "kg")
	at := firstDistrict(d.world).Code
	head := "code;name;name.ru;type;district_code;ownership;address\n"
	one := "№ 6 мектеп;Школа № 6;secondary_school;" + at + ";public;"
	for range 2 {
		_, err := d.s.Create(d.ctx, registry.Entry{
			Parent: d.byCode[at].UID, Type: "secondary_school", Name: map[string]string{"ky": "№ 6 мектеп", "ru": "Школа № 6"}, Since: day(2001, 9, 1), SameName: true,
			Fields: map[string]any{"ownership": "public"}, Order: audit.Order{Number: "1", Date: day(2020, 1, 2)},
		})
		ok(t, err)
	}
	i := d.preview(d.ctx, head+"700998;"+one+"Көчө 3\n")
	if diff := cmp.Diff([]string{"2 name import.row.twin_many"}, found(d, i)); diff != "" || i.Counts.Changed != 0 || i.Counts.New != 0 {
		t.Errorf("%+v %s", i.Counts, diff)
	}
}

// An export of all, closed ones too, changes nothing when it is brought back.
func TestAClosedInstitutionWithoutACodeComesBackUnchanged(t *testing.T) {
	d := newDesk(t, "kg")
	at := firstDistrict(d.world).Code
	d.enter(d.ctx, "code;name;name.ru;type;district_code;ownership;since\n;№ 6 мектеп;Школа № 6;secondary_school;"+at+";public;01.09.2001\n700201;№ 7 мектеп;Школа № 7;secondary_school;"+at+";public;01.09.2001\n")
	for _, x := range list(t, d.world, d.ctx, record.Query{}).Items {
		ok(t, d.s.Close(d.ctx, x.UID, nil, registry.Act{Version: x.Version, Since: day(2026, 3, 2), Order: audit.Order{Number: "1", Date: day(2020, 1, 2)}}))
	}
	for _, format := range []string{"csv", "xlsx"} {
		_, data := d.export(d.ctx, record.Query{State: record.All}, format)
		if i := d.preview(d.ctx, string(data)); i.Counts != (transfer.Counts{Rows: 2, Unchanged: 2}) {
			t.Errorf("%s: %+v %v", format, i.Counts, found(d, i))
		}
	}
	// One of the name that begins on another day is another.
	i := d.preview(d.ctx, "name;name.ru;type;district_code;ownership;since\n№ 6 мектеп;Школа № 6;secondary_school;"+at+";public;01.02.2026\n")
	if i.Counts.New != 1 {
		t.Errorf("%+v %v", i.Counts, found(d, i))
	}
	// What it would change is refused.
	i = d.preview(d.ctx, "code;name;type;district_code;ownership\n700201;№ 7 мектеп;secondary_school;"+at+";private\n")
	if i.Counts.Faulty != 1 {
		t.Errorf("%+v %v", i.Counts, found(d, i))
	}
}

// A new row that has name, type and place of a closed institution is entered, and says which
// that is: whoever means it reopens it.
func TestANewRowThatLooksLikeAClosedInstitutionSaysSo(t *testing.T) {
	d := newDesk(t, "tr")
	closed := d.school("775009", "Kapalı İlkokulu", "ilkokul", d.byCode["1231"], map[string]any{"ownership": "public"})
	ok(t, d.s.Close(d.ctx, closed.UID, nil, registry.Act{Version: 1, Since: day(2026, 3, 2), Order: audit.Order{Number: "1", Date: day(2020, 1, 2)}}))
	head := "code;name;type;district_code;ownership\n"
	for row, want := range map[string]string{
		";Kapalı İlkokulu;ilkokul;1231;public":       "2 name import.row.twin_closed",
		"775010;KAPALI İLKOKULU;ilkokul;1231;public": "2 name import.row.twin_closed",
		"775010;Kapalı İlkokulu;ilkokul;1421;public": "",
		"775010;Açık İlkokulu;ilkokul;1231;public":   "",
	} {
		i := d.preview(d.ctx, head+row+"\n")
		if got := strings.Join(found(d, i), ", "); got != want || i.Counts.New != 1 {
			t.Errorf("%s: %s %+v", row, got, i.Counts)
		}
	}
}
