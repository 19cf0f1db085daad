package door

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/caller"
	"mektep/core/db"
)

// kindSession is the kind of notice that drops remembered sessions; the key is
// the token's hash in hex.
const (
	kindSession db.Kind = "session"
	kindToken   db.Kind = "api_token"
)

// NewSession is a session just opened, as the house hears of it.
type NewSession struct {
	ID     int64
	Device string // coarse, e.g. "Firefox, Windows"
	Remote []byte // keyed hash of the network
	At     time.Time
	Known  bool // from a browser that the account has been opened in before

	uid     string
	account int64
	hash    []byte
	second  bool
	shared  bool
	idle    time.Duration
	expires time.Time
}

func (r realm) insertSession(ctx context.Context, tx *db.Tx, n NewSession) (id int64, err error) {
	err = tx.PGX().QueryRow(ctx, r.sql(`INSERT INTO {session}
		(tenant_id, uid, account_id, hash, second_factor, shared, idle, device, remote, created_at, seen_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11) RETURNING id`),
		tx.Tenant(), n.uid, n.account, n.hash, n.second, n.shared, int(n.idle/time.Minute), n.Device, n.Remote, n.At, n.expires).Scan(&id)
	return id, err
}

// endSessions ends sessions of an account and has every process forget them: all
// of them, only the one with a public id, or all but that one.
func (d *Door) endSessions(ctx context.Context, tx *db.Tx, account int64, only, except, why string) (int, error) {
	rows, err := tx.PGX().Query(ctx, d.sql(`UPDATE {session} SET ended_at = $3, ended_why = $4
		WHERE tenant_id = $1 AND account_id = $2 AND ended_at IS NULL AND ($5 = '' OR uid = $5) AND ($6 = '' OR uid <> $6)
		RETURNING hash`), tx.Tenant(), account, d.Now(), why, only, except)
	if err != nil {
		return 0, err
	}
	hashes, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return 0, err
	}
	return len(hashes), d.forget(ctx, kindSession, hashes)
}

// forget has every process drop what it remembers of these sessions or tokens.
// Operators' are never remembered.
func (d *Door) forget(ctx context.Context, kind db.Kind, hashes [][]byte) error {
	if d.platform {
		return nil
	}
	for _, h := range hashes {
		if err := d.db.Notify(ctx, kind, hex.EncodeToString(h)); err != nil {
			return err
		}
	}
	return nil
}

// Refresh has every process read the account's sessions and tokens anew: its
// appointments, name or second factor have changed.
func (d *Door) Refresh(ctx context.Context, tx *db.Tx, account int64) error {
	if d.platform {
		return nil
	}
	for kind, sql := range map[db.Kind]string{
		kindSession: "SELECT hash FROM session WHERE tenant_id = $1 AND account_id = $2 AND ended_at IS NULL",
		kindToken:   "SELECT hash FROM api_token WHERE tenant_id = $1 AND account_id = $2 AND revoked_at IS NULL",
	} {
		rows, err := tx.PGX().Query(ctx, sql, tx.Tenant(), account)
		if err != nil {
			return err
		}
		hashes, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
		if err != nil {
			return err
		}
		if err := d.forget(ctx, kind, hashes); err != nil {
			return err
		}
	}
	return nil
}

// mark gives the session the mark of a second factor, or takes it away.
func (r realm) mark(ctx context.Context, tx *db.Tx, account int64, uid string, second bool) error {
	_, err := tx.PGX().Exec(ctx, r.sql(`UPDATE {session} SET second_factor = $4 WHERE tenant_id = $1 AND account_id = $2 AND uid = $3`),
		tx.Tenant(), account, uid, second)
	return err
}

