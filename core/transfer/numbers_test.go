package transfer

import (
	"strings"
	"testing"
)

// A row that numbers the columns of a form is none of its records, and no record is taken for one.
func TestARowThatNumbersTheColumnsIsNoRecord(t *testing.T) {
	for row, want := range map[string]bool{
		"1;2;3": true, "1;2;3;4;5;6;7;8": true, "А;Б;1;2": true, "A;B;C": true, "a;b;c;ç;d": true, "(1);(2);(3)": true, "1.;2.;3.": true, ";1;2;3": true, "а;б;в;г;д;е": true,
		"1;2": false, "1;2;4": false, "2;3;4": false, "0;1;2": false, "B;C;D": false, "1;А;2": false, "A;A;B": false, "A;?;B": false, "": false, ";;;": false,
		"1;Okul;3": false, "1;2;3;okul": false, "2024;2025;2026": false,
	} {
		if got := numbers(strings.Split(row, ";")); got != want {
			t.Errorf("%q: %v", row, got)
		}
	}
}
