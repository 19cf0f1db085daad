// Package audit keeps the trail: who wrote, signed in, was refused or read
// personal data, when, where, by which rule and on which order.
//
// An entry is appended in the writer's own transaction, so that there is no
// write without its entry and no entry without its write. A job later seals the
// entries in order into blocks, each chained to the one before it ([Trail.Seal]):
// writers therefore never wait for one another. The chain holds identifiers,
// names of fields and keyed digests; the values themselves lie beside it, where
// retention may erase them without breaking it ([Trail.Erase]). The head of the
// chain is exported daily ([Trail.Export]); whoever keeps the exported lines can
// prove later that nothing before them was altered ([Trail.Verify]).
//
// Who acted is always taken from the context, never from the entry, except at a
// sign-in, where nobody has signed in yet.
package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
)

// Outcome says how an attempt ended.
type Outcome string

// The outcomes.
const (
	Allow Outcome = "allow" // it was done
	Deny  Outcome = "deny"  // a rule refused it
	Error Outcome = "error" // it failed for another reason
)

// Actions that this package records itself, and the object it records them on.
const (
	ActionErase = "erase"
	ObjectAudit = "audit"
)

// Whole is the name of a change that carries a whole record as one JSON object:
// the cheap way to record what a bulk import created. History shows it field by field.
const Whole = "*"

// refusalTimeout bounds the separate unit in which a refusal is recorded.
const refusalTimeout = 5 * time.Second

// Change is what one field was and became. Values are anything JSON can carry;
// nil means that there was, or is, no value.
type Change struct {
	Field    string
	Old, New any
}

// Entry is what happened, without who: that stands in the context.
type Entry struct {
	At       time.Time // zero: now
	Action   string    // the policy's action: read, create, update, …, or sign_in and the like
	Object   string    // the policy's object, e.g. institution
	Target   string    // public id of the thing; empty for lists
	UnitPath string    // path of the unit it belongs to; empty where there is none
	Outcome  Outcome   // empty: Allow
	Check    string    // which check of the gate refused
	Rule     string    // id of the requirement
	Law      string    // reference into the profile's legal bases
	Reason   string    // message key of the refusal
	Order    Order
	Fields   []string // names of the fields read or written; those of Changes are added
	Changes  []Change

	// Account and AccountUID name the account of a sign-in. They count only
	// while the context has no signed-in caller.
	Account    int64
	AccountUID string
}

// Trail writes and reads the trail. It has no state besides its keys.
type Trail struct {
	db    *db.DB
	clock *clock.Clock
	keys  []secret
	laws  func(ctx context.Context, profile string) string // see Govern
	kept  *Heads                                           // nil: heads are written down nowhere
}

// Govern tells the trail by which profile and policy the ministries on a country's
// profile are governed: every entry says it. Before the first entry.
func (t *Trail) Govern(laws func(ctx context.Context, profile string) string) { t.laws = laws }

// New returns the trail of the ministries in d. The secrets are the
// installation's, newest first: the first signs, all of them verify, so that a
// secret can be replaced without losing the chain. It is an error to give none,
// or one shorter than 16 bytes.
func New(d *db.DB, c *clock.Clock, secrets ...[]byte) (*Trail, error) {
	if len(secrets) == 0 {
		return nil, errors.New("audit: no secret given")
	}
	t := &Trail{db: d, clock: c}
	for _, s := range secrets {
		if len(s) < 16 {
			return nil, errors.New("audit: a secret must have at least 16 bytes")
		}
		t.keys = append(t.keys, newSecret(s))
	}
	return t, nil
}

// Record appends entries in the writer's transaction. An entry without action or
// object, or with the same field changed twice, is a defect and fails the unit.
func (t *Trail) Record(ctx context.Context, tx *db.Tx, entries ...Entry) error {
	if len(entries) == 0 {
		return nil
	}
	c := caller.From(ctx)
	if c == nil || c.Tenant.ID == 0 || c.Tenant.ID != tx.Tenant() {
		return errors.New("audit: no ministry to record for")
	}
	rows := make([]row, 0, len(entries))
	key := t.keys[0].tenant(c.Tenant.ID)
	for i := range entries {
		r, err := t.row(ctx, c, key, &entries[i])
		if err != nil {
			return err
		}
		rows = append(rows, r)
	}
	return insert(ctx, tx, rows)
}

// Refusal records that err stopped what e describes, in a unit of its own, so
// that it stays when the caller's unit is rolled back. A nil err records
// nothing. It may be called inside the unit that is about to fail, but then holds
// a second connection for a moment: after it is better. The error returned says
// that recording failed; the refusal stands whether or not it does.
func (t *Trail) Refusal(ctx context.Context, err error, e Entry) error {
	if err == nil {
		return nil
	}
	f := fault.From(err)
	e.Outcome = Error
	switch f.Kind {
	case fault.Denied, fault.Locked, fault.Unauthenticated, fault.NotFound, fault.TooMany:
		e.Outcome = Deny
	}
	e.Check, e.Rule, e.Law, e.Reason = f.Check, f.Rule, f.Law, f.Key
	e.Changes = append(e.Changes, Change{Field: said, New: sayable(f.Args)})
	own, cancel := alone(ctx)
	defer cancel()
	return t.db.Tenant(own, func(ctx context.Context, tx *db.Tx) error { return t.Record(ctx, tx, e) })
}

