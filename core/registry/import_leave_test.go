package registry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/registry"
)

// Totals and signatures below a list are no institutions: they are proposed to be left out,
// and what is left out stands against nothing.
func TestRowsThatAreNoInstitutionsCanBeLeftOut(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.preview(d.ctx, trHead+";Öğrenci kontenjanı\n900101;A;İlkokul;İstanbul;Kadıköy;Resmî;100\n900102;B;;İstanbul;Kadıköy;Resmî;100\nTOPLAM;2 okul;;;;;200\nHazırlayan: A. B.;;;;;;\n")
	if diff := cmp.Diff([]int{4, 5}, i.Options.Odd); diff != "" || i.Counts.Faulty != 3 {
		t.Errorf("%+v %s", i.Counts, diff)
	}
	targets := make([]string, len(i.Columns))
	for k := range i.Columns {
		targets[k] = i.Columns[k].Target
	}
	i, err := d.t.Match(d.ctx, i.UID, i.Version, targets, registry.ImportOptions{Leave: []int{3, 4, 5}})
	ok(t, err)
	i, _ = d.step(d.ctx, i, d.t.Preview)
	if i.Counts != (registry.Counts{Rows: 4, New: 1, Duplicate: 3, Findings: 3}) || len(i.Options.Odd) > 0 {
		t.Errorf("%+v %v", i.Counts, found(d, i))
	}
	if i, run := d.step(d.ctx, i, d.t.Apply); i.State != registry.Applied {
		t.Errorf("%s %v", i.State, run.Fault)
	}
}
