package registry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What nobody writes as a rule, and the register has just so, somebody has said: of a list that changes
// nothing nothing is told. Of the next text, and of one that was another before, it is.
func TestOddTextsAsTheRegisterHasThemAreNotTold(t *testing.T) {
	d := newDesk(t, "tr")
	odd := map[string]any{"ownership": "public", "short_name": "null", "address": "Sok?ak {{x}}", "neighbourhood": "_X0041_ ﷺ", "condition_note": "TRUE"}
	d.school("900101", "Işık İlkokulu", "ilkokul", d.byCode["1421"], odd)
	d.school("900102", "Papatya İlkokulu", "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public", "condition_note": "Sağlam"})
	head := "code;short_name;address;neighbourhood;condition_note\n"
	row := "900101;null;Sok?ak {{x}};_X0041_ ﷺ;TRUE\n"
	if i := d.preview(d.ctx, head+row); i.Counts.Findings != 0 || i.Counts.Unchanged != 1 {
		t.Errorf("%+v %v", i.Counts, found(d, i))
	}
	i := d.preview(d.ctx, head+row+"900102;null;;;TRUE\n")
	if diff := cmp.Diff([]string{"3 short_name import.row.nothing", "3 condition_note import.row.programs"}, found(d, i)); diff != "" {
		t.Error(diff)
	}
}
