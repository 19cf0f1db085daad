package registry_test

import (
	"testing"

	"mektep/core/audit"
	"mektep/core/fault/faulttest"
	"mektep/core/registry"
)

// What is entered of an institution late is so on the day on which it is entered, and not on that
// from which the institution exists: a school of 1993 can have a building of 1994, and none of next
// year.
func TestWhatIsEnteredLateIsSoToday(t *testing.T) {
	d := newDesk(t, "tr")
	enter := func(code string, year int64) error {
		_, err := d.s.Create(d.ctx, registry.Entry{
			Parent: d.byCode["1421"].UID, Type: "ilkokul", Name: map[string]string{"tr": "Işık " + code}, Code: code, Since: day(1993, 9, 1),
			Fields: map[string]any{"ownership": "private", "year_built": year, "licence_date": "2020-05-04"}, Order: audit.Order{Number: "1", Date: day(2020, 1, 2)},
		})
		return err
	}
	ok(t, enter("990301", 1994))
	if f := faulttest.Fields(enter("990302", 2027)); len(f) != 1 || f[0].Name != "year_built" || f[0].Args["Max"] != "2026" {
		t.Errorf("%+v", f)
	}
	i := d.preview(d.ctx, "code;name;type;district_code;ownership;since;year_built;licence_date\n990303;Bir;ilkokul;1421;özel;01.09.1993;1994;04.05.2020\n990304;İki;ilkokul;1421;özel;01.09.1993;2027;\n")
	if got := found(d, i); len(got) != 1 || got[0] != "3 year_built field.range" || i.Counts.New != 1 {
		t.Error(got, i.Counts)
	}
}
