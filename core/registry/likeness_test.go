package registry_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/audit"
	"mektep/core/fault/faulttest"
	"mektep/core/registry"
)

// alike are names that may be another's, by the name that the register has.
var alike = map[string][]struct {
	has, typ, place string
	asked, not      []string
}{
	"tr": {
		{
			"Ilıca İlkokulu", "ilkokul", "1421",
			[]string{
				"Ilıca İlkokulu Md.", "Ilıca İ.O. Müd.", "T.C. Ilıca İlkokulu", "T.C. Kadıköy Ilıca İlkokulu Müdürlüğü", "Kadıköy Ilıca İlkokulu", "İstanbul Kadıköy Ilıca İlkokulu",
				"Ilıca İlkokulu (Kadıköy)", "Ilıca lkokulu", "Ilca İlkokulu", "Ilca lkokulu", "ILICA ILKOKULU",
			},
			[]string{"Ilıcalar İlkokulu", "Kadıköy İlkokulu", "Yeni Ilıca İlkokulu", "Ilıca İlkokulu 2"},
		},
		{"Başak Anadolu Lisesi", "anadolu_lisesi", "1421", []string{"Başak A.L.", "Başak And. Lis.", "Basak Anadolu L.", "BAŞAK AND. LİSESİ", "Başak Anad. Lis.", "Başak Anadolu Lis."}, []string{"Başaklar A.L."}},
		{
			"Gülistan Mesleki ve Teknik Anadolu Lisesi", "mesleki_ve_teknik_anadolu_lisesi", "1421",
			[]string{"Gülistan Mes. ve Tek. And. Lis.", "Gülistan Mesleki ve Teknik A.L.", "Gülistan Mes. ve Tek. A. L."},
			[]string{"Gülistan Mes. Eğ. Mrk."},
		},
		{"Ihlamur İmam Hatip Ortaokulu", "imam_hatip_ortaokulu", "1421", []string{"Ihlamur İmam-Hatip O.O.", "Ihlamur İ.H. Ortaokulu"}, []string{"Ihlamur II İmam-Hatip O.O."}},
		{"Ihlamur Ortaokulu", "ortaokul", "1421", []string{"Ihlamur O.O.", "Ihlamur Orta Okulu"}, []string{"Ihlamur I O.O."}},
	},
	"kg": {
		{
			"Таң № 6 орто мектеби", "secondary_school", "", // whichever place comes first
			[]string{"№ 6 Таң мектеби", "№6 Таң орто мектеп", "Таң мектеби №6", "Таң № 6 жалпы билим берүү мектеби"},
			[]string{"Таң № 7 мектеби", "№ 6 мектеби"},
		},
	},
}

// A name that says the same institution by other words than the register's is asked about by
// every door: by a file, by the form, by a renaming.
func TestAlmostTheSameNameIsAskedAboutByEveryDoor(t *testing.T) {
	for country, cases := range alike {
		d := newDesk(t, country)
		codes := 990000
		code := func() string {
			if d.profile.Identifier("institution_code") == nil || country == "kg" {
				return ""
			}
			codes++
			return fmt.Sprint(codes)
		}
		main := d.profile.Main()
		for _, c := range cases {
			place, there := d.byCode[c.place], true
			if c.place == "" {
				place, there = d.byCode[areas(d.world)[0]], false
			}
			d.school(code(), c.has, c.typ, place, nil)
			enter := func(name string) (registry.Institution, error) {
				names := map[string]string{}
				for _, tag := range d.profile.Languages.Official {
					names[tag] = name
				}
				return d.s.Create(d.ctx, registry.Entry{
					Parent: place.UID, Type: c.typ, Name: names, Code: code(), Since: day(2001, 9, 1),
					Fields: map[string]any{"ownership": d.profile.ItemsAt("ownership", on)[0].Code}, Order: audit.Order{Number: "1", Date: day(2020, 1, 2)},
				})
			}
			for _, name := range c.asked {
				_, err := enter(name)
				if f := faulttest.Fields(err); len(f) != 1 || f[0].Key != "institution.twin" {
					t.Errorf("%s: %s is entered beside %s: %v", country, name, c.has, err)
				}
				if there {
					i := d.preview(d.ctx, fmt.Sprintf("code;name;type;district_code;ownership\n;%s;%s;%s;resmi\n", name, c.typ, c.place))
					if got := found(d, i); len(got) != 1 || got[0] != "2 name import.row.twin_like" && got[0] != "2 name import.row.twin_code" {
						t.Errorf("a file: %s beside %s: %v %+v", name, c.has, got, i.Counts)
					}
				}
			}
			for k, name := range c.not {
				i, err := enter(name)
				if err != nil {
					t.Errorf("%s: %s is held for %s: %v", country, name, c.has, faulttest.Fields(err))
					continue
				}
				if k > 0 {
					continue
				}
				err = d.s.Rename(d.ctx, i.UID, map[string]string{main: c.asked[0]}, registry.Act{Version: i.Version, Since: day(2026, 3, 2), Order: audit.Order{Number: "1", Date: day(2026, 1, 2)}})
				if f := faulttest.Fields(err); len(f) != 1 || f[0].Key != "institution.twin" {
					t.Errorf("%s: renamed to %s beside %s: %v", country, c.asked[0], c.has, err)
				}
			}
		}
	}
}

// Rows of one file that are almost called the same are asked about as well, and so is a closed
// institution, be its code in another row or not.
func TestRowsOfAFileAndTheClosedAreAskedAboutByLikeness(t *testing.T) {
	d := newDesk(t, "tr")
	head := "code;name;type;district_code;ownership\n"
	row := func(code, name string) string { return code + ";" + name + ";ilkokul;1421;resmi\n" }
	i := d.preview(d.ctx, head+row("", "Akpınar İlkokulu")+row("", "Akpınar İ.O.")+row("", "Akpınar İlkokulu Müdürlüğü")+row("", "Akpınar Müd.")+row("", "Akpınarlar İlkokulu"))
	if diff := cmp.Diff([]string{"3 name import.row.twin_file_like", "4 name import.row.twin_file_like", "5 name import.row.twin_file_like"}, found(d, i)); diff != "" || i.Counts.New != 2 {
		t.Error(diff, i.Counts)
	}
	i = d.preview(d.ctx, head+row("990101", "Akpınar İlkokulu")+row("990102", "Akpınar İ.O.")+row("990103", "AKPINAR İLKOKULU"))
	if diff := cmp.Diff([]string{"3 code import.row.twin_codes_like", "4 code import.row.twin_codes"}, found(d, i)); diff != "" || i.Counts.New != 3 {
		t.Error(diff, i.Counts)
	}
	over := d.school("990022", "Söğüt İlkokulu", "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public"})
	ok(t, d.s.Close(d.ctx, over.UID, nil, registry.Act{Version: over.Version, Since: day(2026, 3, 1), Order: audit.Order{Number: "1", Date: day(2026, 1, 2)}}))
	for name, want := range map[string]string{"Sogut Ilkokulu": "closed_like", "Söğüt İlkokulu Müdürlüğü": "closed_like", "Söğüt İlkokulu": "closed"} {
		for _, rest := range []string{"", row("990022", "Söğüt İlkokulu")} {
			got := found(d, d.preview(d.ctx, head+row("990104", name)+rest))
			if len(got) != 1 || got[0] != "2 name import.row.twin_"+want {
				t.Errorf("%s: %v", name, got)
			}
		}
	}
}
