package identity

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
	kindSession = "session"
	kindToken   = "api_token"
)

// newSession is a session to open.
type newSession struct {
	uid     string
	account int64
	hash    []byte
	second  bool
	shared  bool
	idle    time.Duration
	device  string
	remote  []byte
	now     time.Time
	expires time.Time
}

func (r realm) insertSession(ctx context.Context, tx *db.Tx, n newSession) (id int64, err error) {
	err = tx.PGX().QueryRow(ctx, r.sql(`INSERT INTO {session}
		(tenant_id, uid, account_id, hash, second_factor, shared, idle, device, remote, created_at, seen_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11) RETURNING id`),
		tx.Tenant(), n.uid, n.account, n.hash, n.second, n.shared, int(n.idle/time.Minute), n.device, n.remote, n.now, n.expires).Scan(&id)
	return id, err
}

// endSessions ends sessions of an account and has every process forget them: all
// of them, only the one with a public id, or all but that one.
func (r realm) endSessions(ctx context.Context, tx *db.Tx, d *db.DB, account int64, only, except, why string, now time.Time) (int, error) {
	rows, err := tx.PGX().Query(ctx, r.sql(`UPDATE {session} SET ended_at = $3, ended_why = $4
		WHERE tenant_id = $1 AND account_id = $2 AND ended_at IS NULL AND ($5 = '' OR uid = $5) AND ($6 = '' OR uid <> $6)
		RETURNING hash`), tx.Tenant(), account, now, why, only, except)
	if err != nil {
		return 0, err
	}
	hashes, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return 0, err
	}
	return len(hashes), r.forget(ctx, d, hashes)
}

// forget has every process drop what it remembers of these sessions. Operators'
// sessions are never remembered.
func (r realm) forget(ctx context.Context, d *db.DB, hashes [][]byte) error {
	if r.platform {
		return nil
	}
	for _, h := range hashes {
		if err := d.Notify(ctx, kindSession, hex.EncodeToString(h)); err != nil {
			return err
		}
	}
	return nil
}

// refreshSessions has every process read the account's sessions and tokens anew:
// its appointments, name or second factor have changed.
func (r realm) refreshSessions(ctx context.Context, tx *db.Tx, d *db.DB, account int64) error {
	for _, t := range []struct{ table, kind string }{{"{session}", kindSession}, {"api_token", kindToken}} {
		if r.platform {
			return nil
		}
		over := "ended_at"
		if t.kind == kindToken {
			over = "revoked_at"
		}
		rows, err := tx.PGX().Query(ctx, r.sql("SELECT hash FROM "+t.table+" WHERE tenant_id = $1 AND account_id = $2 AND "+over+" IS NULL"), tx.Tenant(), account)
		if err != nil {
			return err
		}
		hashes, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
		if err != nil {
			return err
		}
		for _, h := range hashes {
			if err := d.Notify(ctx, t.kind, hex.EncodeToString(h)); err != nil {
				return err
			}
		}
	}
	return nil
}

// raise gives the session the mark of a second factor.
func (r realm) raise(ctx context.Context, tx *db.Tx, account int64, uid string) error {
	_, err := tx.PGX().Exec(ctx, r.sql(`UPDATE {session} SET second_factor = true WHERE tenant_id = $1 AND account_id = $2 AND uid = $3`),
		tx.Tenant(), account, uid)
	return err
}

// sessionAge returns when a living session was opened.
func (r realm) sessionOpened(ctx context.Context, tx *db.Tx, account int64, uid string) (at time.Time, err error) {
	err = tx.PGX().QueryRow(ctx, r.sql(`SELECT created_at FROM {session} WHERE tenant_id = $1 AND account_id = $2 AND uid = $3 AND ended_at IS NULL`),
		tx.Tenant(), account, uid).Scan(&at)
	return at, err
}

// live is what a process remembers of a session or an API token.
type live struct {
	uid         string
	second      bool
	account     int64
	accountUID  string
	name        string
	language    string
	idle        time.Duration // 0: does not end by idleness
	seen        time.Time
	expires     time.Time
	read        time.Time // when this was read
	assignments []caller.Assignment
}

// touch marks a session as seen and returns it, in one statement: a session that
// has ended, expired or been idle too long is not there.
func (r realm) touch(ctx context.Context, tx *db.Tx, hash []byte, now time.Time) (l live, ok bool, err error) {
	var minutes int
	name := "a.name"
	if !r.platform {
		name = "btrim(a.given || ' ' || a.family)"
	}
	err = tx.PGX().QueryRow(ctx, r.sql(`UPDATE {session} s SET seen_at = $3 FROM {account} a
		WHERE s.tenant_id = $1 AND s.hash = $2 AND s.ended_at IS NULL AND s.expires_at > $3 AND s.seen_at > $3 - s.idle * interval '1 minute'
		  AND a.tenant_id = s.tenant_id AND a.id = s.account_id AND a.state = 'active'
		RETURNING s.uid, s.second_factor, s.idle, s.expires_at, a.id, a.uid, a.language, `+name), tx.Tenant(), hash, now).
		Scan(&l.uid, &l.second, &minutes, &l.expires, &l.account, &l.accountUID, &l.language, &l.name)
	if db.NoRows(err) {
		return live{}, false, nil
	}
	l.idle = time.Duration(minutes) * time.Minute
	l.seen, l.read = now, now
	return l, err == nil, err
}

// assignments reads what an account holds on or after a day.
func assignments(ctx context.Context, tx *db.Tx, account int64, today time.Time) ([]caller.Assignment, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT p.id, p.role, p.unit_id, u.uid, u.path, u.level, u.code, p.since, p.until
		FROM appointment p JOIN unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
		WHERE p.tenant_id = $1 AND p.account_id = $2 AND (p.until IS NULL OR p.until > $3)
		ORDER BY p.since, p.id`, tx.Tenant(), account, today)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (caller.Assignment, error) {
		var a caller.Assignment
		var until *time.Time
		err := row.Scan(&a.ID, &a.Role, &a.UnitID, &a.UnitUID, &a.UnitPath, &a.UnitLevel, &a.UnitCode, &a.Since, &until)
		if until != nil {
			a.Until = *until
		}
		return a, err
	})
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

// sessions lists the living sessions of an account, the latest first.
func (r realm) sessions(ctx context.Context, tx *db.Tx, account int64, current string, now time.Time) ([]SessionInfo, error) {
	rows, err := tx.PGX().Query(ctx, r.sql(`SELECT uid, device, shared, second_factor, created_at, seen_at, expires_at, remote FROM {session}
		WHERE tenant_id = $1 AND account_id = $2 AND ended_at IS NULL AND expires_at > $3 AND seen_at > $3 - idle * interval '1 minute'
		ORDER BY uid = $4 DESC, seen_at DESC`), tx.Tenant(), account, now, current)
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

// noteSharing records that a session was opened from another network while one
// was in use.
func noteSharing(ctx context.Context, tx *db.Tx, account, session int64, remote []byte, now time.Time) (bool, error) {
	tag, err := tx.PGX().Exec(ctx, `INSERT INTO sharing_sign (tenant_id, account_id, session_id, at)
		SELECT $1, $2, $3, $4 WHERE EXISTS (SELECT FROM session WHERE tenant_id = $1 AND account_id = $2 AND id <> $3
			AND ended_at IS NULL AND expires_at > $4 AND seen_at > $4 - idle * interval '1 minute' AND remote <> $5)`,
		tx.Tenant(), account, session, now, remote)
	return tag.RowsAffected() > 0, err
}
