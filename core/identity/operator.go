package identity

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
)

// Bounds of operators, who can stop a ministry and so are held shorter.
const (
	operatorPassword = 14
	operatorIdle     = 15 * time.Minute
	operatorMost     = 8 * time.Hour
	operatorInvite   = 48 * time.Hour
	operatorLink     = "/operator/invitation/"
	operatorIssuer   = "Mektep"
)

// Operators are those who run the platform, outside every ministry. They see
// ministries' names and sizes, never their data: a caller of theirs has no
// ministry, so no unit of work behind a wall opens for them.
//
// A second factor is obligatory: without one, a session is good for setting it up
// and for nothing else. Everything but that goes through Require.
type Operators struct {
	db    *db.DB
	clock *clock.Clock
	door  door
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

// NewOperators returns the operators of an installation. Secrets as for New.
func NewOperators(d *db.DB, c *clock.Clock, secrets [][]byte) (*Operators, error) {
	k, err := newKeys(secrets)
	if err != nil {
		return nil, err
	}
	o := &Operators{db: d, clock: c, door: newDoor(d, c, k, platformRealm(d))}
	o.door.record = o.recordSignIn
	return o, nil
}

// Require refuses everybody but an operator who has signed in with a second
// factor. Faults: Unauthenticated, Denied.
func (o *Operators) Require(ctx context.Context) error {
	c := caller.From(ctx)
	if !c.SignedIn() || !c.Operator || c.Tenant.ID != 0 {
		return fault.New(fault.Unauthenticated, "gate.sign_in")
	}
	if !c.SecondFactor {
		return fault.New(fault.Denied, "identity.operator_second_factor").WithCheck("second_factor").
			WithNext("identity.next.set_up_second_factor", "/operator/security", nil)
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
// password. The command line makes the first one, as a system role without a
// ministry; operators make others. Faults: Invalid; Denied; Conflict for the address
// of one who is there.
func (o *Operators) Create(ctx context.Context, name, address, language string) (Operator, *Key, error) {
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
	if err := bad.OrNil(); err != nil {
		return Operator{}, nil, err
	}
	p := Operator{UID: db.NewUID(), Name: name, Email: address, State: Invited, CreatedAt: o.door.now()}
	var k *Key
	err := o.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := unknownAddress(ctx, tx, p.Email); err != nil {
			return err
		}
		var id int64
		err := tx.PGX().QueryRow(ctx, `INSERT INTO platform.operator (uid, name, email, language, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
			p.UID, p.Name, p.Email, language, p.CreatedAt).Scan(&id)
		if err != nil {
			return err
		}
		if k, err = o.link(ctx, tx, id, false); err != nil {
			return err
		}
		return o.Record(ctx, tx, "create", "operator", p.UID)
	})
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

func (o *Operators) link(ctx context.Context, tx *db.Tx, id int64, dropsSecond bool) (*Key, error) {
	k, err := o.door.newLink(ctx, tx, id, purposeInvite, o.door.now().Add(operatorInvite), dropsSecond)
	if err != nil {
		return nil, err
	}
	k.Path = operatorLink + k.Path
	return k, nil
}

// Relink makes a new one-time link for an operator who has lost the way in; using
// it takes the second factor away too, to be set up anew. Not for oneself.
func (o *Operators) Relink(ctx context.Context, uid string) (*Key, error) {
	var k *Key
	err := o.other(ctx, uid, "reset", func(ctx context.Context, tx *db.Tx, c credential) error {
		if c.state == string(Blocked) {
			return fault.New(fault.Conflict, "identity.not_active")
		}
		var err error
		k, err = o.link(ctx, tx, c.id, true)
		return err
	})
	return k, err
}

// Block keeps an operator out at once. Not for oneself, so that one is left.
func (o *Operators) Block(ctx context.Context, uid string) error {
	return o.other(ctx, uid, "block", func(ctx context.Context, tx *db.Tx, c credential) error {
		if _, err := tx.PGX().Exec(ctx, `UPDATE platform.operator SET state = 'blocked', version = version + 1 WHERE tenant_id = 0 AND id = $1`, c.id); err != nil {
			return err
		}
		return o.door.cutOff(ctx, tx, c.id, "blocked", "")
	})
}

// other does something to another operator, and records it.
func (o *Operators) other(ctx context.Context, uid, action string, fn func(ctx context.Context, tx *db.Tx, c credential) error) error {
	if err := o.allowed(ctx); err != nil {
		return err
	}
	return o.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := o.door.credential(ctx, tx, "uid = $2 FOR UPDATE", uid)
		if db.NoRows(err) {
			return fault.New(fault.NotFound, "identity.no_account")
		}
		if err != nil {
			return err
		}
		if by := caller.From(ctx); by.SignedIn() && by.Account == c.id {
			return fault.New(fault.Denied, "identity.not_yourself").WithCheck("delegation")
		}
		if err := fn(ctx, tx, c); err != nil {
			return err
		}
		return o.Record(ctx, tx, action, "operator", uid)
	})
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
		k, err := o.door.findKey(ctx, tx, secret, false)
		if err != nil {
			return err
		}
		out = Opening{Invitation: true, Least: operatorPassword, Expires: k.expires}
		return tx.PGX().QueryRow(ctx, `SELECT login, name, language FROM platform.operator WHERE tenant_id = 0 AND id = $1`, k.account).
			Scan(&out.Login, &out.Name, &out.Language)
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
		if login = foldLogin(a.Login); !validLogin(login) {
			bad = bad.WithField("login", "identity.login_refused", fault.Args{"Most": maxLogin})
		}
	}
	if f := checkPassword(a.Password, operatorPassword, login, open.Name); f != nil {
		bad.Fields = append(bad.Fields, f.Fields...)
	}
	if err := bad.OrNil(); err != nil {
		return "", err
	}
	hash, err := o.door.hash.hash(ctx, a.Password)
	if err != nil {
		return "", err
	}
	err = o.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		k, err := o.door.findKey(ctx, tx, secret, false)
		if err != nil {
			return err
		}
		if k, err = o.door.useKey(ctx, tx, k.account, secret); err != nil {
			return err
		}
		if err := o.door.accept(ctx, tx, k, login, hash, a.Language); err != nil {
			return taken(err)
		}
		c, err := o.door.byID(ctx, tx, k.account, false)
		if err != nil {
			return err
		}
		return record(ctx, tx, o.door.now(), Act{Operator: c.uid, Action: "accept", Object: "invitation", Target: k.uid, Outcome: "allow"})
	})
	return login, err
}

// SignIn is Service.SignIn for operators, on the platform's own host.
func (o *Operators) SignIn(ctx context.Context, a Attempt) (Outcome, error) {
	t, err := o.door.password(ctx, a)
	if err != nil {
		return Outcome{}, o.door.refused(ctx, actSignIn, t.cred, err)
	}
	var out Outcome
	err = o.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := o.door.tries.credit(ctx, tx, o.door.now(), t.charges); err != nil {
			return err
		}
		if t.cred.totp != nil {
			out.Challenge = o.door.challenge(0, t.cred, a.Shared)
			return nil
		}
		var err error
		out.Session, err = o.enter(ctx, tx, entry{cred: t.cred, shared: a.Shared, device: a.Device, agent: a.UserAgent, remote: a.Remote})
		return err
	})
	if err != nil {
		return Outcome{}, o.door.refused(ctx, actSignIn, t.cred, err)
	}
	return out, nil
}

// SecondStep is Service.SecondStep for operators.
func (o *Operators) SecondStep(ctx context.Context, n Second) (*Opened, error) {
	ch, err := o.door.openChallenge(0, n.Challenge)
	if err != nil {
		return nil, err
	}
	c, left, err := o.door.second(ctx, ch, n.Code)
	if err != nil {
		return nil, o.door.refused(ctx, actSecond, credentialOf(c, ch), err)
	}
	var out *Opened
	err = o.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		out, err = o.enter(ctx, tx, entry{cred: c, second: true, shared: ch.Shared, device: n.Device, agent: n.UserAgent, remote: n.Remote})
		return err
	})
	if err != nil {
		return nil, o.door.refused(ctx, actSecond, c, err)
	}
	out.RecoveryLeft = left
	return out, nil
}

func (o *Operators) enter(ctx context.Context, tx *db.Tx, e entry) (*Opened, error) {
	c, err := o.door.byID(ctx, tx, e.cred.id, true)
	if err != nil {
		return nil, err
	}
	if c.state != string(Active) || c.passwordAt != e.cred.passwordAt {
		return nil, wrong()
	}
	out, _, _, err := o.door.open(ctx, tx, e, terms{idle: operatorIdle, most: operatorMost})
	if err != nil {
		return nil, err
	}
	return out, o.door.record(ctx, tx, actSignIn, c, out.UID, nil)
}

// Resolve returns the operator behind a session token. Nothing is remembered:
// operators are few, and what ends a session must end it now. Fault: Unauthenticated.
func (o *Operators) Resolve(ctx context.Context, token string) (*caller.Caller, error) {
	if len(token) != tokenLength {
		return nil, ended()
	}
	var l live
	err := o.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		var ok bool
		var err error
		if l, ok, err = o.door.touch(ctx, tx, tokenHash(0, "session", token), o.door.now()); err == nil && !ok {
			err = ended()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &caller.Caller{
		Account: l.account, AccountUID: l.accountUID, Name: l.name, Operator: true,
		Language: l.language, SecondFactor: l.second, Session: l.uid,
	}, nil
}

// SignOut ends the caller's session.
func (o *Operators) SignOut(ctx context.Context) error {
	c, err := operator(ctx)
	if err != nil {
		return err
	}
	return o.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := o.door.endSessions(ctx, tx, o.db, c.Account, c.Session, "", actSignOut, o.door.now()); err != nil {
			return err
		}
		return o.Record(ctx, tx, actSignOut, "session", c.Session)
	})
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

// BeginSecondFactor is Service.BeginSecondFactor for operators.
func (o *Operators) BeginSecondFactor(ctx context.Context, password string) (Enrolment, error) {
	c, err := operator(ctx)
	if err != nil {
		return Enrolment{}, err
	}
	return o.door.beginSecond(ctx, c, password, operatorIssuer)
}

// ConfirmSecondFactor is Service.ConfirmSecondFactor for operators.
func (o *Operators) ConfirmSecondFactor(ctx context.Context, sealed, typed string) ([]string, error) {
	c, err := operator(ctx)
	if err != nil {
		return nil, err
	}
	return o.door.confirmSecond(ctx, c, sealed, typed, func(ctx context.Context, tx *db.Tx) error {
		return o.Record(ctx, tx, "personalise", "operator", c.AccountUID)
	})
}

// ChangePassword is Service.ChangePassword for operators.
func (o *Operators) ChangePassword(ctx context.Context, current, password string) error {
	c, err := operator(ctx)
	if err != nil {
		return err
	}
	return o.door.changePassword(ctx, c, current, password, operatorPassword, strings.Fields(c.Name), func(ctx context.Context, tx *db.Tx) error {
		return o.Record(ctx, tx, "personalise", "operator", c.AccountUID)
	})
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

// Sessions lists the caller's own living sessions.
func (o *Operators) Sessions(ctx context.Context) ([]SessionInfo, error) {
	c, err := operator(ctx)
	if err != nil {
		return nil, err
	}
	var list []SessionInfo
	err = o.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err = o.door.sessions(ctx, tx, c.Account, c.Session, o.door.now())
		return err
	})
	return list, err
}
