package registry

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/record"
	"mektep/core/unit"
)

// mark stands for what an import left of an institution, to be compared with what stands when
// it is to be undone. Of one that it made everything counts, which would go with it; of one
// that it changed the passport, and what it is judged by.
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

// suspect is an institution of which something has changed since an import.
type suspect struct {
	id    int64
	u     unit.Unit
	saved bool // its version alone tells so: it may be as it was left all the same
}

// untouched refuses an undo when anything has changed since that it would take along: a
// unit is no longer as the import left it, is gone, or another names one of them. A change
// that was itself taken back is none.
func (t *Transfer) untouched(ctx context.Context, tx *db.Tx, i *Import) error {
	var touched []unit.Unit
	err := parts(ctx, tx, i, func(made []int64, changed []changedUnit) error {
		found, err := suspects(ctx, tx, made, changed)
		if err != nil || len(found) == 0 {
			return err
		}
		same, err := t.asLeft(ctx, found, changed)
		for _, s := range found {
			if !same[s.id] {
				touched = append(touched, s.u)
			}
		}
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
	if names := t.someNames(ctx, touched); len(names) > 0 {
		return f.WithNext("import.next.by_hand_these", "", fault.Args{"Names": names})
	}
	return f.WithNext("import.next.by_hand", "", nil)
}

// laterOver is the last import that wrote over what another left of some institutions, which is
// undone first; nil where there is none that the caller may see.
func (t *Transfer) laterOver(ctx context.Context, tx *db.Tx, i *Import, touched []unit.Unit) (*Import, error) {
	uids := make([]string, len(touched))
	for k, u := range touched {
		uids[k] = u.UID
	}
	var uid string
	err := tx.PGX().QueryRow(ctx, `SELECT r.uid FROM import_run r
		WHERE r.tenant_id = $1 AND r.state = 'applied' AND (r.applied_at, r.id) > ($2, $3) AND EXISTS (
			SELECT FROM import_part p CROSS JOIN LATERAL jsonb_array_elements(p.changed) c
			JOIN unit u ON u.tenant_id = p.tenant_id AND u.id = (c->>'id')::bigint
			WHERE p.tenant_id = r.tenant_id AND p.import_id = r.id AND u.uid = ANY($4) AND NOT coalesce((c->>'made')::boolean, false))
		ORDER BY r.applied_at DESC, r.id DESC LIMIT 1`, tx.Tenant(), i.Applied, i.id, uids).Scan(&uid)
	if db.NoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	later, err := findImport(ctx, tx, uid, false)
	if err != nil || !t.gate.Can(ctx, "view", t.importTarget(later)) {
		return nil, err
	}
	return later, nil
}

// suspects holds what an import made and changed, and returns what has changed since.
func suspects(ctx context.Context, tx *db.Tx, made []int64, changed []changedUnit) ([]suspect, error) {
	ids, versions := slices.Clone(made), make([]int32, len(made), len(made)+len(changed))
	for k := range versions {
		versions[k] = 1
	}
	for _, c := range changed {
		if !c.Made {
			ids, versions = append(ids, c.ID), append(versions, int32(c.Version)) //nolint:gosec // a version counts saves
		}
	}
	// Held from the look on: what somebody saves in between is not to be lost.
	if _, err := tx.PGX().Exec(ctx, "SELECT FROM unit WHERE tenant_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE", tx.Tenant(), ids); err != nil {
		return nil, err
	}
	rows, err := tx.PGX().Query(ctx, `SELECT * FROM (
		SELECT m.id, coalesce(u.uid, ''), coalesce(u.name, '{}'), coalesce(u.code, ''), coalesce(u.path, ''), coalesce(u.type, ''),
			u.version IS DISTINCT FROM m.version AS saved,
			u.id IS NULL
				OR EXISTS (SELECT 1 FROM unit_successor s WHERE s.tenant_id = $1 AND s.successor_id = m.id)
				OR EXISTS (SELECT 1 FROM unit_lies($1, m.id))
				OR m.id = ANY($4) AND (
					EXISTS (SELECT 1 FROM unit_name f WHERE f.tenant_id = $1 AND f.unit_id = m.id AND f.since > u.since)
					OR EXISTS (SELECT 1 FROM unit_type f WHERE f.tenant_id = $1 AND f.unit_id = m.id AND f.since > u.since)) AS touched
		FROM unnest($2::bigint[], $3::int[]) AS m(id, version) LEFT JOIN unit u ON u.tenant_id = $1 AND u.id = m.id) s
		WHERE saved OR touched`,
		tx.Tenant(), ids, versions, made)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (s suspect, err error) {
		var saved, touched bool
		err = r.Scan(&s.id, &s.u.UID, &s.u.Name, &s.u.Code, &s.u.Path, &s.u.Type, &saved, &touched)
		s.saved = saved && !touched
		return s, err
	})
}

// asLeft are those among institutions that were saved since an import which are as it left
// them.
func (t *Transfer) asLeft(ctx context.Context, found []suspect, changed []changedUnit) (map[int64]bool, error) {
	var ids []int64
	for _, s := range found {
		if s.saved {
			ids = append(ids, s.id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	now, err := t.ByIDs(ctx, ids, false)
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
