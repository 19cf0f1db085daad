package identity

import (
	"context"
	"strconv"
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
	Outcome   string // allow, deny, error, begun, repeated; of one that was begun, how it ended
	Reason    string // message key of a refusal
	Ministry  string // short name of the one it concerns; empty: none
	Note      string // what the operator gave as the reason
	Name      string // the operator's; empty: the command line, or nobody known
}

// What came of an act.
const (
	actDone     = "allow"
	actRefused  = "deny"
	actUndone   = "error"    // it came to nothing
	actBegun    = "begun"    // how it ended stands in another entry, or is not known
	actRepeated = "repeated" // it was done before: the same was sent again
)

// Record writes what an operator does into the platform's trail, within the unit
// that does it: for this package and for whoever else acts for operators.
func (o *Operators) Record(ctx context.Context, tx *db.Tx, action, object, target string) error {
	return record(ctx, tx, o.trail, o.Door.Now(), Act{Action: action, Object: object, Target: target, Outcome: actDone})
}

// RecordAct writes an act that went well into the platform's trail, within the
// unit that does it: for packages that act for operators. Who acts stands in the
// context; of a, only what was done counts. The trail signs it.
func RecordAct(ctx context.Context, tx *db.Tx, trail *audit.Trail, now time.Time, a Act) error {
	a.Operator, a.Outcome, a.Reason = "", actDone, ""
	_, err := write(ctx, tx, trail, now, a, 0)
	return err
}

func record(ctx context.Context, tx *db.Tx, trail *audit.Trail, now time.Time, a Act) error {
	_, err := write(ctx, tx, trail, now, a, 0)
	return err
}

// BeginAct writes an act down before it is done, for what is done in another unit than the one
// that writes: this one has committed by then. It returns the act's number, for [EndAct].
func BeginAct(ctx context.Context, tx *db.Tx, trail *audit.Trail, now time.Time, a Act) (int64, error) {
	a.Operator, a.Outcome, a.Reason = "", actBegun, ""
	return write(ctx, tx, trail, now, a, 0)
}

// ActEnd is what came of an act that was begun. Its zero value: it was done.
type ActEnd struct {
	Refusal  error // why not; one of the database's: it came to nothing
	Repeated bool  // it was done before
	Undone   bool  // it came to nothing, as its ministry's trail says
}

// EndAct writes down what came of the act a, which was begun under the number a.ID. The first
// word of it stands.
func EndAct(ctx context.Context, tx *db.Tx, trail *audit.Trail, now time.Time, a Act, e ActEnd) error {
	a.Operator, a.Outcome, a.Reason, a.Note = "", actDone, "", ""
	switch {
	case e.Refusal != nil:
		f := fault.From(e.Refusal)
		a.Outcome, a.Reason = actRefused, f.Key
		if f.Kind == fault.Unavailable {
			a.Outcome = actUndone
		}
	case e.Undone:
		a.Outcome = actUndone
	case e.Repeated:
		a.Outcome = actRepeated
	}
	_, err := write(ctx, tx, trail, now, a, a.ID)
	return err
}

// OpenActs returns the acts on a ministry that were begun and of which no end is written, oldest
// first, a page at most.
func OpenActs(ctx context.Context, tx *db.Tx, ministry string) ([]Act, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT `+actColumns+`, '' FROM platform.operator_act a
		WHERE a.ministry = $1 AND a.outcome = 'begun' AND NOT EXISTS (SELECT FROM platform.operator_act e WHERE e.begun = a.id)
		ORDER BY a.id LIMIT $2`, ministry, actsPage)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Act])
}

// write writes an entry, and returns its number. begun is the act whose end it says; 0: none.
func write(ctx context.Context, tx *db.Tx, trail *audit.Trail, now time.Time, a Act, begun int64) (int64, error) {
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
		return 0, err
	}
	if trail != nil {
		parts := []string{a.Operator, session, request, a.Action, a.Object, a.Target, a.Ministry, a.Outcome, a.Reason, a.Note}
		if begun != 0 {
			parts = append(parts, strconv.FormatInt(begun, 10))
		}
		key, digest = trail.ActSignature(id, now, parts)
	}
	_, err := tx.PGX().Exec(ctx, `INSERT INTO platform.operator_act (at, operator, session, request_id, action, object, target, outcome, reason, ministry, note, id, key_id, digest, begun)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, nullif($15::bigint, 0)) ON CONFLICT (begun) DO NOTHING`,
		now, a.Operator, session, request, a.Action, a.Object, a.Target, a.Outcome, a.Reason, a.Ministry, a.Note, id, key, digest, begun)
	return id, err
}

// recordEntry writes what happens at the operators' door.
func (o *Operators) recordEntry(ctx context.Context, tx *db.Tx, e audit.Entry, refusal error) error {
	a := Act{Operator: e.AccountUID, Action: e.Action, Object: e.Object, Target: e.Target, Outcome: actDone}
	if refusal == nil {
		return record(ctx, tx, o.trail, o.Door.Now(), a)
	}
	a.Outcome, a.Reason = actRefused, fault.From(refusal).Key
	ctx = context.WithoutCancel(ctx) // who hangs up must not keep the refusal out
	return o.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error { return record(ctx, tx, o.trail, o.Door.Now(), a) })
}

const actsPage = 50

const actColumns = `a.id, a.at, a.operator, a.request_id, a.action, a.object, a.target, a.outcome, a.reason, a.ministry, a.note`

// Acts lists what operators did, latest first, a page at a time. before is the ID
// of the last one of the page before; 0 begins. One that was begun is one act with its end,
// and says begun as long as that is not known.
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
		rows, err := tx.PGX().Query(ctx, `SELECT a.id, a.at, a.operator, a.request_id, a.action, a.object, a.target,
				coalesce(e.outcome, a.outcome), coalesce(e.reason, a.reason), a.ministry, a.note, coalesce(p.name, '')
			FROM platform.operator_act a LEFT JOIN platform.operator p ON p.tenant_id = 0 AND p.uid = a.operator
				LEFT JOIN platform.operator_act e ON e.begun = a.id
			WHERE a.begun IS NULL AND a.id < $1 AND ($3 = '' OR a.ministry = $3) ORDER BY a.id DESC LIMIT $2`, before, actsPage, ministry)
		if err != nil {
			return err
		}
		acts, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Act])
		return err
	})
	return acts, err
}
