package identity

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity/door"
)

// Resolve returns who stands behind a session token in a ministry. What ends a
// session ends it in every process at once; the end of an appointment too.
//
// The caller has neither purpose nor request id: the edge adds them, on the copy
// that it gets. Fault: Unauthenticated.
func (s *Service) Resolve(ctx context.Context, tenant caller.Tenant, token string) (*caller.Caller, error) {
	l, err := s.behind(ctx, tenant, token, s.Door.Session)
	if err != nil {
		return nil, err
	}
	c := acting(tenant, l)
	c.Session, c.Ends = l.UID, l.Ends()
	return s.letIn(ctx, c)
}

// ResolveToken is Resolve for the API's bearer tokens.
func (s *Service) ResolveToken(ctx context.Context, tenant caller.Tenant, token string) (*caller.Caller, error) {
	l, err := s.behind(ctx, tenant, token, s.Door.Token)
	if err != nil {
		return nil, err
	}
	c := acting(tenant, l)
	c.Token = l.UID
	return s.letIn(ctx, c)
}

func (s *Service) behind(ctx context.Context, tenant caller.Tenant, token string, find func(ctx context.Context, token string) (door.Live, error)) (door.Live, error) {
	if tenant.ID <= 0 {
		token = "" // nobody's, whatever it is
	}
	return find(caller.With(ctx, caller.System(tenant, "sign_in", "")), token)
}

// acting makes a caller of what is remembered; each has its own.
func acting(tenant caller.Tenant, l door.Live) *caller.Caller {
	return &caller.Caller{
		Tenant: tenant, Account: l.Account, AccountUID: l.AccountUID, Name: l.Name, Language: l.Language,
		SecondFactor: l.SecondFactor, Assignments: l.Assignments,
	}
}

// letIn is whoever is present; who is not is told why, as somebody who has not signed in.
func (s *Service) letIn(ctx context.Context, c *caller.Caller) (*caller.Caller, error) {
	if s.present(c) {
		return c, nil
	}
	err := s.absent(caller.With(ctx, caller.System(c.Tenant, "sign_in", "")), c.Account)
	if f, is := errors.AsType[*fault.Error](err); is && f.Kind == fault.Denied {
		out := *f
		out.Kind = fault.Unauthenticated
		return nil, &out
	}
	return nil, err
}

// present drops the assignments that are not in force today, and reports whether any is left.
func (s *Service) present(c *caller.Caller) bool {
	today := s.clock.Today(c.Tenant.Zone)
	held := make([]caller.Assignment, 0, len(c.Assignments))
	for _, a := range c.Assignments {
		if !a.Since.After(today) && (a.Until.IsZero() || today.Before(a.Until)) {
			held = append(held, a)
		}
	}
	c.Assignments = held
	return len(held) > 0
}

// ResolveAccount returns an account as a job acts for it: with the appointments
// of this moment. A second factor counts as shown when the account has one.
// Fault: Denied when it is blocked or without an appointment, NotFound.
func (s *Service) ResolveAccount(ctx context.Context, tenant caller.Tenant, account int64) (*caller.Caller, error) {
	ctx = caller.With(ctx, caller.System(tenant, "sign_in", ""))
	l := door.Live{Account: account}
	err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		var state string
		err := tx.PGX().QueryRow(ctx, `SELECT uid, name, language, state, totp_sealed IS NOT NULL
			FROM account WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), account).Scan(&l.AccountUID, &l.Name, &l.Language, &state, &l.SecondFactor)
		if db.NoRows(err) {
			return fault.New(fault.NotFound, "identity.no_account")
		}
		if err != nil {
			return err
		}
		if state != "active" {
			return s.barred(ctx, tx, account)
		}
		l.Assignments, err = assignments(ctx, tx, account, s.today(ctx))
		return err
	})
	if err != nil {
		return nil, err
	}
	c := acting(tenant, l)
	if !s.present(c) {
		return nil, s.absent(ctx, account)
	}
	return c, nil
}

// assignments reads what an account holds on or after a day, but for posts that have
// been stopped: they give nothing. Nor does a post at a unit that has ended: from that day
// on it is over, whatever its own last day.
func assignments(ctx context.Context, tx *db.Tx, account int64, today time.Time) ([]caller.Assignment, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT p.id, p.role, p.unit_id, u.uid, u.path, u.level, u.code, p.since, LEAST(p.until, u.until)
		FROM appointment p JOIN unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
		WHERE p.tenant_id = $1 AND p.account_id = $2 AND `+givesFrom("$3")+`
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
