package audit_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/fault"
)

// One judgement of every order (KG-ER-6b, TR-IC-8): a number that can be one, a day that
// has come and lies within a working life.
func TestKGER6b_AnOrderHasANumberAndADay(t *testing.T) {
	today := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	day := today.AddDate(0, 0, -3)
	for _, c := range []struct {
		what     string
		number   string
		date     time.Time
		required bool
		want     []string
	}{
		{"a plain one", "01-7/245", day, true, nil},
		{"of today", "78", today, true, nil},
		{"a letter alone", "к", day, true, nil},
		{"none where none is asked for", "", time.Time{}, false, nil},
		{"none", "", time.Time{}, true, []string{"order.number", "order.date"}},
		{"a number without a day", "5", time.Time{}, false, []string{"order.date"}},
		{"a day without a number", "", day, false, []string{"order.number"}},
		{"a dash", "-", day, true, []string{"order.number"}},
		{"question marks", "??", day, true, []string{"order.number"}},
		{"blanks", " \u00a0\t", day, true, []string{"order.number"}},
		{"a control character", "7\x07", day, true, []string{"order.number"}},
		{"an invisible one", "7\u200b", day, true, []string{"order.number"}},
		{"a turned text", "7\u202e8", day, true, []string{"order.number"}},
		{"too long", strings.Repeat("7", 61), day, true, []string{"order.number"}},
		{"of tomorrow", "7", today.AddDate(0, 0, 1), true, []string{"order.date"}},
		{"of 1066", "7", time.Date(1066, 1, 1, 0, 0, 0, 0, time.UTC), true, []string{"order.date"}},
	} {
		o, bad := audit.Order{Number: c.number, Date: c.date}.Checked(fault.New(fault.Invalid, "x"), c.required, today)
		var got []string
		for _, f := range bad.Fields {
			got = append(got, f.Name)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: faults of %v, want %v", c.what, got, c.want)
		}
		if strings.TrimSpace(o.Number) != o.Number {
			t.Errorf("%s: not tidied: %q", c.what, o.Number)
		}
	}
}
