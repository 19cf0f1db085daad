package registry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A row of a text file in which a sign that parts cells is missing, or stands once too often, is
// a finding where its cells stand in their columns only once they are moved back, or where the
// file writes every other row in full; one that merely ends earlier is none.
func TestARowWhoseCellsMovedIsAFinding(t *testing.T) {
	const head = "Kurum kodu;Kurum adı;Kurum türü;İl;İlçe;Mülkiyet;Kısa adı;Derslik sayısı;Kontenjan;Adres;E-posta\n" //nolint:misspell // Turkish
	school := func(code, rest string) string {
		return code + ";Okul " + code[5:] + ";İlkokul;İstanbul;Kadıköy;Resmî" + rest + "\n"
	}
	full := school("900101", ";Kısa;12;300;Bir Sok. 1;a@okul.example") + school("900102", ";Kısa;9;200;İki Sok. 2;b@okul.example")
	open := school("900104", ";Kısa;12;300;;") + school("900105", ";Kısa;12;;;") + school("900106", ";;12;300;;")
	for name, c := range map[string]struct {
		rows string
		want []string
	}{
		"one missing before a number":              {full + school("900103", ";12;300;Üç Sok. 3;c@okul.example"), []string{"4 short_name import.row.moved_cells", "4 capacity field.int"}},
		"one missing, what follows could be meant": {full + school("900103", ";12;300"), []string{"4 short_name import.row.moved_cells"}},
		"two missing":                      {full + school("900103", ";300"), []string{"4 short_name import.row.moved_cells"}},
		"one too many before numbers":      {full + school("900103", ";Kısa;;12;300;Üç Sok. 3;"), []string{"4 address import.row.moved_cells", "4 email field.email"}},
		"one too many at the end":          {full + school("900103", ";Kısa;12;300;Üç Sok. 3;c@okul.example;"), nil},
		"several too many at the end":      {full + school("900103", ";Kısa;12;300;Üç Sok. 3;;;"), nil},
		"ends earlier":                     {full + school("900103", ";Kısa;12;300;Üç Sok. 3") + school("900104", ";Kısa") + school("900105", ""), nil},
		"empty in between":                 {full + school("900103", ";;12;;;c@okul.example"), nil},
		"a figure in a text, in full":      {full + school("900103", ";12;12;300;5;c@okul.example"), nil},
		"fewer among rows in full":         {full + open + school("900103", ";Kısa;300;Üç Sok. 3"), []string{"7 capacity import.row.moved_cells", "7 capacity field.int"}},
		"fewer numbers among rows in full": {full + open + school("900103", ";Kısa;300;"), []string{"7  import.row.few_cells"}},
		"every other ends earlier":         {open + school("900103", ";Kısa;12;300") + school("900107", ";Kısa;12"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "tr")
			got := found(d, d.preview(d.ctx, head+c.rows))
			if diff := cmp.Diff(append([]string{}, c.want...), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
