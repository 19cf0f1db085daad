package identity

import (
	"context"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/profile"
)

// SignIn is the first step: login and password. It opens a session at once for
// an account without a second factor; a role that demands one is of no use in
// that session until the person has set it up (BeforeUse).
//
// Faults: Unauthenticated when login and password do not fit, whichever it is;
// TooMany with the time to wait; Denied for a blocked account or one without an
// appointment today, but only to who knows the password.
func (s *Service) SignIn(ctx context.Context, a Attempt) (Outcome, error) {
	if err := s.gate.Open(ctx); err != nil {
		return Outcome{}, err
	}
	t, err := s.door.password(ctx, a)
	if err != nil {
		return Outcome{}, s.door.refused(ctx, actSignIn, t.cred, err)
	}
	var o Outcome
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.door.tries.credit(ctx, tx, s.now(), t.charges); err != nil {
			return err
		}
		if t.cred.totp != nil {
			o.Challenge = s.door.challenge(tx.Tenant(), t.cred, a.Shared)
			return nil
		}
		var err error
		o.Session, err = s.enter(ctx, tx, entry{cred: t.cred, shared: a.Shared, device: a.Device, agent: a.UserAgent, remote: a.Remote})
		return err
	})
	if err != nil {
		return Outcome{}, s.door.refused(ctx, actSignIn, t.cred, err)
	}
	return o, nil
}

// SecondStep takes the challenge of SignIn and a code, and opens the session.
// Faults: Unauthenticated for a wrong or used code or a challenge that is over;
// TooMany.
func (s *Service) SecondStep(ctx context.Context, n Second) (*Opened, error) {
	if err := s.gate.Open(ctx); err != nil {
		return nil, err
	}
	ch, err := s.door.openChallenge(db.TenantOf(ctx), n.Challenge)
	if err != nil {
		return nil, err
	}
	c, left, err := s.door.second(ctx, ch, n.Code)
	if err != nil {
		return nil, s.door.refused(ctx, actSecond, credentialOf(c, ch), err)
	}
	var o *Opened
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		o, err = s.enter(ctx, tx, entry{cred: c, second: true, shared: ch.Shared, device: n.Device, agent: n.UserAgent, remote: n.Remote})
		return err
	})
	if err != nil {
		return nil, s.door.refused(ctx, actSecond, c, err)
	}
	o.RecoveryLeft = left
	return o, nil
}

// credentialOf names the account of a challenge when its row was not read.
func credentialOf(c credential, ch challenge) credential {
	if c.id == 0 {
		c.id = ch.Account
	}
	return c
}

// enter opens the session of somebody who may come in today.
func (s *Service) enter(ctx context.Context, tx *db.Tx, e entry) (*Opened, error) {
	// Held until the unit ends: who is blocked in this moment is blocked.
	c, err := s.door.byID(ctx, tx, e.cred.id, true)
	if err != nil {
		return nil, err
	}
	if c.state != "active" || c.hash != e.cred.hash && c.passwordAt != e.cred.passwordAt {
		return nil, wrong()
	}
	if err := s.employed(ctx, tx, c.id); err != nil {
		return nil, err
	}
	t, err := s.terms(ctx)
	if err != nil {
		return nil, err
	}
	o, n, id, err := s.door.open(ctx, tx, e, t)
	if err != nil {
		return nil, err
	}
	if err := s.noteSharing(ctx, tx, c, id, n); err != nil {
		return nil, err
	}
	return o, s.door.record(ctx, tx, actSignIn, c, o.UID, nil)
}

// employed refuses an account that has no appointment today.
func (s *Service) employed(ctx context.Context, tx *db.Tx, account int64) error {
	today := s.today(ctx)
	all, err := assignments(ctx, tx, account, today)
	if err != nil {
		return err
	}
	var next time.Time
	for _, a := range all {
		if !a.Since.After(today) {
			return nil
		}
		if next.IsZero() || a.Since.Before(next) {
			next = a.Since
		}
	}
	if !next.IsZero() {
		return fault.New(fault.Denied, "identity.not_yet").WithCheck("account").With("Since", next)
	}
	return fault.New(fault.Denied, "identity.no_appointment").WithCheck("account").WithNext("identity.next.superior", "", nil)
}

// terms are how long sessions last in this ministry.
func (s *Service) terms(ctx context.Context) (terms, error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return terms{}, err
	}
	today := s.today(ctx)
	return terms{
		idle: time.Duration(limit(m.Profile, "session_idle_minutes", today, 30)) * time.Minute,
		most: time.Duration(limit(m.Profile, "session_max_hours", today, 12)) * time.Hour,
	}, nil
}

// noteSharing watches for an account that two people use at once (TR-DR-8) and
// tells its owner.
func (s *Service) noteSharing(ctx context.Context, tx *db.Tx, c credential, session int64, n newSession) error {
	shared, err := noteSharing(ctx, tx, c.id, session, n.remote, n.now)
	if err != nil || !shared {
		return err
	}
	return s.tell(ctx, tx, notice{to: []int64{c.id}, key: "identity.notice.sharing", url: "/me/sessions", args: fault.Args{"Device": n.device, "At": s.local(ctx, n.now)}})
}

// recordSignIn writes an attempt into the ministry's trail.
func (s *Service) recordSignIn(ctx context.Context, tx *db.Tx, what string, c credential, session string, err error) error {
	e := audit.Entry{Action: what, Object: "session", Target: session, Account: c.id, AccountUID: c.uid}
	if err != nil {
		return s.trail.Refusal(ctx, err, e)
	}
	return s.trail.Record(ctx, tx, e)
}

// SignOut ends the caller's session.
func (s *Service) SignOut(ctx context.Context) error {
	c, err := me(ctx)
	if err != nil {
		return err
	}
	return s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.door.endSessions(ctx, tx, s.db, c.Account, c.Session, "", actSignOut, s.now()); err != nil || c.Session == "" {
			return err
		}
		return s.trail.Record(ctx, tx, audit.Entry{Action: actSignOut, Object: "session", Target: c.Session})
	})
}

// BeforeUse refuses while a role's demand for a second factor is not met: the
// part of gate.Checks that identity answers. Other demands pass.
func (s *Service) BeforeUse(ctx context.Context, c *caller.Caller, a caller.Assignment, demand string) error {
	if demand != "second_factor" || c.SecondFactor {
		return nil
	}
	f := fault.New(fault.Denied, "identity.second_factor_first").WithCheck("second_factor").
		WithNext("identity.next.set_up_second_factor", "/me/security", nil)
	if m, err := s.gate.Ministry(ctx); err == nil {
		if r := m.Profile.Role(a.Role); r != nil {
			f = f.With("Role", fault.Text(r.Name)).WithRule(ruleOf(m.Profile, r.Source), r.Source)
		}
	}
	return f
}

// ruleOf returns the id of the requirement that rests on a legal basis.
func ruleOf(p *profile.Profile, source string) string {
	if source == "" {
		return ""
	}
	for i := range p.Rules {
		if p.Rules[i].Source == source {
			return p.Rules[i].ID
		}
	}
	return ""
}
