package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// Act is what an operator, or the command line, did.
type Act struct {
	ID        int64
	At        time.Time
	Operator  string // public id; empty: the command line, or nobody known
	RequestID string
	Action    string
	Object    string
	Target    string
	Outcome   string // allow, deny
	Reason    string // message key of a refusal
	Ministry  string // short name of the one it concerns; empty: none
	Note      string // what the operator gave as the reason
	Name      string // the operator's; empty: the command line, or nobody known
}

// Record writes what an operator does into the platform's trail, within the unit
// that does it: for this package and for whoever else acts for operators.
func (o *Operators) Record(ctx context.Context, tx *db.Tx, action, object, target string) error {
	return record(ctx, tx, o.trail, o.Door.Now(), Act{Action: action, Object: object, Target: target, Outcome: "allow"})
}

// RecordAct writes an act that went well into the platform's trail, within the
// unit that does it: for packages that act for operators. Who acts stands in the
// context; of a, only what was done counts. The trail signs it.
func RecordAct(ctx context.Context, tx *db.Tx, trail *audit.Trail, now time.Time, a Act) error {
	a.Operator, a.Outcome, a.Reason = "", "allow", ""
	return record(ctx, tx, trail, now, a)
}

func record(ctx context.Context, tx *db.Tx, trail *audit.Trail, now time.Time, a Act) error {
	session, request := "", ""
	if c := caller.From(ctx); c != nil {
		session, request = c.Session, c.RequestID
		if c.Operator && a.Operator == "" {
			a.Operator = c.AccountUID
		}
	}
	var id, key int64
	var digest []byte
	if err := tx.PGX().QueryRow(ctx, "SELECT nextval('platform.operator_act_id_seq')").Scan(&id); err != nil {
		return err
	}
	if trail != nil {
		key, digest = trail.ActSignature(id, now, []string{a.Operator, session, request, a.Action, a.Object, a.Target, a.Ministry, a.Outcome, a.Reason, a.Note})
	}
	_, err := tx.PGX().Exec(ctx, `INSERT INTO platform.operator_act (at, operator, session, request_id, action, object, target, outcome, reason, ministry, note, id, key_id, digest)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`, now, a.Operator, session, request, a.Action, a.Object, a.Target, a.Outcome, a.Reason,
		a.Ministry, a.Note, id, key, digest)
	return err
}

// recordEntry writes what happens at the operators' door.
func (o *Operators) recordEntry(ctx context.Context, tx *db.Tx, e audit.Entry, refusal error) error {
	a := Act{Operator: e.AccountUID, Action: e.Action, Object: e.Object, Target: e.Target, Outcome: "allow"}
	if refusal == nil {
		return record(ctx, tx, o.trail, o.Door.Now(), a)
	}
	a.Outcome, a.Reason = "deny", fault.From(refusal).Key
	ctx = context.WithoutCancel(ctx) // who hangs up must not keep the refusal out
	return o.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error { return record(ctx, tx, o.trail, o.Door.Now(), a) })
}

const actsPage = 50

// Acts lists what operators did, latest first, a page at a time. before is the ID
// of the last one of the page before; 0 begins.
func (o *Operators) Acts(ctx context.Context, before int64) ([]Act, error) {
	return o.acts(ctx, "", before)
}

// ActsOn is Acts for what concerned one ministry.
func (o *Operators) ActsOn(ctx context.Context, ministry string, before int64) ([]Act, error) {
	return o.acts(ctx, ministry, before)
}

func (o *Operators) acts(ctx context.Context, ministry string, before int64) ([]Act, error) {
	if err := o.allowed(ctx); err != nil {
		return nil, err
	}
	if before <= 0 {
		before = 1<<63 - 1
	}
	var acts []Act
	err := o.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.PGX().Query(ctx, `SELECT a.id, a.at, a.operator, a.request_id, a.action, a.object, a.target, a.outcome, a.reason, a.ministry, a.note, coalesce(p.name, '')
			FROM platform.operator_act a LEFT JOIN platform.operator p ON p.tenant_id = 0 AND p.uid = a.operator
			WHERE a.id < $1 AND ($3 = '' OR a.ministry = $3) ORDER BY a.id DESC LIMIT $2`, before, actsPage, ministry)
		if err != nil {
			return err
		}
		acts, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Act])
		return err
	})
	return acts, err
}
