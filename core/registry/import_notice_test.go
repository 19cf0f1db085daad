package registry_test

import (
	"testing"

	"mektep/core/registry"
)

// A row that leaves the district out, in a file that has districts, would lie directly in
// the region: whoever brings it is told, and may mean it.
func TestARowWithoutItsDistrictIsNoticed(t *testing.T) {
	d := newDesk(t, "tr")
	admin := d.known(d.as("tenant_admin", d.root))
	for file, want := range map[string]int{
		"code;name;type;region;district;ownership\n912387;Boş İlçe;ilkokul;Ankara;;resmi\n912388;Dolu İlçe;ilkokul;Ankara;Çankaya;resmi\n": 1,
		"code;name;type;region;ownership\n912389;İlçesiz;ilkokul;Ankara;resmi\n":                                                           0,
	} {
		i := d.preview(admin, file)
		list, _, err := d.t.Findings(admin, i.UID, 0)
		ok(t, err)
		noticed := 0
		for _, f := range list {
			if f.Key == "import.row.no_district" && f.Warning && f.Line == 2 && f.Column == 5 {
				noticed++
			}
		}
		if noticed != want || i.Counts.Faulty != 0 || i.Counts.New == 0 {
			t.Errorf("%s: %d noticed, %+v %v", file, noticed, i.Counts, list)
		}
	}
}

// Where the country gives codes no form, a code is read as a person means it, or refused;
// nobody gets one that a spreadsheet has spoilt, by a file or by hand.
func TestACodeWithoutAPatternIsReadOrRefused(t *testing.T) {
	d := newDesk(t, "kg")
	admin := d.known(d.as("tenant_admin", d.root))
	district := firstDistrict(d.world)
	file := "code;name.ky;name.ru;type;district_code;ownership\n"
	for code, want := range map[string]string{
		"10105,0": "10105", "10105.0": "10105", "10 106": "10106", "10\u00a0106": "10106", "'10107": "10107", "№ 10108": "10108", "K-12/3": "K-12/3", "1,01E+04": "", "1E5": "",
	} {
		i := d.preview(admin, file+code+";Мектеп;Школа;secondary_school;"+district.Code+";"+d.profile.ItemsAt("ownership", on)[0].Code+"\n")
		list, _, err := d.t.Findings(admin, i.UID, 0)
		ok(t, err)
		switch {
		case want == "" && (len(list) == 0 || list[0].Key != "import.row.exponent" || list[0].Column != 1):
			t.Errorf("%q: %v", code, list)
		case want != "" && (len(list) > 0 || i.Counts.New != 1):
			t.Errorf("%q: %+v %v", code, i.Counts, list)
		}
		f, good := registry.Code(d.profile, code)
		switch {
		case good != (want == code):
			t.Errorf("%q by hand: %v %+v", code, good, f)
		case !good && want != "" && f.Args["Code"] != want:
			t.Errorf("%q by hand: %+v", code, f)
		}
	}
	// Two ways to write one code are one code.
	i := d.preview(admin, file+"10 106;А;А;secondary_school;"+district.Code+";"+d.profile.ItemsAt("ownership", on)[0].Code+"\n10106;Б;Б;secondary_school;"+district.Code+";"+d.profile.ItemsAt("ownership", on)[0].Code+"\n")
	list, _, err := d.t.Findings(admin, i.UID, 0)
	ok(t, err)
	if len(list) != 1 || list[0].Key != "import.row.code_twice" {
		t.Errorf("%v", list)
	}
}
