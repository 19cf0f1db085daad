package door

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
)

// realm is where accounts live: behind the wall of a ministry, or, for operators,
// on the platform. Both have the same tables under different names, so that one
// code signs people and operators in.
type realm struct {
	unit     func(ctx context.Context, fn func(ctx context.Context, tx *db.Tx) error) error
	names    *strings.Replacer
	platform bool
}

func ministryRealm(d *db.DB) realm {
	return realm{unit: d.Tenant, names: strings.NewReplacer(
		"{account}", "account", "{key}", "account_key", "{recovery}", "recovery_code",
		"{device}", "known_device", "{throttle}", "sign_in_throttle", "{session}", "session")}
}

func platformRealm(d *db.DB) realm {
	return realm{unit: d.Platform, platform: true, names: strings.NewReplacer(
		"{account}", "platform.operator", "{key}", "platform.operator_key", "{recovery}", "platform.operator_recovery_code",
		"{device}", "platform.operator_device", "{throttle}", "platform.operator_throttle", "{session}", "platform.operator_session")}
}

// tenant is the ministry that a token of this realm is bound to; 0: the platform.
func (r realm) tenant(ctx context.Context) int32 {
	if r.platform {
		return 0
	}
	return db.TenantOf(ctx)
}

// object is what the trail calls an account of this realm.
func (r realm) object() string {
	if r.platform {
		return "operator"
	}
	return "account"
}

// sql puts the realm's table names into a statement.
func (r realm) sql(s string) string { return r.names.Replace(s) }

// Credential is what an account signs in with.
type Credential struct {
	ID       int64
	UID      string
	Login    string
	Language string
	State    string

	hash       string
	passwordAt time.Time
	totp       []byte // sealed
	totpAt     time.Time
	step       int64
}

// active is the state in which an account may come in.
const active = "active"

const credentialColumns = `id, uid, login, language, state, password_hash, coalesce(password_at, 'epoch'), totp_sealed, coalesce(totp_at, '0001-01-01'), totp_step`

func (r realm) credential(ctx context.Context, tx *db.Tx, where string, arg any) (Credential, error) {
	var c Credential
	err := tx.PGX().QueryRow(ctx, r.sql("SELECT "+credentialColumns+" FROM {account} WHERE tenant_id = $1 AND "+where), tx.Tenant(), arg).
		Scan(&c.ID, &c.UID, &c.Login, &c.Language, &c.State, &c.hash, &c.passwordAt, &c.totp, &c.totpAt, &c.step)
	return c, err
}

// byLogin finds who signs in with a folded login; ok is false for nobody.
func (r realm) byLogin(ctx context.Context, tx *db.Tx, login string) (c Credential, ok bool, err error) {
	if login == "" {
		return Credential{}, false, nil
	}
	c, err = r.credential(ctx, tx, "login = $2", login)
	if db.NoRows(err) {
		return Credential{}, false, nil
	}
	return c, err == nil, err
}

// byID finds an account and, with lock, keeps others from changing it.
func (r realm) byID(ctx context.Context, tx *db.Tx, id int64, lock bool) (Credential, error) {
	where := "id = $2"
	if lock {
		where += " FOR NO KEY UPDATE" // who acts is named in rows that refer to them: that must not wait
	}
	c, err := r.credential(ctx, tx, where, id)
	if db.NoRows(err) {
		return c, fault.New(fault.NotFound, "identity.no_account")
	}
	return c, err
}

func (r realm) setPassword(ctx context.Context, tx *db.Tx, id int64, hash string, now time.Time) error {
	_, err := tx.PGX().Exec(ctx, r.sql(`UPDATE {account} SET password_hash = $3, password_at = $4, version = version + 1
		WHERE tenant_id = $1 AND id = $2`), tx.Tenant(), id, hash, now)
	return err
}

// rehash stores the same password under today's parameters, unless it has been
// changed meanwhile. The time of the password stays.
func (r realm) rehash(ctx context.Context, tx *db.Tx, id int64, was, hash string) error {
	_, err := tx.PGX().Exec(ctx, r.sql(`UPDATE {account} SET password_hash = $3 WHERE tenant_id = $1 AND id = $2 AND password_hash = $4`),
		tx.Tenant(), id, hash, was)
	return err
}

// spendStep marks a time step as used. It reports false when it, or a later one that
// can have been by now, has been used already: by anybody, in any process.
func (r realm) spendStep(ctx context.Context, tx *db.Tx, id, step, latest int64) (bool, error) {
	tag, err := tx.PGX().Exec(ctx, r.sql(`UPDATE {account} SET totp_step = $3 WHERE tenant_id = $1 AND id = $2 AND (totp_step < $3 OR totp_step > $4)`),
		tx.Tenant(), id, step, latest)
	return tag.RowsAffected() == 1, err
}

