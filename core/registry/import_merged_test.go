package registry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// A number that is merged over several rows is no row's; a telephone is told of; a word counts
// for all of them. What stands in a hidden column is told of as well.
func TestAMergedNumberIsNobodysAndAHiddenColumnIsTold(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.preview(d.ctx, spreadsheet(t, [][]any{
		{"Kurum kodu", "Kurum adı", "Kurum türü", "İl", "İlçe", "Mülkiyet", "Derslik sayısı", "Telefon", "Isıtma"},
		{"900601", "Bir", "İlkokul", "İstanbul", "Kadıköy", "Resmî", 10, "0216 555 01 02", "Soba"},
		{"900602", "İki", "İlkokul", "İstanbul", nil, "Resmî", nil, nil, nil},
		{"900603", "Üç", "İlkokul", "İstanbul", "Kadıköy", "Resmî", 4, nil, nil},
	}, func(f *excelize.File) {
		for _, c := range []string{"E", "G", "H", "I"} {
			ok(t, f.MergeCell("Sheet1", c+"2", c+"3"))
		}
		ok(t, f.SetColVisible("Sheet1", "F", false))
	}))
	want := []string{
		"1 ownership import.row.hidden_column", "2 classrooms import.row.merged", "2 phone import.row.merged_all", "2 heating import.row.merged_all",
		"3 classrooms import.row.merged", "3 phone import.row.merged_all", "3 heating import.row.merged_all",
	}
	if diff := cmp.Diff(want, found(d, i)); diff != "" {
		t.Error(diff)
	}
}
