package door

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/once"
)

// ChangePassword replaces the caller's own password, which must be given once
// more, and ends all other sessions, API tokens and open links. Faults: Invalid by
// field ("current", "password"); TooMany.
func (d *Door) ChangePassword(ctx context.Context, current, password string) error {
	c, err := d.house.Who(ctx)
	if err != nil {
		return err
	}
	if done, err := d.once.Done(ctx); done || err != nil {
		return err
	}
	proof, err := d.Prove(ctx, c, current)
	if err != nil {
		return err
	}
	t, err := d.house.Terms(ctx)
	if err != nil {
		return err
	}
	own, err := d.house.Own(ctx, c)
	if err != nil {
		return err
	}
	if f := CheckPassword(password, t.Least, own...); f != nil {
		return f
	}
	hash, err := d.HashPassword(ctx, password)
	if err != nil {
		return err
	}
	return d.once.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := d.Still(ctx, tx, proof); err != nil {
			return err
		}
		if err := d.setPassword(ctx, tx, c.Account, hash, d.Now()); err != nil {
			return err
		}
		if err := d.CutOff(ctx, tx, c.Account, "password", c.Session); err != nil {
			return err
		}
		if err := d.changed(ctx, tx, c.Account, PasswordChanged); err != nil {
			return err
		}
		return d.personalised(ctx, tx, c, "password")
	})
}

// HashPassword hashes a password that was checked. It takes long: not within a unit.
func (d *Door) HashPassword(ctx context.Context, password string) (string, error) {
	return d.hasher.hash(ctx, password)
}

// Prove checks the caller's own password once more, slowed down like a second
// step: an unattended session must not become a way to guess it. What it returns is asked
// for once more in the unit in which they act ([Door.Still]). Faults: Invalid at "current";
// TooMany.
func (d *Door) Prove(ctx context.Context, c *caller.Caller, password string) (Proof, error) {
	cred, err := d.prove(ctx, c, password)
	return Proof{c, cred}, err
}

func (d *Door) prove(ctx context.Context, c *caller.Caller, password string) (Credential, error) {
	var cred Credential
	if password == "" { // nothing was tried
		return cred, fault.New(fault.Invalid, "identity.invalid").WithField("current", "field.required", nil)
	}
	var charges []charge
	err := d.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		charges = []charge{{kind: "second", key: d.keys.placeHash(tx.Tenant(), "prove", c.AccountUID)}}
		var err error
		if cred, err = d.byID(ctx, tx, c.Account, false); err != nil {
			return err
		}
		return d.tries.debit(ctx, tx, charges)
	})
	if err != nil {
		return cred, err
	}
	ok, _, err := d.hasher.matches(ctx, password, cred.hash)
	if err != nil {
		return cred, err
	}
	if !ok {
		// Of two requests with one key the first may have changed it meanwhile.
		if done, err := d.once.Done(ctx); done || errors.Is(err, once.Repeated) {
			return cred, d.repeated(ctx, once.Repeated, charges)
		}
		return cred, fault.New(fault.Invalid, "identity.invalid").WithField("current", "identity.wrong_password", nil)
	}
	return cred, d.unit(ctx, func(ctx context.Context, tx *db.Tx) error { return d.tries.credit(ctx, tx, charges) })
}

// Enrolment is a second factor about to be set up.
type Enrolment struct {
	Ticket string // to be given back to ConfirmSecondFactor within ten minutes; sealed
	Secret string // to type into an authenticator
	URI    string // the same as a QR code carries it
}

// ticket is what Enrolment.Ticket seals: nothing is kept until it is confirmed.
type ticket struct {
	Account  int64  `json:"a"`
	Secret   string `json:"s"`
	Expires  int64  `json:"e"`
	Instead  int64  `json:"i"` // when the factor was set up that it replaces, in microseconds: of any other it is no word
	Password int64  `json:"p"` // when the password was set that was given for it, in microseconds
}

