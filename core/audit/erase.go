package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
)

// Erasure says which recorded values retention takes away, and by which law.
type Erasure struct {
	Values []int64 // numbers of values, as Changes gives them; or, when empty:
	Object string  // all values of one thing,
	Target string
	Fields []string  // of these fields only, and values of the Whole; empty: all
	Before time.Time // recorded before; zero: whenever
	Law    string    // reference into the profile's legal bases
	Order  Order
}

// Erase takes away recorded values and returns how many. Who changed which field
// and when stays, and so does the chain, which holds only digests; the erasure is
// an entry itself. It joins the caller's unit. An erasure that names neither
// values nor a thing is an Invalid fault.
func (t *Trail) Erase(ctx context.Context, e Erasure) (int, error) {
	if len(e.Values) == 0 && (e.Object == "" || e.Target == "") {
		return 0, fault.New(fault.Invalid, "audit.erase_what")
	}
	n := 0
	err := t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		gone, err := toErase(ctx, tx, e)
		if err != nil {
			return err
		}
		n = len(gone)
		act := Entry{
			Action: ActionErase, Object: ObjectAudit, Target: e.Target,
			Law: e.Law, Order: e.Order, Fields: e.Fields,
			Changes: []Change{{Field: erasedValues, New: chargeOf(gone)}},
		}
		if err := t.Record(ctx, tx, act); err != nil {
			return err
		}
		return eraseValues(ctx, tx, gone, t.clock.Now())
	})
	return n, fault.Wrap(err, "audit: erase")
}

// erasedValues is the recorded value of an erasure that says what it took: nobody can take
// more and lay it to this one's charge.
const erasedValues = "values"

// erased is a value that an erasure takes, by what of it stays.
type erased struct {
	id, entry int64
	field     string
	digest    []byte
}

// charge is what an erasure's own entry says it took.
type charge struct {
	Count  int    `json:"count"`
	Digest string `json:"sha256"`
}

// chargeOf sums up values, which are in order of entry and field.
func chargeOf(gone []erased) charge {
	h := sha256.New()
	for _, v := range gone {
		fmt.Fprintf(h, "%d %s %x\n", v.entry, v.field, v.digest)
	}
	return charge{len(gone), hex.EncodeToString(h.Sum(nil))}
}

// toErase finds the values, and keeps others from erasing them meanwhile. What an erasure
// says of itself is not among them.
func toErase(ctx context.Context, tx *db.Tx, e Erasure) ([]erased, error) {
	q := &condition{}
	q.add(`SELECT v.id, v.entry_id, v.field, v.digest FROM change_value v, audit_entry e
		WHERE v.tenant_id = ? AND e.tenant_id = v.tenant_id AND e.id = v.entry_id AND v.erased_at IS NULL`, tx.Tenant())
	q.add(` AND NOT (e.action = ? AND e.object = ?)`, ActionErase, ObjectAudit)
	if len(e.Values) > 0 {
		q.add(` AND v.id = ANY(?)`, e.Values)
	}
	if e.Object != "" {
		q.add(` AND e.object = ?`, e.Object)
	}
	if e.Target != "" {
		q.add(` AND e.target_uid = ? AND e.target_uid <> ''`, e.Target)
	}
	if len(e.Fields) > 0 {
		// A value of the whole record may hold the field: better too much than left behind.
		q.add(` AND (v.field = ANY(?) OR v.field = ?)`, e.Fields, Whole)
	}
	if !e.Before.IsZero() {
		q.add(` AND e.at < ?`, e.Before)
	}
	q.add(` ORDER BY v.entry_id, v.field COLLATE "C" FOR UPDATE OF v`)
	rows, err := tx.PGX().Query(ctx, q.text.String(), q.args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (v erased, err error) {
		return v, r.Scan(&v.id, &v.entry, &v.field, &v.digest)
	})
}

// eraseValues empties the values and ties them to the newest entry of this
// transaction, which is the erasure's own.
func eraseValues(ctx context.Context, tx *db.Tx, gone []erased, now time.Time) error {
	ids := make([]int64, len(gone))
	for i := range gone {
		ids[i] = gone[i].id
	}
	_, err := tx.PGX().Exec(ctx, `UPDATE change_value SET old = NULL, new = NULL, salt = NULL, erased_at = $3,
		erased_by = (SELECT max(id) FROM audit_entry WHERE tenant_id = $1 AND xid = pg_current_xact_id() AND action = $4)
		WHERE tenant_id = $1 AND id = ANY($2)`, tx.Tenant(), ids, now, ActionErase)
	return err
}

// erasures remembers of which erasures it is known whether they took what they say.
type erasures map[int64]bool

// judge finds out of erasures whether what is laid to their charge is what they say they took.
func (known erasures) judge(ctx context.Context, tx *db.Tx, acts []int64) error {
	acts = slices.DeleteFunc(acts, func(id int64) bool { _, ok := known[id]; return ok })
	if len(acts) == 0 {
		return nil
	}
	for _, id := range acts {
		known[id] = false
	}
	rows, err := tx.PGX().Query(ctx, `SELECT e.id, w.new::text FROM audit_entry e, change_value w
		WHERE e.tenant_id = $1 AND e.id = ANY($2) AND e.action = $3 AND e.object = $4 AND w.tenant_id = $1 AND w.entry_id = e.id AND w.field = $5 AND w.new IS NOT NULL`,
		tx.Tenant(), acts, ActionErase, ObjectAudit, erasedValues)
	if err != nil {
		return err
	}
	says := map[int64]charge{}
	var id int64
	var text string
	if _, err := pgx.ForEachRow(rows, []any{&id, &text}, func() error {
		var s charge
		if json.Unmarshal([]byte(text), &s) == nil {
			says[id] = s
		}
		return nil
	}); err != nil {
		return err
	}
	rows, err = tx.PGX().Query(ctx, `SELECT erased_by, entry_id, field, digest FROM change_value
		WHERE tenant_id = $1 AND erased_by = ANY($2) ORDER BY entry_id, field COLLATE "C"`, tx.Tenant(), acts)
	if err != nil {
		return err
	}
	took := map[int64][]erased{}
	var v erased
	if _, err := pgx.ForEachRow(rows, []any{&id, &v.entry, &v.field, &v.digest}, func() error {
		took[id] = append(took[id], erased{entry: v.entry, field: v.field, digest: bytes.Clone(v.digest)})
		return nil
	}); err != nil {
		return err
	}
	for id, s := range says {
		known[id] = chargeOf(took[id]) == s
	}
	return nil
}
