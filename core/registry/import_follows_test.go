package registry_test

import (
	"strings"
	"testing"

	"mektep/core/transfer"
)

// What is wrong with one cell is told of that cell alone: that its field is empty, or that another
// one waits for it, comes of it and is no second fault; nothing of such a row is shown as a change.
func TestWhatFollowsFromACellThatIsNotUnderstoodIsNotTold(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("990001", "Işık İlkokulu", "ilkokul", d.byCode["1231"], map[string]any{"ownership": "public", "address": "No № 5"})
	d.school("990002", "Ay İlkokulu", "ilkokul", d.byCode["1231"], map[string]any{"ownership": "public", "address": "½"})
	for file, want := range map[string]string{
		"code;internet;internet_speed\n990001;uzay bağlantısı;16\n":                                        "2 internet word",
		"code;internet;internet_speed\n990001;;16\n":                                                       "2 internet_speed field.waits_for",
		trHead + ";internet;internet_speed\n990009;Gün İlkokulu;İlkokul;İstanbul;Kadıköy;halkın;uzay;16\n": "2 ownership word, 2 internet word",
		"code;address\n990001;No ? 5\n990002;?\n":                                                          "2 address lost_kept, 3 address lost_kept",
	} {
		i := d.preview(d.ctx, file)
		if got := strings.ReplaceAll(strings.Join(found(d, i), ", "), "import.row.", ""); got != want {
			t.Errorf("%q:\n%s\nwant %s", file, got, want)
		}
		if n := len(found(d, i)); i.Counts.Findings != n {
			t.Errorf("%q: %d counted, %d told", file, i.Counts.Findings, n)
		}
		if list, _, err := d.t.FindingsOf(d.ctx, i.UID, transfer.Changes, 0); err != nil || len(list) > 0 {
			t.Errorf("%q: %+v %v", file, list, err)
		}
	}
}
