package xlsx

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"mektep/core/exchange"
)

// Letters that a cell shows struck out, raised or lowered are told, by whatever means it says so:
// its own font, or that of parts of its text, which stands in the cell or is shared.
func TestHowLettersAreDrawnIsTold(t *testing.T) {
	raw := bookOf(t, func(f *excelize.File) {
		set(t, f, "Sheet1", "A1", "a")
		struck, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Strike: true}})
		if err != nil {
			t.Fatal(err)
		}
		for cell, v := range map[string]any{"A2": 12, "B2": "Okul", "C2": 7} {
			set(t, f, "Sheet1", cell, v)
		}
		if err := errs(f.SetCellStyle("Sheet1", "A2", "B2", struck)); err != nil {
			t.Fatal(err)
		}
		for cell, runs := range map[string][]excelize.RichTextRun{
			"D2": {{Text: "1", Font: &excelize.Font{Strike: true}}, {Text: "12"}},
			"E2": {{Text: "12"}, {Text: "1", Font: &excelize.Font{VertAlign: "superscript"}}},
			"F2": {{Text: "H"}, {Text: "2", Font: &excelize.Font{VertAlign: "subscript"}}, {Text: "O"}},
			"G2": {{Text: "Eski ", Font: &excelize.Font{Strike: true}}, {Text: "ad", Font: &excelize.Font{Strike: true}}},
			"H2": {{Text: "Yeni ", Font: &excelize.Font{Bold: true}}, {Text: "ad"}},
			"I2": {{Text: "12", Font: &excelize.Font{VertAlign: "superscript"}}},
		} {
			if err := f.SetCellRichText("Sheet1", cell, runs); err != nil {
				t.Fatal(err)
			}
		}
	})
	var got []exchange.Drawn
	if err := format("xlsx").Read(t.Context(), bytes.NewReader(raw), exchange.Reading{}, func(r exchange.Row) error {
		got = append(got[:0], r.Drawn...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := []exchange.Drawn{{Whole: true, Struck: "12"}, {Whole: true, Struck: "Okul"}, {}, {Struck: "1"}, {Moved: "1"}, {Moved: "2"}, {Whole: true, Struck: "Eski ad"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// What begins with an apostrophe and the sign of a formula, and a text that looks like what a
// formula came to, comes back as it was written and as a text, in any format.
func TestAnApostropheOfATextComesBack(t *testing.T) {
	said := []string{"'- kesme", "'=1+1", "''+a", "=1+1", "- a", "'tırnak'", "''", "'", "#N/A", "'#N/A", "#YOK", "Err:502", "####"}
	for _, id := range []string{"xlsx", "csv"} {
		var b bytes.Buffer
		err := format(id).Write(&b, []exchange.Sheet{{Name: "a", Head: []string{"a"}, Rows: func(add func([]any) error) error {
			for _, s := range said {
				if err := add([]any{s}); err != nil {
					return err
				}
			}
			return nil
		}}})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := rowsOf(t, id, exchange.Reading{}, b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range rows[1:] {
			if got = append(got, r.Cells[0]); r.Kind(0) != exchange.Words {
				t.Errorf("%s: %q is read as %v", id, r.Cells[0], r.Kind(0))
			}
		}
		if d := cmp.Diff(said, got); d != "" {
			t.Errorf("%s: %s", id, d)
		}
	}
}
