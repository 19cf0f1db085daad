package transfer

import (
	"context"
	"slices"

	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/record"
)

// opens tells which fields must be filled in for what a row changes, and are not: of a new
// record the row would be refused, of one that is there somebody may write them later.
func (w *work) opens(ctx context.Context, i record.Record, level string, after map[string]any) []Fault {
	seen := func(group string) bool {
		_, hidden := w.rows.Allowed(ctx, "view", w.t.records.Target(i.Head, group))
		return hidden == nil
	}
	before := w.t.records.Lacking(w.p, i.Head, level, i.Fields, w.rows.Today, seen)
	var faults []Fault
	for _, f := range w.t.records.Lacking(w.p, i.Head, level, after, w.rows.Today, seen) {
		if !slices.ContainsFunc(before, func(b *profile.Field) bool { return b.ID == f.ID }) {
			faults = append(faults, Fault{Target: f.ID, Key: "import.row.opens", Args: fault.Args{"Field": fault.Text(f.Name)}, Warn: true, Known: i.ID})
		}
	}
	return faults
}
