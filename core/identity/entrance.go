package identity

import (
	"context"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity/door"
	"mektep/core/profile"

	"github.com/jackc/pgx/v5"
)

// house is what the ministries' door asks.
func (s *Service) house() door.House {
	return door.House{
		Who: me, Open: s.gate.Open, Terms: s.terms, Admit: s.employed, Barred: s.barred,
		Assignments: func(ctx context.Context, tx *db.Tx, account int64) ([]caller.Assignment, error) {
			return assignments(ctx, tx, account, s.today(ctx))
		},
		Entered: s.entered, Changed: s.keysChanged, Keep: s.keepsSecond, Own: s.ownWords, Record: s.recordEntry,
	}
}

// employed refuses an account that has no appointment today.
func (s *Service) employed(ctx context.Context, tx *db.Tx, account int64) error {
	today := s.today(ctx)
	all, err := assignments(ctx, tx, account, today)
	if err != nil {
		return err
	}
	var next time.Time
	for _, a := range all {
		if !a.Since.After(today) {
			return nil
		}
		if !a.Until.IsZero() && !a.Until.After(a.Since) {
			continue // its unit ends before it begins (closedOn)
		}
		if next.IsZero() || a.Since.Before(next) {
			next = a.Since
		}
	}
	if !next.IsZero() {
		return fault.New(fault.Denied, "identity.not_yet").WithCheck("account").WithOwnRule("appointment").
			With("Since", next).WithNext("identity.next.from_that_day", "", nil)
	}
	return s.nothingHeld(ctx, tx, account, today)
}

// unemployed refuses who holds no appointment today.
func unemployed() *fault.Error {
	return fault.New(fault.Denied, "identity.no_appointment").WithCheck("account").WithOwnRule("appointment").
		WithNext("identity.next.superior", "", nil)
}

// terms are how long sessions last in this ministry, and its shortest password.
func (s *Service) terms(ctx context.Context) (door.Terms, error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return door.Terms{}, err
	}
	today := s.today(ctx)
	return door.Terms{
		Idle:  time.Duration(limit(m.Profile, "session_idle_minutes", today, 30)) * time.Minute,
		Most:  time.Duration(limit(m.Profile, "session_max_hours", today, 12)) * time.Hour,
		Least: max(door.LeastPassword, int(limit(m.Profile, "password_min_length", today, 12))),
	}, nil
}

// entered tells the owner of an account of a session that may not be theirs: beside one
// in use (TR-DR-8), or on a device where the account was never opened.
func (s *Service) entered(ctx context.Context, tx *db.Tx, c door.Credential, n door.NewSession) error {
	shared, err := noteSharing(ctx, tx, c.ID, n)
	if err != nil {
		return err
	}
	key := "identity.notice.sharing"
	if !shared {
		key = "identity.notice.new_device"
		if stranger, err := newDevice(ctx, tx, c.ID, n); err != nil || !stranger {
			return err
		}
	}
	return s.tell(ctx, tx, notice{to: []int64{c.ID}, key: key, url: "/me/sessions", mail: true, args: fault.Args{"Device": n.Device, "At": s.local(ctx, n.At)}})
}

// recordEntry writes what happens at the door into the ministry's trail.
func (s *Service) recordEntry(ctx context.Context, tx *db.Tx, e audit.Entry, refusal error) error {
	if refusal != nil {
		return s.trail.Refusal(ctx, refusal, e)
	}
	return s.trail.Record(ctx, tx, e)
}

// ownWords are the caller's login and names.
func (s *Service) ownWords(ctx context.Context, c *caller.Caller) ([]string, error) {
	var a Account
	err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		a, err = s.accountByID(ctx, tx, c.Account)
		return err
	})
	return []string{a.Login, a.Family, a.Given, a.Patronymic}, err
}

// keepsSecond refuses to let somebody go without a second factor while a role of
// theirs demands it.
func (s *Service) keepsSecond(ctx context.Context, c *caller.Caller) error {
	r, err := s.demanding(ctx, c)
	if err != nil || r == nil {
		return err
	}
	return fault.New(fault.Denied, "identity.second_factor_needed").WithCheck("policy").
		WithOwnRule("second_factor").With("Role", fault.Text(r.Name)).WithNext("identity.next.keep_second_factor", "/me/security", nil)
}

// demanding returns the first of the caller's roles that demands a second factor.
func (s *Service) demanding(ctx context.Context, c *caller.Caller) (*profile.Role, error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range c.Assignments {
		if r := m.Profile.Role(a.Role); r != nil && r.NeedsSecondFactor() {
			return r, nil
		}
	}
	return nil, nil //nolint:nilnil // none demands one
}

// Security is what a person sees of their own keys.
type Security struct {
	door.Security
	Demanded bool        // a role of theirs demands a second factor
	Sharing  []time.Time // signs of the last thirty days that somebody else uses the account too
}

// Security returns the state of the caller's own keys.
func (s *Service) Security(ctx context.Context) (Security, error) {
	c, err := me(ctx)
	if err != nil {
		return Security{}, err
	}
	r, err := s.demanding(ctx, c)
	if err != nil {
		return Security{}, err
	}
	out := Security{Demanded: r != nil}
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if out.Security, err = s.Door.Security(ctx, tx, c); err != nil {
			return err
		}
		out.Sharing, err = sharing(ctx, tx, c.Account, s.now())
		return err
	})
	return out, err
}

// Standing is Security without what only those who change their keys need, in one round trip: it
// is asked whenever somebody opens their day.
func (s *Service) Standing(ctx context.Context) (Security, error) {
	c, err := me(ctx)
	if err != nil {
		return Security{}, err
	}
	r, err := s.demanding(ctx, c)
	if err != nil {
		return Security{}, err
	}
	out := Security{Demanded: r != nil}
	b := &pgx.Batch{}
	s.Door.QueueStanding(b, c, &out.Security)
	b.Queue(sharingSQL, c.Tenant.ID, c.Account, s.now().Add(-window)).Query(func(rows pgx.Rows) (err error) {
		out.Sharing, err = pgx.CollectRows(rows, pgx.RowTo[time.Time])
		return err
	})
	return out, s.db.ReadKnown(ctx, b)
}

// BeforeUse refuses while a role's demand for a second factor is not met: the
// part of gate.Checks that identity answers. Other demands pass.
func (s *Service) BeforeUse(ctx context.Context, c *caller.Caller, a caller.Assignment, demand string) error {
	if demand != "second_factor" || c.SecondFactor {
		return nil
	}
	f := fault.New(fault.Denied, "identity.second_factor_first").WithCheck("second_factor").WithOwnRule("second_factor").
		WithNext("identity.next.set_up_second_factor", "/me/security", nil)
	if m, err := s.gate.Ministry(ctx); err == nil {
		if r := m.Profile.Role(a.Role); r != nil {
			f = f.With("Role", fault.Text(r.Name))
		}
	}
	return f
}
