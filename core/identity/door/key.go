package door

import (
	"context"
	"net/url"
	"strings"
	"time"
	"unicode"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
)

// Purpose is what a one-time key is for.
type Purpose string

// The purposes.
const (
	Invite  Purpose = "invite"
	Reset   Purpose = "reset"
	Address Purpose = "address" // whether the address is read to which it goes; lets nobody in
	printed Purpose = "code"
)

const (
	codeTries  = 8 // wrong ones before a printed code is void
	codeLength = 8 // 39 bits
)

// Key is a one-time link just made. The path holds the secret: it is shown to who
// hands it over, and never again.
type Key struct {
	UID     string
	Path    string // on the host of the house
	Expires time.Time
	Mailed  bool // it was also sent to the person's address
}

// Found is a one-time key that is still good.
type Found struct {
	UID         string
	Account     int64
	Purpose     Purpose
	Expires     time.Time
	DropsSecond bool // using it takes the second factor away
}

// NewLink makes a one-time link of 256 bits; the key's Path is the bare secret.
// Older ones stay good: anybody may ask for a letter, and would otherwise make the
// link useless that the person is about to follow. Who gives a new one instead of
// an old one voids that with RevokeKeys.
func (d *Door) NewLink(ctx context.Context, tx *db.Tx, account int64, purpose Purpose, expires time.Time, dropsSecond bool) (*Key, error) {
	k := &Key{UID: db.NewUID(), Path: token(), Expires: expires}
	return k, d.insertKey(ctx, tx, k.UID, account, purpose, tokenHash(tx.Tenant(), "key", k.Path), expires, dropsSecond)
}

// NewCode makes a printed code, good for a day and a few tries, and voids older
// ones. It returns the code as it is printed.
func (d *Door) NewCode(ctx context.Context, tx *db.Tx, account int64, dropsSecond bool) (k Key, code string, err error) {
	if err := d.RevokeKeys(ctx, tx, account, printed); err != nil {
		return Key{}, "", err
	}
	plain := newCode(codeLength)
	k = Key{UID: db.NewUID(), Expires: d.Now().Add(CodeLife)}
	hash := d.keys.oneTime(tx.Tenant(), account, string(printed), plain)[0]
	return k, grouped(plain), d.insertKey(ctx, tx, k.UID, account, printed, hash, k.Expires, dropsSecond)
}

func (d *Door) insertKey(ctx context.Context, tx *db.Tx, uid string, account int64, purpose Purpose, hash []byte, expires time.Time, dropsSecond bool) error {
	_, err := tx.PGX().Exec(ctx, d.sql(`INSERT INTO {key} (tenant_id, uid, account_id, purpose, hash, drops_second, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`), tx.Tenant(), uid, account, purpose, hash, dropsSecond, d.Now(), expires)
	return err
}

// RevokeKeys voids the open keys of an account: of one purpose, or all of them.
func (d *Door) RevokeKeys(ctx context.Context, tx *db.Tx, account int64, purpose Purpose) error {
	_, err := tx.PGX().Exec(ctx, d.sql(`UPDATE {key} SET revoked_at = $3
		WHERE tenant_id = $1 AND account_id = $2 AND used_at IS NULL AND revoked_at IS NULL AND ($4 = '' OR purpose = $4)`),
		tx.Tenant(), account, d.Now(), purpose)
	return err
}

// RevokeEntering voids the open keys, made from a moment on, that let somebody into one of
// the accounts.
func (d *Door) RevokeEntering(ctx context.Context, tx *db.Tx, accounts []int64, from time.Time) error {
	_, err := tx.PGX().Exec(ctx, d.sql(`UPDATE {key} SET revoked_at = $3
		WHERE tenant_id = $1 AND account_id = ANY($2) AND used_at IS NULL AND revoked_at IS NULL AND created_at >= $4 AND purpose <> $5`),
		tx.Tenant(), accounts, d.Now(), from, Address)
	return err
}