// BeginSecondFactor prepares a new second factor for the caller. The password is
// needed, except in the first minutes of a session by somebody who has none yet:
// they have just typed it. issuer is the name that the authenticator will show.
// Faults: Invalid at "current"; TooMany.
func (d *Door) BeginSecondFactor(ctx context.Context, password, issuer string) (Enrolment, error) {
	c, err := d.house.Who(ctx)
	if err != nil {
		return Enrolment{}, err
	}
	var cred Credential
	fresh := false
	err = d.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if cred, err = d.byID(ctx, tx, c.Account, false); err != nil {
			return err
		}
		fresh, err = d.fresh(ctx, tx, c, cred)
		return err
	})
	if err != nil {
		return Enrolment{}, err
	}
	if !fresh {
		if cred, err = d.prove(ctx, c, password); err != nil {
			return Enrolment{}, err
		}
	}
	secret := newTOTPSecret()
	plain, _ := json.Marshal(ticket{c.Account, secret, d.Now().Add(freshFor).Unix(), cred.totpAt.UnixMicro(), cred.passwordAt.UnixMicro()}) //nolint:errchkjson // plain fields
	return Enrolment{
		Ticket: encode(d.keys.sealed(plain, "enrol", c.Tenant.ID)), Secret: secret, URI: totpURI(issuer, cred.Login, secret),
	}, nil
}

// fresh reports whether somebody without a second factor has typed the password
// within the last minutes, in this session.
func (d *Door) fresh(ctx context.Context, tx *db.Tx, c *caller.Caller, cred Credential) (bool, error) {
	if c.Session == "" || cred.totp != nil {
		return false, nil
	}
	at, err := d.sessionOpened(ctx, tx, c.Account, c.Session)
	if db.NoRows(err) {
		return false, ended()
	}
	return d.Now().Sub(at) < freshFor, err
}

// ConfirmSecondFactor takes the first code of the authenticator, stores the second
// factor and returns ten recovery codes, to be shown once. The session counts as
// opened with it from now on; all others end, and API tokens with them: whoever had the
// old one, or none, has nothing left. Faults: Unauthenticated for a wrong
// code or a ticket that is over; TooMany.
func (d *Door) ConfirmSecondFactor(ctx context.Context, sealed, typed string) ([]string, error) {
	c, err := d.house.Who(ctx)
	if err != nil {
		return nil, err
	}
	var codes []string
	if done, err := d.once.Done(ctx, &codes); done || err != nil {
		return shown(codes), err
	}
	var t ticket
	box, err := decode(sealed)
	if err == nil {
		box, err = d.keys.opened(box, "enrol", c.Tenant.ID)
	}
	if err == nil {
		err = json.Unmarshal(box, &t)
	}
	if err != nil || t.Account != c.Account || d.Now().Unix() >= t.Expires {
		return nil, fault.New(fault.Unauthenticated, "identity.challenge_over")
	}
	step, ok := totpStep(t.Secret, typed, d.Now(), 0)
	if !ok {
		return nil, fault.New(fault.Invalid, "identity.invalid").WithField("code", "identity.wrong_code", nil)
	}
	codes = newRecoveryCodes()
	err = d.once.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		cred, err := d.Still(ctx, tx, Proof{c, Credential{ID: c.Account, passwordAt: time.UnixMicro(t.Password)}})
		if err != nil {
			return err
		}
		if cred.totpAt.UnixMicro() != t.Instead {
			return fault.New(fault.Unauthenticated, "identity.challenge_over")
		}
		secret := d.keys.sealed([]byte(t.Secret), "totp", tx.Tenant(), c.AccountUID)
		if err := d.setSecond(ctx, tx, c.Account, secret, step, d.hashes(tx.Tenant(), c.Account, codes), d.Now()); err != nil {
			return err
		}
		if err := d.otherSecond(ctx, tx, c, true); err != nil {
			return err
		}
		if err := d.changed(ctx, tx, c.Account, SecondSet); err != nil {
			return err
		}
		return d.personalised(ctx, tx, c, "second_factor")
	}, &codes)
	if err != nil {
		return nil, err
	}
	return shown(codes), nil
}

// hashes are what is kept of recovery codes.
func (d *Door) hashes(tenant int32, account int64, codes []string) [][]byte {
	out := make([][]byte, len(codes))
	for i, c := range codes {
		out[i] = d.keys.oneTime(tenant, account, "recovery", c)[0]
	}
	return out
}

func shown(codes []string) []string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = grouped(c)
	}
	return out
}

