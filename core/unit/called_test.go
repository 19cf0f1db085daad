package unit_test

import (
	"slices"
	"testing"
)

// Units that may be called as somebody says are looked up by the rarest word of it: of a word
// that all schools have none is read.
func TestUnitsAreLookedUpByTheRarestWordOfAName(t *testing.T) {
	w := newWorld(t)
	light := w.school(t, "Işık İlkokulu", "1")
	daisy := w.school(t, "Papatya İlkokulu", "2")
	w.school(t, "Çınar İlkokulu", "3")
	number := w.school(t, "54 Okulu", "4")
	for name, want := range map[string][]int64{
		"IŞIK İLKOKULU": {light.ID}, "Papatya İlkokulu": {daisy.ID}, "№ 54 Okulu": {number.ID}, "N 54 okulu": {number.ID}, "Yok": nil, "": nil, "Işık Yeni Ortaokulu": {light.ID},
	} {
		got, err := w.tree.Called(w.ctx, []string{name})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, not %v (%v)", name, got, want, err)
		}
	}
	if got, err := w.tree.Called(w.ctx, []string{"Işık İlkokulu", "Papatya İlkokulu"}); err != nil || !slices.Equal(got, []int64{light.ID, daisy.ID}) {
		t.Errorf("%v %v", got, err)
	}
}
