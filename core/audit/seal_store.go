package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// scanned is an entry with what its values say of themselves, as Seal and Verify read it.
type scanned struct {
	row
	xid     int64
	written int // how many values the entry was written with
}

// place is a position in the order of sealing.
type place struct{ xid, id int64 }

func (s *scanned) place() place { return place{xid: s.xid, id: s.id} }

// genuine reports whether the entry and the list of its values are as the
// service wrote them. The values themselves may have been erased since.
func (t *Trail) genuine(s *scanned) bool {
	key, known := t.key(s.keyID, s.tenant)
	return known && s.written == len(s.values) && string(s.sum(key)) == string(s.digest)
}

// lockSealing tries to become the one who seals until the unit ends.
func lockSealing(ctx context.Context, tx *db.Tx) (bool, error) {
	var got bool
	err := tx.PGX().QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1, $2)`, int32(sealLock), tx.Tenant()).Scan(&got)
	return got, err
}

// horizon returns the cluster's identity and the oldest transaction still running in it.
func horizon(ctx context.Context, tx *db.Tx) (cluster string, xid int64, err error) {
	err = tx.PGX().QueryRow(
		ctx,
		`SELECT system_identifier::text, pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM pg_control_system()`,
	).Scan(&cluster, &xid)
	return cluster, xid, err
}

// entryWithValues selects an entry with the names and digests of its values; the
// order is by bytes, as the digest was made.
const entryWithValues = entryColumns + `, e.xid::text::bigint,
  ARRAY(SELECT v.field FROM change_value v WHERE v.tenant_id = e.tenant_id AND v.entry_id = e.id ORDER BY v.field COLLATE "C"),
  ARRAY(SELECT v.digest FROM change_value v WHERE v.tenant_id = e.tenant_id AND v.entry_id = e.id ORDER BY v.field COLLATE "C")`

// unsealed returns up to limit entries that stand in no block, after from and of
// transactions older than until, in the order of sealing. The horizon was read by
// an earlier statement; whatever ended before it is visible to this one.
func unsealed(ctx context.Context, tx *db.Tx, from place, until int64, limit int) ([]scanned, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT `+entryWithValues+`
FROM audit_entry e
WHERE e.tenant_id = $1 AND (e.xid, e.id) > ($2::text::xid8, $3) AND e.xid < $4::text::xid8
  AND NOT EXISTS (SELECT 1 FROM audit_link l WHERE l.tenant_id = $1 AND l.id = e.id)
ORDER BY e.xid, e.id LIMIT $5`, tx.Tenant(), fmt.Sprint(from.xid), from.id, fmt.Sprint(until), limit)
	if err != nil {
		return nil, err
	}
	return collect(rows, tx.Tenant())
}

// copies finds, of the entries written at the moments of some, those whose number another
// one has as well: a copy is as genuine as what it was made of, and says at another place, or
// once more, what was done once. It returns the copies of each, in the order of the chain and
// after it of writing, without the first. What stands in the list of a block that there is
// not, is no more in the chain than what stands in none. A moment is signed: a copy has its own.
func copies(ctx context.Context, tx *db.Tx, of []scanned) ([]copied, error) {
	moments := make([]time.Time, 0, len(of))
	for i := range of {
		if i == 0 || !of[i].at.Equal(of[i-1].at) {
			moments = append(moments, of[i].at)
		}
	}
	rows, err := tx.PGX().Query(ctx, `
WITH twice AS (
  SELECT e.uid FROM audit_entry e WHERE e.tenant_id = $1 AND e.at = ANY($2) GROUP BY e.uid HAVING count(*) > 1)
SELECT id, seq, at FROM (
  SELECT e.id, coalesce(l.seq, 0) AS seq, e.at, row_number() OVER (PARTITION BY e.uid ORDER BY l.seq NULLS LAST, l.position, e.xid, e.id) AS n
  FROM audit_entry e LEFT JOIN audit_link l ON l.tenant_id = $1 AND l.id = e.id
    AND EXISTS (SELECT 1 FROM audit_block b WHERE b.tenant_id = $1 AND b.seq = l.seq)
  WHERE e.tenant_id = $1 AND e.at = ANY($2) AND e.uid IN (SELECT uid FROM twice)) c
WHERE n > 1 ORDER BY seq = 0, seq, id`, tx.Tenant(), moments)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c copied, err error) {
		err = row.Scan(&c.id, &c.block, &c.at)
		c.at = c.at.UTC()
		return c, err
	})
}

