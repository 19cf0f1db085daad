package identity

import (
	"context"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/jackc/pgx/v5"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity/door"
	"mektep/core/notify"
	"mektep/core/once"
)

// Bounds of operators, who can stop a ministry and so are held shorter.
const (
	operatorPassword = 14
	operatorIdle     = 15 * time.Minute
	operatorMost     = 8 * time.Hour
	operatorInvite   = 48 * time.Hour
	operatorLink     = "/operator/invitation/"
)

// OperatorIssuer is what an operator's authenticator shows.
const OperatorIssuer = "Mektep"

// Operators are those who run the platform, outside every ministry. They see
// ministries' names and sizes, never their data: a caller of theirs has no
// ministry, so no unit of work behind a wall opens for them.
//
// A second factor is obligatory: without one, a session is good for setting it up
// and for nothing else. Everything but that goes through Require.
type Operators struct {
	db    *db.DB
	once  *once.Store
	clock *clock.Clock

	// Door is how operators come in and keep their own keys.
	Door *door.Door

	trail   *audit.Trail    // signs what they do
	letters *notify.Service // nil: nobody is told by mail
}

// Operator is one of them.
type Operator struct {
	UID          string
	Login        string
	Name         string
	Email        string
	State        State
	SecondFactor bool
	SignedInAt   time.Time // zero: never
	CreatedAt    time.Time
}

// OperatorsConfig is what the operators' accounts rest on; each as in Config.
type OperatorsConfig struct {
	DB      *db.DB
	Clock   *clock.Clock
	Secrets [][]byte
	Hashing *argon2id.Params
}

// NewOperators returns the operators of an installation.
func NewOperators(cfg OperatorsConfig) (*Operators, error) {
	d, c := cfg.DB, cfg.Clock
	o := &Operators{db: d, once: once.OfPlatform(d, c), clock: c}
	var err error
	if o.trail, err = audit.New(d, c, cfg.Secrets...); err != nil {
		return nil, err
	}
	o.Door, err = door.OfPlatform(door.Config{DB: d, Clock: c, Secrets: cfg.Secrets, Hashing: cfg.Hashing, House: door.House{
		Who: operator, Terms: operatorTerms, Admit: admitted, Barred: shutOff, Assignments: unassigned, Keep: o.keepsSecond, Own: operatorWords, Record: o.recordEntry,
	}})
	return o, err
}

// What the operators' door asks: all are admitted, and act by no assignment.

func admitted(context.Context, *db.Tx, int64) error { return nil }

// shutOff refuses a blocked operator: another one opens the account.
func shutOff(context.Context, *db.Tx, int64) error {
	return fault.New(fault.Denied, "identity.blocked").WithCheck("account").WithOwnRule("blocked").WithNext("identity.next.other_operator", "", nil)
}

func unassigned(context.Context, *db.Tx, int64) ([]caller.Assignment, error) { return nil, nil }

func operatorTerms(context.Context) (door.Terms, error) {
	return door.Terms{Idle: operatorIdle, Most: operatorMost, Least: operatorPassword}, nil
}

func operatorWords(_ context.Context, c *caller.Caller) ([]string, error) {
	return strings.Fields(c.Name), nil
}

// keepsSecond: no operator goes without a second factor.
func (o *Operators) keepsSecond(context.Context, *caller.Caller) error {
	return operatorsFactor()
}

// operatorsFactor refuses an operator without a second factor.
func operatorsFactor() *fault.Error {
	return fault.New(fault.Denied, "identity.operator_second_factor").WithCheck("second_factor").WithOwnRule("second_factor").
		WithNext("identity.next.set_up_second_factor", "/operator/security", nil)
}

// Require refuses everybody but an operator who has signed in with a second
// factor. Faults: Unauthenticated, Denied.
func (o *Operators) Require(ctx context.Context) error {
	c := caller.From(ctx)
	if !c.SignedIn() || !c.Operator || c.Tenant.ID != 0 {
		return fault.New(fault.Unauthenticated, "gate.sign_in")
	}
	if !c.SecondFactor {
		return operatorsFactor()
	}
	return nil
}

// command reports whether the command line acts: whoever can start the program
// with the installation's secrets is not asked for a password.
func command(ctx context.Context) bool {
	c := caller.From(ctx)
	return c != nil && c.System != "" && c.Tenant.ID == 0
}

