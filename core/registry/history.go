package registry

import (
	"context"
	"slices"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/unit"
)

// History is what happened to an institution, newest first.
type History struct {
	Changes []audit.FieldChange // a page of changes of fields, of groups the caller may see
	Next    string              // cursor of the following page; empty at the end
	Life    unit.Life           // dated names, types, parents; who took over from whom. On the first page only
}

// ofUnit are the recorded fields that are not the passport's.
var ofUnit = map[string]bool{
	"name": true, "type": true, "code": true, "since": true, "until": true,
	"parent": true, "successors": true, "import": true,
	"entered_from": true, "holds_from": true, "reason": true, AgreedBy: true,
}

// History returns the changes of an institution's fields with who made them, and
// its dated names, types and places.
//
// Faults: NotFound; the gate's.
func (s *Service) History(ctx context.Context, uid, after string) (History, error) {
	var h History
	i, err := s.Get(ctx, uid)
	if err != nil {
		return h, err
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return h, err
	}
	lines, next, err := s.trail.Changes(ctx, Institutions, uid, after)
	if err != nil {
		return h, err
	}
	h.Next = next
	seen := map[string]bool{}
	for _, g := range i.Groups {
		seen[g] = true
	}
	r := m.Profile.Register(Institutions)
	for _, l := range lines {
		// A field the profile no longer has belongs to no group: nobody's right covers it.
		f := r.Field(l.Field)
		if ofUnit[l.Field] || f != nil && seen[f.Group().ID] {
			h.Changes = append(h.Changes, l)
		}
	}
	if after == "" {
		if h.Life, err = s.tree.Life(ctx, i.Unit); err != nil {
			return h, err
		}
	}
	return h, s.namesShown(ctx, Institutions, i.Unit, h.Changes)
}

// namesShown records that the caller was shown who made changes: those are names of
// people, though the unit is none.
func (s *Service) namesShown(ctx context.Context, object string, u unit.Unit, changes []audit.FieldChange) error {
	if !slices.ContainsFunc(changes, func(c audit.FieldChange) bool { return c.AccountUID != "" }) {
		return nil
	}
	return s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		return s.trail.Record(ctx, tx, audit.Entry{Action: "view", Object: object, Target: u.UID, UnitPath: u.Path, Fields: []string{"history"}})
	})
}
