package registry

import (
	"testing"

	"mektep/core/transfer"
	"mektep/core/unit"
)

// FuzzPlaces calls a place of a small territory whatever comes: what is found is of the
// level that was asked for, and lies where it must; what is explained once is found.
func FuzzPlaces(f *testing.F) {
	for _, s := range []string{"г. Ош", "Ошская обл.", "Узгенского р-на", "Çankaya İlçesi", "-ский", "(шаары)", ".", "р-н р-н", "\xff", "01", "1.0", "7.5E5"} {
		f.Add(s, s)
	}
	units := []unit.Unit{
		{ID: 1, Level: unit.Region, Code: "01", Path: "1.", Name: map[string]string{"ru": "Ошская область", "ky": "Ош облусу", "tr": "Oş Bölgesi"}},
		{ID: 2, Level: unit.Region, Code: "02", Path: "2.", Name: map[string]string{"ru": "город Ош", "ky": "Ош шаары", "tr": "Oş Şehri"}},
		{ID: 3, Level: unit.District, Code: "0101", Path: "1.3.", Name: map[string]string{"ru": "Узгенский район", "ky": "Өзгөн району", "tr": "Özgön İlçesi"}},
		{ID: 4, Level: unit.District, Code: "0102", Path: "1.4.", Name: map[string]string{"ru": "город Узген", "ky": "Өзгөн шаары"}},
	}
	f.Fuzz(func(t *testing.T, region, district string) {
		p := newPlaces(newPlaceKinds(turkey(), words()), units, now)
		for _, said := range []string{region, district} {
			for _, u := range p.now.find(unit.District, said, &units[0]) {
				if u.Level != unit.District || !unit.Within(u.Path, units[0].Path) {
					t.Fatalf("%q is %s", said, u.Path)
				}
			}
			if own, kinds := p.kinds.part(said); len(own)+len(kinds) > len(said) {
				t.Fatalf("%q has the words %q and the kinds %q", said, own, kinds)
			}
		}
		at, wrong := p.locate(saidPlace{region: region, district: district}, now)
		if (at == nil) == (len(wrong) == 0) {
			t.Fatalf("%+v %+v", at, wrong)
		}
		for _, bad := range wrong {
			if bad.key == "" || bad.target == "" {
				t.Fatalf("%+v", bad)
			}
		}
		if wrong := p.mean([]transfer.PlaceWord{{Level: unit.District, Word: district, Place: "0101"}}); len(wrong) == 0 {
			if at, wrong := p.locate(saidPlace{district: district}, now); at != &units[2] {
				t.Fatalf("%q was explained and is %+v %+v", district, at, wrong)
			}
		}
		if at, _ := newPlaces(newPlaceKinds(turkey(), words()), nil, now).locate(saidPlace{region, region, district, district}, now); at != nil {
			t.Fatal("a place out of nothing")
		}
		q := newPlaces(newPlaceKinds(turkey(), words()), units, now)
		if wrong := q.mean([]transfer.PlaceWord{{Level: unit.District, Word: district, In: "02", Place: "0101"}}); len(wrong) == 0 {
			t.Fatal("a district was explained to lie in another region")
		}
	})
}
