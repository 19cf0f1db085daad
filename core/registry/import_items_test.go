package registry_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/registry"
	"mektep/core/transfer"
	"mektep/core/unit"
)

// A word of a file that no list has is explained once for all its rows, as one for a type is, by
// the code or the name of an entry; so is one of several in a cell.
func TestAWordForAListIsExplainedOnce(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.preview(d.ctx, "code;name;type;district_code;ownership;heating\n990201;Bir;ilkokul;1421;resmi;Yakıt Q\n990202;İki;ilkokul;1421;resmi;YAKIT  Q\n990203;Üç;ilkokul;1421;resmi;Soba\n")
	if diff := cmp.Diff([]transfer.PlaceWord{{Level: "heating", Word: "Yakıt Q", Rows: 2}}, i.Unplaced); diff != "" || i.Counts.Faulty != 2 {
		t.Fatal(diff, i.Counts)
	}
	targets := []string{"code", "name", "type", "district_code", "ownership", "heating"}
	for _, wrong := range []transfer.PlaceWord{{Level: "heating", Word: "Yakıt Q", Place: "Yok böyle"}, {Level: "heating", Word: "Yakıt Q"}, {Level: "heating", Word: "Yakıt Q", In: "34", Place: "stove"}, {Level: "classrooms", Word: "x", Place: "1"}} {
		_, err := d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{Places: []transfer.PlaceWord{wrong}})
		if f := wants(t, err, fault.Invalid, "import.bad_matching"); len(f.Fields) != 1 || f.Fields[0].Name != "places.0" {
			t.Errorf("%+v: %v", wrong, f.Fields)
		}
	}
	i, err := d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{Places: []transfer.PlaceWord{{Level: "heating", Word: "yakıt q", Place: "Kalorifer (doğal gaz)"}}})
	if err != nil {
		t.Fatal(faulttest.Fields(err))
	}
	i, _ = d.step(d.ctx, i, d.t.Preview)
	if diff := cmp.Diff([]string{"2 heating import.row.read_as", "3 heating import.row.read_as"}, found(d, i)); diff != "" || i.Counts.New != 3 || len(i.Unplaced) != 0 || i.Options.Places[0].Rows != 2 {
		t.Errorf("%s %+v %+v", diff, i.Counts, i.Options.Places)
	}
}

// So is one word of a cell that names several entries, and it is told.
func TestAWordAmongSeveralIsExplainedOnce(t *testing.T) {
	d := newDesk(t, "kg")
	here := firstDistrict(d.world)
	head, row := "name;type;district_code;ownership;instruction_languages\n", "Бир мектеп;secondary_school;"+here.Code+";public;Кыргызча, Фарсча\n"
	i := d.preview(d.ctx, head+row)
	if len(i.Unplaced) != 1 || i.Unplaced[0].Word != "Фарсча" {
		t.Fatal(i.Unplaced, found(d, i))
	}
	i, err := d.t.Match(d.ctx, i.UID, i.Version, []string{"name", "type", "district_code", "ownership", "instruction_languages"}, transfer.Options{Places: []transfer.PlaceWord{{Level: "instruction_languages", Word: "Фарсча", Place: "ru"}}})
	if err != nil {
		t.Fatal(faulttest.Fields(err))
	}
	i, _ = d.step(d.ctx, i, d.t.Preview)
	if diff := cmp.Diff([]string{"2 instruction_languages import.row.read_as"}, found(d, i)); diff != "" || i.Options.Places[0].Rows != 1 {
		t.Errorf("%s %+v", diff, i.Options.Places)
	}
}

// So is a word for yes or no.
func TestAWordForYesIsExplainedOnce(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.preview(d.ctx, "code;name;type;district_code;ownership;ramp\n990201;Bir;ilkokul;1421;resmi;Kısmen\n990202;İki;ilkokul;1421;resmi;KISMEN\n990203;Üç;ilkokul;1421;resmi;Var\n")
	if diff := cmp.Diff([]transfer.PlaceWord{{Level: "ramp", Word: "Kısmen", Rows: 2}}, i.Unplaced); diff != "" || i.Counts.Faulty != 2 {
		t.Fatal(diff, i.Counts)
	}
	targets := []string{"code", "name", "type", "district_code", "ownership", "ramp"}
	say := func(what string) (*transfer.Import, error) {
		return d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{Places: []transfer.PlaceWord{{Level: "ramp", Word: "kısmen", Place: what}}})
	}
	if _, err := say("biraz"); len(faulttest.Fields(err)) != 1 || faulttest.Fields(err)[0].Name != "places.0" {
		t.Error(err)
	}
	i, err := say("false")
	if err != nil {
		t.Fatal(faulttest.Fields(err))
	}
	i, _ = d.step(d.ctx, i, d.t.Preview)
	if diff := cmp.Diff([]string{"2 ramp import.row.read_as", "3 ramp import.row.read_as"}, found(d, i)); diff != "" || i.Counts.New != 3 {
		t.Errorf("%s %+v", diff, i.Counts)
	}
}

