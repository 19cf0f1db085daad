package registry_test

import (
	"fmt"
	"testing"

	"mektep/core/audit"
	"mektep/core/fault/faulttest"
	"mektep/core/jobs"
	"mektep/core/registry"
	"mektep/core/transfer"
)

// A name that lacks the letters of its language, that shortens its type or calls an office is
// asked about, with a new code or without; what tells two of one place apart does not fold.
func TestAlmostTheSameNameIsAskedAbout(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("990008", "Işık Anaokulu", "anaokulu", d.byCode["1421"], map[string]any{"ownership": "public"})
	d.school("990009", "Gül Anaokulu I", "anaokulu", d.byCode["1421"], map[string]any{"ownership": "public"})
	for name, asked := range map[string]bool{
		"ISIK ANAOKULU": true, "Isık Anaokulu": true, "Işık A.O.": true, "Işık Anaokulu Müdürlüğü": true, "Işık": true, "isik a.o. müdürlüğü": true,
		"Işıklar Anaokulu": false, "Gül Anaokulu II": false, "GUL ANAOKULU I": true, "Yeni Işık Anaokulu": false, "Anaokulu": false,
	} {
		for _, code := range []string{"", "990077"} {
			i := d.preview(d.ctx, fmt.Sprintf("%s\n%s;%s;Anaokulu;İstanbul;Kadıköy;Resmî\n", trHead, code, name))
			got := found(d, i)
			if is := len(got) == 1 && got[0] == "2 name import.row.twin_like"; is != asked || i.Counts.New != map[bool]int{true: 0, false: 1}[asked] {
				t.Errorf("%q %q: %v %+v", name, code, got, i.Counts)
			}
			if !asked || code == "" {
				continue
			}
			i, err := d.t.Match(d.ctx, i.UID, i.Version, []string{"code", "name", "type", "region", "district", "ownership"}, transfer.Options{Twins: true})
			ok(t, err)
			if i, run := d.step(d.ctx, i, d.t.Preview); i.Counts.New != 1 || run.State != jobs.Done {
				t.Errorf("%q: %+v", name, i.Counts)
			}
		}
	}
	// What has a row of its own is another.
	i := d.preview(d.ctx, trHead+"\n990008;Işık Anaokulu;Anaokulu;İstanbul;Kadıköy;Resmî\n990077;ISIK A.O.;Anaokulu;İstanbul;Kadıköy;Resmî\n")
	if i.Counts.New != 1 || i.Counts.Unchanged != 1 {
		t.Errorf("%+v %v", i.Counts, found(d, i))
	}
}

// Who enters one by hand is asked about a name that lacks the letters of its language as well.
func TestANameWithoutItsLettersIsAskedAboutByTheForm(t *testing.T) {
	w := newWorld(t, "tr")
	enter := func(code, name string, meant bool) error {
		_, err := w.s.Create(w.ctx, registry.Entry{
			Parent: w.byCode["1421"].UID, Type: "anaokulu", Name: map[string]string{"tr": name}, Code: code, Since: day(2001, 9, 1), SameName: meant,
			Fields: map[string]any{"ownership": "public"}, Order: audit.Order{Number: "1", Date: day(2020, 1, 2)},
		})
		return err
	}
	ok(t, enter("990008", "Işık Anaokulu I", false))
	ok(t, enter("990009", "Işık Anaokulu II", false))
	if f := faulttest.Of(t, enter("990010", "ISIK Anaokulu II", false)); len(f.Fields) != 1 || f.Fields[0].Key != "institution.twin" {
		t.Errorf("%+v", f)
	}
	ok(t, enter("990010", "ISIK Anaokulu II", true))
}
