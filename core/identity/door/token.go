package door

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/once"
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

// errNoTokens: programs act for people of ministries, not for operators.
var errNoTokens = errors.New("door: the platform has no API tokens")

func (r TokenRequest) checked() (TokenRequest, error) {
	r.Name = strings.Join(strings.Fields(r.Name), " ")
	if r.Days == 0 {
		r.Days = 30
	}
	bad := fault.New(fault.Invalid, "identity.invalid")
	if r.Name == "" || len([]rune(r.Name)) > tokenName {
		bad = bad.WithField("name", "identity.token_name", fault.Args{"Most": tokenName})
	}
	if r.Days < 0 || r.Days > tokenMostDays {
		bad = bad.WithField("days", "identity.token_days", fault.Args{"Most": tokenMostDays})
	}
	return r, bad.OrNil()
}

// IssueToken returns a bearer token for a person's own programs; it is shown here
// and never again. Faults as of SignIn and SecondStep, and Invalid for the name
// or the days.
func (d *Door) IssueToken(ctx context.Context, r TokenRequest) (string, TokenInfo, error) {
	if d.platform {
		return "", TokenInfo{}, errNoTokens
	}
	if err := d.isOpen(ctx); err != nil {
		return "", TokenInfo{}, err
	}
	r, err := r.checked()
	if err != nil {
		return "", TokenInfo{}, err
	}
	if !caller.From(ctx).SignedIn() {
		ctx = once.Without(ctx) // a program gets its token by signing in with it: nothing is kept for a stranger
	}
	var tok string
	var info TokenInfo
	if done, err := d.once.Done(ctx, &tok, &info); done || err != nil {
		return tok, info, err
	}
	t, err := d.password(ctx, r.Attempt)
	if err != nil {
		return "", TokenInfo{}, d.refused(ctx, actSignIn, t.cred, err)
	}
	second, charges := t.cred.totp != nil, t.charges
	if second && strings.TrimSpace(r.Code) == "" {
		return "", TokenInfo{}, d.refused(ctx, actSecond, t.cred, fault.New(fault.Unauthenticated, "identity.code_needed"))
	}
	var code []charge
	if second {
		if code, err = d.countCode(ctx, t.cred.ID); err != nil {
			return "", TokenInfo{}, d.refused(ctx, actSecond, t.cred, err)
		}
		charges = append(charges, code...)
	}
	tok = tokenPrefix + token()
	info = TokenInfo{UID: db.NewUID(), Name: r.Name, SecondFactor: second, CreatedAt: d.Now(), ExpiresAt: d.Now().AddDate(0, 0, r.Days)}
	// The code is judged in the unit that takes the key: of two requests with one key the
	// second waits for the first, and is not told that its code is used.
	err = d.once.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, ok, err := d.held(ctx, tx, t.cred); err != nil || !ok {
			return orBad(err, wrong())
		}
		if second {
			ch := challenge{Account: t.cred.ID, Password: t.cred.passwordAt.UnixMicro()}
			if _, _, err := d.judge(ctx, tx, ch, r.Code, code); err != nil {
				return &codeRefused{err}
			}
		}
		if err := d.tries.credit(ctx, tx, t.charges); err != nil {
			return err
		}
		if err := d.house.Admit(ctx, tx, t.cred.ID); err != nil {
			return err
		}
		if err := d.insertToken(ctx, tx, t.cred.ID, tok, info); err != nil {
			return err
		}
		return d.record(ctx, tx, audit.Entry{Action: "obtain", Object: "token", Target: info.UID, Account: t.cred.ID, AccountUID: t.cred.UID})
	}, &tok, &info)
	if err = d.repeated(ctx, err, charges); err != nil {
		what := actSignIn
		if bad := (*codeRefused)(nil); errors.As(err, &bad) {
			what, err = actSecond, bad.error
		}
		return "", TokenInfo{}, d.refused(ctx, what, t.cred, err)
	}
	return tok, info, nil
}

// codeRefused is why a code was refused within a unit that does more.
type codeRefused struct{ error }

func (c *codeRefused) Unwrap() error { return c.error }

