package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

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
}

// Record writes what an operator does into the platform's trail, within the unit
// that does it: for this package and for whoever else acts for operators.
func (o *Operators) Record(ctx context.Context, tx *db.Tx, action, object, target string) error {
	return record(ctx, tx, o.door.now(), Act{Action: action, Object: object, Target: target, Outcome: "allow"})
}

func record(ctx context.Context, tx *db.Tx, now time.Time, a Act) error {
	session, request := "", ""
	if c := caller.From(ctx); c != nil {
		session, request = c.Session, c.RequestID
		if c.Operator && a.Operator == "" {
			a.Operator = c.AccountUID
		}
	}
	_, err := tx.PGX().Exec(ctx, `INSERT INTO platform.operator_act (at, operator, session, request_id, action, object, target, outcome, reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, now, a.Operator, session, request, a.Action, a.Object, a.Target, a.Outcome, a.Reason)
	return err
}

// recordSignIn is the platform door's record.
func (o *Operators) recordSignIn(ctx context.Context, tx *db.Tx, what string, c credential, session string, err error) error {
	a := Act{Operator: c.uid, Action: what, Object: "session", Target: session, Outcome: "allow"}
	if err == nil {
		return record(ctx, tx, o.door.now(), a)
	}
	a.Outcome, a.Reason = "deny", fault.From(err).Key
	ctx = context.WithoutCancel(ctx) // who hangs up must not keep the refusal out
	return o.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error { return record(ctx, tx, o.door.now(), a) })
}

const actsPage = 50

// Acts lists what operators did, latest first, a page at a time. before is the ID
// of the last one of the page before; 0 begins.
func (o *Operators) Acts(ctx context.Context, before int64) ([]Act, error) {
	if err := o.allowed(ctx); err != nil {
		return nil, err
	}
	if before <= 0 {
		before = 1<<63 - 1
	}
	var acts []Act
	err := o.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.PGX().Query(ctx, `SELECT id, at, operator, request_id, action, object, target, outcome, reason
			FROM platform.operator_act WHERE id < $1 ORDER BY id DESC LIMIT $2`, before, actsPage)
		if err != nil {
			return err
		}
		acts, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Act])
		return err
	})
	return acts, err
}
