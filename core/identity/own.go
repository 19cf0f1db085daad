package identity

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// ChangePassword replaces the caller's own password, which must be given once
// more, and ends all other sessions, API tokens and open links. Faults: Invalid by
// field ("current", "password"); TooMany.
func (s *Service) ChangePassword(ctx context.Context, current, password string) error {
	c, err := me(ctx)
	if err != nil {
		return err
	}
	least, err := s.leastPassword(ctx)
	if err != nil {
		return err
	}
	var a Account
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err = s.accountByID(ctx, tx, c.Account)
		return err
	})
	if err != nil {
		return err
	}
	return s.door.changePassword(ctx, c, current, password, least, []string{a.Login, a.Family, a.Given, a.Patronymic}, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.revokeTokens(ctx, tx, c.Account, ""); err != nil {
			return err
		}
		return s.trail.Record(ctx, tx, audit.Entry{Action: "personalise", Object: "account", Target: c.AccountUID, Fields: []string{"password"}})
	})
}

func (d door) changePassword(ctx context.Context, c *caller.Caller, current, password string, least int, own []string,
	record func(ctx context.Context, tx *db.Tx) error,
) error {
	if _, err := d.prove(ctx, c, current); err != nil {
		return err
	}
	if f := checkPassword(password, least, own...); f != nil {
		return f
	}
	hash, err := d.hash.hash(ctx, password)
	if err != nil {
		return err
	}
	return d.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := d.setPassword(ctx, tx, c.Account, hash, d.now()); err != nil {
			return err
		}
		if err := d.cutOff(ctx, tx, c.Account, "password", c.Session); err != nil {
			return err
		}
		return record(ctx, tx)
	})
}

// prove checks the caller's own password once more, slowed down like a second
// step: an unattended session must not become a way to guess it.
func (d door) prove(ctx context.Context, c *caller.Caller, password string) (credential, error) {
	var cred credential
	var charges []charge
	err := d.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		charges = []charge{{kind: "second", key: d.keys.placeHash(tx.Tenant(), "prove", c.AccountUID)}}
		var err error
		if cred, err = d.byID(ctx, tx, c.Account, false); err != nil {
			return err
		}
		return d.tries.debit(ctx, tx, d.now(), charges)
	})
	if err != nil {
		return cred, err
	}
	ok, _, err := d.hash.matches(ctx, password, cred.hash)
	if err != nil {
		return cred, err
	}
	if !ok {
		return cred, fault.New(fault.Invalid, "identity.invalid").WithField("current", "identity.wrong_password", nil)
	}
	return cred, d.unit(ctx, func(ctx context.Context, tx *db.Tx) error { return d.tries.credit(ctx, tx, d.now(), charges) })
}

// Enrolment is a second factor about to be set up.
type Enrolment struct {
	Ticket string // to be given back to ConfirmSecondFactor within ten minutes; sealed
	Secret string // to type into an authenticator
	URI    string // the same as a QR code carries it
}

// ticket is what Enrolment.Ticket seals: nothing is kept until it is confirmed.
type ticket struct {
	Account int64  `json:"a"`
	Secret  string `json:"s"`
	Expires int64  `json:"e"`
}

// BeginSecondFactor prepares a new second factor for the caller. The password is
// needed, except in the first minutes of a session by somebody who has none yet:
// they have just typed it. issuer is the ministry's name, as the authenticator
// will show it. Faults: Invalid at "current"; TooMany.
func (s *Service) BeginSecondFactor(ctx context.Context, password, issuer string) (Enrolment, error) {
	c, err := me(ctx)
	if err != nil {
		return Enrolment{}, err
	}
	return s.door.beginSecond(ctx, c, password, issuer)
}

func (d door) beginSecond(ctx context.Context, c *caller.Caller, password, issuer string) (Enrolment, error) {
	var cred credential
	fresh := false
	err := d.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
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
	plain, _ := json.Marshal(ticket{c.Account, secret, d.now().Add(freshFor).Unix()}) //nolint:errchkjson // three plain fields
	return Enrolment{
		Ticket: encode(d.keys.sealed(plain, "enrol", c.Tenant.ID)), Secret: secret, URI: totpURI(issuer, cred.login, secret),
	}, nil
}

// fresh reports whether somebody without a second factor has typed the password
// within the last minutes, in this session.
func (d door) fresh(ctx context.Context, tx *db.Tx, c *caller.Caller, cred credential) (bool, error) {
	if c.Session == "" || cred.totp != nil {
		return false, nil
	}
	at, err := d.sessionOpened(ctx, tx, c.Account, c.Session)
	if db.NoRows(err) {
		return false, ended()
	}
	return d.now().Sub(at) < freshFor, err
}

// ConfirmSecondFactor takes the first code of the authenticator, stores the second
// factor and returns ten recovery codes, to be shown once. The session counts as
// opened with it from now on; all others end. Faults: Unauthenticated for a wrong
// code or a ticket that is over; TooMany.
func (s *Service) ConfirmSecondFactor(ctx context.Context, sealed, typed string) ([]string, error) {
	c, err := me(ctx)
	if err != nil {
		return nil, err
	}
	return s.door.confirmSecond(ctx, c, sealed, typed, func(ctx context.Context, tx *db.Tx) error {
		return s.trail.Record(ctx, tx, audit.Entry{Action: "personalise", Object: "account", Target: c.AccountUID, Fields: []string{"second_factor"}})
	})
}

