package identity

import (
	"context"
	"time"

	"mektep/core/approval"

	"github.com/jackc/pgx/v5"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/unit"
)

// A unit that comes back, or ends later than was entered, gives its posts back: what was given
// meanwhile did not count them. So each is held to what it would be held to if it were given
// anew, and keys that were made meanwhile are void: whoever made them stood over what was left. Where
// one was used already, or an address typed, nobody knows whose hands the account is in: that post comes
// back stopped, until who stands over it has asked the person.

// comesBack judges the posts that a unit gives back by ending on another day, nil for never.
func (s *Service) comesBack(ctx context.Context, tx *db.Tx, u unit.Unit, until *time.Time) error {
	if u.Until == nil || until != nil && !until.After(*u.Until) {
		return nil
	}
	accounts, err := lockBack(ctx, tx, u, until)
	if err != nil || len(accounts) == 0 {
		return err
	}
	if err := s.backTogether(ctx, tx, u, until); err != nil {
		return err
	}
	if u.Until.After(s.today(ctx)) { // it has not ended
		return nil
	}
	if err := s.Door.RevokeEntering(ctx, tx, accounts, startOf(ctx, *u.Until)); err != nil {
		return err
	}
	return s.backStopped(ctx, tx, u, until)
}

// backStopped stops the posts that come back to who had their account handled since the unit's last
// day by somebody who did not stand over them.
func (s *Service) backStopped(ctx context.Context, tx *db.Tx, u unit.Unit, until *time.Time) error {
	all, err := s.handled(ctx, tx, u, until)
	if err != nil || len(all) == 0 {
		return err
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	for _, h := range all {
		a, err := s.accountByID(ctx, tx, h.account)
		if err != nil {
			return err
		}
		if err := s.setStopped(ctx, tx, h.post, "", levelOver(m.Profile, caller.From(ctx), h.post), true); err != nil {
			return err
		}
		if err := s.recordStop(ctx, tx, a, h.post, "block", audit.Change{Field: "unit", New: u.UID}); err != nil {
			return err
		}
		if err := s.Door.Refresh(ctx, tx, h.account); err != nil {
			return err
		}
	}
	c := caller.From(ctx)
	if !c.SignedIn() {
		return nil
	}
	return s.tell(ctx, tx, notice{to: []int64{c.Account}, key: "identity.notice.back_stopped", url: "/people?unit=" + u.UID, args: fault.Args{"Unit": fault.Text(u.Name), "Count": len(all)}})
}

// backHeld is a post that comes back, and whose it is.
type backHeld struct {
	post
	account int64
}

// handled are the posts that come back to who had their account handled by somebody who did not
// stand over them.
func (s *Service) handled(ctx context.Context, tx *db.Tx, u unit.Unit, until *time.Time) (out []backHeld, err error) {
	rows, err := tx.PGX().Query(ctx, `SELECT p.id, p.uid, p.role, p.account_id, h.by_account, h.what, h.at FROM appointment p
		JOIN account_hand h ON h.tenant_id = p.tenant_id AND h.account_id = p.account_id AND h.at >= $5 AND h.by_account <> p.account_id
		WHERE p.tenant_id = $1 AND p.unit_id = $2 AND `+holdsFrom("$3")+` AND ($4::date IS NULL OR p.since < $4) AND p.stopped_at IS NULL
		ORDER BY p.id, h.id`, tx.Tenant(), u.ID, *u.Until, until, startOf(ctx, *u.Until))
	if err != nil {
		return nil, err
	}
	type handledPost struct {
		backHeld
		by   int64
		what string
		at   time.Time
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (h handledPost, err error) {
		h.unit = u
		err = row.Scan(&h.id, &h.uid, &h.role, &h.account, &h.by, &h.what, &h.at)
		return h, err
	})
	if err != nil {
		return nil, err
	}
	for _, h := range all {
		if n := len(out); n > 0 && out[n-1].id == h.id {
			continue
		}
		stood, err := s.stoodOver(ctx, tx, h.post, h.account, h.by, h.what, h.at)
		if err != nil {
			return nil, err
		}
		if !stood {
			out = append(out, h.backHeld)
		}
	}
	return out, nil
}

// stoodOver reports whether who handled somebody's account could have done it over a post at a unit that
// had ended: the gate's question, asked of what they held then. Only what is held is dated; the policy
// and the undertakings are those of today, and a post that was stopped and taken up again meanwhile
// counts as held: whoever was stopped then could not have acted.
func (s *Service) stoodOver(ctx context.Context, tx *db.Tx, p post, account, by int64, what string, at time.Time) (bool, error) {
	held, err := s.heldThen(ctx, tx, by, p.unit, at)
	if err != nil || len(held) == 0 {
		return false, err
	}
	a, err := s.accountByID(ctx, tx, account)
	if err != nil {
		return false, err
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return false, err
	}
	then := caller.With(ctx, &caller.Caller{Tenant: caller.From(ctx).Tenant, Account: by, SecondFactor: true, Assignments: held})
	acts := [][2]string{{"reset", "account"}, {"resend", "invitation"}} // a key is one of the two
	if what == handAddress {
		acts = [][2]string{{"update", "appointment"}}
	}
	for _, act := range acts {
		if may, err := yes(s.overPost(then, m, act[0], act[1], a, p)); err != nil || may {
			return may, err
		}
	}
	return false, nil
}

// heldThen is what an account held at a moment, as if it were of today, but for what it held at a unit
// that had ended.
func (s *Service) heldThen(ctx context.Context, tx *db.Tx, account int64, ended unit.Unit, at time.Time) ([]caller.Assignment, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT p.id, p.role, p.unit_id, u.uid, u.path, u.level, u.code
		FROM appointment p JOIN unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
		WHERE p.tenant_id = $1 AND p.account_id = $2 AND p.unit_id <> $3 AND p.since <= $4 AND (p.stopped_at IS NULL OR p.stopped_at > $5) AND `+lastsFrom("$4")+`
		ORDER BY p.since, p.id`, tx.Tenant(), account, ended.ID, clock.Day(s.local(ctx, at)), at)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (a caller.Assignment, err error) {
		err = row.Scan(&a.ID, &a.Role, &a.UnitID, &a.UnitUID, &a.UnitPath, &a.UnitLevel, &a.UnitCode)
		return a, err
	})
}

// startOf is the moment at which a day begins in the ministry.
func startOf(ctx context.Context, day time.Time) time.Time {
	zone := time.UTC
	if c := caller.From(ctx); c != nil && c.Tenant.Zone != nil {
		zone = c.Tenant.Zone
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
}

// lockBack keeps others from giving anything to those who get a post back until the unit of work
// ends: of a post given and a unit that comes back at once the second sees what the first has done.
func lockBack(ctx context.Context, tx *db.Tx, u unit.Unit, until *time.Time) ([]int64, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT a.id FROM account a WHERE a.tenant_id = $1 AND a.id IN (SELECT p.account_id FROM appointment p
		WHERE p.tenant_id = $1 AND p.unit_id = $2 AND `+holdsFrom("$3")+` AND ($4::date IS NULL OR p.since < $4)) ORDER BY a.id FOR NO KEY UPDATE`,
		tx.Tenant(), u.ID, *u.Until, until)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// besideBack is a post that somebody gets back, and another that they hold on one of its days.
type besideBack struct{ uid, name, back, other string }

// backTogether refuses to give somebody a post back that they may not hold beside another (KG-ER-7c).
func (s *Service) backTogether(ctx context.Context, tx *db.Tx, u unit.Unit, until *time.Time) error {
	rows, err := tx.PGX().Query(ctx, `WITH back AS (SELECT p.id, p.account_id, p.role, GREATEST(p.since, $3::date, $4::date) AS since, LEAST(p.until, $5::date) AS until
			FROM appointment p WHERE p.tenant_id = $1 AND p.unit_id = $2)
		SELECT DISTINCT a.uid, a.name, b.role, p.role FROM back b
		JOIN appointment p ON p.tenant_id = $1 AND p.account_id = b.account_id AND p.id <> b.id
		JOIN account a ON a.tenant_id = $1 AND a.id = b.account_id
		WHERE (b.until IS NULL OR b.until > b.since) AND (b.until IS NULL OR p.since < b.until) AND `+lastsFrom("b.since")+` ORDER BY 1, 3, 4`,
		tx.Tenant(), u.ID, *u.Until, s.today(ctx), until)
	if err != nil {
		return err
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (b besideBack, err error) {
		err = row.Scan(&b.uid, &b.name, &b.back, &b.other)
		return b, err
	})
	if err != nil {
		return err
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	for _, b := range found {
		if hits := m.Policy.Policy().Conflicts([]string{b.back, b.other}); len(hits) > 0 {
			return s.notTogether(ctx, m, u, b, hits[0].Source)
		}
	}
	return nil
}

// notTogether names whom it is about to who may see them; that it did is recorded with the refusal.
func (s *Service) notTogether(ctx context.Context, m gate.Ministry, u unit.Unit, b besideBack, source string) error {
	names, err := s.Names(ctx, []string{b.uid})
	if err != nil {
		return err
	}
	f := gate.Cite(fault.New(fault.Denied, "identity.back_excludes").WithCheck(approval.Exclusive), m.Profile, source, "appointment", "hold").
		With("action", "create").With("object", "appointment").With("path", u.Path).With("Unit", fault.Text(u.Name)).
		With("One", nameOf(m.Profile, b.back)).With("Other", nameOf(m.Profile, b.other))
	if _, sees := names[b.uid]; sees {
		return f.With("Name", b.name).With(gate.NamedArg, []string{b.uid}).WithNext("identity.next.end_one", "/people/"+b.uid, nil)
	}
	return f.With("Name", fault.Key("identity.holder_unseen")).WithNext("identity.next.end_one", "", nil)
}
