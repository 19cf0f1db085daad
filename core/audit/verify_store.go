package audit

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// sealedPlace is one place of a block with the entry that now has its number.
type sealedPlace struct {
	link     link
	position int
	present  bool
	entry    scanned
	stored   []storedValue
}

// storedValue is a recorded value as it lies there now.
type storedValue struct {
	value
	erasedBy int64 // the entry of its erasure; 0: it is there
}

// placesOf returns the places of one block in order, with their entries.
func placesOf(ctx context.Context, tx *db.Tx, seq int, known erasures) ([]sealedPlace, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT l.id, l.position, l.digest
FROM audit_link l WHERE l.tenant_id = $1 AND l.seq = $2 ORDER BY l.position`, tx.Tenant(), seq)
	if err != nil {
		return nil, err
	}
	places, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (sealedPlace, error) {
		var p sealedPlace
		return p, r.Scan(&p.link.id, &p.position, &p.link.digest)
	})
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(places))
	for i := range places {
		ids[i] = places[i].link.id
	}
	entries, err := entriesOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	stored, err := storedValues(ctx, tx, ids, known)
	if err != nil {
		return nil, err
	}
	for i := range places {
		p := &places[i]
		p.entry, p.present = entries[p.link.id]
		p.stored = stored[p.link.id]
	}
	return places, nil
}

func entriesOf(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]scanned, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT `+entryWithValues+`
FROM audit_entry e WHERE e.tenant_id = $1 AND e.id = ANY($2)`, tx.Tenant(), ids)
	if err != nil {
		return nil, err
	}
	found := make(map[int64]scanned, len(ids))
	list, err := collect(rows, tx.Tenant())
	for i := range list {
		found[list[i].id] = list[i]
	}
	return found, err
}

// storedValues returns the recorded values of entries, and takes note of the erasures of those
// that were erased.
func storedValues(ctx context.Context, tx *db.Tx, entries []int64, known erasures) (map[int64][]storedValue, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT v.entry_id, v.field, v.old::text, v.new::text, v.salt, v.digest, coalesce(v.erased_by, 0)
FROM change_value v WHERE v.tenant_id = $1 AND v.entry_id = ANY($2) ORDER BY v.entry_id, v.field COLLATE "C"`, tx.Tenant(), entries)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[int64][]storedValue{}
	var acts []int64
	for rows.Next() {
		var id int64
		var v storedValue
		var old, now *string
		if err := rows.Scan(&id, &v.field, &old, &now, &v.salt, &v.digest, &v.erasedBy); err != nil {
			return nil, err
		}
		v.old, v.new = rawOrNil(old), rawOrNil(now)
		if v.erasedBy != 0 && !slices.Contains(acts, v.erasedBy) {
			acts = append(acts, v.erasedBy)
		}
		found[id] = append(found[id], v)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return found, known.judge(ctx, tx, acts)
}

// notIn returns up to limit entries after from that stand in no block up to seq.
func notIn(ctx context.Context, tx *db.Tx, from place, seq, limit int) ([]scanned, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT `+entryWithValues+`
FROM audit_entry e
WHERE e.tenant_id = $1 AND (e.xid, e.id) > ($2::text::xid8, $3)
  AND NOT EXISTS (SELECT 1 FROM audit_link l WHERE l.tenant_id = $1 AND l.id = e.id AND l.seq <= $4)
ORDER BY e.xid, e.id LIMIT $5`, tx.Tenant(), fmt.Sprint(from.xid), from.id, seq, limit)
	if err != nil {
		return nil, err
	}
	return collect(rows, tx.Tenant())
}

func collect(rows pgx.Rows, tenant int32) ([]scanned, error) {
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (scanned, error) {
		s := scanned{row: row{tenant: tenant}}
		err := s.scan(r)
		return s, err
	})
}

func numbers(rows []scanned) []int64 {
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i] = rows[i].id
	}
	return ids
}
