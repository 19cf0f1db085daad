package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/record"
)

// A code is read as offices write it, where but one code can be meant; else the finding says
// what one is like.
func TestACodeIsReadAsOfficesWriteIt(t *testing.T) {
	d := newDesk(t, "tr")
	var rows strings.Builder
	rows.WriteString(trHead + ";Telefon\n")
	for k, code := range []string{`"=""912401"""`, "'912402", "912.403", "912-404", "912 405", "№ 912406", "912407.0", "912/408"} {
		fmt.Fprintf(&rows, "%s;Okul %d;İlkokul;İstanbul;Kadıköy;Resmî;%s\n", code, k, `"=""0216 345 67 89"""`)
	}
	i := d.enter(d.ctx, rows.String())
	if i.Counts.New != 8 {
		t.Errorf("%+v %v", i.Counts, found(d, i))
	}
	got := ""
	for _, u := range list(t, d.world, d.ctx, record.Query{}).Items {
		got += u.Code + " "
	}
	for n := range 8 {
		if !strings.Contains(got, fmt.Sprint(912401+n)) {
			t.Errorf("912%d is not among %s", 401+n, got)
		}
	}
	i = d.preview(d.ctx, trHead+"\nTOPLAM;A;İlkokul;İstanbul;Kadıköy;Resmî\n9124.1;B;İlkokul;İstanbul;Kadıköy;Resmî\n912401-;C;İlkokul;İstanbul;Kadıköy;Resmî\n")
	findings, _, err := d.t.Findings(d.ctx, i.UID, 0)
	ok(t, err)
	var keys []string
	for _, f := range findings {
		keys = append(keys, fmt.Sprintf("%d %s %v", f.Line, f.Key, f.Args["Help"] != nil))
	}
	if diff := cmp.Diff([]string{"2 field.identifier true", "3 field.identifier true", "4 field.identifier true"}, keys); diff != "" {
		t.Error(diff)
	}
}
