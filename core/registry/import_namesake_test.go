package registry_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/audit"
	"mektep/core/registry"
	"mektep/core/transfer"
)

// A row whose code is one institution's and whose name, type and place are another's is written
// into neither: of a list whose columns were sorted apart each figure would be another school's.
func TestARowOfTwoInstitutionsIsWrittenIntoNeither(t *testing.T) {
	d := newDesk(t, "tr")
	here, there := d.byCode["1231"], d.byCode["1421"]
	public := func() map[string]any { return map[string]any{"ownership": "public"} }
	d.school("990008", "Işık İlkokulu", "ilkokul", here, public())
	d.school("990014", "Papatya İlkokulu", "ilkokul", here, public())
	d.school("990007", "Işık Ortaokulu", "ortaokul", here, public())
	d.school("990031", "Atatürk İlkokulu", "ilkokul", here, public())
	d.school("990032", "Atatürk İlkokulu", "ilkokul", there, public())
	d.school("990033", "Çınar İlkokulu", "ilkokul", there, public())
	for file, want := range map[string]string{
		// names that were sorted without their codes
		"code;name;classrooms\n990014;Işık İlkokulu;11\n990008;Papatya İlkokulu;22\n": "2 code namesake, 3 code namesake",
		// in capitals, as the ministry's systems print them
		"code;name;classrooms\n990014;IŞIK İLKOKULU;11\n": "2 code namesake",
		// another type, another place
		"code;name;type;classrooms\n990008;Işık Ortaokulu;Ortaokul;11\n":                                   "2 code namesake",
		"code;name;district_code;classrooms\n990031;Atatürk İlkokulu;1421;11\n":                            "2 code namesake",
		"code;name;district_code;classrooms\n990031;Atatürk İlkokulu;1231;11\n":                            "",
		"code;name;classrooms\n990032;Atatürk İlkokulu;11\n":                                               "",
		"code;name;classrooms\n990008;IŞIK İLKOKULU;11\n990007;IŞIK ORTAOKULU;1\n":                         "",
		"code;name;classrooms\n990008;Güneş İlkokulu;11\n":                                                 "2 name dated_name",
		"code;name;district_code;classrooms\n990008;Çınar İlkokulu;1231;11\n":                              "2 name dated_name",
		"code;name;district_code;classrooms\n990008;Çınar İlkokulu;1231;11\n990033;Işık İlkokulu;1421;1\n": "2 code namesake, 3 code namesake",
	} {
		i := d.preview(d.ctx, file)
		if got := strings.ReplaceAll(strings.Join(found(d, i), ", "), "import.row.", ""); got != want {
			t.Errorf("%q: %s, want %s", file, got, want)
		}
		if wrong := strings.Contains(want, "namesake"); wrong != (i.Counts.Faulty > 0) {
			t.Errorf("%q: %+v", file, i.Counts)
		}
	}
	// What changes nothing is told, and keeps nothing else from being entered.
	i := d.preview(d.ctx, "code;name;classrooms\n990014;Işık İlkokulu;\n990008;Işık İlkokulu;12\n")
	if diff := cmp.Diff([]string{"2 code import.row.namesake"}, found(d, i)); diff != "" || i.Counts.Faulty != 0 || i.Counts.Changed != 1 {
		t.Errorf("%+v %s", i.Counts, diff)
	}
	if i, _ = d.step(d.ctx, i, d.t.Apply); i.State != transfer.Applied {
		t.Fatalf("%s %v", i.State, found(d, i))
	}
	if got := schools(t, d, "classrooms"); got["Işık İlkokulu"] != 12.0 || got["Papatya İlkokulu"] != nil {
		t.Error(got)
	}
}

// An institution that whoever brings a file may not see is named to nobody, also not by its name.
func TestANamesakeThatMayNotBeSeenIsNotNamed(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("990008", "Işık İlkokulu", "ilkokul", d.byCode["1421"], nil)
	d.school("990014", "Papatya İlkokulu", "ilkokul", d.byCode["1231"], nil)
	officer := d.known(d.as("province_statistics_officer", d.byCode["06"]))
	i := d.preview(officer, "code;name;classrooms\n990014;Işık İlkokulu;11\n")
	list, _, err := d.t.Findings(officer, i.UID, 0)
	ok(t, err)
	if len(list) != 1 || list[0].Key != "import.row.dated_name" {
		t.Errorf("%+v", list)
	}
}

// A name that is almost another institution's is that one's, as an exact one is: without the
// letters of its language, with its type cut short, as an office, and also of one that is closed.
// The same of the institution that the code means is not told at all.
func TestARowOfTwoInstitutionsIsMetByAlmostTheNameToo(t *testing.T) {
	d := newDesk(t, "tr")
	here := d.byCode["1231"]
	public := func() map[string]any { return map[string]any{"ownership": "public"} }
	d.school("990008", "Işık İlkokulu", "ilkokul", here, public())
	d.school("990014", "Papatya İlkokulu", "ilkokul", here, public())
	d.school("990020", "Doğa Anaokulu", "anaokulu", here, public())
	old := d.school("990022", "Söğüt Anadolu Lisesi", "anadolu_lisesi", here, public())
	ok(t, d.s.Close(d.ctx, old.UID, nil, registry.Act{Version: old.Version, Since: day(2026, 3, 2), Order: audit.Order{Number: "1", Date: day(2026, 1, 2)}}))
	for file, want := range map[string]string{
		"990008;Papatya İ.O.":                            "2 code namesake",
		"990014;Işık İlkokulu Müdürlüğü":                 "2 code namesake",
		"990008;PAPATYA ILKOKULU":                        "2 code namesake",
		"990014;Doga Anaokulu":                           "2 code namesake",
		"990020;Söğüt Anadolu Lisesi":                    "2 code namesake",
		"990020;Sogut Anadolu Lisesi":                    "2 code namesake",
		"990008;Isik Ilkokulu":                           "",
		"990008;Işık İ.O.":                               "",
		"990020;Doga Anaokulu Müdürlüğü":                 "",
		"990008;Isik Ilkokulu;\n990014;Isik Ilkokulu":    "3 code namesake",
		"990014;Işik Ilkokulu;\n990008;Papatya Ilkokulu": "2 code namesake, 3 code namesake",
		"990014;Güneş İlkokulu":                          "2 name dated_name",
		"990014;Çankaya Doğa A.O.":                       "2 code namesake",
		"990008;Ankara Çankaya Papatya İlk Okulu":        "2 code namesake",
		"990008;Kadıköy Papatya İlkokulu":                "2 name dated_name",
		"990014;Papatya Ortaokulu":                       "2 name dated_name",
	} {
		i := d.preview(d.ctx, "code;name;classrooms\n"+strings.ReplaceAll(file+";", ";;", ";")+"11\n")
		if got := strings.ReplaceAll(strings.Join(found(d, i), ", "), "import.row.", ""); got != want {
			t.Errorf("%q: %s, want %s", file, got, want)
		}
	}
	// Letters that the register lacks are a correction, and told.
	d.school("990031", "Cinar Ilkokulu", "ilkokul", here, public())
	if got := found(d, d.preview(d.ctx, "code;name;classrooms\n990031;Çınar İlkokulu;11\n")); len(got) != 1 || got[0] != "2 name import.row.dated_name" {
		t.Error(got)
	}
}
