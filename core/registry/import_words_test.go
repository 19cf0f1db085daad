package registry_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/gate/gatetest"
)

// Languages are known as people call them, with whatever stands between; what is none of the list
// is said, part by part.
func TestLanguagesAreKnownAsPeopleCallThem(t *testing.T) {
	n := 0
	for country, lists := range map[string]map[string]string{
		"kg": {
			"кыргыз, орус": "ky ru", "русский язык": "ru", "кыргызский и русский": "ky ru", "Кыргыз тили жана орус тили": "ky ru", "кыргызча/орусча": "ky ru",
			"на эльфийском": "", "кыргыз; клингон": "", "Өзбек": "uz", "Kyrgyz and Russian": "ky ru", "таджикский": "tg", "-": "none", "—": "none",
		},
		"tr": {"Türk dili ve İngilizce": "tr en", "İNGİLİZCE & ALMANCA": "en de", "İngiliz dili": "en"},
	} {
		d := newDesk(t, country)
		head := "name;type;district_code;ownership;instruction_languages\n%;ilkokul;1421;resmi;"
		if country == "kg" {
			head = "name;name.ru;type;district_code;ownership;instruction_languages\n%;%;secondary_school;" + firstDistrict(d.world).Code + ";public;"
		}
		for cell, want := range lists {
			n++
			name := "Ат " + strconv.Itoa(n)
			i := d.preview(d.ctx, strings.ReplaceAll(head, "%", name)+`"`+cell+`"`+"\n")
			list, _, err := d.t.Findings(d.ctx, i.UID, 0)
			ok(t, err)
			if bad := len(list) > 0 && list[0].Key == "import.row.part"; bad != (want == "") || i.Counts.New == 0 && !bad {
				t.Errorf("%s: %+v", cell, list)
			}
			if want == "" {
				said := gatetest.Words(t, nil).Localizer("ru").T(list[0].Key, list[0].Args)
				if word := cell[strings.LastIndex(cell, ";")+1:]; !strings.Contains(said, "«"+strings.TrimSpace(word)+"»") || !strings.Contains(said, "запятой") {
					t.Error(said)
				}
				continue
			}
			i, _ = d.step(d.ctx, i, d.t.Apply)
			var got []string
			codes, _ := schools(t, d, "instruction_languages")[name].([]any)
			for _, c := range codes {
				got = append(got, c.(string))
			}
			if want == "none" {
				want = ""
			}
			if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
				t.Errorf("%s: %s %v", cell, diff, found(d, i))
			}
		}
	}
}

// A stroke through a cell of a number, a day, a telephone or a list says that it is empty.
func TestAStrokeSaysThatACellIsEmpty(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.preview(d.ctx, "code;name;type;district;ownership;phone;capacity;founded_on;year_built;email;website;instruction_languages;shift_mode;address\n900150;A;ilkokul;Çankaya;resmi;-;–;—;-;-;-;-;-;-\n900151;B;ilkokul;Çankaya;-;;;;;;;;;\n")
	if diff := cmp.Diff([]string{"3 ownership field.required"}, found(d, i)); diff != "" || i.Counts.New != 1 {
		t.Errorf("%+v %s", i.Counts, diff)
	}
}
