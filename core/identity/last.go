package identity

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/unit"
)

// keepsLastHolders refuses to take away the last holder of a role that only its
// own holders can give: nobody in the ministry could bring it back. What counts is
// not today but every day from the one on which the change takes effect: no day
// without a holder may come sooner than it would have. With an appointment id only
// that one ends, otherwise all of the account's.
func (s *Service) keepsLastHolders(ctx context.Context, tx *db.Tx, account, appointment int64, on time.Time) error {
	held, err := rolesHeld(ctx, tx, account, s.today(ctx))
	if err != nil {
		return err
	}
	return s.keepsLast(ctx, tx, held, unit.Unit{}, on, func(t term) bool {
		return t.account == account && (appointment == 0 || t.id == appointment)
	})
}

// keepsLastAt refuses to end a unit with which the last holder of such a role would go, on a day
// that is entered already; u is the unit as it was before.
func (s *Service) keepsLastAt(ctx context.Context, tx *db.Tx, u unit.Unit, on time.Time) error {
	held, err := s.heldAt(ctx, tx, u, s.today(ctx), nil)
	if err != nil {
		return err
	}
	return s.keepsLast(ctx, tx, held, u, on, func(t term) bool { return t.unit == u.ID })
}

// keepsLast judges what is left of roles when terms go on a day; was as for holders.
func (s *Service) keepsLast(ctx context.Context, tx *db.Tx, roles []string, was unit.Unit, on time.Time, goes func(t term) bool) error {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	for _, id := range roles {
		r := m.Profile.Role(id)
		if r == nil || !selfGiven(r) {
			continue
		}
		terms, err := holders(ctx, tx, id, s.today(ctx), was)
		if err != nil {
			return err
		}
		left := make([]term, 0, len(terms))
		for _, t := range terms {
			if goes(t) && (t.until.IsZero() || on.Before(t.until)) {
				t.until = on
			}
			left = append(left, t)
		}
		if vacant(left, s.today(ctx)).Before(vacant(terms, s.today(ctx))) {
			return fault.New(fault.Conflict, "identity.last_holder").With("Role", fault.Text(r.Name))
		}
	}
	return nil
}

// term is how long an active account holds a role.
type term struct {
	id, account, unit int64
	since, until      time.Time // until is zero: open
}

// holders reads the terms of a role, once nobody else is changing them: two who
// dismiss each other at the same moment must not both succeed. The unit was, where it is one, counts
// with the end that it had before the unit of work.
func holders(ctx context.Context, tx *db.Tx, role string, today time.Time, was unit.Unit) ([]term, error) {
	if _, err := tx.PGX().Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, fmt.Sprintf("last holder %d %s", tx.Tenant(), role)); err != nil {
		return nil, err
	}
	rows, err := tx.PGX().Query(ctx, `SELECT p.id, p.account_id, p.unit_id, p.since, coalesce(LEAST(p.until, CASE WHEN u.id = $4 THEN $5::date ELSE u.until END), '0001-01-01') FROM appointment p
		JOIN unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
		JOIN account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
		WHERE p.tenant_id = $1 AND p.role = $2 AND a.state = 'active'
		AND (`+givesFrom("$3")+` OR u.id = $4 AND p.stopped_at IS NULL AND `+holdsFrom("$3")+` AND ($5::date IS NULL OR $5::date > $3))
		ORDER BY p.since, p.id`, tx.Tenant(), role, today, was.ID, was.Until)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (term, error) {
		var t term
		err := row.Scan(&t.id, &t.account, &t.unit, &t.since, &t.until)
		return t, err
	})
}

// never is after every day.
var never = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// vacant is the first day from today on which none of the terms, ordered by their
// beginning, holds.
func vacant(terms []term, today time.Time) time.Time {
	day := today
	for _, t := range terms {
		if t.since.After(day) {
			break
		}
		if t.until.IsZero() {
			return never
		}
		if t.until.After(day) {
			day = t.until
		}
	}
	return day
}

func selfGiven(r *profile.Role) bool {
	return len(r.GrantedBy) > 0 && !slices.ContainsFunc(r.GrantedBy, func(g profile.Grant) bool { return g.Role != r.ID })
}