func (d *Door) insertToken(ctx context.Context, tx *db.Tx, account int64, tok string, info TokenInfo) error {
	_, err := tx.PGX().Exec(ctx, `INSERT INTO api_token (tenant_id, uid, account_id, name, hash, second_factor, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		tx.Tenant(), info.UID, account, info.Name, tokenHash(tx.Tenant(), "api", tok), info.SecondFactor, info.CreatedAt, info.ExpiresAt)
	return err
}

// Token is Session for the API's bearer tokens.
func (d *Door) Token(ctx context.Context, token string) (Live, error) {
	// What is none by its form is not looked for: there is no such token either (loadToken).
	if d.platform || !strings.HasPrefix(token, tokenPrefix) || len(token) != len(tokenPrefix)+tokenLength {
		return Live{}, fault.New(fault.Unauthenticated, "identity.token_over")
	}
	return d.recall(ctx, d.tokens, hex.EncodeToString(tokenHash(d.tenant(ctx), "api", token)), d.loadToken)
}

// loadToken reads a token anew. It was obtained with a second factor as long as that is the
// account's still.
func (d *Door) loadToken(ctx context.Context, key string) (Live, error) {
	var l Live
	hash, err := hex.DecodeString(key)
	if err != nil {
		return l, fault.New(fault.Unauthenticated, "identity.token_over")
	}
	now := d.Now()
	err = d.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		err := tx.PGX().QueryRow(ctx, `UPDATE api_token t SET seen_at = $3 FROM account a
			WHERE t.tenant_id = $1 AND t.hash = $2 AND t.revoked_at IS NULL AND t.expires_at > $3
			  AND a.tenant_id = t.tenant_id AND a.id = t.account_id AND a.state = 'active'
			RETURNING t.uid, t.second_factor AND a.totp_sealed IS NOT NULL AND coalesce(a.totp_at <= t.created_at, false), t.expires_at, a.id, a.uid, a.language, a.name`,
			tx.Tenant(), hash, now).Scan(&l.UID, &l.SecondFactor, &l.expires, &l.Account, &l.AccountUID, &l.Language, &l.Name)
		if db.NoRows(err) {
			return fault.New(fault.Unauthenticated, "identity.token_over")
		}
		if err != nil {
			return err
		}
		l.read = now
		l.Assignments, err = d.house.Assignments(ctx, tx, l.Account)
		return err
	})
	return l, err
}

// Tokens lists the caller's own API tokens that are still good.
func (d *Door) Tokens(ctx context.Context) ([]TokenInfo, error) {
	c, err := d.house.Who(ctx)
	if err != nil {
		return nil, err
	}
	var list []TokenInfo
	b := &pgx.Batch{}
	b.Queue(`SELECT uid, name, second_factor, created_at, coalesce(seen_at, '0001-01-01'), expires_at FROM api_token
		WHERE tenant_id = $1 AND account_id = $2 AND revoked_at IS NULL AND expires_at > $3 ORDER BY created_at DESC`,
		db.TenantOf(ctx), c.Account, d.Now()).Query(func(rows pgx.Rows) error {
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[TokenInfo])
		return err
	})
	return list, d.db.Read(ctx, b)
}

// RevokeToken ends one of the caller's own API tokens. Fault: NotFound.
func (d *Door) RevokeToken(ctx context.Context, uid string) error {
	c, err := d.house.Who(ctx)
	if err != nil {
		return err
	}
	if uid == "" { // none is named: that is not all of them
		return fault.New(fault.NotFound, "identity.no_token")
	}
	if uid == c.Token {
		ctx = once.Without(ctx)
	}
	return d.once.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := d.revokeTokens(ctx, tx, c.Account, uid)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "identity.no_token")
		}
		return d.record(ctx, tx, audit.Entry{Action: "end", Object: "token", Target: uid})
	})
}

// revokeTokens ends one token of an account, or all of them.
func (d *Door) revokeTokens(ctx context.Context, tx *db.Tx, account int64, uid string) (int, error) {
	if d.platform {
		return 0, nil
	}
	rows, err := tx.PGX().Query(ctx, `UPDATE api_token SET revoked_at = $3
		WHERE tenant_id = $1 AND account_id = $2 AND revoked_at IS NULL AND ($4 = '' OR uid = $4) RETURNING hash`, tx.Tenant(), account, d.Now(), uid)
	if err != nil {
		return 0, err
	}
	hashes, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return 0, err
	}
	for _, h := range hashes {
		if err := d.db.Notify(ctx, kindToken, hex.EncodeToString(h)); err != nil {
			return 0, err
		}
	}
	return len(hashes), nil
}
