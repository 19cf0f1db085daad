package audit

import (
	"context"
	"time"

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
		act := Entry{
			Action: ActionErase, Object: ObjectAudit, Target: e.Target,
			Law: e.Law, Order: e.Order, Fields: e.Fields,
		}
		if err := t.Record(ctx, tx, act); err != nil {
			return err
		}
		var err error
		n, err = eraseValues(ctx, tx, e, t.clock.Now())
		return err
	})
	return n, fault.Wrap(err, "audit: erase")
}

// eraseValues empties the values and ties them to the newest entry of this
// transaction, which is the erasure's own.
func eraseValues(ctx context.Context, tx *db.Tx, e Erasure, now time.Time) (int, error) {
	q := &condition{}
	q.add(`UPDATE change_value v SET old = NULL, new = NULL, salt = NULL, erased_at = ?`, now)
	q.add(`, erased_by = (SELECT max(id) FROM audit_entry WHERE tenant_id = ? AND xid = pg_current_xact_id() AND action = ?)`, tx.Tenant(), ActionErase)
	q.add(` FROM audit_entry e WHERE v.tenant_id = ? AND e.tenant_id = v.tenant_id AND e.id = v.entry_id AND v.erased_at IS NULL`, tx.Tenant())
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
	tag, err := tx.PGX().Exec(ctx, q.text.String(), q.args...)
	return int(tag.RowsAffected()), err
}
