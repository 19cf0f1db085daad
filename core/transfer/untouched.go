package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/record"
)

// mark stands for what an import left of a record, to be compared with what stands when it is
// to be undone. Of one that it made everything counts, which would go with it; of one that it
// changed the fields, and what they are judged by.
func mark(h record.Head, fields map[string]any, made bool) string {
	left := struct {
		Type, Path, Code, Since, Until string
		Name                           map[string]string
		Fields                         map[string]any
	}{Type: h.Type, Path: h.Path, Code: h.Code, Since: h.Since.Format(time.DateOnly), Fields: fields}
	if h.Until != nil {
		left.Until = h.Until.Format(time.DateOnly)
	}
	if made {
		left.Name = h.Name
	}
	raw, err := json.Marshal(left)
	if err != nil { // then only the version tells
		return ""
	}
	sum := sha256.Sum256(raw)
	return base64.RawStdEncoding.EncodeToString(sum[:16])
}

// untouched refuses an undo when anything has changed since that it would take along: a
// record is no longer as the import left it, is gone, or another names one of them. A change
// that was itself taken back is none.
func (t *Service) untouched(ctx context.Context, tx *db.Tx, i *Import) error {
	var touched []record.Head
	err := parts(ctx, tx, i, func(made []int64, changed []deed) error {
		found, err := t.changedSince(ctx, tx, made, changed)
		touched = append(touched, found...)
		return err
	})
	if err != nil || len(touched) == 0 {
		return err
	}
	f := fault.New(fault.Conflict, "import.undo_touched").With("Count", len(touched))
	later, err := t.laterOver(ctx, tx, i, touched)
	if err != nil {
		return err
	}
	if later != nil { // then it is not barred for good
		f = fault.New(fault.Conflict, "import.undo_later").With("Count", len(touched))
		return f.WithNext("import.next.undo_later", "", fault.Args{"File": later.FileName, "At": inMinistry(ctx, later.Applied)})
	}
	return t.byHand(ctx, f, touched)
}

// byHand says of an undo which records stand in its way, as far as the caller may see them.
func (t *Service) byHand(ctx context.Context, f *fault.Error, records []record.Head) error {
	if names := t.someNames(ctx, records); len(names) > 0 {
		return f.WithNext("import.next.by_hand_these", "", fault.Args{"Names": names})
	}
	return f.WithNext("import.next.by_hand", "", nil)
}

// laterOver is the last import that wrote over what another left of some records, which is
// undone first; nil where there is none that the caller may see.
func (t *Service) laterOver(ctx context.Context, tx *db.Tx, i *Import, touched []record.Head) (*Import, error) {
	ids := make([]int64, len(touched))
	for k, h := range touched {
		ids[k] = h.ID
	}
	var uid string
	err := tx.PGX().QueryRow(ctx, `SELECT r.uid FROM import_run r
		WHERE r.tenant_id = $1 AND r.register = $5 AND r.state = 'applied' AND (r.applied_at, r.id) > ($2, $3) AND EXISTS (
			SELECT FROM import_part p CROSS JOIN LATERAL jsonb_array_elements(p.changed) c
			WHERE p.tenant_id = r.tenant_id AND p.import_id = r.id AND (c->>'id')::bigint = ANY($4) AND NOT coalesce((c->>'made')::boolean, false))
		ORDER BY r.applied_at DESC, r.id DESC LIMIT 1`, tx.Tenant(), i.Applied, i.id, ids, t.object()).Scan(&uid)
	if db.NoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	later, err := t.find(ctx, tx, uid, false)
	if err != nil || !t.gate.Can(ctx, "view", t.importTarget(later)) {
		return nil, err
	}
	return later, nil
}

// changedSince holds what an import made and changed, and returns what is no longer as it left
// it. Of what is gone only the id is known.
func (t *Service) changedSince(ctx context.Context, tx *db.Tx, made []int64, changed []deed) ([]record.Head, error) {
	ids, versions := slices.Clone(made), make([]int32, len(made), len(made)+len(changed))
	for k := range versions {
		versions[k] = 1
	}
	for _, c := range changed {
		if !c.Made {
			ids, versions = append(ids, c.ID), append(versions, int32(c.Version)) //nolint:gosec // a version counts saves
		}
	}
	saved, err := t.records.Saved(ctx, tx, ids, versions)
	if err != nil {
		return nil, err
	}
	touched, err := t.subject.Touched(ctx, tx, ids, made)
	if err != nil {
		return nil, err
	}
	var again []int64 // saved since: they may be as they were left all the same
	for _, h := range saved {
		if h.UID == "" {
			touched[h.ID] = true
		} else if !touched[h.ID] {
			again = append(again, h.ID)
		}
	}
	same, err := t.asLeft(ctx, again, changed)
	if err != nil {
		return nil, err
	}
	for _, id := range again {
		if !same[id] {
			touched[id] = true
		}
	}
	return t.headsOf(ctx, tx, ids, touched)
}

// headsOf are the heads of those records that are marked, in order.
func (t *Service) headsOf(ctx context.Context, tx *db.Tx, ids []int64, marked map[int64]bool) ([]record.Head, error) {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return !marked[id] })
	if len(ids) == 0 {
		return nil, nil
	}
	heads, err := t.records.HeadsByID(ctx, tx, ids)
	out := make([]record.Head, len(ids))
	for k, id := range ids {
		out[k] = heads[id]
		out[k].ID = id
	}
	return out, err
}

// asLeft are those among records that were saved since an import which are as it left them.
func (t *Service) asLeft(ctx context.Context, ids []int64, changed []deed) (map[int64]bool, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	now, err := t.records.ByIDs(ctx, ids, false)
	if err != nil {
		return nil, err
	}
	same := map[int64]bool{}
	for _, c := range changed {
		if r, there := now[c.ID]; there && c.Left != "" && mark(r.Head, r.Fields, c.Made) == c.Left {
			same[c.ID] = true
		}
	}
	return same, nil
}
