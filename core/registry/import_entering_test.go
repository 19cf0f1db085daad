package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"mektep/core/transfer"

	"github.com/google/go-cmp/cmp"
)

// entering tells what a preview says is to be entered.
func entering(d *desk, i *transfer.Import, from int) (out []string) {
	d.world.t.Helper()
	list, _, err := d.t.FindingsOf(d.ctx, i.UID, transfer.Fresh, from)
	ok(d.world.t, err)
	main := d.profile.Main()
	for _, f := range list {
		e := f.Entering
		var places []string
		for _, p := range e.Places {
			places = append(places, p[main])
		}
		out = append(out, fmt.Sprintf("%d %s %s (%s) %s", f.Line, e.Code, e.Names[main], e.Type[main], strings.Join(places, ", ")))
	}
	return out
}

// Before anybody says yes the preview lists what is to be entered: a line that is no institution and
// that nothing holds back is seen there.
func TestAPreviewListsWhatWillBeEntered(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("100001", "Atatürk İlkokulu", "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public"})
	file := trHead + "\n100001;Atatürk İlkokulu;İlkokul;İstanbul;Kadıköy;Resmî\n100002;Işık Lisesi;Anadolu lisesi;İstanbul;Kadıköy;Resmî\n;Sonuç;İlkokul;İstanbul;;Resmî\n100003;Yanlış;Uzay;İstanbul;Kadıköy;Resmî\n"
	i := d.preview(d.ctx, file)
	want := []string{"3 100002 Işık Lisesi (Anadolu lisesi) Kadıköy, İstanbul", "4  Sonuç (İlkokul) İstanbul"}
	if diff := cmp.Diff(want, entering(d, i, 0)); diff != "" || i.Counts.New != 2 {
		t.Errorf("%+v %v\n%s", i.Counts, found(d, i), diff)
	}
	for _, f := range found(d, i) {
		if strings.HasSuffix(f, "import.row.new") {
			t.Errorf("what is to be entered is no finding: %s", f)
		}
	}
	i = d.enter(d.ctx, strings.ReplaceAll(file, "100003;Yanlış;Uzay;İstanbul;Kadıköy;Resmî\n", ""))
	if got := entering(d, i, 0); got != nil {
		t.Errorf("entered, the register tells it: %v", got)
	}
}

// Of a long list the last lines are listed too: totals and remarks stand there.
func TestOfALongListTheLastLinesAreListedToo(t *testing.T) {
	d := newDesk(t, "tr")
	file := strings.Builder{}
	file.WriteString(trHead + "\n")
	for n := range 1100 {
		fmt.Fprintf(&file, "%d;Deneme %d İlkokulu;İlkokul;İstanbul;Kadıköy;Resmî\n", 200000+n, n)
	}
	i := d.preview(d.ctx, file.String())
	last, next := entering(d, i, 950), entering(d, i, 1000)
	if len(last) != 50 || len(next) != 0 || !strings.HasPrefix(last[49], "1101 201099 ") || !strings.HasPrefix(entering(d, i, 900)[49], "951 ") {
		t.Errorf("%d %v %v", i.Counts.New, last, next)
	}
}