// Names that stand in the column of each other's language are told.
func TestNamesInEachOthersColumnsAreTold(t *testing.T) {
	d := newDesk(t, "kg")
	here := firstDistrict(d.world)
	for names, told := range map[string]bool{
		"Средняя школа № 5;№ 5 орто мектеби": true,
		"№ 5 орто мектеби;Средняя школа № 5": false,
		"Манас;Манас": false,
		"№ 5 орто мектеби;№ 5 орто мектеби":     false,
		"Сокулук лицей мектеби;Лицей «Сокулук»": false,
	} {
		i := d.preview(d.ctx, "name.ky;name.ru;type;district_code;ownership\n"+names+";secondary_school;"+here.Code+";public\n")
		if is := len(found(d, i)) == 1 && found(d, i)[0] == "2 name.ru import.row.crossed"; is != told {
			t.Errorf("%s: %v", names, found(d, i))
		}
	}
}

// A type that has ended is no type of a new institution by any door: which took its place is
// said, and a file proposes that one for all its rows.
func TestATypeThatHasEndedNamesItsSuccessor(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.preview(d.ctx, "code;name;type;district_code;ownership;since\n990201;Bir;ilköğretim okulu;1421;resmi;01.09.2020\n990202;İki;İlköğretim Okulu;1421;resmi;01.09.2020\n990203;Üç;İlköğretim okulu;1421;resmi;01.09.2001\n")
	if diff := cmp.Diff([]transfer.PlaceWord{{Level: "type", Word: "ilköğretim okulu", Place: "ilkokul", Rows: 2}}, i.Unplaced); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff([]string{"2 type institution.type_ended_into", "3 type institution.type_ended_into"}, found(d, i)); diff != "" {
		t.Error(diff)
	}
	_, err := d.s.Create(d.ctx, registry.Entry{
		Parent: d.byCode["1421"].UID, Type: "ilkogretim_okulu", Name: map[string]string{"tr": "Bir"}, Code: "990201", Since: day(2020, 9, 1),
		Fields: map[string]any{"ownership": "public"}, Order: audit.Order{Number: "1", Date: day(2020, 1, 2)},
	})
	if f := faulttest.Fields(err); len(f) != 1 || f[0].Key != "institution.type_ended_into" || f[0].Args["Successor"].(fault.Text)["tr"] != "İlkokul" {
		t.Errorf("%+v", f)
	}
}

// Signs that no name has, the errors of formulas and words of two alphabets are refused by every
// door: a new institution, a new place, a renaming, a correction, and a file, whose cell may be a
// text to its program.
func TestSignsOfAWrongEncodingAreNoNameByAnyDoor(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.school("990201", "Bir", "ilkokul", d.byCode["1421"], nil)
	order := audit.Order{Number: "1", Date: day(2026, 1, 2)}
	ok(t, d.s.Rename(d.ctx, i.UID, map[string]string{"tr": "Birinci"}, d.deed(i, day(2026, 2, 2))))
	names := map[string]string{
		"#N/A": "field.broken", "#YOK": "field.broken", "#ИМЯ?": "field.broken", "#BAŞV!": "field.broken", "Err:502": "field.broken", "####": "field.broken",
		"Sцрьt Okulu": "field.alphabets", "Aтatürk Okulu": "field.alphabets", "#OKUL Bir": "", "№ 5 mektep Школа IT": "",
	}
	for _, name := range []string{"Zeytinlik± Ortaokulu", "√ Okulu", "Þehit Okulu", "Ýlkbahar Okulu", "Daðlýk Okulu", "½ Okulu", "G³len Okulu", "Ça§ Okulu", "Ä°stiklal Okulu"} { //nolint:misspell // Turkish
		names[name] = "field.signs"
	}
	for name, key := range names {
		said, wrong := map[string]string{"tr": name}, 0
		if key != "" {
			wrong = 1
		}
		doors := map[string]func() error{
			"create": func() error {
				_, err := d.s.Create(d.ctx, registry.Entry{
					Parent: d.byCode["1421"].UID, Type: "yok", Name: said, Code: "990202", Since: day(2020, 9, 1),
					Fields: map[string]any{"ownership": "public"}, Order: order,
				})
				return err
			},
			"rename": func() error { return d.s.Rename(d.ctx, i.UID, said, d.deed(i, time.Time{})) },
			"correct": func() error {
				return d.s.Correct(d.ctx, i.UID, registry.Correction{Slip: d.slip(i, unit.NameFact, day(2026, 2, 2)), Name: said})
			},
			"place": func() error {
				_, err := d.s.Territory.Create(d.ctx, registry.NewUnit{Parent: d.byCode["34"].UID, Level: unit.District, Code: "T-1", Name: said, Act: registry.Act{Order: order}})
				return err
			},
		}
		for door, open := range doors {
			found := slices.DeleteFunc(faulttest.Fields(open()), func(f fault.Field) bool { return !strings.HasPrefix(f.Name, "name") })
			if len(found) != wrong || wrong > 0 && found[0].Key != key {
				t.Errorf("%s by %s: %+v", name, door, found)
			}
		}
		// A mark before the error makes a text of it, to the program that wrote the file and to ours.
		rows := d.preview(d.ctx, "code;name;type;district_code;ownership;since\n990203;'"+name+";ilkokul;1421;resmi;01.09.2020\n")
		if got := slices.DeleteFunc(found(d, rows), func(f string) bool { return !strings.HasPrefix(f, "2 name") }); len(got) != wrong || wrong > 0 && got[0] != "2 name "+key {
			t.Errorf("%s by a file: %v", name, got)
		}
	}
}
