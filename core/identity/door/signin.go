package door

import (
	"context"

	"mektep/core/audit"
	"mektep/core/db"
)

// SignIn is the first step: login and password. It opens a session at once for
// an account without a second factor; what demands one is of no use in that
// session until the person has set it up.
//
// Faults: Unauthenticated when login and password do not fit, whichever it is;
// TooMany with the time to wait; Denied for a blocked account or one that the house
// does not admit, but only to who knows the password.
func (d *Door) SignIn(ctx context.Context, a Attempt) (Outcome, error) {
	if err := d.isOpen(ctx); err != nil {
		return Outcome{}, err
	}
	t, err := d.password(ctx, a)
	if err != nil {
		return Outcome{}, d.refused(ctx, actSignIn, t.cred, err)
	}
	var o Outcome
	err = d.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		if t.cred.totp != nil {
			o.Challenge = d.challenge(tx.Tenant(), t.cred, a.Shared)
			return d.tries.credit(ctx, tx, t.charges)
		}
		var err error
		o.Session, err = d.enter(ctx, tx, entry{cred: t.cred, shared: a.Shared, device: a.Device, agent: a.UserAgent, remote: a.Remote})
		if err != nil {
			return err
		}
		return d.tries.credit(ctx, tx, t.charges) // after the account, as everywhere: never in a ring
	})
	if err != nil {
		return Outcome{}, d.refused(ctx, actSignIn, t.cred, err)
	}
	return o, nil
}

func (d *Door) isOpen(ctx context.Context) error {
	if d.house.Open == nil {
		return nil
	}
	return d.house.Open(ctx)
}

// SecondStep takes the challenge of SignIn and a code, and opens the session.
// Faults: Unauthenticated for a wrong or used code or a challenge that is over;
// TooMany.
func (d *Door) SecondStep(ctx context.Context, n Second) (*Opened, error) {
	if err := d.isOpen(ctx); err != nil {
		return nil, err
	}
	ch, err := d.openChallenge(d.tenant(ctx), n.Challenge)
	if err != nil {
		return nil, err
	}
	c, left, err := d.second(ctx, ch, n.Code)
	if err != nil {
		return nil, d.refused(ctx, actSecond, credentialOf(c, ch), err)
	}
	var o *Opened
	err = d.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		o, err = d.enter(ctx, tx, entry{cred: c, second: true, shared: ch.Shared, device: n.Device, agent: n.UserAgent, remote: n.Remote})
		return err
	})
	if err != nil {
		return nil, d.refused(ctx, actSecond, c, err)
	}
	o.RecoveryLeft = left
	return o, nil
}

// credentialOf names the account of a challenge when its row was not read.
func credentialOf(c Credential, ch challenge) Credential {
	if c.ID == 0 {
		c.ID = ch.Account
	}
	return c
}

// SignOut ends the caller's session.
func (d *Door) SignOut(ctx context.Context) error {
	c, err := d.house.Who(ctx)
	if err != nil {
		return err
	}
	return d.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := d.endSessions(ctx, tx, c.Account, c.Session, "", actSignOut); err != nil || c.Session == "" {
			return err
		}
		return d.record(ctx, tx, audit.Entry{Action: actSignOut, Object: "session", Target: c.Session})
	})
}
