package registry_test

import (
	"testing"

	"mektep/core/transfer"

	"github.com/google/go-cmp/cmp"
)

// What the heading of a column says its numbers are counted in is what they are: they are taken as
// what that is in the unit of the field, and the preview says so, whoever chose the column. A cell
// that says another unit is asked about, and so is a unit of which nobody knows what it is.
func TestTheUnitOfAHeadingIsThatOfItsNumbers(t *testing.T) {
	for _, c := range []struct {
		country, heading, target, cell string
		want                           any
		told                           []string
	}{
		{"tr", "Arsa alanı (dönüm)", "land_area", "1,2", 1200.0, []string{"1 land_area import.row.unit_read"}},
		{"tr", "Arsa alanı (dönüm olarak)", "land_area", "1,2", 1200.0, []string{"1 land_area import.row.unit_read"}},
		{"tr", "Arsa alanı, ha", "land_area", "0,35", 3500.0, []string{"1 land_area import.row.unit_read"}},
		{"tr", "Arsa, ha", "land_area", "1,234567", 12345.67, []string{"1 land_area import.row.unit_read"}},
		{"tr", "Arsa alanı [bin m²]", "land_area", "1,5", 1500.0, []string{"1 land_area import.row.unit_read"}},
		{"tr", "İlçe merkezine uzaklık (m)", "district_distance", "2500", 2.5, []string{"1 district_distance import.row.unit_read"}},
		{"tr", "İlçe merkezine uzaklık (m)", "district_distance", "12500 metre", 12.5, []string{"1 district_distance import.row.unit_read"}},
		{"tr", "İlçe merkezine uzaklık (m)", "district_distance", "250", 0.3, []string{"1 district_distance import.row.unit_read", "2 district_distance import.row.unit_rounded"}},
		{"tr", "İlçe merkezine uzaklık (m)", "district_distance", "30", nil, []string{"1 district_distance import.row.unit_read", "2 district_distance import.row.unit_least"}},
		{"tr", "İlçe merkezine uzaklık (m)", "district_distance", "0", 0.0, []string{"1 district_distance import.row.unit_read"}},
		{"tr", "İlçe merkezine uzaklık", "district_distance", "0,03", nil, []string{"2 district_distance field.decimals_least"}},
		{"kg", "Скорость интернета (Кбит/с)", "internet_speed", "4", nil, []string{"1 internet_speed import.row.unit_read", "2 internet_speed import.row.unit_least"}},
		{"tr", "Arsa, ha", "land_area", "1,2345678", 12345.68, []string{"1 land_area import.row.unit_read", "2 land_area import.row.unit_rounded"}},
		{"tr", "Arsa alanı (m²)", "land_area", "1200", 1200.0, []string{}},
		{"tr", "Arsa alanı (dönüm)", "land_area", "2 dönüm", 2000.0, []string{"1 land_area import.row.unit_read"}},
		{"tr", "Arsa alanı (dönüm)", "land_area", "1200 m²", nil, []string{"1 land_area import.row.unit_read", "2 land_area import.row.unit_mixed"}},
		{"tr", "Arsa alanı (dönüm)", "land_area", "2 ha", nil, []string{"1 land_area import.row.unit_read", "2 land_area import.row.unit_mixed"}},
		{"tr", "Arsa alanı (dönüm)", "land_area", "9000", nil, []string{"1 land_area import.row.unit_read", "2 land_area field.range"}},
		{"tr", "Arsa alanı (m?)", "land_area", "1200", 1200.0, []string{}},
		{"tr", "Arsa alanı", "land_area", "2 dönüm", nil, []string{"2 land_area field.unit_known"}},
		{"tr", "Arsa alanı", "land_area", "2 arşın", nil, []string{"2 land_area field.unit_other"}},
		{"kg", "Площадь земельного участка (га)", "land_area", "1,2", 12000.0, []string{"1 land_area import.row.unit_read"}},
		{"kg", "Общая площадь здания, тыс. кв. м", "floor_area", "1.250", 1250.0, []string{"1 floor_area import.row.unit_read"}},
	} {
		t.Run(c.heading+" "+c.cell, func(t *testing.T) {
			d := newDesk(t, c.country)
			typ := map[string]string{"tr": "ilkokul", "kg": "secondary_school"}[c.country]
			s := d.school(map[string]string{"tr": "990001", "kg": "700101"}[c.country], "Okul", typ, firstDistrict(d.world), map[string]any{"ownership": "public"})
			i := d.upload(d.ctx, "list.csv", "code;"+c.heading+"\n"+s.Code+";"+c.cell+"\n")
			i, err := d.t.Match(d.ctx, i.UID, i.Version, []string{"code", c.target}, transfer.Options{})
			ok(t, err)
			i, _ = d.step(d.ctx, i, d.t.Preview)
			if diff := cmp.Diff(c.told, found(d, i)); diff != "" {
				t.Fatal(diff)
			}
			if c.want == nil {
				return
			}
			list, _, err := d.t.FindingsOf(d.ctx, i.UID, transfer.Changes, 0)
			ok(t, err)
			if len(list) != 1 || list[0].New != c.want {
				t.Errorf("%+v", list)
			}
		})
	}
}
