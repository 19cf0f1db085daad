package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/unit"
)

// A unit that has ended gives nothing: what is held there has no power from its day on
// (assignments), and comes back with the unit where the closing is taken back. Whoever is
// above winds up what it leaves.

// unitEnds has every process read its sessions anew, and tells whose posts end with a unit,
// or are theirs again.
func (s *Service) unitEnds(ctx context.Context, tx *db.Tx, u unit.Unit, until *time.Time) error {
	if err := s.Door.Moved(ctx); err != nil {
		return err
	}
	if err := s.comesBack(ctx, tx, u, until); err != nil {
		return err
	}
	if until != nil {
		if err := s.keepsLastAt(ctx, tx, u, *until); err != nil {
			return err
		}
	}
	from, key, link, args := s.today(ctx), "identity.notice.unit_reopened", "/me", fault.Args{"Unit": fault.Text(u.Name)}
	if until != nil {
		from, key, link = *until, "identity.notice.unit_closed", "" // from that day on they can open nothing
		args["Until"] = *until
	}
	to, err := heldAt(ctx, tx, u, from)
	if err != nil || len(to) == 0 || s.notify == nil {
		return err
	}
	return s.tell(ctx, tx, notice{to: to, key: key, url: link, mail: true, args: args})
}

// PostsEnd counts the accounts whose posts at a unit would end with it on a day.
func (s *Service) PostsEnd(ctx context.Context, u unit.Unit, on time.Time) (n int, err error) {
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		all, err := heldAt(ctx, tx, u, on)
		n = len(all)
		return err
	})
	return n, err
}

// PostsBack are the posts at a unit that are in force again, from today or a later day on, where it
// ends no more on a day.
func (s *Service) PostsBack(ctx context.Context, u unit.Unit, on time.Time) (out []gate.Held, err error) {
	if today := s.today(ctx); on.Before(today) {
		on = today
	}
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.PGX().Query(ctx, `SELECT p.role, count(DISTINCT p.account_id) FROM appointment p JOIN account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
			WHERE `+heldFrom+` GROUP BY 1 ORDER BY 1`, tx.Tenant(), u.ID, on)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowToStructByPos[gate.Held])
		return err
	})
	return out, err
}

// heldFrom is the condition that a post p at a unit gives its holder a something on a day or after it,
// as long as the unit is there.
var heldFrom = `p.tenant_id = $1 AND p.unit_id = $2 AND ` + holdsFrom("$3") + ` AND p.stopped_at IS NULL AND a.state <> 'blocked'`

// heldAt are the accounts that hold a post at a unit on a day or after it.
func heldAt(ctx context.Context, tx *db.Tx, u unit.Unit, day time.Time) ([]int64, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT DISTINCT p.account_id FROM appointment p JOIN account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
		WHERE `+heldFrom+` ORDER BY 1`, tx.Tenant(), u.ID, day)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// heldToday reports whether anybody holds an office at a unit today, or is invited to.
func heldToday(ctx context.Context, tx *db.Tx, at int64, role string, today time.Time) (held bool, err error) {
	err = tx.PGX().QueryRow(ctx, `SELECT EXISTS (SELECT FROM appointment p JOIN account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
		WHERE p.tenant_id = $1 AND p.unit_id = $2 AND p.role = $3 AND a.state <> 'blocked' AND `+givesOn("$4")+`)`, tx.Tenant(), at, role, today).Scan(&held)
	return held, err
}

// closedOn is the refusal of who holds no post today: with the unit that has ended, where a post is
// theirs there still, or that ends before their post begins.
func (s *Service) closedOn(ctx context.Context, tx *db.Tx, account int64, today time.Time) (*fault.Error, error) {
	var name map[string]string
	var until, since time.Time
	err := tx.PGX().QueryRow(ctx, `SELECT u.name, u.until, p.since FROM appointment p JOIN unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
		WHERE p.tenant_id = $1 AND p.account_id = $2 AND `+holdsFrom("$3")+` AND p.stopped_at IS NULL AND u.until <= GREATEST($3, p.since) AND NOT u.withdrawn
		ORDER BY u.until DESC, p.id LIMIT 1`, tx.Tenant(), account, today).Scan(&name, &until, &since)
	if db.NoRows(err) {
		return unemployed(), nil
	}
	if err != nil {
		return nil, err
	}
	key := "identity.unit_closed"
	if since.After(today) {
		key = "identity.never_begins"
	}
	return fault.New(fault.Denied, key).WithCheck("account").WithOwnRule("appointment").With("Since", since).
		With("Unit", fault.Text(name)).With("Until", until).WithNext("identity.next.superior", "", nil), nil
}
