package registry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/gate/gatetest"
	"mektep/core/profile"
)

// A column of names that says no language goes to the one that the file is written in; a
// list of another official language doubles nobody, and names what is missing of new ones.
func TestNamesGoToTheLanguageOfTheFile(t *testing.T) {
	d := newDesk(t, "kg")
	at := firstDistrict(d.world)
	region := d.profile.AreasAt("district", on)
	place := region[slices.IndexFunc(region, func(a *profile.Area) bool { return a.Code == at.Code })].Name
	d.enter(d.ctx, "name;name.ru;type;district_code;ownership\n№ 6 Таң орто мектеби;Средняя школа № 6 Тан;secondary_school;"+at.Code+";public\n")
	ru := "Тип;Район;Форма собственности\n"
	rest := ";Средняя общеобразовательная школа;" + place["ru"] + ";Государственная\n"
	for file, want := range map[string][]string{
		"Наименование организации;" + ru + "Средняя школа № 6 Тан" + rest:                          {"name.ru"},
		"Название;" + ru + "Средняя школа № 95 им. Пушкина" + rest:                                 {"name.ru", "import.row.no_name_in"},
		"Название;" + ru + "№ 95 Таң орто мектеби" + rest:                                          {"name"},
		"Название;Аталышы;" + ru + "Средняя школа № 95;№ 95 орто мектеп" + rest:                    {"name.ru", "name"},
		"Аталышы;Название;" + ru + "№ 95 орто мектеп;Средняя школа № 95" + rest:                    {"name", "name.ru"},
		"Аталышы;Түрү;Район;Менчиктин түрү\n№ 96 мектеп;secondary_school;" + at.Code + ";public\n": {"name"},
	} {
		i := d.preview(d.ctx, file)
		var got []string
		for _, c := range i.Columns {
			if strings.HasPrefix(c.Target, "name") {
				got = append(got, c.Target)
			}
		}
		list, _, err := d.t.Findings(d.ctx, i.UID, 0)
		ok(t, err)
		for _, f := range list {
			got = append(got, f.Key)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s%s%s", file, diff, fmt.Sprint(i.Columns))
		}
	}
	// An English list of Turkish names stays a list of names.
	d = newDesk(t, "tr")
	i := d.preview(d.ctx, "Name;Type;Province;District;Ownership\nIşık İlkokulu;Primary school;İstanbul;Kadıköy;Public\n")
	if i.Columns[0].Target != "name" || i.Counts.New != 1 {
		t.Errorf("%v %+v %v", i.Columns, i.Counts, found(d, i))
	}
}

// A finding calls a language as its reader does.
func TestAMissingNameIsToldInTheReadersWords(t *testing.T) {
	d := newDesk(t, "kg")
	at := firstDistrict(d.world).Code
	i := d.preview(d.ctx, "name.ru;type;district_code;ownership\nШкола № 6;secondary_school;"+at+";public\n")
	list, _, err := d.t.Findings(d.ctx, i.UID, 0)
	ok(t, err)
	for lang, want := range map[string]string{"ru": "Кыргызский", "en": "Kyrgyz", "ky": "Кыргызча"} {
		if said := gatetest.Words(t, nil).Localizer(lang).T(list[0].Key, list[0].Args); !strings.Contains(said, want) {
			t.Errorf("%s: %s", lang, said)
		}
	}
}
