package registry_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/caller"
	"mektep/core/record"
	"mektep/core/registry"
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
			if i := d.preview(ctx, string(data)); i.Counts != (registry.Counts{Rows: 4, Unchanged: 4}) {
				t.Errorf("%s %s: %+v %v", lang, format, i.Counts, found(d, i))
			}
		}
	}
	// One that differs is changed, whichever of its names the file has.
	changed := "name.ru;type;district_code;ownership;address\nСредняя школа № 71 Тан;secondary_school;" + at + ";public;Жаңы көчө\n"
	i := d.preview(d.ctx, changed)
	if diff := cmp.Diff([]string{}, found(d, i)); diff != "" || i.Counts != (registry.Counts{Rows: 1, Changed: 1}) {
		t.Errorf("%+v %s", i.Counts, diff)
	}
	if i, _ = d.step(d.ctx, i, d.t.Apply); i.State != registry.Applied {
		t.Fatalf("%s %v", i.State, found(d, i))
	}
	if got := schools(t, d, "address")["№ 71 Таң орто мектеби"]; got != "Жаңы көчө" {
		t.Error(got)
	}
	if i, _ = d.step(d.ctx, i, d.t.Undo); i.State != registry.Undone {
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
	i, err := d.t.Match(d.ctx, i.UID, i.Version, []string{"name", "name.ru", "type", "district_code", "ownership"}, registry.ImportOptions{Twins: true})
	ok(t, err)
	i, _ = d.step(d.ctx, i, d.t.Preview)
	if i, _ = d.step(d.ctx, i, d.t.Apply); i.State != registry.Applied {
		t.Fatalf("%s %v", i.State, found(d, i))
	}
	for file, want := range map[string][]string{
		head + row("№ 6 мектеп", "Школа № 6") + row("№ 6а мектеп", "Школа № 6"):                              {},
		head + row("№ 7 мектеп", "Школа № 7") + row("№ 7 мектеп", "Школа № 7"):                               {"3 name import.row.twin_file"},
		head + row("№ 91 мектеп", "Школа № 7"):                                                               {"2 name import.row.twin_register"},
		"name.ru;type;district_code;ownership\nШкола № 6;secondary_school;" + at + ";public\n":               {"2 name import.row.twin_many"},
		"name;name.ru;type;district_code;ownership\n№ 7 мектеп;Школа № 7;primary_school;" + at + ";public\n": {},
	} {
		i := d.preview(d.ctx, file)
		if diff := cmp.Diff(want, found(d, i)); diff != "" || i.Counts.Duplicate != len(want) {
			t.Errorf("%s%+v%s", file, i.Counts, diff)
		}
	}
}
