package registry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/gate/gatetest"
	"mektep/core/transfer"
)

// What a person said that a word means stays to be seen and changed: with how many rows were
// read so, and by a notice at each of them.
func TestAnAnswerStaysToBeSeenAndChanged(t *testing.T) {
	d := newDesk(t, "tr")
	targets := []string{"code", "name", "type", "region", "district", "ownership"}
	i := d.preview(d.ctx, trHead+"\n900151;A;İlkokul;Ankara;Y.Mahalle;Resmî\n900152;B;İlkokul;Ankara;Y.Mahalle;Resmî\n900153;C;İlkokul;İstanbul;Kadıköy;Resmî\n")
	answered := func(place string) {
		t.Helper()
		var err error
		i, err = d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{Places: []transfer.PlaceWord{{Level: "district", Word: "Y.Mahalle", In: "06", Place: place}}})
		ok(t, err)
		i, _ = d.step(d.ctx, i, d.t.Preview)
		if i.Counts.New != 3 || len(i.Unplaced) != 0 || len(i.Options.Places) != 1 {
			t.Fatalf("%+v %+v %v", i.Counts, i.Options.Places, found(d, i))
		}
	}
	for _, place := range []string{"Mamak", "Çankaya"} {
		answered(place)
		if w := i.Options.Places[0]; w.Place != place || w.Rows != 2 || w.InName["tr"] != "Ankara" {
			t.Errorf("%+v", w)
		}
		list, _, err := d.t.Findings(d.ctx, i.UID, 0)
		ok(t, err)
		var told []string
		l := gatetest.Words(t, nil).Localizer("tr")
		for _, f := range list {
			if f.Key != "import.row.read_as" || !f.Warning || f.Value != "Y.Mahalle" {
				t.Errorf("%+v", f)
			}
			told = append(told, l.T(f.Key, f.Args))
		}
		want := "Bu sözcük için bütün dosyaya verilen yanıta göre şöyle okundu: " + place + " (Ankara)."
		if diff := cmp.Diff([]string{want, want}, told); diff != "" {
			t.Error(diff)
		}
	}
}

// What is wrong with a number is said with the name of the number, of a row that is met with an
// institution as of a new one; and a row that is left out says what it is.
func TestAFindingKeepsItsOwnName(t *testing.T) {
	d := newDesk(t, "kg")
	district := firstDistrict(d.world)
	d.school("700201", "Бир мектеп", "secondary_school", district, nil)
	i := d.preview(d.ctx, "code;name;type;district_code;ownership;legal_inn\n700201;Бир мектеп;secondary_school;"+district.Code+";public;123\n;Эки мектеп;secondary_school;"+district.Code+";public;123\n")
	list, _, err := d.t.Findings(d.ctx, i.UID, 0)
	ok(t, err)
	told := map[int]string{}
	for _, f := range list {
		if f.Key == "field.identifier" {
			told[f.Line] = gatetest.Words(t, nil).Localizer("ru").T(f.Key, f.Args)
		}
	}
	if len(told) != 2 || told[2] != told[3] {
		t.Errorf("%v of %v", told, found(d, i))
	}
}
