package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/record"
	"mektep/core/transfer"
)

// A number is what its cell shows: a percentage counts in hundredths in a field that does,
// and is a finding elsewhere; what is shown in thousands is told.
func TestANumberIsWhatItsCellShows(t *testing.T) {
	d := newDesk(t, "kg")
	at := firstDistrict(d.world).Code
	head := []any{"name", "name.ru", "type", "district_code", "ownership", "textbook_supply", "floor_area"}
	row := func(n int, supply, area any) []any {
		return []any{fmt.Sprintf("№ %d мектеп", n), fmt.Sprintf("Школа № %d", n), "secondary_school", at, "public", supply, area}
	}
	styled := func(formats map[string]string) func(f *excelize.File) {
		return func(f *excelize.File) {
			for cell, format := range formats {
				style := &excelize.Style{CustomNumFmt: &format}
				if format == "9" {
					style = &excelize.Style{NumFmt: 9}
				}
				id, err := f.NewStyle(style)
				ok(t, err)
				ok(t, f.SetCellStyle("Sheet1", cell, cell, id))
			}
		}
	}
	i := d.preview(d.ctx, spreadsheet(t, [][]any{
		head, row(1, 0.9, nil), row(2, 1, nil), row(3, 0.955, nil), row(4, "95%", nil), row(5, "95,5 %", nil), row(6, "0.9%", nil), row(7, 90, nil),
		row(8, nil, 1250), row(9, nil, 12500),
	}, styled(map[string]string{"F2": "9", "F3": "0%", "F4": "0.0%", "F8": `0.0" %"`, "G9": `#,##0" m²"`})))
	if i.Counts.Faulty != 0 || i.Counts.Findings != 0 {
		t.Fatalf("%+v %v", i.Counts, found(d, i))
	}
	if i, _ = d.step(d.ctx, i, d.t.Apply); i.State != transfer.Applied {
		t.Fatalf("%s %v", i.State, told(d, d.ctx, i))
	}
	want := map[string]any{
		"№ 1 мектеп": 90.0, "№ 2 мектеп": 100.0, "№ 3 мектеп": 95.5, "№ 4 мектеп": 95.0, "№ 5 мектеп": 95.5, "№ 6 мектеп": 0.9, "№ 7 мектеп": 90.0,
		"№ 8 мектеп": nil, "№ 9 мектеп": nil,
	}
	if diff := cmp.Diff(want, schools(t, d, "textbook_supply")); diff != "" {
		t.Error(diff)
	}
	// What stands without the sign in a column of shares that have it may be a part of one.
	i = d.preview(d.ctx, fmt.Sprintf("name;name.ru;type;district_code;ownership;textbook_supply\nА;А;secondary_school;%[1]s;public;87,5%%\nБ;Б;secondary_school;%[1]s;public;0,875\nВ;В;secondary_school;%[1]s;public;90\n", at))
	list, _, err := d.t.Findings(d.ctx, i.UID, 0)
	ok(t, err)
	if len(list) != 1 || list[0].Key != "import.row.shares_one" || list[0].Line != 3 || list[0].Args["Hundredths"] != "87,5%" {
		t.Errorf("%+v", list)
	}
	// Where no number of the column is more than one, all may be parts of one.
	for supplies, asked := range map[string]int{"0,875;0,9;1": 3, "0.5;;1": 2, "0,8;95;1": 0, "1;1;0": 0, "90;80;100": 0, "0;0,5;0,5%": 1} {
		text := "name;name.ru;type;district_code;ownership;textbook_supply\n"
		for k, s := range strings.Split(supplies, ";") {
			text += fmt.Sprintf("%[1]c;%[1]c;secondary_school;%[2]s;public;%[3]s\n", 'А'+rune(k), at, s)
		}
		i = d.preview(d.ctx, text)
		if got := found(d, i); i.Counts.Faulty != asked || len(got) != asked {
			t.Errorf("%s: %+v %v", supplies, i.Counts, got)
		}
	}
	i = d.preview(d.ctx, spreadsheet(t, [][]any{head, row(11, nil, 0.9), row(12, nil, "90%"), row(13, nil, 12500), row(14, nil, 12500)},
		styled(map[string]string{"G2": "9", "G4": "#,##0,", "G5": `0.0,," млн"`})))
	if diff := cmp.Diff([]string{"2 floor_area import.row.percent", "3 floor_area import.row.percent", "4 floor_area import.row.scaled", "5 floor_area import.row.scaled"}, found(d, i)); diff != "" || i.Counts.Faulty > 4 {
		t.Errorf("%+v %s", i.Counts, diff)
	}
}