// copied is an entry that was written a second time.
type copied struct {
	id    int64
	block int // 0: it is not sealed
	at    time.Time
}

func (s *scanned) scan(r pgx.CollectableRow) error {
	var fields []string
	var digests [][]byte
	to := append(s.destinations(&s.written), &s.xid, &fields, &digests)
	if err := r.Scan(to...); err != nil {
		return err
	}
	s.at = s.at.UTC()
	s.values = make([]value, len(fields))
	for i := range fields {
		s.values[i] = value{field: fields[i], digest: digests[i]}
	}
	return nil
}

const blockColumns = `seq, entries, first_id, last_id, xid_bound::text::bigint, cluster, sealed_at, key_id, prev_hash, hash`

func (b *block) destinations() []any {
	return []any{&b.seq, &b.entries, &b.firstID, &b.lastID, &b.bound, &b.cluster, &b.sealedAt, &b.keyID, &b.prev, &b.hash}
}

// lastBlock returns the newest block, or nil.
func lastBlock(ctx context.Context, tx *db.Tx) (*block, error) {
	b := block{tenant: tx.Tenant()}
	err := tx.PGX().QueryRow(ctx, `SELECT `+blockColumns+`
FROM audit_block WHERE tenant_id = $1 ORDER BY seq DESC LIMIT 1`, tx.Tenant()).Scan(b.destinations()...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // no block yet is an ordinary answer
	}
	b.sealedAt = b.sealedAt.UTC()
	return &b, err
}

// blocksAfter returns the next blocks behind seq in order.
func blocksAfter(ctx context.Context, tx *db.Tx, seq, limit int) ([]block, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT `+blockColumns+`
FROM audit_block WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`, tx.Tenant(), seq, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (block, error) {
		b := block{tenant: tx.Tenant()}
		err := r.Scan(b.destinations()...)
		b.sealedAt = b.sealedAt.UTC()
		return b, err
	})
}

func insertBlock(ctx context.Context, tx *db.Tx, b *block, links []link) error {
	ids, digests := make([]int64, len(links)), make([][]byte, len(links))
	for i, l := range links {
		ids[i], digests[i] = l.id, l.digest
	}
	batch := &pgx.Batch{}
	batch.Queue(`INSERT INTO audit_block (tenant_id, seq, entries, first_id, last_id, xid_bound, cluster, sealed_at, key_id, prev_hash, hash)
VALUES ($1, $2, $3, $4, $5, $6::text::xid8, $7, $8, $9, $10, $11)`,
		b.tenant, b.seq, b.entries, b.firstID, b.lastID, fmt.Sprint(b.bound), b.cluster, b.sealedAt, b.keyID, b.prev, b.hash)
	batch.Queue(`INSERT INTO audit_link (tenant_id, id, seq, position, digest)
SELECT $1, l.id, $2, l.position, l.digest
FROM unnest($3::bigint[], $4::bytea[]) WITH ORDINALITY AS l(id, digest, position)`,
		b.tenant, b.seq, ids, digests)
	return tx.PGX().SendBatch(ctx, batch).Close()
}

// countSealed counts the entries of the blocks up to seq.
func countSealed(ctx context.Context, tx *db.Tx, seq int) (int, error) {
	var n int
	err := tx.PGX().QueryRow(ctx, `SELECT coalesce(sum(entries), 0)::int FROM audit_block WHERE tenant_id = $1 AND seq <= $2`,
		tx.Tenant(), seq).Scan(&n)
	return n, err
}

// oldestUnsealed adds to b the question when the first entry was made that follows
// the last sealed one: two steps into an index, however long the trail is.
func oldestUnsealed(b *pgx.Batch, tenant int32, at *time.Time) {
	b.Queue(`SELECT at FROM audit_entry WHERE tenant_id = $1
  AND id > coalesce((SELECT max(id) FROM audit_link WHERE tenant_id = $1), 0) ORDER BY id LIMIT 1`, tenant).QueryRow(func(row pgx.Row) error {
		err := row.Scan(at)
		if db.NoRows(err) {
			return nil
		}
		return err
	})
}
