package identity

import (
	"context"
	"encoding/hex"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// tokenPrefix makes an API token recognisable, for people and for the scanners
// that look for leaked ones.
const tokenPrefix = "mektep_"

// TokenRequest asks for an API token, with everything it takes to sign in.
type TokenRequest struct {
	Attempt
	Code string // of the second factor, where the account has one
	Name string // what it is for, as its owner will see it in the list
	Days int    // it is good for; 0: 30
}

// TokenInfo is an API token as its owner sees it.
type TokenInfo struct {
	UID          string
	Name         string
	SecondFactor bool
	CreatedAt    time.Time
	SeenAt       time.Time // zero: never used
	ExpiresAt    time.Time
}

// IssueToken returns a bearer token for a person's own programs; it is shown here
// and never again. Faults as of SignIn and SecondStep, and Invalid for the name
// or the days.
func (s *Service) IssueToken(ctx context.Context, r TokenRequest) (string, TokenInfo, error) {
	r.Name = strings.Join(strings.Fields(r.Name), " ")
	if r.Days == 0 {
		r.Days = 30
	}
	bad := fault.New(fault.Invalid, "identity.invalid")
	if r.Name == "" || len([]rune(r.Name)) > maxName {
		bad = bad.WithField("name", "identity.token_name", fault.Args{"Most": maxName})
	}
	if r.Days < 0 || r.Days > tokenMostDays {
		bad = bad.WithField("days", "identity.token_days", fault.Args{"Most": tokenMostDays})
	}
	if err := bad.OrNil(); err != nil {
		return "", TokenInfo{}, err
	}
	t, err := s.door.password(ctx, r.Attempt)
	if err != nil {
		return "", TokenInfo{}, s.door.refused(ctx, actSignIn, t.cred, err)
	}
	second := t.cred.totp != nil
	if second {
		ch := challenge{Account: t.cred.id, Password: t.cred.passwordAt.UnixMicro()}
		if _, _, err := s.door.second(ctx, ch, r.Code); err != nil {
			return "", TokenInfo{}, s.door.refused(ctx, actSecond, t.cred, err)
		}
	}
	tok := tokenPrefix + token()
	info := TokenInfo{UID: db.NewUID(), Name: r.Name, SecondFactor: second, CreatedAt: s.now(), ExpiresAt: s.now().AddDate(0, 0, r.Days)}
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.door.tries.credit(ctx, tx, s.now(), t.charges); err != nil {
			return err
		}
		if err := s.employed(ctx, tx, t.cred.id); err != nil {
			return err
		}
		_, err := tx.PGX().Exec(ctx, `INSERT INTO api_token (tenant_id, uid, account_id, name, hash, second_factor, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, tx.Tenant(), info.UID, t.cred.id, info.Name, tokenHash(tx.Tenant(), "api", tok), second, info.CreatedAt, info.ExpiresAt)
		if err != nil {
			return err
		}
		return s.trail.Record(ctx, tx, audit.Entry{Action: "obtain", Object: "token", Target: info.UID, Account: t.cred.id, AccountUID: t.cred.uid})
	})
	if err != nil {
		return "", TokenInfo{}, s.door.refused(ctx, actSignIn, t.cred, err)
	}
	return tok, info, nil
}

// ResolveToken is Resolve for the API's bearer tokens.
func (s *Service) ResolveToken(ctx context.Context, tenant caller.Tenant, token string) (*caller.Caller, error) {
	if !strings.HasPrefix(token, tokenPrefix) || len(token) != len(tokenPrefix)+tokenLength || tenant.ID <= 0 {
		return nil, fault.New(fault.Unauthenticated, "identity.token_over")
	}
	ctx = caller.With(ctx, caller.System(tenant, "sign_in", ""))
	key := hex.EncodeToString(tokenHash(tenant.ID, "api", token))
	l, err := s.recall(ctx, s.tokens, key, s.loadToken)
	if err != nil {
		return nil, err
	}
	c := l.caller(tenant)
	c.Token = l.uid
	return s.present(c)
}

func (s *Service) loadToken(ctx context.Context, key string) (live, error) {
	var l live
	hash, err := hex.DecodeString(key)
	if err != nil {
		return l, fault.New(fault.Unauthenticated, "identity.token_over")
	}
	now := s.now()
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		err := tx.PGX().QueryRow(ctx, `UPDATE api_token t SET seen_at = $3 FROM account a
			WHERE t.tenant_id = $1 AND t.hash = $2 AND t.revoked_at IS NULL AND t.expires_at > $3
			  AND a.tenant_id = t.tenant_id AND a.id = t.account_id AND a.state = 'active'
			RETURNING t.uid, t.second_factor, t.expires_at, a.id, a.uid, a.language, btrim(a.given || ' ' || a.family)`,
			tx.Tenant(), hash, now).Scan(&l.uid, &l.second, &l.expires, &l.account, &l.accountUID, &l.language, &l.name)
		if db.NoRows(err) {
			return fault.New(fault.Unauthenticated, "identity.token_over")
		}
		if err != nil {
			return err
		}
		l.seen, l.read = now, now
		l.assignments, err = assignments(ctx, tx, l.account, s.today(ctx))
		return err
	})
	return l, err
}

// Tokens lists the caller's own API tokens that are still good.
func (s *Service) Tokens(ctx context.Context) ([]TokenInfo, error) {
	c, err := me(ctx)
	if err != nil {
		return nil, err
	}
	var list []TokenInfo
	b := &pgx.Batch{}
	b.Queue(`SELECT uid, name, second_factor, created_at, coalesce(seen_at, '0001-01-01'), expires_at FROM api_token
		WHERE tenant_id = $1 AND account_id = $2 AND revoked_at IS NULL AND expires_at > $3 ORDER BY created_at DESC`,
		db.TenantOf(ctx), c.Account, s.now()).Query(func(rows pgx.Rows) error {
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[TokenInfo])
		return err
	})
	return list, s.db.Read(ctx, b)
}

// RevokeToken ends one of the caller's own API tokens. Fault: NotFound.
func (s *Service) RevokeToken(ctx context.Context, uid string) error {
	c, err := me(ctx)
	if err != nil {
		return err
	}
	return s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := s.revokeTokens(ctx, tx, c.Account, uid)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "identity.no_token")
		}
		return s.trail.Record(ctx, tx, audit.Entry{Action: "end", Object: "token", Target: uid})
	})
}

// revokeTokens ends one token of an account, or all of them.
func (s *Service) revokeTokens(ctx context.Context, tx *db.Tx, account int64, uid string) (int, error) {
	rows, err := tx.PGX().Query(ctx, `UPDATE api_token SET revoked_at = $3
		WHERE tenant_id = $1 AND account_id = $2 AND revoked_at IS NULL AND ($4 = '' OR uid = $4) RETURNING hash`, tx.Tenant(), account, s.now(), uid)
	if err != nil {
		return 0, err
	}
	hashes, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return 0, err
	}
	for _, h := range hashes {
		if err := s.db.Notify(ctx, kindToken, hex.EncodeToString(h)); err != nil {
			return 0, err
		}
	}
	return len(hashes), nil
}
