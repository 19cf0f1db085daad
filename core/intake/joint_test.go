package intake

import (
	"slices"
	"testing"
)

// A sign beside a line break, or brackets round the second line, parts two names together with the
// break: neither name begins or ends with it.
func TestASignBesideABreakIsPartOfNoName(t *testing.T) {
	for _, cell := range []string{"Жаз\nВесна", "Жаз /\nВесна", "Жаз\n/ Весна", "Жаз -\nВесна", "Жаз –\n Весна", "Жаз,\nВесна", "Жаз;\nВесна", "Жаз\n(Весна)", "Жаз\n[Весна]", "Жаз |\nВесна", "Жаз \\\nВесна", "Жаз/\n(Весна)"} {
		if got := parters[0].texts(cell, 2); !slices.Equal(got, []string{"Жаз", "Весна"}) {
			t.Errorf("%q is %q", cell, got)
		}
	}
	for _, cell := range []string{"Жаз\n/", "Жаз\n()", "Жаз /"} {
		if got := parters[0].texts(cell, 2); got != nil {
			t.Errorf("%q is %q", cell, got)
		}
	}
	for cell, want := range map[string][]string{"№ 5 (кечки)\n№ 5 (вечерняя)": {"№ 5 (кечки)", "№ 5 (вечерняя)"}, "Нур-5\nНур-5 (сад)": {"Нур-5", "Нур-5 (сад)"}} {
		if got := parters[0].texts(cell, 2); !slices.Equal(got, want) {
			t.Errorf("%q is %q", cell, got)
		}
	}
}
