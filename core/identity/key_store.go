package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/locale"
)

func identified(kind string) bool { return slices.Contains(Identifications, kind) }

// foundKey is a one-time key that is still good.
type foundKey struct {
	id          int64
	uid         string
	account     int64
	purpose     string
	dropsSecond bool
	expires     time.Time
}

// newLink makes a one-time link of 256 bits; the key's Path is the bare secret. A
// new invitation voids the older one. A reset does not: anybody may ask for one,
// and would otherwise make the link useless that the person is about to follow.
func (d door) newLink(ctx context.Context, tx *db.Tx, account int64, purpose string, expires time.Time, dropsSecond bool) (*Key, error) {
	if purpose == purposeInvite {
		if err := d.revokeKeys(ctx, tx, account, purpose, d.now()); err != nil {
			return nil, err
		}
	}
	k := &Key{UID: db.NewUID(), Path: token(), Expires: expires}
	return k, d.insertKey(ctx, tx, k.UID, account, purpose, tokenHash(tx.Tenant(), "key", k.Path), expires, dropsSecond)
}

// newCode makes a printed code and voids older ones.
func (d door) newCode(ctx context.Context, tx *db.Tx, account int64, plain string, dropsSecond bool) (uid string, err error) {
	if err := d.revokeKeys(ctx, tx, account, purposeCode, d.now()); err != nil {
		return "", err
	}
	uid = db.NewUID()
	hash := d.keys.oneTime(tx.Tenant(), account, purposeCode, plain)[0]
	return uid, d.insertKey(ctx, tx, uid, account, purposeCode, hash, d.now().Add(codeLife), dropsSecond)
}

func (d door) insertKey(ctx context.Context, tx *db.Tx, uid string, account int64, purpose string, hash []byte, expires time.Time, dropsSecond bool) error {
	var by int64
	if c := caller.From(ctx); c.SignedIn() {
		by = c.Account
	}
	_, err := tx.PGX().Exec(ctx, d.sql(`INSERT INTO {key} (tenant_id, uid, account_id, purpose, hash, drops_second, created_by, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`), tx.Tenant(), uid, account, purpose, hash, dropsSecond, by, d.now(), expires)
	return err
}

// revokeKeys voids the open keys of an account: of one purpose, or all of them.
func (d door) revokeKeys(ctx context.Context, tx *db.Tx, account int64, purpose string, now time.Time) error {
	_, err := tx.PGX().Exec(ctx, d.sql(`UPDATE {key} SET revoked_at = $3
		WHERE tenant_id = $1 AND account_id = $2 AND used_at IS NULL AND revoked_at IS NULL AND ($4 = '' OR purpose = $4)`),
		tx.Tenant(), account, now, purpose)
	return err
}

// findKey finds the link of a secret. With use it is used up: once, whoever else
// tries at the same moment.
func (d door) findKey(ctx context.Context, tx *db.Tx, secret string, use bool) (foundKey, error) {
	var k foundKey
	if len(secret) != tokenLength {
		return k, deadKey()
	}
	const good = ` k.tenant_id = $1 AND k.hash = $2 AND k.purpose <> 'code' AND k.used_at IS NULL AND k.revoked_at IS NULL AND k.expires_at > $3
		AND a.tenant_id = k.tenant_id AND a.id = k.account_id AND a.state <> 'blocked'`
	const columns = `k.id, k.uid, k.account_id, k.purpose, k.drops_second, k.expires_at`
	sql := `SELECT ` + columns + ` FROM {key} k, {account} a WHERE` + good
	if use {
		sql = `UPDATE {key} k SET used_at = $3 FROM {account} a WHERE` + good + ` RETURNING ` + columns
	}
	err := tx.PGX().QueryRow(ctx, d.sql(sql), tx.Tenant(), tokenHash(tx.Tenant(), "key", secret), d.now()).
		Scan(&k.id, &k.uid, &k.account, &k.purpose, &k.dropsSecond, &k.expires)
	if db.NoRows(err) {
		return k, deadKey()
	}
	return k, err
}

// useKey uses a link up, with the account locked first: the order in which a block
// takes them, so that the two wait for each other and never in a ring.
func (d door) useKey(ctx context.Context, tx *db.Tx, account int64, secret string) (foundKey, error) {
	if _, err := d.byID(ctx, tx, account, true); err != nil {
		return foundKey{}, err
	}
	return d.findKey(ctx, tx, secret, true)
}

func deadKey() *fault.Error {
	return fault.New(fault.NotFound, "identity.key_over").WithNext("identity.next.superior", "", nil)
}

// tryCode tries a printed code. Every wrong one counts, and the last one allowed
// voids it; a right one uses it up.
func (d door) tryCode(ctx context.Context, tx *db.Tx, account int64, typed string) (k foundKey, ok bool, err error) {
	hashes := d.keys.oneTime(tx.Tenant(), account, purposeCode, typed)
	err = tx.PGX().QueryRow(ctx, d.sql(`UPDATE {key} SET
			tries = tries + 1,
			used_at = CASE WHEN hash = ANY($3) THEN $4 END,
			revoked_at = CASE WHEN hash <> ALL($3) AND tries + 1 >= $5 THEN $4 END
		WHERE tenant_id = $1 AND account_id = $2 AND purpose = 'code' AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $4
		RETURNING id, uid, account_id, purpose, drops_second, expires_at, used_at IS NOT NULL`),
		tx.Tenant(), account, hashes, d.now(), codeTries).
		Scan(&k.id, &k.uid, &k.account, &k.purpose, &k.dropsSecond, &k.expires, &ok)
	if db.NoRows(err) {
		return k, false, nil
	}
	return k, ok, err
}

// accept makes the account active with a login and a password, and ends whatever
// was open under the old one.
func (d door) accept(ctx context.Context, tx *db.Tx, k foundKey, login, hash, language string) error {
	now := d.now()
	_, err := tx.PGX().Exec(ctx, d.sql(`UPDATE {account} SET login = $3, password_hash = $4, password_at = $5, state = 'active',
		language = CASE WHEN $6 = '' THEN language ELSE $6 END, version = version + 1 WHERE tenant_id = $1 AND id = $2`),
		tx.Tenant(), k.account, login, hash, now, language)
	if err != nil {
		return err
	}
	if k.dropsSecond {
		if err := d.setSecond(ctx, tx, k.account, nil, 0, nil, now); err != nil {
			return err
		}
	}
	return d.cutOff(ctx, tx, k.account, "password", "")
}

// cutOff ends everything that rests on an old password, but for one session.
func (d door) cutOff(ctx context.Context, tx *db.Tx, account int64, why, except string) error {
	if _, err := d.endSessions(ctx, tx, d.db, account, "", except, why, d.now()); err != nil {
		return err
	}
	if err := d.revokeKeys(ctx, tx, account, "", d.now()); err != nil {
		return err
	}
	return d.forgetDevices(ctx, tx, account)
}

// proposedLogin is given.family in Latin letters, as people would spell it.
func proposedLogin(a Account) string {
	login := strings.ReplaceAll(strings.Trim(strings.Join([]string{locale.Fold(a.Given), locale.Fold(a.Family)}, "."), "."), " ", "")
	if len(login) > maxLogin {
		login = login[:maxLogin]
	}
	if !validLogin(login) {
		return ""
	}
	return login
}
