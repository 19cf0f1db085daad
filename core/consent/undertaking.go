// Package consent keeps what people promise and allow: the undertakings of those
// who work with personal data (KG-ER-7a), signed on screen before first use, with
// the wording as it was shown.
package consent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
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
	signed *db.Cache[int64, []signature] // by account
}

const changed db.Kind = "undertaking"

// New returns the service.
func New(d *db.DB, c *clock.Clock, g *gate.Gate, trail *audit.Trail) *Service {
	return &Service{
		db: d, clock: c, gate: g, trail: trail,
		signed: db.NewCache[int64, []signature](d, changed, 20_000, 10*time.Minute),
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
			u, ok := s.binding(m, id)
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

// binding returns an undertaking that binds today: one that has not begun, or is over,
// is asked of nobody.
func (s *Service) binding(m gate.Ministry, id string) (*profile.Undertaking, bool) {
	u, _, ok := m.Profile.Undertaking(id, "")
	return u, ok && u.Holds(profile.DateOf(s.clock.Today(m.Profile.Zone)))
}

// signature is when a wording was last signed.
type signature struct {
	id       string // of the undertaking
	language string
	digest   string // of the wording, see Digest
	at       time.Time
}

// Digest names a wording without repeating it: what a form was filled under.
func Digest(wording string) string {
	sum := sha256.Sum256([]byte(wording))
	return hex.EncodeToString(sum[:])
}

// valid reports whether one of the account's signatures of u still counts. Each stands
// for the wording that was signed: where the profile has another one signed again, a
// signature counts while that wording is in force in its language.
func (s *Service) valid(ctx context.Context, account int64, u *profile.Undertaking) (bool, error) {
	signed, err := s.signed.Get(ctx, account, func(ctx context.Context) ([]signature, error) {
		return last(ctx, s.db, account)
	})
	return slices.ContainsFunc(signed, func(x signature) bool { return s.counts(u, x) }), err
}

func (s *Service) counts(u *profile.Undertaking, x signature) bool {
	if x.id != u.ID || u.RenewDays > 0 && !s.clock.Now().Before(x.at.AddDate(0, 0, u.RenewDays)) {
		return false
	}
	return u.Renew != "wording" || x.digest == Digest(u.Text()[x.language])
}

// Standing returns the caller's latest signature of an undertaking, nil where there is
// none, and whether it or an earlier one still counts: then that one.
func (s *Service) Standing(ctx context.Context, id string) (signed *Undertaking, counts bool, err error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return nil, false, err
	}
	all, err := s.Signed(ctx, caller.From(ctx).Account, "")
	if err != nil {
		return nil, false, err
	}
	u, _, known := m.Profile.Undertaking(id, "")
	for i := range all {
		x := &all[i]
		if x.ID != id {
			continue
		}
		if !known || s.counts(u, signature{x.ID, x.Language, Digest(x.Wording), x.SignedAt}) {
			return x, true, nil
		}
		if signed == nil {
			signed = x
		}
	}
	return signed, false, nil
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
	u, ok := s.binding(m, id)
	if !ok {
		return nil
	}
	valid, err := s.valid(ctx, c.Account, u)
	if err != nil || valid {
		return err
	}
	return fault.New(fault.Denied, "consent.undertaking_first").WithCheck("undertaking").
		With("Undertaking", fault.Text(u.Name)).WithRule(m.Profile.RuleOf(u.Source, "undertaking", "sign"), u.Source).
		WithNext("consent.next.sign", "/me/undertakings/"+id, nil)
}

// Signing is a signature as it is given.
type Signing struct {
	ID       string // of the undertaking
	Language string // an official one of the ministry
	Shown    string // Digest of the wording that was read; empty: the one in force
	Name     string // as the person typed it
	Position string // role and unit, in words
	Agreed   bool
}

// sameSignature is how soon after a signature the same words, signed again by the same name,
// are the same signature.
const sameSignature = time.Hour

// Sign records that the caller signs an undertaking in an official language, with the
// name they typed and the wording as it was shown. The name must be the account's own:
// whoever cannot write it has not read whose promise this is.
//
// Faults: NotFound for an undertaking the profile does not have; Invalid when the
// name is another's, the box was not ticked, the language is not official, or the
// wording has been replaced since it was read.
func (s *Service) Sign(ctx context.Context, n Signing) (Undertaking, error) {
	var out Undertaking
	err := s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		c := caller.From(ctx)
		m, err := s.gate.Ministry(ctx)
		if err != nil {
			return err
		}
		u, wording, ok := m.Profile.Undertaking(n.ID, n.Language)
		if !ok {
			return fault.New(fault.NotFound, "consent.no_undertaking")
		}
		grant, err := s.gate.Check(ctx, "sign", gate.Target{Object: "undertaking", Holds: []string{"self"}})
		if err != nil {
			return err
		}
		if err := n.check(m.Profile, u, wording, c.Name); err != nil {
			return err
		}
		// Sent twice, by two tabs or at once, it is one signature: the account's row keeps them apart.
		if _, err := tx.PGX().Exec(ctx, "SELECT FROM account WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE", tx.Tenant(), c.Account); err != nil {
			return err
		}
		before, err := list(ctx, s.db, c.Account)
		if err != nil {
			return err
		}
		if k := slices.IndexFunc(before, func(b Undertaking) bool {
			return b.ID == u.ID && b.Wording == wording && b.Name == n.Name && s.clock.Now().Sub(b.SignedAt) < sameSignature
		}); k >= 0 {
			out = before[k]
			return nil
		}
		out = Undertaking{UID: db.NewUID(), ID: u.ID, Language: n.Language, Wording: wording, Name: n.Name, Position: n.Position, SignedAt: s.clock.Now()}
		if err := insert(tx, c.Account, out); err != nil {
			return err
		}
		if err := s.db.Notify(ctx, changed, key(c.Account)); err != nil {
			return err
		}
		return s.trail.Record(ctx, tx, audit.Entry{Action: "sign", Object: "undertaking", Target: out.UID, Law: grant.Source, Rule: m.Profile.RuleOf(u.Source, "undertaking", "sign"), Fields: []string{n.ID}})
	}, &out)
	return out, err
}

func (n Signing) check(p *profile.Profile, u *profile.Undertaking, wording, name string) error {
	bad := gate.Cite(fault.New(fault.Invalid, "fault.invalid"), p, u.Source, "undertaking", "sign")
	if !slices.Contains(p.Languages.Official, n.Language) {
		bad = bad.WithField("language", "consent.official_language", nil)
	}
	switch {
	case !n.Agreed:
		bad = bad.WithField("agreed", "consent.tick", nil)
	case n.Shown != "" && n.Shown != Digest(wording):
		bad = n.otherWording(bad, u)
	}
	if locale.Fold(n.Name) == "" || !sameName(n.Name, name) {
		bad = bad.WithField("name", "consent.other_name", nil)
	}
	return bad.OrNil()
}

// otherWording says which wording was read, where that is known.
func (n Signing) otherWording(bad *fault.Error, u *profile.Undertaking) *fault.Error {
	for tag, text := range u.Text() {
		if n.Shown == Digest(text) {
			return bad.WithField("language", "consent.wording_language", fault.Args{"Language": fault.Key("language." + tag)})
		}
	}
	return bad.WithField("agreed", "consent.wording_replaced", nil)
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
