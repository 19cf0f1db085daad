package record

import (
	"context"
	"slices"

	"mektep/core/audit"
	"mektep/core/db"
)

// History is what happened to a record's fields, newest first.
type History struct {
	Record  Record              // as the caller may see it
	Changes []audit.FieldChange // a page of changes of fields, of groups the caller may see
	Next    string              // cursor of the following page; empty at the end
}

// History returns the changes of a record's fields with who made them.
//
// Faults: NotFound; the gate's.
func (rs *Records) History(ctx context.Context, uid, after string) (History, error) {
	var h History
	r, err := rs.Get(ctx, uid)
	if err != nil {
		return h, err
	}
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return h, err
	}
	lines, next, err := rs.trail.Changes(ctx, rs.reg.ID, uid, after)
	if err != nil {
		return h, err
	}
	h.Record, h.Next = r, next
	of := rs.Of(m.Profile)
	for _, l := range lines {
		// A field the profile no longer has belongs to no group: nobody's right covers it.
		f := of.Field(l.Field)
		if slices.Contains(rs.reg.Own, l.Field) || f != nil && slices.Contains(r.Groups, f.Group().ID) {
			h.Changes = append(h.Changes, l)
		}
	}
	return h, NamesShown(ctx, rs.db, rs.trail, audit.Entry{Object: rs.reg.ID, Target: r.UID, UnitPath: r.Path}, h.Changes)
}

// NamesShown records that the caller was shown who made changes of what an entry names:
// those are names of people, whatever was changed.
func NamesShown(ctx context.Context, d *db.DB, trail *audit.Trail, of audit.Entry, changes []audit.FieldChange) error {
	if !slices.ContainsFunc(changes, func(c audit.FieldChange) bool { return c.AccountUID != "" }) {
		return nil
	}
	of.Action, of.Fields = "view", []string{"history"}
	return d.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error { return trail.Record(ctx, tx, of) })
}