// Create makes an operator and the one-time link with which they set login and
// password. Where there is mail they have an address. The command line makes the first one, as a system role without a
// ministry; operators make others. Faults: Invalid; Denied; Conflict for the address
// of one who is there.
func (o *Operators) Create(ctx context.Context, name, address, language string) (Operator, *door.Key, error) {
	if err := o.allowed(ctx); err != nil {
		return Operator{}, nil, err
	}
	bad := fault.New(fault.Invalid, "identity.invalid")
	if name = words(name); name == "" {
		bad = bad.WithField("name", "field.required", nil)
	} else if len([]rune(name)) > maxName {
		bad = bad.WithField("name", "identity.name_refused", fault.Args{"Most": maxName})
	}
	address, ok := email(address)
	if !ok {
		bad = bad.WithField("email", "field.email", nil)
	}
	if ok && address == "" && o.HasMail() { // nobody could tell them of what becomes of their keys
		bad = bad.WithField("email", "field.required", nil)
	}
	if err := bad.OrNil(); err != nil {
		return Operator{}, nil, err
	}
	p := Operator{UID: db.NewUID(), Name: name, Email: address, State: Invited, CreatedAt: o.Door.Now()}
	var k *door.Key
	err := o.once.Unit(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if err := unknownAddress(ctx, tx, p.Email); err != nil {
			return err
		}
		var id int64
		err = tx.PGX().QueryRow(ctx, `INSERT INTO platform.operator (uid, name, email, language, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
			p.UID, p.Name, p.Email, language, p.CreatedAt).Scan(&id)
		if err != nil {
			return err
		}
		if p.Email != "" {
			if err := o.noteHand(ctx, tx, id, handAddress, ""); err != nil {
				return err
			}
		}
		if k, err = o.link(ctx, tx, id, false); err != nil {
			return err
		}
		if err := o.Record(ctx, tx, "create", "operator", p.UID); err != nil {
			return err
		}
		return o.tell(ctx, tx, p.UID, "create")
	}, &p, &k)
	if err != nil {
		return Operator{}, nil, err
	}
	return p, k, nil
}

// unknownAddress refuses the address of somebody who is an operator already: a
// second click would make a second one, with a link that nobody has seen. Two at
// the same moment wait for each other.
func unknownAddress(ctx context.Context, tx *db.Tx, address string) error {
	if address == "" {
		return nil
	}
	if _, err := tx.PGX().Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext($1))", "operator "+address); err != nil {
		return err
	}
	var known bool
	err := tx.PGX().QueryRow(ctx, `SELECT EXISTS (SELECT FROM platform.operator WHERE tenant_id = 0 AND email = $1 AND state <> 'blocked')`, address).Scan(&known)
	if err == nil && known {
		err = fault.New(fault.Conflict, "identity.email_taken").WithField("email", "identity.email_taken", nil)
	}
	return err
}

func (o *Operators) allowed(ctx context.Context) error {
	if command(ctx) {
		return nil
	}
	return o.Require(ctx)
}

func (o *Operators) link(ctx context.Context, tx *db.Tx, id int64, dropsSecond bool) (*door.Key, error) {
	if err := o.Door.RevokeKeys(ctx, tx, id, door.Invite); err != nil {
		return nil, err
	}
	k, err := o.Door.NewLink(ctx, tx, id, door.Invite, o.Door.Now().Add(operatorInvite), dropsSecond)
	if err != nil {
		return nil, err
	}
	k.Path = operatorLink + k.Path
	return k, o.noteKey(ctx, tx, id, k)
}

// Relink makes a new one-time link for an operator who has lost the way in; using
// it takes the second factor away too, to be set up anew. Not for oneself.
func (o *Operators) Relink(ctx context.Context, uid string) (*door.Key, error) {
	var k *door.Key
	err := o.other(ctx, uid, "reset", func(ctx context.Context, tx *db.Tx, c door.Credential) error {
		if c.State == string(Blocked) {
			return fault.New(fault.Conflict, "identity.not_active")
		}
		var err error
		k, err = o.link(ctx, tx, c.ID, true)
		return err
	}, &k)
	return k, err
}

// Block keeps an operator out at once. Not for oneself, so that one is left.
func (o *Operators) Block(ctx context.Context, uid string) error {
	return o.other(ctx, uid, "block", func(ctx context.Context, tx *db.Tx, c door.Credential) error {
		if _, err := tx.PGX().Exec(ctx, `UPDATE platform.operator SET state = 'blocked', version = version + 1 WHERE tenant_id = 0 AND id = $1`, c.ID); err != nil {
			return err
		}
		return o.Door.CutOff(ctx, tx, c.ID, "blocked", "")
	})
}

// other does something to another operator, and records it.
func (o *Operators) other(ctx context.Context, uid, action string, fn func(ctx context.Context, tx *db.Tx, c door.Credential) error, results ...any) error {
	if err := o.allowed(ctx); err != nil {
		return err
	}
	err := o.once.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		// Two who block each other at the same moment: one at a time, and the second one
		// is an operator no more, so that one is always left.
		if _, err := tx.PGX().Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('operators'))"); err != nil {
			return err
		}
		if err := still(ctx, tx); err != nil {
			return err
		}
		c, err := o.Door.LockUID(ctx, tx, uid)
		if err != nil {
			return err
		}
		if by := caller.From(ctx); by.SignedIn() && by.Account == c.ID {
			return fault.New(fault.Denied, "identity.not_yourself").WithCheck("delegation").WithOwnRule("not_oneself").
				WithNext("identity.next.other_operator", "/operator/people", nil)
		}
		if err := fn(ctx, tx, c); err != nil {
			return err
		}
		if err := o.Record(ctx, tx, action, "operator", uid); err != nil {
			return err
		}
		return o.tell(ctx, tx, uid, action)
	}, results...)
	return err
}

// still refuses an operator who has been blocked since their session was read.
func still(ctx context.Context, tx *db.Tx) error {
	by := caller.From(ctx)
	if !by.SignedIn() {
		return nil // the command line
	}
	var active bool
	err := tx.PGX().QueryRow(ctx, `SELECT EXISTS (SELECT FROM platform.operator WHERE tenant_id = 0 AND id = $1 AND state = 'active')`, by.Account).Scan(&active)
	if err == nil && !active {
		err = fault.New(fault.Unauthenticated, "gate.sign_in")
	}
	return err
}

// List returns all operators, by name.
func (o *Operators) List(ctx context.Context) ([]Operator, error) {
	if err := o.allowed(ctx); err != nil {
		return nil, err
	}
	var list []Operator
	err := o.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.PGX().Query(ctx, `SELECT uid, login, name, email, state, totp_at IS NOT NULL, coalesce(signed_in_at, '0001-01-01'), created_at
			FROM platform.operator WHERE tenant_id = 0 ORDER BY name, id`)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Operator])
		return err
	})
	return list, err
}

// OpenKey is Service.OpenKey for an operator's link.
func (o *Operators) OpenKey(ctx context.Context, secret string) (Opening, error) {
	var out Opening
	err := o.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		k, err := o.Door.FindKey(ctx, tx, secret)
		if err != nil {
			return err
		}
		out = Opening{Invitation: true, Least: operatorPassword, Expires: k.Expires}
		return tx.PGX().QueryRow(ctx, `SELECT login, name, language, email FROM platform.operator WHERE tenant_id = 0 AND id = $1`, k.Account).
			Scan(&out.Login, &out.Name, &out.Language, &out.Address)
	})
	return out, err
}

// Accept is Service.Accept for an operator's link.
func (o *Operators) Accept(ctx context.Context, secret string, a Acceptance) (login string, err error) {
	open, err := o.OpenKey(ctx, secret)
	if err != nil {
		return "", err
	}
	bad := fault.New(fault.Invalid, "identity.invalid")
	if login = open.Login; login == "" {
		if login = door.FoldLogin(a.Login); !door.ValidLogin(login) {
			bad = bad.WithField("login", "identity.login_refused", fault.Args{"Most": door.MaxLogin})
		} else if !ownLogin(login, open.Address) {
			bad = bad.WithField("login", "identity.login_address", nil)
		}
	}
	if f := door.CheckPassword(a.Password, operatorPassword, login, open.Name); f != nil {
		bad.Fields = append(bad.Fields, f.Fields...)
	}
	if err := bad.OrNil(); err != nil {
		return "", err
	}
	hash, err := o.Door.HashPassword(ctx, a.Password)
	if err != nil {
		return "", err
	}
	err = o.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		k, err := o.Door.FindKey(ctx, tx, secret)
		if err != nil {
			return err
		}
		if k, err = o.Door.UseKey(ctx, tx, k.Account, secret); err != nil {
			return err
		}
		if err := o.Door.Accept(ctx, tx, k, login, hash, a.Language); err != nil {
			return taken(err)
		}
		if err := o.opened(ctx, tx, k.Account, k.UID); err != nil {
			return err
		}
		c, err := o.Door.Lock(ctx, tx, k.Account)
		if err != nil {
			return err
		}
		return record(ctx, tx, o.trail, o.Door.Now(), Act{Operator: c.UID, Action: "accept", Object: "invitation", Target: k.UID, Outcome: "allow"})
	})
	return login, err
}

// Resolve returns the operator behind a session token. Fault: Unauthenticated.
func (o *Operators) Resolve(ctx context.Context, token string) (*caller.Caller, error) {
	l, err := o.Door.Session(ctx, token)
	if err != nil {
		return nil, err
	}
	return &caller.Caller{
		Account: l.Account, AccountUID: l.AccountUID, Name: l.Name, Operator: true,
		Language: l.Language, SecondFactor: l.SecondFactor, Session: l.UID, Ends: l.Ends(),
	}, nil
}

// operator returns the operator who has signed in, with a second factor or
// without: for what one does to get one.
func operator(ctx context.Context) (*caller.Caller, error) {
	c := caller.From(ctx)
	if !c.SignedIn() || !c.Operator || c.Tenant.ID != 0 {
		return nil, fault.New(fault.Unauthenticated, "gate.sign_in")
	}
	return c, nil
}

// SetLanguage is Service.SetLanguage for operators.
func (o *Operators) SetLanguage(ctx context.Context, tag string) error {
	c, err := operator(ctx)
	if err != nil {
		return err
	}
	return o.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		done, err := tx.PGX().Exec(ctx, `UPDATE platform.operator SET language = $2 WHERE tenant_id = 0 AND id = $1 AND language <> $2`, c.Account, tag)
		if err != nil || done.RowsAffected() == 0 {
			return err
		}
		return o.Record(ctx, tx, "personalise", "operator", c.AccountUID)
	})
}
