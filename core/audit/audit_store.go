package audit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// insertChunk bounds the rows of one statement, and with it the memory of a bulk write.
const insertChunk = 2000

const insertColumns = `tenant_id, uid, at, account_id, account_uid, system, session, request_id, purpose,
    action, object, target_uid, unit_path, outcome, gate_check, rule, law, reason, order_no, order_date,
    changes, key_id, digest, governed`

// insertOneSQL writes one entry and its values in one round trip.
const insertOneSQL = `
WITH e AS (
  INSERT INTO audit_entry (` + insertColumns + `, fields)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
  RETURNING id
)
INSERT INTO change_value (tenant_id, entry_id, field, old, new, salt, digest)
SELECT $1, e.id, v.field, v.old::json, v.new::json, v.salt, v.digest
FROM e, unnest($26::text[], $27::text[], $28::text[], $29::bytea[], $30::bytea[]) AS v(field, old, new, salt, digest)`

// Many entries take their numbers first. Joining values to entries that are just
// being written would leave the planner guessing, and it guesses a nested loop.
// COPY would be faster still, but PostgreSQL refuses it behind the wall.
const (
	numbersSQL = `SELECT nextval('audit_entry_id_seq') FROM generate_series(1, $1)`

	insertEntriesSQL = `
INSERT INTO audit_entry (` + insertColumns + `, fields, id)
SELECT $1, r.uid, r.at, r.account_id, r.account_uid, r.system, r.session, r.request_id, r.purpose,
  r.action, r.object, r.target_uid, r.unit_path, r.outcome, r.gate_check, r.rule, r.law, r.reason, r.order_no, r.order_date,
  r.changes, r.key_id, r.digest, r.governed, coalesce(string_to_array(nullif(r.fields, ''), E'\x1f'), '{}'), r.id
FROM unnest($2::text[], $3::timestamptz[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
  $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[],
  $19::text[], $20::date[], $21::int[], $22::bigint[], $23::bytea[], $24::text[], $25::text[], $26::bigint[])
  AS r(uid, at, account_id, account_uid, system, session, request_id, purpose,
    action, object, target_uid, unit_path, outcome, gate_check, rule, law, reason, order_no, order_date,
    changes, key_id, digest, governed, fields, id)`

	insertValuesSQL = `
INSERT INTO change_value (tenant_id, entry_id, field, old, new, salt, digest)
SELECT $1, v.entry_id, v.field, v.old::json, v.new::json, v.salt, v.digest
FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::bytea[])
  AS v(entry_id, field, old, new, salt, digest)`
)

// fieldSeparator joins names of fields on their way into one array parameter.
const fieldSeparator = "\x1f"

func insert(ctx context.Context, tx *db.Tx, rows []row) error {
	if len(rows) == 1 {
		if err := insertOne(ctx, tx, &rows[0]); err != nil {
			return fmt.Errorf("audit: append: %w", err)
		}
		return nil
	}
	for len(rows) > 0 {
		n := min(len(rows), insertChunk)
		if err := insertMany(ctx, tx, rows[:n]); err != nil {
			return fmt.Errorf("audit: append: %w", err)
		}
		rows = rows[n:]
	}
	return nil
}

func insertOne(ctx context.Context, tx *db.Tx, r *row) error {
	var v valueColumns
	v.add(r)
	fields := r.fields
	if fields == nil {
		fields = []string{}
	}
	_, err := tx.PGX().Exec(
		ctx, insertOneSQL, tx.Tenant(), r.uid, r.at, r.accountID, r.accountUID, r.system, r.session, r.requestID, r.purpose,
		r.action, r.object, r.target, r.unitPath, r.outcome, r.check, r.rule, r.law, r.reason, r.orderNo, r.orderDate,
		len(r.values), r.keyID, r.digest, r.governed, fields, v.field, v.old, v.new, v.salt, v.digest,
	)
	return err
}

