// Package consent keeps what people promise and allow: the undertakings of those
// who work with personal data (KG-ER-7a), signed on screen before first use, with
// the wording as it was shown.
package consent

import (
	"context"
	"strings"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/locale"
	"mektep/core/profile"
)

// Service keeps undertakings of the ministry that acts in the context.
type Service struct {
	db     *db.DB
	clock  *clock.Clock
	gate   *gate.Gate
	trail  *audit.Trail
	signed *db.Cache[int64, map[string]time.Time] // by account: undertaking → last signed
}

const changed = "undertaking"

// New returns the service.
func New(d *db.DB, c *clock.Clock, g *gate.Gate, trail *audit.Trail) *Service {
	return &Service{
		db: d, clock: c, gate: g, trail: trail,
		signed: db.NewCache[int64, map[string]time.Time](d, changed, 20_000, 10*time.Minute),
	}
}

// Undertaking is one that a person signed.
type Undertaking struct {
	UID      string
	ID       string // in the profile
	Language string
	Wording  string // Markdown, as it was shown
	Name     string // as the person typed it
	Position string // role and unit at that moment, in words
	SignedAt time.Time
}

// Pending returns the undertakings that the caller has still to sign, each once,
// in the order of their appointments.
func (s *Service) Pending(ctx context.Context) ([]*profile.Undertaking, error) {
	c := caller.From(ctx)
	if !c.SignedIn() {
		return nil, nil
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	var out []*profile.Undertaking
	seen := map[string]bool{}
	for _, a := range c.Assignments {
		role := m.Profile.Role(a.Role)
		if role == nil {
			continue
		}
		for _, id := range role.Undertakings() {
			u, _, ok := m.Profile.Undertaking(id, c.Language)
			if seen[id] || !ok {
				continue
			}
			seen[id] = true
			valid, err := s.valid(ctx, c.Account, u)
			if err != nil {
				return nil, err
			}
			if !valid {
				out = append(out, u)
			}
		}
	}
	return out, nil
}

// valid reports whether the account's last signature of u still counts.
func (s *Service) valid(ctx context.Context, account int64, u *profile.Undertaking) (bool, error) {
	signed, err := s.signed.Get(ctx, account, func(ctx context.Context) (map[string]time.Time, error) {
		return last(ctx, s.db, account)
	})
	if err != nil {
		return false, err
	}
	at, ok := signed[u.ID]
	if !ok {
		return false, nil
	}
	return u.RenewDays == 0 || s.clock.Now().Before(at.AddDate(0, 0, u.RenewDays)), nil
}

// BeforeUse refuses while an undertaking that a role demands ("undertaking:<id>")
// is not signed: the part of gate.Checks that this package answers.
func (s *Service) BeforeUse(ctx context.Context, c *caller.Caller, _ caller.Assignment, demand string) error {
	id, ok := strings.CutPrefix(demand, "undertaking:")
	if !ok {
		return nil
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	u, _, ok := m.Profile.Undertaking(id, c.Language)
	if !ok {
		return nil
	}
	valid, err := s.valid(ctx, c.Account, u)
	if err != nil || valid {
		return err
	}
	return fault.New(fault.Denied, "consent.undertaking_first").WithCheck("undertaking").
		With("Undertaking", fault.Text(u.Name)).WithRule(m.Profile.RuleOf(u.Source), u.Source).
		WithNext("consent.next.sign", "/me/undertakings/"+id, nil)
}

// Sign records that the caller signs an undertaking in the language read, with
// the name they typed. The name must be the account's own: whoever cannot write
// it has not read whose promise this is.
//
// Faults: NotFound for an undertaking the profile does not have; Invalid when the
// name is another's or the box was not ticked.
func (s *Service) Sign(ctx context.Context, id, language, name, position string, agreed bool) (Undertaking, error) {
	var out Undertaking
	err := s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		c := caller.From(ctx)
		m, err := s.gate.Ministry(ctx)
		if err != nil {
			return err
		}
		u, wording, ok := m.Profile.Undertaking(id, language)
		if !ok {
			return fault.New(fault.NotFound, "consent.no_undertaking")
		}
		grant, err := s.gate.Check(ctx, "sign", gate.Target{Object: "undertaking", Holds: []string{"self"}})
		if err != nil {
			return err
		}
		bad := fault.New(fault.Invalid, "fault.invalid")
		if !agreed {
			bad = bad.WithField("agree", "consent.tick", nil)
		}
		if locale.Fold(name) == "" || !sameName(name, c.Name) {
			bad = bad.WithField("name", "consent.other_name", nil)
		}
		if err := bad.OrNil(); err != nil {
			return err
		}
		out = Undertaking{UID: db.NewUID(), ID: u.ID, Language: language, Wording: wording, Name: name, Position: position, SignedAt: s.clock.Now()}
		if err := insert(tx, c.Account, out); err != nil {
			return err
		}
		if err := s.db.Notify(ctx, changed, key(c.Account)); err != nil {
			return err
		}
		return s.trail.Record(ctx, tx, audit.Entry{Action: "sign", Object: "undertaking", Target: out.UID, Law: grant.Source, Rule: m.Profile.RuleOf(u.Source), Fields: []string{id}})
	})
	return out, err
}

// sameName compares names word by word in any order, as people write them.
func sameName(a, b string) bool {
	words := func(s string) map[string]int {
		m := map[string]int{}
		for _, w := range locale.Tokens(s) {
			m[w]++
		}
		return m
	}
	x, y := words(a), words(b)
	if len(x) != len(y) {
		return false
	}
	for w, n := range x {
		if y[w] != n {
			return false
		}
	}
	return true
}

// Signed returns what an account has signed, latest first: its personal file.
// One's own is always open; others' follow the policy.
func (s *Service) Signed(ctx context.Context, account int64, path string) ([]Undertaking, error) {
	t := gate.Target{Object: "undertaking", Path: path}
	if c := caller.From(ctx); c.SignedIn() && c.Account == account {
		t.Holds = []string{"self"}
	}
	if _, err := s.gate.Check(ctx, "view", t); err != nil {
		return nil, s.gate.Refused(ctx, err)
	}
	return list(ctx, s.db, account)
}