// A number that its cell shows with more than its figures is told, whatever the format adds: to
// whoever wrote 3 bin it is no 3. What the field counts in is nothing more.
func TestWhatACellAddsToItsNumberIsTold(t *testing.T) {
	d := newDesk(t, "tr")
	head := []any{"code", "name", "type", "district_code", "ownership", "capacity", "floor_area"}
	for _, c := range []struct {
		at, format, want string
	}{
		{"F2", `0" bin"`, "2 capacity import.row.beside"},
		{"F2", `0"00"`, "2 capacity import.row.beside"},
		{"F2", `"12"0`, "2 capacity import.row.beside"},
		{"F2", `-0`, "2 capacity import.row.beside"},
		{"F2", `General"k"`, "2 capacity import.row.beside"},
		{"F2", `0" m²"`, "2 capacity import.row.beside"},
		{"G2", `0" dönüm"`, "2 floor_area import.row.beside_unit"},
		{"G2", `0" adet"`, "2 floor_area import.row.beside"},
		{"A2", `"9"00000`, "2 code import.row.beside"},
		{"F2", `0" adet"`, ""},
		{"F2", `#,##0" kişi"`, ""},
		{"F2", `#,##0`, ""},
		{"G2", `0" m²"`, ""},
		{"G2", `0 "m2"`, ""},
	} {
		i := d.preview(d.ctx, spreadsheet(t, [][]any{head, {900160, "Okul", "ilkokul", "1421", "resmi", 300, 300}}, func(f *excelize.File) {
			style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &c.format})
			ok(t, err)
			ok(t, f.SetCellStyle("Sheet1", c.at, c.at, style))
		}))
		if got := strings.Join(found(d, i), ", "); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// A place is read as maps write it by every door, and one that can't be is refused with what
// would be right.
func TestCoordinatesOfAFileLieInTheCountry(t *testing.T) {
	d := newDesk(t, "tr")
	head := []any{"Kurum kodu", "Kurum adı", "Kurum türü", "İl", "İlçe", "Mülkiyet", "Enlem", "Boylam"}
	row := func(code string, lat, lon any) []any {
		return []any{code, "Okul " + code, "İlkokul", "İstanbul", "Kadıköy", "Resmî", lat, lon}
	}
	i := d.preview(d.ctx, spreadsheet(t, [][]any{
		head, row("900101", 39.92, 32.85), row("900102", 32.85, 39.92), row("900103", 39.92, nil), row("900104", "39.92,32.85", nil),
		row("900105", `39°55'12"N`, `32°51'E`), row("900106", 0, 0),
	}, nil))
	want := []string{"3 latitude field.note", "4 longitude field.required", "5 latitude field.two_numbers", "7 latitude field.note", "7 longitude field.note"}
	if diff := cmp.Diff(want, found(d, i)); diff != "" {
		t.Error(diff)
	}
	d.enter(d.ctx, spreadsheet(t, [][]any{head, row("900105", `39°55'12"N`, `32°51'E`)}, nil))
	if got := schools(t, d, "latitude")["Okul 900105"]; got != 39.92 {
		t.Error(got)
	}
	school := d.school("900110", "Elle", "ilkokul", d.byCode["1421"], nil)
	for _, half := range []string{"latitude", "longitude"} { // the one asks for the other, which stands beside it
		fields := map[string]any{half: map[string]any{"latitude": 39.92, "longitude": 32.85}[half]}
		for by, err := range map[string]error{
			"update": second(d.s.Update(d.ctx, school.UID, school.Version, fields)), "several": second(d.s.UpdateSeveral(d.ctx, []record.Versioned{{UID: school.UID, Version: school.Version}}, fields)),
		} {
			if f := wants(t, err, fault.Invalid, ""); len(f.Fields) != 1 || f.Fields[0].Key != "record.depends" || f.Fields[0].Name == half {
				t.Errorf("%s alone by %s: %+v", half, by, f.Fields)
			}
		}
	}
	_, err := d.s.Update(d.ctx, school.UID, school.Version, map[string]any{"latitude": "32.85", "longitude": "39.92"})
	if f := faulttest.Of(t, err); len(f.Fields) != 1 || f.Fields[0].Key != "field.note" {
		t.Errorf("%+v", f)
	}
	if school, err = d.s.Update(d.ctx, school.UID, school.Version, map[string]any{"latitude": `39°55'12"N`, "longitude": "32.85"}); err != nil || school.Fields["latitude"] != 39.92 {
		t.Errorf("%v %v", school.Fields, err)
	}
}

func second[T any](_ T, err error) error { return err }
