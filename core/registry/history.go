package registry

import (
	"context"

	"mektep/core/record"
	"mektep/core/unit"
)

// History is what happened to an institution, newest first.
type History struct {
	record.History
	Life unit.Life // dated names, types, parents; who took over from whom. On the first page only
}

// History returns the changes of an institution's fields with who made them, and
// its dated names, types and places.
//
// Faults: NotFound; the gate's.
func (s *Service) History(ctx context.Context, uid, after string) (History, error) {
	var h History
	var err error
	if h.History, err = s.Records.History(ctx, uid, after); err != nil || after != "" {
		return h, err
	}
	h.Life, err = s.tree.Life(ctx, UnitOf(h.Record.Head))
	return h, err
}
