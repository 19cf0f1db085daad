package door

import (
	"context"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// Proof is a password that somebody gave once more: compared before the unit in which they
// act by it, since that takes long. Until then it may be another, which is what a reset is
// for; [Door.Still] asks in that unit.
type Proof struct {
	by   *caller.Caller
	cred Credential
}

// held locks an account until the unit ends, and reports whether it may come in and has the
// password still that was compared with before: who is blocked, or given new keys, in this
// moment is so. A hash that was only made anew is of the same password.
func (d *Door) held(ctx context.Context, tx *db.Tx, was Credential) (c Credential, ok bool, err error) {
	if c, err = d.byID(ctx, tx, was.ID, true); err != nil {
		return c, false, err
	}
	same := c.passwordAt.Equal(was.passwordAt) || was.hash != "" && c.hash == was.hash
	return c, same && c.State == active, nil
}

// Still locks the account of somebody who has given their password, in the unit in which they
// act by it, and returns what the account signs in with now. Fault: Conflict where the
// password, or the session or API token by which they ask, is no longer in force: by the old
// one nothing is done to an account that its owner has taken back.
func (d *Door) Still(ctx context.Context, tx *db.Tx, p Proof) (Credential, error) {
	c, ok, err := d.held(ctx, tx, p.cred)
	if err != nil {
		return c, err
	}
	lives, err := d.lives(ctx, tx, p.by)
	switch {
	case err != nil:
		return c, err
	case !lives || c.State != active:
		return c, fault.New(fault.Conflict, "identity.keys_changed").WithNext("identity.next.sign_in", "/sign-in", nil)
	case !ok:
		return c, fault.New(fault.Conflict, "identity.keys_changed").WithNext("identity.next.password_again", "", nil)
	}
	return c, nil
}

// lives reports whether the session or API token by which somebody asks has not been ended.
func (d *Door) lives(ctx context.Context, tx *db.Tx, c *caller.Caller) (lives bool, err error) {
	rows, uid := "", ""
	switch {
	case c.Session != "":
		rows, uid = "{session} WHERE ended_at IS NOT NULL", c.Session
	case c.Token != "" && !d.platform:
		rows, uid = "api_token WHERE revoked_at IS NOT NULL", c.Token
	default:
		return true, nil
	}
	err = tx.PGX().QueryRow(ctx, d.sql("SELECT NOT EXISTS (SELECT FROM "+rows+" AND tenant_id = $1 AND account_id = $2 AND uid = $3)"),
		tx.Tenant(), c.Account, uid).Scan(&lives)
	return lives, err
}
