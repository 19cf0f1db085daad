package door

import (
	"context"
	"net/netip"

	"mektep/core/audit"
	"mektep/core/db"
)

// entry is a session to open for somebody who has shown who they are.
type entry struct {
	cred   Credential
	second bool
	shared bool
	device string
	agent  string
	remote netip.Addr
}

// enter opens the session of somebody who may come in today.
func (d *Door) enter(ctx context.Context, tx *db.Tx, e entry) (*Opened, error) {
	// Held until the unit ends: who is blocked in this moment is blocked.
	c, ok, err := d.held(ctx, tx, e.cred)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, wrong()
	}
	if err := d.house.Admit(ctx, tx, c.ID); err != nil {
		return nil, err
	}
	t, err := d.house.Terms(ctx)
	if err != nil {
		return nil, err
	}
	o, n, err := d.open(ctx, tx, e, t)
	if err != nil {
		return nil, err
	}
	if d.house.Entered != nil {
		if err := d.house.Entered(ctx, tx, c, n); err != nil {
			return nil, err
		}
	}
	return o, d.record(ctx, tx, audit.Entry{Action: actSignIn, Object: "session", Target: o.UID, Account: c.ID, AccountUID: c.UID})
}

// open opens a session within a unit.
func (d *Door) open(ctx context.Context, tx *db.Tx, e entry, t Terms) (*Opened, NewSession, error) {
	now := d.Now()
	if e.shared {
		t.Idle = min(t.Idle, sharedIdle)
	}
	o := &Opened{
		Token: token(), UID: db.NewUID(), Expires: now.Add(t.Most), Idle: t.Idle,
		Language: e.cred.Language, SecondFactor: e.second, RecoveryLeft: -1,
	}
	n := NewSession{
		uid: o.UID, account: e.cred.ID, hash: tokenHash(tx.Tenant(), "session", o.Token), second: e.second, shared: e.shared,
		idle: t.Idle, Device: deviceLabel(e.agent), Remote: d.keys.placeHash(tx.Tenant(), "network", network(e.remote)), At: now, expires: o.Expires,
	}
	var err error
	if n.Known, err = d.knows(ctx, tx, e.cred.ID, e.device); err != nil {
		return nil, n, err
	}
	if n.ID, err = d.insertSession(ctx, tx, n); err != nil {
		return nil, n, err
	}
	if !e.shared {
		if o.Device, err = d.remember(ctx, tx, e.cred.ID, e.device, now); err != nil {
			return nil, n, err
		}
	}
	_, err = tx.PGX().Exec(ctx, d.sql(`UPDATE {account} SET signed_in_at = $3 WHERE tenant_id = $1 AND id = $2`), tx.Tenant(), e.cred.ID, now)
	return o, n, err
}