// spendRecovery marks a recovery code as used, once.
func (r realm) spendRecovery(ctx context.Context, tx *db.Tx, id int64, hashes [][]byte, now time.Time) (bool, error) {
	tag, err := tx.PGX().Exec(ctx, r.sql(`UPDATE {recovery} SET used_at = $4
		WHERE tenant_id = $1 AND account_id = $2 AND hash = ANY($3) AND used_at IS NULL`), tx.Tenant(), id, hashes, now)
	return tag.RowsAffected() == 1, err
}

// setSecond stores a sealed second factor with fresh recovery codes, or, with a
// nil secret, takes both away.
func (r realm) setSecond(ctx context.Context, tx *db.Tx, id int64, secret []byte, step int64, recovery [][]byte, now time.Time) error {
	var at *time.Time
	if secret != nil {
		at = &now
	}
	b := &pgx.Batch{}
	b.Queue(r.sql(`UPDATE {account} SET totp_sealed = $3, totp_at = $4, totp_step = $5, version = version + 1 WHERE tenant_id = $1 AND id = $2`),
		tx.Tenant(), id, secret, at, step)
	r.queueRecovery(b, tx.Tenant(), id, recovery)
	return tx.PGX().SendBatch(ctx, b).Close()
}

// queueRecovery replaces the recovery codes.
func (r realm) queueRecovery(b *pgx.Batch, tenant int32, id int64, hashes [][]byte) {
	b.Queue(r.sql(`DELETE FROM {recovery} WHERE tenant_id = $1 AND account_id = $2`), tenant, id)
	if len(hashes) > 0 {
		b.Queue(r.sql(`INSERT INTO {recovery} (tenant_id, account_id, hash) SELECT $1, $2, unnest($3::bytea[])`), tenant, id, hashes)
	}
}

func (r realm) recoveryLeft(ctx context.Context, tx *db.Tx, id int64) (n int, err error) {
	err = tx.PGX().QueryRow(ctx, r.sql(`SELECT count(*) FROM {recovery} WHERE tenant_id = $1 AND account_id = $2 AND used_at IS NULL`),
		tx.Tenant(), id).Scan(&n)
	return n, err
}

func (r realm) queueStanding(b *pgx.Batch, tenant int32, id int64, into *Security) {
	b.Queue(r.sql(`SELECT totp_at, (SELECT count(*) FROM {recovery} WHERE tenant_id = $1 AND account_id = $2 AND used_at IS NULL) FROM {account} WHERE tenant_id = $1 AND id = $2`), tenant, id).
		QueryRow(func(row pgx.Row) error {
			var since *time.Time
			err := row.Scan(&since, &into.RecoveryLeft)
			if since != nil {
				into.SecondSince = *since
			}
			return err
		})
}

// knows reports whether a device cookie is one of the account's.
func (r realm) knows(ctx context.Context, tx *db.Tx, id int64, cookie string) (known bool, err error) {
	if cookie == "" || id == 0 {
		return false, nil
	}
	err = tx.PGX().QueryRow(ctx, r.sql(`SELECT EXISTS (SELECT FROM {device} WHERE tenant_id = $1 AND account_id = $2 AND hash = $3)`),
		tx.Tenant(), id, tokenHash(tx.Tenant(), "device", cookie)).Scan(&known)
	return known, err
}

// devicesKept is how many known browsers an account has at most; the one not
// seen for longest goes.
const devicesKept = 10

// remember makes the browser a known one and returns its cookie: the old one
// where it was known already.
func (r realm) remember(ctx context.Context, tx *db.Tx, id int64, cookie string, now time.Time) (string, error) {
	known, err := r.knows(ctx, tx, id, cookie)
	if err != nil {
		return "", err
	}
	if !known {
		cookie = token()
	}
	b := &pgx.Batch{}
	b.Queue(r.sql(`INSERT INTO {device} (tenant_id, account_id, hash, seen_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant_id, hash) DO UPDATE SET seen_at = excluded.seen_at`), tx.Tenant(), id, tokenHash(tx.Tenant(), "device", cookie), now)
	b.Queue(r.sql(`DELETE FROM {device} WHERE tenant_id = $1 AND account_id = $2 AND id NOT IN
		(SELECT id FROM {device} WHERE tenant_id = $1 AND account_id = $2 ORDER BY seen_at DESC, id DESC LIMIT $3)`), tx.Tenant(), id, devicesKept)
	return cookie, tx.PGX().SendBatch(ctx, b).Close()
}

// forgetDevices makes every browser a stranger again.
func (r realm) forgetDevices(ctx context.Context, tx *db.Tx, id int64) error {
	_, err := tx.PGX().Exec(ctx, r.sql(`DELETE FROM {device} WHERE tenant_id = $1 AND account_id = $2`), tx.Tenant(), id)
	return err
}
