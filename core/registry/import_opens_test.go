package registry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/jobs"
)

// A row that makes another field of an institution required says so, where it does not fill it.
func TestARowTellsWhatItLeavesToBeFilledIn(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("900150", "Işık İlkokulu", "ilkokul", d.byCode["1231"], nil)
	head := "code;name;type;district_code;ownership;condition;assessed_on\n"
	i := d.preview(d.ctx, head+"900150;Işık İlkokulu;ilkokul;1231;;good;\n")
	if diff := cmp.Diff([]string{"2 assessed_on import.row.opens"}, found(d, i)); diff != "" || i.Counts.Changed != 1 {
		t.Errorf("%+v %s", i.Counts, diff)
	}
	if i := d.preview(d.ctx, head+"900150;Işık İlkokulu;ilkokul;1231;;good;1.9.2020\n"); len(found(d, i)) != 0 {
		t.Error(found(d, i))
	}
}

// A moment with its zone is the day that it was in the ministry.
func TestAMomentIsTheDayOfTheMinistry(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.preview(d.ctx, "code;name;type;district_code;ownership;assessed_on\n900151;A;ilkokul;1231;resmi;2020-08-31T21:00:00Z\n900152;B;ilkokul;1231;resmi;2020-09-01T00:00:00+03:00\n900153;C;ilkokul;1231;resmi;2020-09-01T00:00:00Z\n")
	if _, run := d.step(d.ctx, i, d.t.Apply); run.State != jobs.Done {
		t.Fatalf("%v %v", run.Fault, found(d, i))
	}
	if diff := cmp.Diff(map[string]any{"A": "2020-09-01", "B": "2020-09-01", "C": "2020-09-01"}, schools(t, d, "assessed_on")); diff != "" {
		t.Error(diff)
	}
}
