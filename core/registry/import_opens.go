package registry

import (
	"context"
	"slices"

	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/record"
)

// opens tells which fields must be filled in for what a row changes, and are not: of a new
// institution the row would be refused, of one that is there somebody may write them later.
func (w *work) opens(ctx context.Context, i record.Record, level string, after map[string]any) []rowFault {
	seen := func(group string) bool {
		_, hidden := w.rows.allowed(ctx, "view", w.t.Target(UnitOf(i.Head), group))
		return hidden == nil
	}
	before := w.t.Lacking(w.p, i.Head, level, i.Fields, w.rows.today, seen)
	var faults []rowFault
	for _, f := range w.t.Lacking(w.p, i.Head, level, after, w.rows.today, seen) {
		if !slices.ContainsFunc(before, func(b *profile.Field) bool { return b.ID == f.ID }) {
			faults = append(faults, rowFault{target: f.ID, key: "import.row.opens", args: fault.Args{"Field": fault.Text(f.Name)}, warn: true, known: i.ID})
		}
	}
	return faults
}