// said is the field under which a refusal keeps the arguments of its message, so
// that the sentence can be read in any language later. Faults carry no personal data.
const said = "refusal.said"

// sayable are the arguments that the message names: those in small letters are the
// gate's notes for the trail, which stand in the entry itself.
func sayable(args fault.Args) fault.Args {
	out := fault.Args{}
	for name, v := range args {
		if r, _ := utf8.DecodeRuneInString(name); unicode.IsUpper(r) {
			out[name] = v
		}
	}
	if _, err := json.Marshal(out); err != nil {
		return nil // what cannot be kept must not keep the refusal itself out
	}
	return out
}

// alone returns a context in which the same caller acts, but which carries
// neither the open unit nor the cancellation of ctx: a caller who hangs up must
// not keep the refusal out of the trail.
func alone(ctx context.Context) (context.Context, context.CancelFunc) {
	own := caller.With(context.Background(), caller.From(ctx))
	return context.WithTimeout(own, refusalTimeout)
}

// row is an entry as it is stored and digested.
type row struct {
	tenant     int32
	id         int64
	uid        string
	at         time.Time
	accountID  int64
	accountUID string
	system     string
	session    string
	requestID  string
	purpose    string
	action     string
	object     string
	target     string
	unitPath   string
	outcome    string
	check      string
	rule       string
	law        string
	reason     string
	orderNo    string
	orderDate  *time.Time
	fields     []string
	keyID      int64
	digest     []byte
	governed   string
	values     []value
}

// value is a recorded change as it is stored and digested.
type value struct {
	field    string
	old, new []byte // JSON text; nil for no value
	salt     []byte
	digest   []byte
}

func (t *Trail) row(ctx context.Context, c *caller.Caller, key []byte, e *Entry) (row, error) {
	if e.Action == "" || e.Object == "" {
		return row{}, errors.New("audit: an entry needs an action and an object")
	}
	r := row{
		tenant: c.Tenant.ID, uid: db.NewUID(), at: e.At,
		accountID: c.Account, accountUID: c.AccountUID, system: c.System,
		session: c.Session, requestID: c.RequestID, purpose: c.Purpose,
		action: e.Action, object: e.Object, target: e.Target, unitPath: e.UnitPath,
		outcome: string(e.Outcome), check: e.Check, rule: e.Rule, law: e.Law, reason: e.Reason,
		orderNo: e.Order.Number, fields: slices.Clone(e.Fields),
	}
	if r.session == "" {
		r.session = c.Token
	}
	if t.laws != nil {
		r.governed = t.laws(ctx, c.Tenant.Profile)
	}
	if !c.SignedIn() && e.Account != 0 {
		r.accountID, r.accountUID = e.Account, e.AccountUID
	}
	if r.outcome == "" {
		r.outcome = string(Allow)
	}
	if r.at.IsZero() {
		r.at = t.clock.Now()
	}
	r.at = r.at.UTC().Truncate(time.Microsecond) // what the database keeps, or the digest would not match
	if !e.Order.Date.IsZero() {
		day := clock.Day(e.Order.Date)
		r.orderDate = &day
	}
	r.keyID = t.keys[0].id
	for _, ch := range e.Changes {
		v, err := newValue(key, ch)
		if err != nil {
			return row{}, fmt.Errorf("audit: field %s of %s: %w", ch.Field, e.Object, err)
		}
		r.values = append(r.values, v)
		r.fields = append(r.fields, ch.Field)
	}
	slices.SortFunc(r.values, func(a, b value) int { return strings.Compare(a.field, b.field) })
	slices.Sort(r.fields)
	r.fields = slices.Compact(r.fields)
	for _, f := range r.fields {
		if f == "" || strings.Contains(f, fieldSeparator) {
			return row{}, fmt.Errorf("audit: %q is no name of a field of %s", f, e.Object)
		}
	}
	r.digest = r.sum(key)
	return r, nil
}

func newValue(key []byte, ch Change) (value, error) {
	if ch.Field == "" {
		return value{}, errors.New("a change without a field")
	}
	v := value{field: ch.Field, salt: newSalt()}
	var err error
	if v.old, err = jsonText(ch.Old); err != nil {
		return value{}, err
	}
	if v.new, err = jsonText(ch.New); err != nil {
		return value{}, err
	}
	v.digest = v.sum(key)
	return v, nil
}

// jsonText returns v as JSON, or nil for no value at all.
func jsonText(v any) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, errors.New("the value has no JSON form") // the cause may quote the value
	}
	if string(b) == "null" {
		return nil, nil
	}
	return b, nil
}
