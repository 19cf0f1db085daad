package registry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/gate/gatetest"
	"mektep/core/transfer"
)

// A list of codes and what is to be changed needs nothing else: type, place and what every
// institution must have are asked for in the rows that would be new, once a row, and nothing is
// said of what the file does not say.
func TestAListThatOnlyUpdatesNeedsNoMoreThanCodes(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("900150", "Var", "ilkokul", d.byCode["1231"], nil)
	i := d.preview(d.ctx, "Kurum kodu;Telefon\n900150;0312 123 45 67\n")
	if i.Counts != (transfer.Counts{Rows: 1, Changed: 1}) || len(told(d, d.ctx, i)) != 0 {
		t.Fatalf("%+v %v", i.Counts, told(d, d.ctx, i))
	}
	i = d.preview(d.ctx, "Kurum kodu;Kurum adı;Telefon\n900150;Var;0312 123 45 67\n900151;Yeni;0312 123 45 68\n1;Kötü;\n")
	if diff := cmp.Diff([]string{`3:1 "900151" import.row.new_lacks`, `4:1 "1" field.identifier`}, told(d, d.ctx, i)); diff != "" || i.Counts.Changed != 1 {
		t.Fatalf("%+v %s", i.Counts, diff)
	}
	list, _, err := d.t.Findings(d.ctx, i.UID, 0)
	ok(t, err)
	if said := gatetest.Words(t, nil).Localizer("tr").T(list[0].Key, list[0].Args); said != "Bu satır kütükteki hiçbir kurum değil; yeni kurum olarak alınması için dosyada şunlar eksik: Kurum türü, İlçe ve Mülkiyet. Kodu denetleyin. Kurum gerçekten yeniyse “Sütunları eşle” adımında bunlar için sütun ya da bütün satırlar için tek değer seçin." {
		t.Error(said)
	}
	// What all rows are said to be, the rows of those that are known do not say.
	i = d.upload(d.ctx, "l.csv", "Kurum kodu;Telefon;Kurum adı\n900150;0312 123 45 67;Var\n900151;;Yeni\n")
	i, err = d.t.Match(d.ctx, i.UID, i.Version, []string{"code", "phone", "name"}, transfer.Options{Values: map[string]string{"type": "ortaokul", "district": "Kadıköy", "ownership": "resmi"}})
	ok(t, err)
	if i, _ = d.step(d.ctx, i, d.t.Preview); i.Counts != (transfer.Counts{Rows: 2, New: 1, Changed: 1}) || len(told(d, d.ctx, i)) != 0 {
		t.Errorf("%+v %v", i.Counts, told(d, d.ctx, i))
	}
}