// FindKey finds the link of a secret without using it up. Fault: NotFound for one
// that is wrong, used, void or over, without saying which.
func (d *Door) FindKey(ctx context.Context, tx *db.Tx, secret string) (Found, error) {
	return d.findKey(ctx, tx, secret, entering, false)
}

// FindAddress is FindKey for a link that asks whether an address is read, and for none that
// lets anybody in.
func (d *Door) FindAddress(ctx context.Context, tx *db.Tx, secret string) (Found, error) {
	return d.findKey(ctx, tx, secret, []Purpose{Address}, false)
}

// entering are the purposes of links that let somebody in.
var entering = []Purpose{Invite, Reset}

// findKey finds the link of a secret, of some purposes. With use it is used up: once, whoever
// else tries at the same moment.
func (d *Door) findKey(ctx context.Context, tx *db.Tx, secret string, of []Purpose, use bool) (Found, error) {
	var k Found
	if secret = copied(secret); secret == "" {
		return k, deadKey()
	}
	const good = ` k.tenant_id = $1 AND k.hash = $2 AND k.purpose = ANY($4) AND k.used_at IS NULL AND k.revoked_at IS NULL AND k.expires_at > $3
		AND a.tenant_id = k.tenant_id AND a.id = k.account_id AND a.state <> 'blocked'`
	const columns = `k.uid, k.account_id, k.purpose, k.drops_second, k.expires_at`
	sql := `SELECT ` + columns + ` FROM {key} k, {account} a WHERE` + good
	if use {
		sql = `UPDATE {key} k SET used_at = $3 FROM {account} a WHERE` + good + ` RETURNING ` + columns
	}
	err := tx.PGX().QueryRow(ctx, d.sql(sql), tx.Tenant(), tokenHash(tx.Tenant(), "key", secret), d.Now(), of).
		Scan(&k.UID, &k.Account, &k.Purpose, &k.DropsSecond, &k.Expires)
	if db.NoRows(err) {
		return k, deadKey()
	}
	return k, err
}

// copied is the secret of a link as people copy it out of a sentence: with the full stop,
// bracket or quotation mark behind it, which never belongs to it. Empty for what is none.
func copied(secret string) string {
	if len(secret) < tokenLength {
		return ""
	}
	rest := secret[tokenLength:]
	if plain, err := url.PathUnescape(rest); err == nil {
		rest = plain
	}
	if strings.ContainsFunc(rest, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || r == '-' || r == '_' }) {
		return ""
	}
	return secret[:tokenLength]
}

// UseKey uses a link up, with the account locked first: the order in which a block
// takes them, so that the two wait for each other and never in a ring.
func (d *Door) UseKey(ctx context.Context, tx *db.Tx, account int64, secret string) (Found, error) {
	if _, err := d.byID(ctx, tx, account, true); err != nil {
		return Found{}, err
	}
	return d.findKey(ctx, tx, secret, entering, true)
}

// UseAddress is UseKey for a link of FindAddress.
func (d *Door) UseAddress(ctx context.Context, tx *db.Tx, account int64, secret string) (Found, error) {
	if _, err := d.byID(ctx, tx, account, true); err != nil {
		return Found{}, err
	}
	return d.findKey(ctx, tx, secret, []Purpose{Address}, true)
}

// DeadKey is the fault of a link that is wrong, used, void or over.
func DeadKey() *fault.Error { return deadKey() }

func deadKey() *fault.Error {
	return fault.New(fault.NotFound, "identity.key_over").WithNext("identity.next.superior", "", nil)
}

