package audit

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// lockActs tries to become the one who seals what operators did until the unit
// ends; no ministry has the number 0.
func lockActs(ctx context.Context, tx *db.Tx) (bool, error) {
	var got bool
	err := tx.PGX().QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1, 0)`, int32(sealLock)).Scan(&got)
	return got, err
}

const actColumns = `a.id, a.xid::text::bigint, a.at, ARRAY[a.operator, a.session, a.request_id, a.action, a.object, a.target, a.ministry, a.outcome, a.reason, a.note] ||
  CASE WHEN a.begun IS NULL THEN '{}' ELSE ARRAY[a.begun::text] END, a.key_id, a.digest`

func (a *act) destinations() []any { return []any{&a.id, &a.xid, &a.at, &a.parts, &a.keyID, &a.digest} }

// signedFrom returns the number of the act from which on every act is signed: what the chain
// says, or where it says nothing yet, the first one behind those without signature that it
// holds. What lies there unsealed and without signature is nobody's word for anything.
func signedFrom(ctx context.Context, tx *db.Tx) (id int64, err error) {
	return id, tx.PGX().QueryRow(ctx, `SELECT coalesce((SELECT signed_from FROM platform.operator_block WHERE signed_from IS NOT NULL ORDER BY seq DESC LIMIT 1),
		1 + (SELECT max(a.id) FROM platform.operator_act a JOIN platform.operator_act_link l ON l.id = a.id WHERE a.digest IS NULL), 1)`).Scan(&id)
}

// firstSigned is what the chain says of it, 0 for nothing: its hashes prove it.
func firstSigned(ctx context.Context, tx *db.Tx) (id int64, err error) {
	return id, tx.PGX().QueryRow(ctx, `SELECT coalesce((SELECT signed_from FROM platform.operator_block WHERE signed_from IS NOT NULL ORDER BY seq LIMIT 1), 0)`).Scan(&id)
}

// unsealedActs returns up to limit acts that stand in no block, after from and of
// transactions older than until, in the order of sealing.
func unsealedActs(ctx context.Context, tx *db.Tx, from place, until int64, limit int) ([]act, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT `+actColumns+`
FROM platform.operator_act a
WHERE a.xid < $1::text::xid8 AND (a.xid, a.id) > ($3::text::xid8, $4) AND NOT EXISTS (SELECT 1 FROM platform.operator_act_link l WHERE l.id = a.id)
ORDER BY a.xid, a.id LIMIT $2`, fmt.Sprint(until), limit, fmt.Sprint(from.xid), from.id)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (act, error) {
		var a act
		err := r.Scan(a.destinations()...)
		return a, err
	})
}

const actBlockColumns = blockColumns + `, coalesce(signed_from, 0)`

// lastActBlock returns the newest block, or nil.
func lastActBlock(ctx context.Context, tx *db.Tx) (*block, error) {
	return oneActBlock(tx.PGX().QueryRow(ctx, `SELECT `+actBlockColumns+` FROM platform.operator_block ORDER BY seq DESC LIMIT 1`))
}

// countSealedActs counts the acts in the blocks up to seq.
func countSealedActs(ctx context.Context, tx *db.Tx, seq int) (n int, err error) {
	err = tx.PGX().QueryRow(ctx, `SELECT coalesce(sum(entries), 0) FROM platform.operator_block WHERE seq <= $1`, seq).Scan(&n)
	return n, err
}

// countOpenActs counts the acts that were begun and have no end.
func countOpenActs(ctx context.Context, tx *db.Tx) (n int, err error) {
	return n, tx.PGX().QueryRow(ctx, `SELECT count(*) FROM platform.operator_act a
		WHERE a.outcome = 'begun' AND NOT EXISTS (SELECT FROM platform.operator_act e WHERE e.begun = a.id)`).Scan(&n)
}

// actBlockAfter returns the next block behind seq, or nil.
func actBlockAfter(ctx context.Context, tx *db.Tx, seq int) (*block, error) {
	return oneActBlock(tx.PGX().QueryRow(ctx, `SELECT `+actBlockColumns+` FROM platform.operator_block WHERE seq > $1 ORDER BY seq LIMIT 1`, seq))
}

func oneActBlock(row pgx.Row) (*block, error) {
	var b block
	err := row.Scan(append(b.destinations(), &b.signedFrom)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // no block is an ordinary answer
	}
	b.sealedAt = b.sealedAt.UTC()
	return &b, err
}

// actPlaces returns the places of one block in order, with their acts.
func actPlaces(ctx context.Context, tx *db.Tx, seq int) ([]actPlace, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT l.id, l.position, l.digest FROM platform.operator_act_link l WHERE l.seq = $1 ORDER BY l.position`, seq)
	if err != nil {
		return nil, err
	}
	places, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (actPlace, error) {
		var p actPlace
		return p, r.Scan(&p.link.id, &p.position, &p.link.digest)
	})
	if err != nil {
		return nil, err
	}
	at := make(map[int64]int, len(places))
	ids := make([]int64, len(places))
	for i := range places {
		ids[i], at[places[i].link.id] = places[i].link.id, i
	}
	rows, err = tx.PGX().Query(ctx, `SELECT `+actColumns+` FROM platform.operator_act a WHERE a.id = ANY($1)`, ids)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var a act
		if err := rows.Scan(a.destinations()...); err != nil {
			return nil, err
		}
		places[at[a.id]].act = &a
	}
	return places, rows.Err()
}

func insertActBlock(ctx context.Context, tx *db.Tx, b *block, links []link) error {
	ids, digests := make([]int64, len(links)), make([][]byte, len(links))
	for i, l := range links {
		ids[i], digests[i] = l.id, l.digest
	}
	batch := &pgx.Batch{}
	batch.Queue(`INSERT INTO platform.operator_block (seq, entries, first_id, last_id, xid_bound, cluster, sealed_at, key_id, prev_hash, hash, signed_from)
VALUES ($1, $2, $3, $4, $5::text::xid8, $6, $7, $8, $9, $10, nullif($11::bigint, 0))`,
		b.seq, b.entries, b.firstID, b.lastID, fmt.Sprint(b.bound), b.cluster, b.sealedAt, b.keyID, b.prev, b.hash, b.signedFrom)
	batch.Queue(`INSERT INTO platform.operator_act_link (id, seq, position, digest)
SELECT l.id, $1, l.position, l.digest FROM unnest($2::bigint[], $3::bytea[]) WITH ORDINALITY AS l(id, digest, position)`, b.seq, ids, digests)
	return tx.PGX().SendBatch(ctx, batch).Close()
}