func (d door) confirmSecond(ctx context.Context, c *caller.Caller, sealed, typed string, record func(ctx context.Context, tx *db.Tx) error) ([]string, error) {
	var t ticket
	box, err := decode(sealed)
	if err == nil {
		box, err = d.keys.opened(box, "enrol", c.Tenant.ID)
	}
	if err == nil {
		err = json.Unmarshal(box, &t)
	}
	if err != nil || t.Account != c.Account || d.now().Unix() >= t.Expires {
		return nil, fault.New(fault.Unauthenticated, "identity.challenge_over")
	}
	step, ok := totpStep(t.Secret, typed, d.now(), 0)
	if !ok {
		return nil, fault.New(fault.Invalid, "identity.invalid").WithField("code", "identity.wrong_code", nil)
	}
	codes := newRecoveryCodes()
	err = d.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		secret := d.keys.sealed([]byte(t.Secret), "totp", tx.Tenant(), c.AccountUID)
		if err := d.setSecond(ctx, tx, c.Account, secret, step, d.hashes(tx.Tenant(), c.Account, codes), d.now()); err != nil {
			return err
		}
		if _, err := d.endSessions(ctx, tx, d.db, c.Account, "", c.Session, "second_factor", d.now()); err != nil {
			return err
		}
		if err := d.raise(ctx, tx, c.Account, c.Session); err != nil {
			return err
		}
		if err := d.refreshSessions(ctx, tx, d.db, c.Account); err != nil {
			return err
		}
		return record(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	return shown(codes), nil
}

// hashes are what is kept of recovery codes.
func (d door) hashes(tenant int32, account int64, codes []string) [][]byte {
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
func (s *Service) NewRecoveryCodes(ctx context.Context, password string) ([]string, error) {
	c, err := me(ctx)
	if err != nil {
		return nil, err
	}
	cred, err := s.door.prove(ctx, c, password)
	if err != nil {
		return nil, err
	}
	if cred.totp == nil {
		return nil, fault.New(fault.Conflict, "identity.no_second_factor")
	}
	codes := newRecoveryCodes()
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		b := &pgx.Batch{}
		s.door.queueRecovery(b, tx.Tenant(), c.Account, s.door.hashes(tx.Tenant(), c.Account, codes))
		if err := tx.PGX().SendBatch(ctx, b).Close(); err != nil {
			return err
		}
		return s.trail.Record(ctx, tx, audit.Entry{Action: "personalise", Object: "account", Target: c.AccountUID, Fields: []string{"recovery_codes"}})
	})
	return shown(codes), err
}

// DropSecondFactor takes the caller's second factor away. Faults: Denied while one
// of their roles demands it; Invalid at "current"; Unauthenticated for the code.
func (s *Service) DropSecondFactor(ctx context.Context, password, typed string) error {
	c, err := me(ctx)
	if err != nil {
		return err
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	for _, a := range c.Assignments {
		if r := m.Profile.Role(a.Role); r != nil && r.NeedsSecondFactor() {
			return fault.New(fault.Denied, "identity.second_factor_needed").WithCheck("second_factor").
				WithRule(ruleOf(m.Profile, r.Source), r.Source).With("Role", fault.Text(r.Name))
		}
	}
	cred, err := s.door.prove(ctx, c, password)
	if err != nil {
		return err
	}
	if _, _, err := s.door.second(ctx, challenge{Account: c.Account, Password: cred.passwordAt.UnixMicro()}, typed); err != nil {
		return err
	}
	return s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.door.setSecond(ctx, tx, c.Account, nil, 0, nil, s.now()); err != nil {
			return err
		}
		if _, err := s.door.endSessions(ctx, tx, s.db, c.Account, "", c.Session, "second_factor", s.now()); err != nil {
			return err
		}
		return s.trail.Record(ctx, tx, audit.Entry{Action: "personalise", Object: "account", Target: c.AccountUID, Fields: []string{"second_factor"}})
	})
}

// Security is what a person sees of their own keys.
type Security struct {
	PasswordAt   time.Time
	SecondSince  time.Time // zero: none
	RecoveryLeft int
	Demanded     bool // a role of theirs demands a second factor
	Fresh        bool // just signed in and without a second factor: BeginSecondFactor needs no password
	Sharing      []time.Time
}

// Security returns the state of the caller's own keys, and the signs of the last
// thirty days that somebody else uses the account too.
func (s *Service) Security(ctx context.Context) (Security, error) {
	c, err := me(ctx)
	if err != nil {
		return Security{}, err
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return Security{}, err
	}
	var out Security
	for _, a := range c.Assignments {
		if r := m.Profile.Role(a.Role); r != nil && r.NeedsSecondFactor() {
			out.Demanded = true
		}
	}
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		cred, err := s.door.byID(ctx, tx, c.Account, false)
		if err != nil {
			return err
		}
		a, err := s.accountByID(ctx, tx, c.Account)
		if err != nil {
			return err
		}
		out.PasswordAt = cred.passwordAt
		if out.Fresh, err = s.door.fresh(ctx, tx, c, cred); err != nil {
			return err
		}
		out.SecondSince = zeroed(a.SecondSince)
		if out.RecoveryLeft, err = s.door.recoveryLeft(ctx, tx, c.Account); err != nil {
			return err
		}
		out.Sharing, err = sharing(ctx, tx, c.Account, s.now())
		return err
	})
	return out, err
}
