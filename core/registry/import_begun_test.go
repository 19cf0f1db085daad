package registry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/transfer"
	"mektep/core/unit"
)

// The day since which an institution exists is changed by no list, and that is said; the same day is
// no difference, nor is a list without one.
func TestAnotherDayOfFoundingIsSaidToStay(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("900101", "Deneme İlkokulu", "ilkokul", firstDistrict(d.world), map[string]any{"ownership": "public", "capacity": int64(10)})
	u, err := d.tree.ByCode(d.ctx, unit.Institution, "900101")
	ok(t, err)
	same := u.Since.Format("2006-01-02")
	for file, want := range map[string][]string{
		"code;since\n900101;2003-05-05\n":               {"2 since import.row.dated_since"},
		"code;since;capacity\n900101;2003-05-05;11\n":   {"2 since import.row.dated_since"},
		"code;since;capacity\n900101;" + same + ";11\n": {},
		"code;capacity\n900101;11\n":                    {},
	} {
		i := d.preview(d.ctx, file)
		if diff := cmp.Diff(want, found(d, i)); diff != "" || i.Counts.Dated != len(want) {
			t.Errorf("%q: %+v %s", file, i.Counts, diff)
		}
	}
	i := d.preview(d.ctx, "code;since;capacity\n900101;2003-05-05;11\n")
	i, _ = d.step(d.ctx, i, d.t.Apply)
	now, err := d.tree.ByCode(d.ctx, unit.Institution, "900101")
	ok(t, err)
	if i.Counts != (transfer.Counts{Rows: 1, Changed: 1, Dated: 1, Findings: 1}) || !now.Since.Equal(u.Since) {
		t.Errorf("%+v %v", i.Counts, now.Since)
	}
}