func insertMany(ctx context.Context, tx *db.Tx, rows []row) error {
	n := len(rows)
	numbers, err := tx.PGX().Query(ctx, numbersSQL, n)
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(numbers, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	texts := func(get func(*row) string) []string {
		out := make([]string, n)
		for i := range rows {
			out[i] = get(&rows[i])
		}
		return out
	}
	at, account := make([]time.Time, n), make([]int64, n)
	orderDate, changes := make([]*time.Time, n), make([]int32, n)
	keyID, digest := make([]int64, n), make([][]byte, n)
	var v valueColumns
	for i := range rows {
		r := &rows[i]
		r.id = ids[i]
		at[i], account[i], orderDate[i] = r.at, r.accountID, r.orderDate
		changes[i], keyID[i], digest[i] = int32(len(r.values)), r.keyID, r.digest //nolint:gosec // a record has no two billion fields
		v.add(r)
	}
	batch := &pgx.Batch{}
	batch.Queue(insertEntriesSQL, tx.Tenant(),
		texts(func(r *row) string { return r.uid }), at, account,
		texts(func(r *row) string { return r.accountUID }),
		texts(func(r *row) string { return r.system }),
		texts(func(r *row) string { return r.session }),
		texts(func(r *row) string { return r.requestID }),
		texts(func(r *row) string { return r.purpose }),
		texts(func(r *row) string { return r.action }),
		texts(func(r *row) string { return r.object }),
		texts(func(r *row) string { return r.target }),
		texts(func(r *row) string { return r.unitPath }),
		texts(func(r *row) string { return r.outcome }),
		texts(func(r *row) string { return r.check }),
		texts(func(r *row) string { return r.rule }),
		texts(func(r *row) string { return r.law }),
		texts(func(r *row) string { return r.reason }),
		texts(func(r *row) string { return r.orderNo }), orderDate, changes, keyID, digest,
		texts(func(r *row) string { return r.governed }),
		texts(func(r *row) string { return strings.Join(r.fields, fieldSeparator) }), ids)
	if len(v.field) > 0 {
		batch.Queue(insertValuesSQL, tx.Tenant(), v.entry, v.field, v.old, v.new, v.salt, v.digest)
	}
	return tx.PGX().SendBatch(ctx, batch).Close()
}

// valueColumns are the recorded values of many entries, column by column.
type valueColumns struct {
	entry        []int64
	field        []string
	old, new     []*string
	salt, digest [][]byte
}

func (c *valueColumns) add(r *row) {
	for i := range r.values {
		v := &r.values[i]
		c.entry = append(c.entry, r.id)
		c.field = append(c.field, v.field)
		c.old = append(c.old, textOrNull(v.old))
		c.new = append(c.new, textOrNull(v.new))
		c.salt = append(c.salt, v.salt)
		c.digest = append(c.digest, v.digest)
	}
}

func textOrNull(b []byte) *string {
	if b == nil {
		return nil
	}
	s := string(b)
	return &s
}

// entryColumns are the columns of audit_entry AS e in the order of scanEntry.
const entryColumns = `e.id, e.uid, e.at, e.account_id, e.account_uid, e.system, e.session, e.request_id, e.purpose,
  e.action, e.object, e.target_uid, e.unit_path, e.outcome, e.gate_check, e.rule, e.law, e.reason,
  e.order_no, e.order_date, e.fields, e.changes, e.key_id, e.digest, e.governed`

// destinations are where a query of entryColumns is scanned to; changes counts
// the values that the entry was written with.
func (r *row) destinations(changes *int) []any {
	return []any{
		&r.id, &r.uid, &r.at, &r.accountID, &r.accountUID, &r.system, &r.session, &r.requestID, &r.purpose,
		&r.action, &r.object, &r.target, &r.unitPath, &r.outcome, &r.check, &r.rule, &r.law, &r.reason,
		&r.orderNo, &r.orderDate, &r.fields, changes, &r.keyID, &r.digest, &r.governed,
	}
}
