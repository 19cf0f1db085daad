package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/registry"
)

// Words for a place's kind stand before it or behind, in full, shortened or inflected, or
// are left out; the name is an adjective or none. Where a word says the kind, a place of
// another kind is not meant.
func TestAPlaceIsFoundByWhatPeopleCallIt(t *testing.T) {
	cases := []struct{ country, region, district, want string }{
		{"kg", "Ошская", "Узгенский р-н", "Өзгөн району"},
		{"kg", "Ошская обл.", "р-н Узгенский", "Өзгөн району"},
		{"kg", "обл. Ошская", "Узгенский", "Өзгөн району"},
		{"kg", "Ошской области", "Узгенского района", "Өзгөн району"},
		{"kg", "ОШСКАЯ ОБЛ", "УЗГЕНСКИЙ Р/Н", "Өзгөн району"},
		{"kg", "Ош облусунун", "Өзгөн р-ну", "Өзгөн району"},
		{"kg", "Ош обл.", "Өзгөн", "Өзгөн району"},
		{"kg", "Oş Bölgesi", "Özgön İlçesi", "Өзгөн району"},
		{"kg", "Osh oblast", "Uzgen rayon", "Өзгөн району"},
		{"kg", "г. Ош", "", "Ош шаары"},
		{"kg", "г.Ош", "", "Ош шаары"},
		{"kg", "Ош ш.", "", "Ош шаары"},
		{"kg", "Ош (шаары)", "", "Ош шаары"},
		{"kg", "гор. Бишкек", "Ленинский р-н", "Ленин району"},
		{"kg", "", "г. Ош", "Ош шаары"},
		{"kg", "Нарынская", "г. Нарын", "Нарын шаары"},
		{"kg", "Нарынская", "Нарын ш.", "Нарын шаары"},
		{"kg", "Нарынская", "Нарынский", "Нарын району"},
		{"kg", "Нарынская", "р-н Нарын", "Нарын району"},
		{"kg", "Нарынская", "Нарын", "district import.row.same_place"},
		{"kg", "Ош", "", "region import.row.same_place"},
		{"kg", "Ошская", "г. Узген", "district import.row.near_place"},
		{"kg", "г. Талас", "", "region import.row.near_place"},
		{"tr", "Ankara İli", "Çankaya İlçesi", "Çankaya"},
		{"tr", "ANKARA İLİ", "ÇANKAYA İLÇ.", "Çankaya"},
		{"tr", "Ankara ilinin", "Çankaya ilçesinin", "Çankaya"},
		{"tr", "İl: Ankara", "İlçe: Çankaya", "Çankaya"},
		{"tr", "Анкара", "Чанкая р-н", "Çankaya"},
		{"tr", "", "Ankara/Çankaya", "Çankaya"},
		{"tr", "Ankara", "Çankaya (Ankara ili)", "Çankaya"},
		{"tr", "", "Çankaya - Ankara", "Çankaya"},
		{"kg", "", "Ошская обл., Узгенский р-н", "Өзгөн району"},
		{"tr", "İstanbul", "Çankaya/Ankara", "district import.row.other_region"},
		{"tr", "Ankara", "Çankya", "district import.row.near_place"},
		{"tr", "Ankara", "Atlantis", "district import.row.unknown_place"},
		{"tr", "Ankar", "", "region import.row.near_place"},
		{"kg", "Ошская", "Узгеский р-н", "district import.row.near_place"},
	}
	for country, rest := range map[string]string{"kg": "secondary_school;public", "tr": "ilkokul;resmi"} {
		d := newDesk(t, country)
		var good, bad strings.Builder
		good.WriteString("name;type;ownership;region;district\n")
		bad.WriteString("name;type;ownership;region;district\n")
		want, lost := map[string]string{}, []string{}
		for k, c := range cases {
			name := fmt.Sprintf("A%02d", k)
			switch {
			case c.country != country:
			case strings.Contains(c.want, "import."):
				fmt.Fprintf(&bad, "%s;%s;%s;%s\n", name, rest, c.region, c.district)
				lost = append(lost, fmt.Sprintf("%d %s", len(lost)+2, c.want))
			default:
				fmt.Fprintf(&good, "%s;%s;%s;%s\n", name, rest, c.region, c.district)
				want[name] = c.want
			}
		}
		d.enter(d.ctx, good.String())
		got := map[string]string{}
		for _, i := range list(t, d.world, d.ctx, registry.Query{}).Items {
			at, err := d.s.Get(d.ctx, i.UID)
			ok(t, err)
			got[i.Name[d.profile.Main()]] = at.Place[len(at.Place)-1].Name[d.profile.Main()]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(lost, found(d, d.preview(d.ctx, bad.String()))); len(lost) > 0 && diff != "" {
			t.Error(diff)
		}
	}
}
