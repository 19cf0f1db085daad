package door

import (
	"context"
	"encoding/hex"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/once"
)

// ended is the answer to a token that opens nothing (any more).
func ended() *fault.Error {
	return fault.New(fault.Unauthenticated, "identity.session_over").WithNext("identity.next.sign_in", "/sign-in", nil)
}

const tokenLength = 43 // of 32 bytes in base64

// Session returns what stands behind a session token. At the ministries' door it is
// asked on every request: mostly from memory, once a minute from the database,
// where it also notes that the session is in use. What ends a session (sign-out,
// idleness, a block) ends it in every process at once, by notice, and within a
// minute without. Fault: Unauthenticated.
func (d *Door) Session(ctx context.Context, token string) (Live, error) {
	if len(token) != tokenLength {
		return Live{}, ended()
	}
	key := hex.EncodeToString(tokenHash(d.tenant(ctx), "session", token))
	if d.sessions == nil {
		return d.loadSession(ctx, key)
	}
	return d.recall(ctx, d.sessions, key, d.loadSession)
}

// recall returns what is remembered under a key, reading it anew once a minute,
// when it seems to be over, and when it is not there.
func (d *Door) recall(ctx context.Context, cache *db.Cache[string, Live], key string, load func(ctx context.Context, key string) (Live, error)) (Live, error) {
	fresh := func(ctx context.Context) (Live, error) { return load(ctx, key) }
	l, err := cache.Get(ctx, key, fresh)
	if err != nil {
		return Live{}, err
	}
	now := d.Now()
	if now.Sub(l.read) < seenEvery && now.Before(l.expires) {
		return l, nil
	}
	// Another process may have seen the session meanwhile: only the database knows.
	asked := cache.Asked(ctx)
	if l, err = fresh(ctx); err != nil {
		return Live{}, err
	}
	cache.Put(ctx, asked, key, l)
	return l, nil
}

func (d *Door) loadSession(ctx context.Context, key string) (Live, error) {
	hash, err := hex.DecodeString(key)
	if err != nil {
		return Live{}, ended()
	}
	var l Live
	err = d.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		var ok bool
		var err error
		if l, ok, err = d.touch(ctx, tx, hash, d.Now()); err != nil {
			return err
		}
		if !ok {
			return ended()
		}
		l.Assignments, err = d.house.Assignments(ctx, tx, l.Account)
		return err
	})
	return l, err
}

// Sessions lists the caller's own living sessions, this one first.
func (d *Door) Sessions(ctx context.Context) ([]SessionInfo, error) {
	c, err := d.house.Who(ctx)
	if err != nil {
		return nil, err
	}
	var list []SessionInfo
	err = d.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err = d.SessionsOf(ctx, tx, c.Account, c.Session)
		return err
	})
	return list, err
}

// EndSession ends one of the caller's own sessions; an empty uid ends all others.
// It returns how many ended.
func (d *Door) EndSession(ctx context.Context, uid string) (int, error) {
	c, err := d.house.Who(ctx)
	if err != nil {
		return 0, err
	}
	except := ""
	if uid == "" {
		except = c.Session
	}
	if uid != "" && uid == c.Session {
		ctx = once.Without(ctx)
	}
	var n int
	err = d.once.Unit(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if n, err = d.endSessions(ctx, tx, c.Account, uid, except, "owner"); err != nil || n == 0 {
			return err
		}
		return d.record(ctx, tx, audit.Entry{Action: "end", Object: "session", Target: uid})
	}, &n)
	return n, err
}

// EndSessionsOf ends another person's sessions: one of them, or all where uid is
// empty. Whether the caller may is not asked here.
func (d *Door) EndSessionsOf(ctx context.Context, tx *db.Tx, account int64, uid string) (int, error) {
	return d.endSessions(ctx, tx, account, uid, "", "superior")
}