// sessionOpened returns when a living session was opened.
func (r realm) sessionOpened(ctx context.Context, tx *db.Tx, account int64, uid string) (at time.Time, err error) {
	err = tx.PGX().QueryRow(ctx, r.sql(`SELECT created_at FROM {session} WHERE tenant_id = $1 AND account_id = $2 AND uid = $3 AND ended_at IS NULL`),
		tx.Tenant(), account, uid).Scan(&at)
	return at, err
}

// Live is what stands behind a session or an API token, as a process remembers it.
type Live struct {
	UID          string // of the session or token
	SecondFactor bool
	Account      int64
	AccountUID   string
	Name         string
	Language     string
	Assignments  []caller.Assignment

	expires time.Time
	idle    time.Duration // zero: of a token, which does not end by not being used
	read    time.Time     // when this was read
}

// Ends is when the session ends if nothing more is asked of it: by idleness, or because
// it has lasted as long as one may. Zero for a token.
func (l Live) Ends() time.Time {
	if l.idle == 0 {
		return time.Time{}
	}
	if idle := l.read.Add(l.idle); idle.Before(l.expires) {
		return idle
	}
	return l.expires
}

// touch marks a session as seen and returns it, in one statement: a session that
// has ended, expired or been idle too long is not there. Without a second factor of the
// account none counts as shown.
func (r realm) touch(ctx context.Context, tx *db.Tx, hash []byte, now time.Time) (l Live, ok bool, err error) {
	var minutes int
	err = tx.PGX().QueryRow(ctx, r.sql(`UPDATE {session} s SET seen_at = $3 FROM {account} a
		WHERE s.tenant_id = $1 AND s.hash = $2 AND s.ended_at IS NULL AND s.expires_at > $3 AND s.seen_at > $3 - s.idle * interval '1 minute'
		  AND a.tenant_id = s.tenant_id AND a.id = s.account_id AND a.state = 'active'
		RETURNING s.uid, s.second_factor AND a.totp_sealed IS NOT NULL, s.expires_at, s.idle, a.id, a.uid, a.language, a.name`), tx.Tenant(), hash, now).
		Scan(&l.UID, &l.SecondFactor, &l.expires, &minutes, &l.Account, &l.AccountUID, &l.Language, &l.Name)
	if db.NoRows(err) {
		return Live{}, false, nil
	}
	l.read, l.idle = now, time.Duration(minutes)*time.Minute
	return l, err == nil, err
}

// SessionInfo is a session as its owner and the owner's superiors see it. There
// is no place in it: networks are kept as keyed hashes only.
type SessionInfo struct {
	UID          string
	Device       string // coarse, e.g. "Firefox, Windows"
	Shared       bool   // opened as on a shared computer
	SecondFactor bool
	Current      bool // the one that asks
	Elsewhere    bool // from another network than the one that asks, or than the latest
	OpenedAt     time.Time
	SeenAt       time.Time
	ExpiresAt    time.Time
}

// SessionsOf lists the living sessions of an account, the latest first; current is
// the one that asks.
func (d *Door) SessionsOf(ctx context.Context, tx *db.Tx, account int64, current string) ([]SessionInfo, error) {
	rows, err := tx.PGX().Query(ctx, d.sql(`SELECT uid, device, shared, second_factor, created_at, seen_at, expires_at, remote FROM {session}
		WHERE tenant_id = $1 AND account_id = $2 AND ended_at IS NULL AND expires_at > $3 AND seen_at > $3 - idle * interval '1 minute'
		ORDER BY uid = $4 DESC, seen_at DESC`), tx.Tenant(), account, d.Now(), current)
	if err != nil {
		return nil, err
	}
	var here string
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (SessionInfo, error) {
		var s SessionInfo
		var remote []byte
		err := row.Scan(&s.UID, &s.Device, &s.Shared, &s.SecondFactor, &s.OpenedAt, &s.SeenAt, &s.ExpiresAt, &remote)
		if here == "" {
			here = string(remote)
		}
		s.Current = s.UID == current
		s.Elsewhere = string(remote) != here
		return s, err
	})
	return list, err
}
