package registry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/fault"
	"mektep/core/gate/gatetest"
	"mektep/core/transfer"
)

// A word of a file for a type of institution that means none is explained once for all its
// rows, by id or by name, and stays to be seen and changed.
func TestAWordForATypeIsExplainedOnce(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("900150", "Eski", "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public"})
	i := d.preview(d.ctx, trHead+"\n900151;A;Bir Kademe Okul;İstanbul;Kadıköy;Resmî\n900152;B;BİR KADEME  OKUL;İstanbul;Kadıköy;Resmî\n"+
		"900153;C;Halk Mektebi;İstanbul;Yokyer;Resmî\n900150;Eski;Bir Kademe Okul;İstanbul;Kadıköy;Özel\n")
	type asked struct {
		level, word string
		rows        int
	}
	var got []asked
	for _, w := range i.Unplaced {
		got = append(got, asked{w.Level, w.Word, w.Rows})
	}
	if diff := cmp.Diff([]asked{{"type", "Bir Kademe Okul", 3}, {"district", "Yokyer", 1}, {"type", "Halk Mektebi", 1}}, got, cmp.AllowUnexported(asked{})); diff != "" {
		t.Fatal(diff)
	}
	targets := []string{"code", "name", "type", "region", "district", "ownership"}
	for _, wrong := range []transfer.PlaceWord{{Level: "type", Word: "Halk Mektebi", Place: "Mahalle mektebi"}, {Level: "type", Word: "Halk Mektebi"}, {Level: "type", Word: "Halk Mektebi", In: "34", Place: "ilkokul"}} {
		_, err := d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{Places: []transfer.PlaceWord{{Level: "district", Word: "Yokyer", In: "34", Place: "Kadıköy"}, wrong}})
		if f := wants(t, err, fault.Invalid, "import.bad_matching"); len(f.Fields) != 1 || f.Fields[0].Name != "places.1" {
			t.Error(f.Fields)
		}
	}
	var err error
	i, err = d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{Places: []transfer.PlaceWord{
		{Level: "type", Word: "bir kademe okul", Place: "İlkokul"}, {Level: "type", Word: "Halk Mektebi", Place: "ortaokul"}, {Level: "district", Word: "Yokyer", In: "34", Place: "Kadıköy"},
	}})
	ok(t, err)
	i, _ = d.step(d.ctx, i, d.t.Preview)
	if i.Counts.New != 3 || i.Counts.Changed != 1 || i.Counts.Dated != 0 || len(i.Unplaced) != 0 {
		t.Fatalf("%+v %v", i.Counts, found(d, i))
	}
	if p := i.Options.Places; p[0].Place != "ilkokul" || p[0].Rows != 3 || p[1].Rows != 1 || p[2].Rows != 1 {
		t.Errorf("%+v", p)
	}
	list, _, err := d.t.Findings(d.ctx, i.UID, 0)
	ok(t, err)
	l, told := gatetest.Words(t, nil).Localizer("tr"), 0
	for _, f := range list {
		if f.Key == "import.row.read_as" && f.Target == "type" && f.Line == 4 {
			told++
			if want := "Bu sözcük için bütün dosyaya verilen yanıta göre şöyle okundu: Ortaokul."; l.T(f.Key, f.Args) != want || !f.Warning {
				t.Errorf("%s", l.T(f.Key, f.Args))
			}
		}
	}
	if told != 1 {
		t.Error(found(d, i))
	}
	i, _ = d.step(d.ctx, i, d.t.Apply)
	if i.State != transfer.Applied {
		t.Errorf("%+v", i.Counts)
	}
}
