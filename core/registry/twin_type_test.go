package registry_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/gate/gatetest"
)

// A row that is called as a school of the register in its place, but is of another type, is
// asked about: without a code it is left out, with a new one it is told.
func TestARowOfAnotherTypeIsAskedAbout(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("900150", "Papatya İlkokulu", "ilkokul", d.byCode["1231"], nil)
	d.school("900151", "Işık İlkokulu", "ilkokul", d.byCode["1231"], nil)
	i := d.preview(d.ctx, trCodes+";Papatya İlkokulu;ortaokul;Çankaya;resmi;;\n900160;PAPATYA İLKOKULU;ortaokul;Çankaya;resmi;;\n;Papatya İlkokulu;ortaokul;Kadıköy;resmi;;\n")
	if diff := cmp.Diff([]string{`2:3 "ortaokul" import.row.twin_type`, `3:1 "900160" import.row.twin_codes`, `3:3 "ortaokul" import.row.type_beside`}, told(d, d.ctx, i)); diff != "" || i.Counts.New != 2 || i.Counts.Duplicate != 1 {
		t.Errorf("%+v %s", i.Counts, diff)
	}
	// The one that is there stands in a row of its own: there are two, and of one type they are told of.
	i = d.preview(d.ctx, trCodes+"900150;Papatya İlkokulu;ilkokul;Çankaya;resmi;;\n;Papatya İlkokulu;ortaokul;Çankaya;resmi;;\n900151;Işık İlkokulu;ilkokul;Çankaya;resmi;;\n900161;Işık İlkokulu;ilkokul;Çankaya;resmi;;\n")
	if diff := cmp.Diff([]string{`5:1 "900161" import.row.twin_beside`}, told(d, d.ctx, i)); diff != "" || i.Counts.New != 2 {
		t.Errorf("%+v %s", i.Counts, diff)
	}
}

// Of a row that looks like a school by one of its names the name that differs is told, with what
// the register has.
func TestARowSaysWhichOfItsNamesDiffers(t *testing.T) {
	d := newDesk(t, "kg")
	district := firstDistrict(d.world)
	head := "name.ky;name.ru;type;district_code;ownership\n"
	d.enter(d.ctx, head+"№ 21 Сынак орто мектеби;Средняя школа № 21 Сынак;secondary_school;"+district.Code+";public\n")
	i := d.preview(d.ctx, head+"№ 21 Сынак орто мектеби;Средняя школа № 21 имени Сынака;secondary_school;"+district.Code+";public\n")
	list, _, err := d.t.Findings(d.ctx, i.UID, 0)
	ok(t, err)
	if len(list) != 1 || i.Counts.Duplicate != 1 {
		t.Fatalf("%+v %v", i.Counts, found(d, i))
	}
	said := gatetest.Words(t, nil).Localizer("ky").T(list[0].Key, list[0].Args)
	for _, want := range []string{"«Средняя школа № 21 имени Сынака», реестрде «Средняя школа № 21 Сынак»", "Башка жазууга окшош"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in %s", want, said)
		}
	}
}
