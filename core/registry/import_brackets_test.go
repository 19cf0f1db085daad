package registry

import (
	"strings"
	"testing"

	"mektep/core/gate/gatetest"
	"mektep/core/intake"
)

// What stands in the brackets of a heading counts: another unit, what is only planned, somebody
// else's are asked about; the field's own unit and words, how it is to be filled and what there is
// to choose from say no more than its name.
func TestWhatStandsInBracketsOfAHeadingCounts(t *testing.T) {
	for _, c := range []struct{ country, headings, want string }{
		{"tr", "Arsa alanı (dönüm)|Kapalı alan (bin m²)|Bahçe alanı (ha)|İlçe merkezine uzaklık (m)|İnternet hızı (Gbps)", "=|=|=|=|="},
		{"tr", "Arsa alanı (m2)|Kapalı alan (m²)|İlçe merkezine uzaklık (km)|İnternet hızı (Mbps)", "=|=|=|="},
		{"tr", "İnternet hızı (MB/s)|Arsa alanı (m?)", "?|="},
		{"tr", "İnternet hızı (Mb/s)", "="},
		{"kg", "Скорость интернета (МБ/с)", "?"},
		{"tr", "Arsa alanı (ayak kare)|Kapalı alan (bin)|Bahçe alanı (ha, m²)|İnternet hızı (eski)", "?|?|?|?"},
		{"tr", "Arsa alanı, dönüm|Kapalı alan [dönüm]|Bahçe alanı - ha|İlçe merkezine uzaklık m|İnternet hızı: Gbit/s", "=|=|=|=|="},
		{"tr", "Arsa dönüm|Derslik, dönüm|Dönüm|Kat sayısı ha", "?|||"},
		{"kg", "Площадь земельного участка, га|Общая площадь здания, тыс. кв. м|Расстояние до районного центра, м|Скорость интернета/Гбит", "=|=|=|="},
		{"tr", "Derslik sayısı (planlanan)|Kat sayısı (yıkılan)|Telefon (veli)|Adres (eski)|Rampa (yok)|Kurum kodu (eski)", "?|?|?|?|?|?"}, //nolint:misspell // Turkish
		{"tr", "Derslik sayısı (adet)|Kontenjan (öğrenci)|Telefon (zorunlu)|Mülkiyeti (Resmî/Özel)|Rampa (Var/Yok)|Kuruluş tarihi (gg.aa.yyyy)|Kurum kodu (*)|Kat sayısı (1)", "=|=|=|=|=|=|=|="},
		{"tr", "Kapalı alan (net m²)|Adres (tam)|Kurum Kodu (MEBBİS)|Telefon (varsa)|Kontenjan (planlanan tam)", "=|=|=|=|?"}, //nolint:misspell // Turkish
		{"tr", "Adresi|Adres (eski)", "=|"}, //nolint:misspell // Turkish
		{"tr", "Kurum kodu (eski)|Kurum kodu (yeni)", "?|?"},
		{"kg", "Площадь земельного участка (га)|Общая площадь здания (тыс. м²)|Обеспеченность учебниками (доля)|Телефон (родителей)", "=|=|?|?"},
		{"kg", "Общая площадь здания (кв. м)|Телефон (обязательно)|Форма собств. (гос/част)|Дата основания (дд.мм.гггг)", "=|=|=|="},
	} {
		m := matcherOf(gatetest.Country(t, c.country).Profile)
		var cols []intake.Column
		for h := range strings.SplitSeq(c.headings, "|") {
			cols = append(cols, intake.Column{Heading: h})
		}
		m.Propose(cols, false)
		var got []string
		for _, col := range cols {
			switch {
			case col.Target != "":
				got = append(got, "=")
			case col.Maybe != "":
				got = append(got, "?")
			default:
				got = append(got, "")
			}
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%s: %s\n got %s\nwant %s\n%+v", c.country, c.headings, s, c.want, cols)
		}
	}
}
