package registry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"mektep/core/jobs"
	"mektep/core/transfer"
)

// What a spreadsheet made of a text is never entered for it: a day, a part of one, a truth
// value and a number that is shown otherwise are findings; one that is shown with its noughts
// is read as it is shown.
func TestATextIsNotWhatASpreadsheetMadeOfIt(t *testing.T) {
	d := newDesk(t, "tr")
	head := []any{"code", "name", "type", "district_code", "ownership", "short_name", "address", "phone", "capacity"}
	type cell struct {
		value  any
		format string
	}
	row := func(n int) []any {
		return []any{fmt.Sprint(900160 + n), "Okul", "ilkokul", "1421", "resmi", "", "", "", ""}
	}
	entered := func(at string, c cell) []string {
		rows := [][]any{head, row(len(at))}
		i := d.upload(d.ctx, "list.xlsx", spreadsheet(t, rows, func(f *excelize.File) {
			sheet := f.GetSheetName(0)
			ok(t, f.SetCellValue(sheet, at, c.value))
			if c.format != "" {
				style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &c.format})
				ok(t, err)
				ok(t, f.SetCellStyle(sheet, at, at, style))
			}
		}))
		i, _ = d.step(d.ctx, i, d.t.Preview)
		var out []string
		for _, s := range found(d, i) {
			if strings.Contains(s, "import.row.text_") {
				out = append(out, s)
			}
		}
		if i.Counts.New != 1-len(out) {
			t.Errorf("%s %+v: %+v %v", at, c, i.Counts, found(d, i))
		}
		return out
	}
	for _, at := range []string{"B2", "F2", "G2", "H2"} { // name, short name, address, telephone
		for key, c := range map[string]cell{
			"text_day":   {41426, "d.mmm"},
			"text_time":  {0.5, "h:mm"},
			"text_truth": {true, ""},
		} {
			if got := entered(at, c); len(got) != 1 || !strings.Contains(got[0], key) {
				t.Errorf("%s %+v: %v", at, c, got)
			}
		}
	}
	for _, c := range []cell{{1234.5, "#,##0.00"}, {1234.5, ""}, {5, `0 "bin"`}, {1207, `000\-00`}} {
		if got := entered("F2", c); len(got) != 1 || !strings.Contains(got[0], "text_number") {
			t.Errorf("%+v: %v", c, got)
		}
	}
	for _, c := range []cell{{7, "000"}, {350, "#,##0"}, {12, ""}} {
		if got := entered("F2", c); got != nil {
			t.Errorf("%+v: %v", c, got)
		}
	}
	// A number is one, however it is shown.
	if got := entered("I2", cell{1250, `#,##0" kişi"`}); got != nil {
		t.Error(got)
	}
	i := d.upload(d.ctx, "list.xlsx", spreadsheet(t, [][]any{head, {"900199", "Okul", "ilkokul", "1421", "resmi", 7, "", "", 1250}}, func(f *excelize.File) {
		for at, format := range map[string]string{"F2": "000", "I2": `#,##0" kişi"`} {
			style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
			ok(t, err)
			ok(t, f.SetCellStyle(f.GetSheetName(0), at, at, style))
		}
	}))
	i, _ = d.step(d.ctx, i, d.t.Preview)
	if _, run := d.step(d.ctx, i, d.t.Apply); run.State != jobs.Done {
		t.Fatal(run.Fault)
	}
	if diff := cmp.Diff([]map[string]any{{"Okul": "007"}, {"Okul": 1250.0}}, []map[string]any{schools(t, d, "short_name"), schools(t, d, "capacity")}); diff != "" {
		t.Error(diff)
	}
}

// A text of figures that lost the noughts before it is left as the register has it; another
// number is another text.
func TestATextThatLostItsNoughtsIsLeft(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("900150", "Bir", "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public", "short_name": "007"})
	d.school("900151", "İki", "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public", "short_name": "007"})
	i := d.preview(d.ctx, trHead+";Kısa adı;Telefon\n900150;Bir;İlkokul;İstanbul;Kadıköy;Resmî;7;0216 345 67 89\n900151;İki;İlkokul;İstanbul;Kadıköy;Resmî;8;\n")
	if got := found(d, i); len(got) != 1 || got[0] != "2 short_name import.row.noughts_kept" || i.Counts.Changed != 2 {
		t.Fatalf("%v %+v", got, i.Counts)
	}
	if i, _ = d.step(d.ctx, i, d.t.Apply); i.State != transfer.Applied {
		t.Fatal(i.State)
	}
	if got := schools(t, d, "short_name"); got["Bir"] != "007" || got["İki"] != "8" {
		t.Error(got)
	}
}

// Strokes drawn through an empty cell are nothing, in texts too; a web address asks with a
// question mark and has lost no letter.
func TestStrokesAndQuestionsOfAddressesSayNothing(t *testing.T) {
	d := newDesk(t, "tr")
	for k, stroke := range []string{"-", "---", "–", "— —", "−−"} {
		d.school(fmt.Sprint(900150+k), fmt.Sprint("Okul ", k), "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public", "short_name": "Kısa"})
		i := d.preview(d.ctx, trHead+fmt.Sprintf(";Kısa adı;address;Web sitesi\n%d;Okul %d;İlkokul;İstanbul;Kadıköy;Resmî;%s;bkz. http://x.tr/a?b ve www.y.tr/?ş;https://x.tr/a?b=ş\n", 900150+k, k, stroke))
		list, _, err := d.t.FindingsOf(d.ctx, i.UID, transfer.Changes, 0)
		ok(t, err)
		var changed []string
		for _, f := range list {
			changed = append(changed, f.Target)
		}
		slices.Sort(changed)
		if strings.Join(changed, " ") != "address website" || len(found(d, i)) != 0 {
			t.Errorf("%q: %v %v", stroke, changed, found(d, i))
		}
	}
}
