package identity

import (
	"context"
	"encoding/hex"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// ended is the answer to a token that opens nothing (any more).
func ended() *fault.Error {
	return fault.New(fault.Unauthenticated, "identity.session_over").WithNext("identity.next.sign_in", "/sign-in", nil)
}

// Resolve returns who stands behind a session token in a ministry. It is asked
// on every request: mostly from memory, once a minute from the database, where
// it also notes that the session is in use. What ends a session (sign-out,
// idleness, a block, the end of the last appointment) ends it in every process at
// once, by notice, and within a minute without.
//
// The caller has neither purpose nor request id: the edge adds them, on the copy
// that it gets. Fault: Unauthenticated.
func (s *Service) Resolve(ctx context.Context, tenant caller.Tenant, token string) (*caller.Caller, error) {
	if len(token) != tokenLength || tenant.ID <= 0 {
		return nil, ended()
	}
	ctx = caller.With(ctx, caller.System(tenant, "sign_in", ""))
	key := hex.EncodeToString(tokenHash(tenant.ID, "session", token))
	l, err := s.recall(ctx, s.sessions, key, s.loadSession)
	if err != nil {
		return nil, err
	}
	c := l.caller(tenant)
	c.Session = l.uid
	return s.present(c)
}

const tokenLength = 43 // of 32 bytes in base64

// recall returns what is remembered under a key, reading it anew once a minute,
// when it seems to be over, and when it is not there.
func (s *Service) recall(ctx context.Context, cache *db.Cache[string, live], key string, load func(ctx context.Context, key string) (live, error)) (live, error) {
	fresh := func(ctx context.Context) (live, error) { return load(ctx, key) }
	l, err := cache.Get(ctx, key, fresh)
	if err != nil {
		return live{}, err
	}
	now := s.now()
	if now.Sub(l.read) < seenEvery && now.Before(l.expires) {
		return l, nil
	}
	// Another process may have seen the session meanwhile: only the database knows.
	if l, err = load(ctx, key); err != nil {
		return live{}, err
	}
	cache.Put(ctx, key, l)
	return l, nil
}

func (s *Service) loadSession(ctx context.Context, key string) (live, error) {
	hash, err := hex.DecodeString(key)
	if err != nil {
		return live{}, ended()
	}
	var l live
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		var ok bool
		var err error
		if l, ok, err = s.door.touch(ctx, tx, hash, s.now()); err != nil {
			return err
		}
		if !ok {
			return ended()
		}
		l.assignments, err = assignments(ctx, tx, l.account, s.today(ctx))
		return err
	})
	return l, err
}

// caller makes a caller of what is remembered; each has its own.
func (l live) caller(tenant caller.Tenant) *caller.Caller {
	return &caller.Caller{
		Tenant: tenant, Account: l.account, AccountUID: l.accountUID, Name: l.name, Language: l.language,
		SecondFactor: l.second, Assignments: l.assignments,
	}
}

// present drops the assignments that are not in force today; who has none left
// is not let in.
func (s *Service) present(c *caller.Caller) (*caller.Caller, error) {
	today := s.clock.Today(c.Tenant.Zone)
	held := make([]caller.Assignment, 0, len(c.Assignments))
	for _, a := range c.Assignments {
		if !a.Since.After(today) && (a.Until.IsZero() || today.Before(a.Until)) {
			held = append(held, a)
		}
	}
	if len(held) == 0 {
		return nil, fault.New(fault.Unauthenticated, "identity.no_appointment").WithNext("identity.next.superior", "", nil)
	}
	c.Assignments = held
	return c, nil
}

// ResolveAccount returns an account as a job acts for it: with the appointments
// of this moment. A second factor counts as shown when the account has one.
// Fault: Denied when it is blocked or without an appointment, NotFound.
func (s *Service) ResolveAccount(ctx context.Context, tenant caller.Tenant, account int64) (*caller.Caller, error) {
	ctx = caller.With(ctx, caller.System(tenant, "sign_in", ""))
	l := live{account: account}
	err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		var state string
		err := tx.PGX().QueryRow(ctx, `SELECT uid, btrim(given || ' ' || family), language, state, totp_sealed IS NOT NULL
			FROM account WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), account).Scan(&l.accountUID, &l.name, &l.language, &state, &l.second)
		if db.NoRows(err) {
			return fault.New(fault.NotFound, "identity.no_account")
		}
		if err != nil {
			return err
		}
		if state != "active" {
			return fault.New(fault.Denied, "identity.blocked").WithCheck("account")
		}
		l.assignments, err = assignments(ctx, tx, account, s.today(ctx))
		return err
	})
	if err != nil {
		return nil, err
	}
	c, err := s.present(l.caller(tenant))
	if err != nil {
		return nil, fault.New(fault.Denied, "identity.no_appointment").WithCheck("account")
	}
	return c, nil
}

// Sessions lists the caller's own living sessions, this one first.
func (s *Service) Sessions(ctx context.Context) ([]SessionInfo, error) {
	c, err := me(ctx)
	if err != nil {
		return nil, err
	}
	var list []SessionInfo
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err = s.door.sessions(ctx, tx, c.Account, c.Session, s.now())
		return err
	})
	return list, err
}

// EndSession ends one of the caller's own sessions; an empty uid ends all others.
// It returns how many ended.
func (s *Service) EndSession(ctx context.Context, uid string) (int, error) {
	c, err := me(ctx)
	if err != nil {
		return 0, err
	}
	except := ""
	if uid == "" {
		except = c.Session
	}
	var n int
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if n, err = s.door.endSessions(ctx, tx, s.db, c.Account, uid, except, "owner", s.now()); err != nil || n == 0 {
			return err
		}
		return s.trail.Record(ctx, tx, audit.Entry{Action: "end", Object: "session", Target: uid})
	})
	return n, err
}

// RevokeSessions ends somebody else's sessions: the policy's revoke on session.
// An empty session ends all of them.
func (s *Service) RevokeSessions(ctx context.Context, accountUID, session string) (int, error) {
	var n int
	err := s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err := s.accountByUID(ctx, tx, accountUID)
		if err != nil {
			return err
		}
		if err := s.over(ctx, tx, "revoke", "session", a); err != nil {
			return err
		}
		if n, err = s.door.endSessions(ctx, tx, s.db, a.ID, session, "", "superior", s.now()); err != nil || n == 0 {
			return err
		}
		return s.trail.Record(ctx, tx, audit.Entry{Action: "revoke", Object: "session", Target: session})
	})
	return n, err
}

// window is how long signs of sharing are shown.
const window = 30 * 24 * time.Hour
