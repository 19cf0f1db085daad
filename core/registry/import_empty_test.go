package registry_test

import (
	"testing"

	"mektep/core/transfer"
)

// A row of a code that the register has says what is to be changed: of its own columns that are
// empty, or struck through, nothing is said, and its other cells are taken; a region alone says
// nothing against the district that lies there.
func TestEmptyColumnsOfAKnownRowAskNothing(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("990001", "Işık İlkokulu", "ilkokul", d.byCode["1231"], map[string]any{"ownership": "public"})
	const head = "Kurum kodu;Kurum adı;Kurum türü;İl;İlçe;Mülkiyet;Derslik sayısı\n"
	for _, row := range []string{"990001;;;;;;12", "990001;-;-;-;-;-;12", "990001;—;...;;-;;12", "990001;Işık İlkokulu;;;;;12", "990001;;;Ankara;;;12", "990001;;İlkokul;Ankara;-;;12"} {
		i := d.preview(d.ctx, head+row+"\n")
		if got := found(d, i); len(got) != 0 || i.Counts != (transfer.Counts{Rows: 1, Changed: 1}) {
			t.Errorf("%s: %+v %v", row, i.Counts, got)
		}
	}
	for row, want := range map[string]int{"990001;;;İstanbul;;;12": 1, "990001;;;Ankara;Altındağ;;12": 1} {
		if i := d.preview(d.ctx, head+row+"\n"); i.Counts.Dated != want || i.Counts.Changed != 1 {
			t.Errorf("%s: %+v %v", row, i.Counts, found(d, i))
		}
	}
	// A new one must say all of it.
	if i := d.preview(d.ctx, head+"990002;;;;;;12\n"); i.Counts.Faulty != 1 || len(found(d, i)) < 3 {
		t.Errorf("%+v %v", i.Counts, found(d, i))
	}
}
