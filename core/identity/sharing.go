package identity

import (
	"context"
	"time"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/identity/door"
)

// How long signs of sharing are shown, and kept.
const (
	window    = 30 * 24 * time.Hour
	signsKept = 90 * 24 * time.Hour
)

// RevokeSessions ends somebody else's sessions: the policy's revoke on session.
// An empty session ends all of them.
func (s *Service) RevokeSessions(ctx context.Context, accountUID, session string) (int, error) {
	var n int
	err := s.twice(ctx, deed{Act: "sessions", Account: accountUID, Session: session}, func(ctx context.Context, tx *db.Tx, a Account) (err error) {
		if err := s.over(ctx, tx, "revoke", "session", a); err != nil {
			return err
		}
		if n, err = s.Door.EndSessionsOf(ctx, tx, a.ID, session); err != nil || n == 0 {
			return err
		}
		// Whose they were: sessions are swept, and of all of them none has a name.
		e := audit.Entry{Action: "revoke", Object: "session", Target: a.UID}
		if session != "" {
			e.Changes = []audit.Change{{Field: "session", Old: session}}
		}
		if e.UnitPath, err = s.worksAt(ctx, tx, a); err != nil {
			return err
		}
		return s.trail.Record(ctx, tx, e)
	}, &n)
	return n, err
}

// worksAt is the path of the unit at which somebody has their first post; empty: of none.
func (s *Service) worksAt(ctx context.Context, tx *db.Tx, a Account) (string, error) {
	posts, err := s.posts(ctx, tx, a.ID)
	if err != nil || len(posts) == 0 {
		return "", err
	}
	return posts[0].unit.Path, nil
}

// newDevice reports whether an account that has been opened before was opened in a
// browser it does not know. One without a memory, at a shared computer, is known by its
// kind and network, so that nobody is written to every day.
func newDevice(ctx context.Context, tx *db.Tx, account int64, n door.NewSession) (is bool, err error) {
	if n.Known {
		return false, nil
	}
	err = tx.PGX().QueryRow(ctx, `SELECT count(*) > 0 AND NOT coalesce(bool_or(device = $4 AND remote = $5), false)
		FROM session WHERE tenant_id = $1 AND account_id = $2 AND id <> $3`, tx.Tenant(), account, n.ID, n.Device, n.Remote).Scan(&is)
	return is, err
}

// noteSharing records that a session was opened from another network while one
// was in use.
func noteSharing(ctx context.Context, tx *db.Tx, account int64, n door.NewSession) (bool, error) {
	tag, err := tx.PGX().Exec(ctx, `INSERT INTO sharing_sign (tenant_id, account_id, session_id, at)
		SELECT $1, $2, $3, $4 WHERE EXISTS (SELECT FROM session WHERE tenant_id = $1 AND account_id = $2 AND id <> $3
			AND ended_at IS NULL AND expires_at > $4 AND seen_at > $4 - idle * interval '1 minute' AND remote <> $5)`,
		tx.Tenant(), account, n.ID, n.At, n.Remote)
	return tag.RowsAffected() > 0, err
}
