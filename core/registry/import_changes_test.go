package registry_test

import (
	"context"
	"fmt"
	"testing"

	"mektep/core/transfer"

	"github.com/google/go-cmp/cmp"
)

// changes tells what a preview says would change.
func changes(d *desk, ctx context.Context, i *transfer.Import) []string {
	d.world.t.Helper()
	list, _, err := d.t.FindingsOf(ctx, i.UID, transfer.Changes, 0)
	ok(d.world.t, err)
	out := []string{}
	for _, f := range list {
		out = append(out, fmt.Sprintf("%d %s %v > %v", f.Line, f.Target, f.Old, f.New))
	}
	return out
}

// Before anybody says yes the preview tells what each row changes, old and new, to those who
// may see it; what a row leaves as it is it does not tell.
func TestAPreviewTellsWhatEachRowChanges(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("100001", "Atatürk İlkokulu", "ilkokul", d.byCode["1421"], map[string]any{"capacity": 300, "phone": "+902163456789"})
	d.enter(d.ctx, "name;type;district_code;ownership\nIşık İlkokulu;ilkokul;1421;resmi\n")
	file := "code;name;type;district_code;ownership;capacity;phone\n100001;Atatürk İlkokulu;ilkokul;1421;;350;0216 345 67 90\n100002;Işık İlkokulu;ilkokul;1421;;;\n"
	officer := d.known(d.as("province_statistics_officer", d.byCode["34"]))
	i := d.preview(officer, file)
	want := []string{"2 capacity 300 > 350", "2 phone +902163456789 > +902163456790", "3 code <nil> > 100002"}
	if diff := cmp.Diff(want, changes(d, officer, i)); diff != "" {
		t.Errorf("%+v %v\n%s", i.Counts, found(d, i), diff)
	}
	if len(found(d, i)) != 0 || i.Counts.Findings != 0 {
		t.Errorf("a change is no objection: %+v %v", i.Counts, found(d, i))
	}
	// Somebody else who sees the import sees of it what the register would show them.
	other := d.known(d.as("province_e_personel_officer", d.byCode["34"])) //nolint:misspell // a role of the country
	want = []string{"2 capacity 300 > 350", "2 phone <nil> > <nil>", "3 code <nil> > 100002"}
	if diff := cmp.Diff(want, changes(d, other, i)); diff != "" {
		t.Error(diff)
	}
	// Once it is entered, the history tells it.
	i, _ = d.step(officer, i, d.t.Apply)
	if got := changes(d, officer, i); i.State != transfer.Applied || len(got) != 0 {
		t.Errorf("%s %v", i.State, got)
	}
}
