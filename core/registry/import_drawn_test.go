package registry_test

import (
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// What a list shows struck out is not what it says, and a raised figure is none of the number
// that it stands beside: neither is entered, whatever the field. A row of which all is struck
// out is left out, and told.
func TestWhatIsStruckOutOrRaisedIsNotWhatACellSays(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("990008", "Işık İlkokulu", "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public"})
	d.school("990014", "Papatya İlkokulu", "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public"})
	head := []any{"code", "name", "type", "classrooms", "short_name", "phone", "ramp", "address"}
	strike, raised := &excelize.Font{Strike: true}, &excelize.Font{VertAlign: "superscript"}
	preview := func(fill func(f *excelize.File) error) (string, int) {
		rows := [][]any{head, {"990008", "Işık İlkokulu", "İlkokul"}, {"990014", "Papatya İlkokulu", "İlkokul", 9}}
		i := d.upload(d.ctx, "list.xlsx", spreadsheet(t, rows, func(f *excelize.File) { ok(t, fill(f)) }))
		i, _ = d.step(d.ctx, i, d.t.Preview)
		return strings.ReplaceAll(strings.Join(found(d, i), ", "), "import.row.", ""), i.Counts.Changed
	}
	rich := func(at string, runs ...excelize.RichTextRun) func(f *excelize.File) error {
		return func(f *excelize.File) error { return f.SetCellRichText("Sheet1", at, runs) }
	}
	for _, c := range []struct {
		at, target string
	}{{"A2", "code"}, {"B2", "name"}, {"C2", "type"}, {"D2", "classrooms"}, {"E2", "short_name"}, {"F2", "phone"}, {"G2", "ramp"}, {"H2", "address"}} {
		got, _ := preview(rich(c.at, excelize.RichTextRun{Text: "1", Font: strike}, excelize.RichTextRun{Text: "12"}))
		if want := "2 " + c.target + " struck_part"; !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", c.target, got)
		}
		got, _ = preview(rich(c.at, excelize.RichTextRun{Text: "12"}, excelize.RichTextRun{Text: "1", Font: raised}))
		if want := "2 " + c.target + " moved_part"; !strings.Contains(got, want) {
			t.Errorf("%s: %s", c.target, got)
		}
	}
	struck := func(from, to string) func(f *excelize.File) error {
		return func(f *excelize.File) error {
			style, err := f.NewStyle(&excelize.Style{Font: strike})
			ok(t, err)
			return f.SetCellStyle("Sheet1", from, to, style)
		}
	}
	if got, _ := preview(struck("D3", "D3")); got != "3 classrooms struck" {
		t.Error(got)
	}
	if got, _ := preview(struck("D1", "D1")); got != "1 classrooms struck_heading" {
		t.Error(got)
	}
	if got, changed := preview(struck("A3", "H3")); got != "3 name struck_row" || changed != 0 {
		t.Error(got, changed)
	}
}