// NewRecoveryCodes replaces the caller's recovery codes. Faults: Invalid at
// "current"; Conflict without a second factor.
func (d *Door) NewRecoveryCodes(ctx context.Context, password string) ([]string, error) {
	c, err := d.house.Who(ctx)
	if err != nil {
		return nil, err
	}
	var codes []string
	if done, err := d.once.Done(ctx, &codes); done || err != nil {
		return shown(codes), err
	}
	proof, err := d.Prove(ctx, c, password)
	if err != nil {
		return nil, err
	}
	codes = newRecoveryCodes()
	err = d.once.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		cred, err := d.Still(ctx, tx, proof)
		if err != nil {
			return err
		}
		if cred.totp == nil { // in this moment: there would be codes instead of nothing
			return fault.New(fault.Conflict, "identity.no_second_factor")
		}
		b := &pgx.Batch{}
		d.queueRecovery(b, tx.Tenant(), c.Account, d.hashes(tx.Tenant(), c.Account, codes))
		if err := tx.PGX().SendBatch(ctx, b).Close(); err != nil {
			return err
		}
		return d.personalised(ctx, tx, c, "recovery_codes")
	}, &codes)
	if err != nil {
		return nil, err
	}
	return shown(codes), nil
}

// otherSecond ends all that was opened by the second factor that the caller had, or
// without one, and marks the caller's session as what it is from now on. A request by an
// API token ends that token too.
func (d *Door) otherSecond(ctx context.Context, tx *db.Tx, c *caller.Caller, second bool) error {
	if _, err := d.endSessions(ctx, tx, c.Account, "", c.Session, "second_factor"); err != nil {
		return err
	}
	if _, err := d.revokeTokens(ctx, tx, c.Account, ""); err != nil {
		return err
	}
	if err := d.mark(ctx, tx, c.Account, c.Session, second); err != nil {
		return err
	}
	return d.Refresh(ctx, tx, c.Account)
}

// DropSecondFactor takes the caller's second factor away, and with it what was obtained by
// it: other sessions and API tokens end, this session goes on without. Faults: Denied where the
// house demands it; Invalid at "current"; Unauthenticated for the code.
func (d *Door) DropSecondFactor(ctx context.Context, password, typed string) error {
	c, err := d.house.Who(ctx)
	if err != nil {
		return err
	}
	if done, err := d.once.Done(ctx); done || err != nil {
		return err
	}
	if err := d.house.Keep(ctx, c); err != nil {
		return err
	}
	proof, err := d.Prove(ctx, c, password)
	if err != nil {
		return err
	}
	charges, err := d.countCode(ctx, c.Account)
	if err != nil {
		return err
	}
	err = d.once.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		cred, err := d.Still(ctx, tx, proof)
		if err != nil {
			return err
		}
		if _, _, err := d.judge(ctx, tx, challenge{Account: c.Account, Password: cred.passwordAt.UnixMicro()}, typed, charges); err != nil {
			return err
		}
		if err := d.setSecond(ctx, tx, c.Account, nil, 0, nil, d.Now()); err != nil {
			return err
		}
		if err := d.otherSecond(ctx, tx, c, false); err != nil {
			return err
		}
		if err := d.changed(ctx, tx, c.Account, SecondDropped); err != nil {
			return err
		}
		return d.personalised(ctx, tx, c, "second_factor")
	})
	return d.repeated(ctx, err, charges)
}

// Security is what a person sees of their own keys.
type Security struct {
	PasswordAt   time.Time
	SecondSince  time.Time // zero: none
	RecoveryLeft int
	Fresh        bool // just signed in and without a second factor: BeginSecondFactor needs no password
}

// QueueStanding asks, within a batch, for what of Security a page that is opened all day needs:
// since when there is a second factor, and how many recovery codes are left.
func (d *Door) QueueStanding(b *pgx.Batch, c *caller.Caller, into *Security) {
	d.queueStanding(b, c.Tenant.ID, c.Account, into)
}

// Security returns the state of the caller's own keys.
func (d *Door) Security(ctx context.Context, tx *db.Tx, c *caller.Caller) (Security, error) {
	var out Security
	cred, err := d.byID(ctx, tx, c.Account, false)
	if err != nil {
		return out, err
	}
	out.PasswordAt, out.SecondSince = cred.passwordAt, cred.totpAt
	if out.Fresh, err = d.fresh(ctx, tx, c, cred); err != nil {
		return out, err
	}
	out.RecoveryLeft, err = d.recoveryLeft(ctx, tx, c.Account)
	return out, err
}