// tryCode tries a printed code. Every wrong one counts, and the last one allowed
// voids it; a right one uses it up.
func (d *Door) tryCode(ctx context.Context, tx *db.Tx, account int64, typed string) (k Found, ok bool, err error) {
	hashes := d.keys.oneTime(tx.Tenant(), account, string(printed), typed)
	err = tx.PGX().QueryRow(ctx, d.sql(`UPDATE {key} SET
			tries = tries + 1,
			used_at = CASE WHEN hash = ANY($3) THEN $4 END,
			revoked_at = CASE WHEN hash <> ALL($3) AND tries + 1 >= $5 THEN $4 END
		WHERE tenant_id = $1 AND account_id = $2 AND purpose = 'code' AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $4
		RETURNING uid, account_id, purpose, drops_second, expires_at, used_at IS NOT NULL`),
		tx.Tenant(), account, hashes, d.Now(), codeTries).
		Scan(&k.UID, &k.Account, &k.Purpose, &k.DropsSecond, &k.Expires, &ok)
	if db.NoRows(err) {
		return k, false, nil
	}
	return k, ok, err
}

// Accept makes the account active with a login and a password, and ends whatever
// was open under the old one.
func (d *Door) Accept(ctx context.Context, tx *db.Tx, k Found, login, hash, language string) error {
	now := d.Now()
	_, err := tx.PGX().Exec(ctx, d.sql(`UPDATE {account} SET login = $3, password_hash = $4, password_at = $5, state = 'active',
		language = CASE WHEN $6 = '' THEN language ELSE $6 END, version = version + 1 WHERE tenant_id = $1 AND id = $2`),
		tx.Tenant(), k.Account, login, hash, now, language)
	if err != nil {
		return err
	}
	if k.DropsSecond {
		if err := d.setSecond(ctx, tx, k.Account, nil, 0, nil, now); err != nil {
			return err
		}
		if err := d.changed(ctx, tx, k.Account, SecondDropped); err != nil {
			return err
		}
	}
	if k.Purpose == Reset {
		if err := d.changed(ctx, tx, k.Account, PasswordChanged); err != nil {
			return err
		}
	}
	return d.CutOff(ctx, tx, k.Account, "password", "")
}

// CutOff ends everything that rests on an old password, but for one session.
func (d *Door) CutOff(ctx context.Context, tx *db.Tx, account int64, why, except string) error {
	if _, err := d.endSessions(ctx, tx, account, "", except, why); err != nil {
		return err
	}
	if _, err := d.revokeTokens(ctx, tx, account, ""); err != nil {
		return err // whoever knew the old password may have made themself one with it
	}
	if err := d.RevokeKeys(ctx, tx, account, ""); err != nil {
		return err
	}
	return d.forgetDevices(ctx, tx, account)
}

// RedeemCode exchanges a printed code for a link to Accept, good for a quarter of
// an hour; the key's Path is the bare secret. Faults: Unauthenticated, whatever is
// wrong; TooMany.
func (d *Door) RedeemCode(ctx context.Context, typed string, a Attempt) (*Key, error) {
	t, err := d.begin(ctx, a.Login, a.Device, a.Remote)
	if err != nil {
		return nil, err
	}
	var k *Key
	var refused error
	err = d.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		// The account first: a reset at this moment has voided the code, or ends the link too.
		if t.cred.ID != 0 {
			if _, err := d.byID(ctx, tx, t.cred.ID, true); err != nil {
				return err
			}
		}
		found, ok, err := d.tryCode(ctx, tx, t.cred.ID, typedCode(typed))
		if err != nil {
			return err
		}
		if !ok { // the try it cost must be committed
			refused = fault.New(fault.Unauthenticated, "identity.wrong_printed_code")
			return nil
		}
		if err := d.tries.credit(ctx, tx, t.charges); err != nil {
			return err
		}
		if k, err = d.NewLink(ctx, tx, t.cred.ID, Reset, d.Now().Add(ticketLife), found.DropsSecond); err != nil {
			return err
		}
		return d.record(ctx, tx, audit.Entry{Action: actRedeem, Object: "invitation", Target: found.UID, Account: t.cred.ID, AccountUID: t.cred.UID})
	})
	if err == nil && refused != nil {
		err = d.refused(ctx, actRedeem, t.cred, refused)
	}
	if err != nil {
		return nil, err
	}
	return k, nil
}
