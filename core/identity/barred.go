package identity

import (
	"context"
	"slices"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
)

// Whoever is kept out is told what keeps them out, and who could truly change that: whoever gave the
// post may be in no position to take it up again, and may be gone.

// nothingHeld refuses who holds nothing today that gives anything: posts that are stopped, a unit
// that has ended, or none.
func (s *Service) nothingHeld(ctx context.Context, tx *db.Tx, account int64, today time.Time) error {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	a, err := s.accountByID(ctx, tx, account)
	if err != nil {
		return err
	}
	posts, err := s.posts(ctx, tx, account)
	if err != nil {
		return err
	}
	if stopped := slices.DeleteFunc(stoppedOf(posts), func(p post) bool { return p.ended }); len(stopped) > 0 {
		return s.allStopped(ctx, m, a, stopped)
	}
	f, err := s.closedOn(ctx, tx, account, today)
	if err != nil {
		return err
	}
	return s.givenAnew(ctx, m, f, posts)
}

// allStopped refuses whose posts are all stopped. Each is taken up again by whoever stands over it,
// from no lower than it was stopped (fromBelow).
func (s *Service) allStopped(ctx context.Context, m gate.Ministry, a Account, posts []post) error {
	var names fault.List
	var able []gate.Able
	for _, p := range posts {
		names = append(names, fault.Phrase{Key: "gate.role_at", Args: fault.Args{"Role": nameOf(m.Profile, p.role), "Unit": fault.Text(p.unit.Name)}})
		more, err := s.lifters(ctx, m, a, p, p.level)
		if err != nil {
			return err
		}
		able = join(able, more)
	}
	f := fault.New(fault.Denied, "identity.posts_stopped").WithCheck("account").WithOwnRule("appointment").
		WithNext("tenant.next.operator", "", nil).With("Posts", names)
	return askAbout(s.unblockRests(ctx, m, f, posts[0]), "identity.next.taken_up", able)
}

// barred refuses whose account is blocked: by decision, or because nothing that it held is left.
func (s *Service) barred(ctx context.Context, tx *db.Tx, account int64) error {
	a, err := s.accountByID(ctx, tx, account)
	if err != nil {
		return err
	}
	if a.BlockedWhy == NoAppointment {
		if err := s.employed(ctx, tx, account); err != nil {
			return err
		}
	}
	f := fault.New(fault.Denied, "identity.blocked").WithCheck("account").WithOwnRule("blocked").WithNext("identity.next.superior", "", nil)
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	posts, err := s.posts(ctx, tx, account)
	switch {
	case err != nil:
		return err
	case len(posts) == 0:
		return f
	}
	over := map[standing][]post{}
	var able []gate.Able
	for _, p := range posts {
		more, err := s.lifters(ctx, m, a, p, a.BlockedLevel)
		if err != nil {
			return err
		}
		for _, x := range more {
			over[standingOf(x)] = append(over[standingOf(x)], p)
		}
		able = join(able, more)
	}
	// As with every act on an account as a whole: what they don't stand over must yield (over).
	able = slices.DeleteFunc(able, func(x gate.Able) bool {
		own := over[standingOf(x)]
		return slices.ContainsFunc(posts, func(p post) bool {
			return !slices.ContainsFunc(own, func(o post) bool { return o.id == p.id }) && !yields(m.Profile, p, own, false)
		})
	})
	return askAbout(s.unblockRests(ctx, m, f, posts[0]), "identity.next.opened_by", able)
}

// lifters are those who could lift what was decided about a post, or its holder, at a level.
func (s *Service) lifters(ctx context.Context, m gate.Ministry, a Account, p post, level string) ([]gate.Able, error) {
	t := overTarget(m, "account", a, p)
	stands := t.Whom
	t.Whom = func(x caller.Assignment) bool {
		return (level == "" || !m.Profile.Above(level, x.UnitLevel)) && (stands == nil || stands(x))
	}
	return s.gate.Able(ctx, "unblock", t)
}

// unblockRests names the rule by which somebody stands over a post, and so stops its holder.
func (s *Service) unblockRests(ctx context.Context, m gate.Ministry, f *fault.Error, p post) *fault.Error {
	r := m.Profile.Role(p.role)
	if r == nil {
		return f
	}
	return gate.Cite(f, m.Profile, s.lacking(m, caller.From(ctx), r, p.unit), "account", "unblock")
}

// givenAnew adds to a refusal who could give another post in place of one that is over: whoever gives
// such a one there, or, where that is nobody who is left, whoever stands above.
func (s *Service) givenAnew(ctx context.Context, m gate.Ministry, f *fault.Error, posts []post) error {
	var able []gate.Able
	for _, p := range posts {
		r := m.Profile.Role(p.role)
		if r == nil || len(r.GrantedBy) == 0 {
			continue
		}
		t := giving(m, r, p.unit)
		more, err := s.gate.Able(ctx, "create", t)
		if err == nil && len(more) == 0 {
			t.Whom = func(x caller.Assignment) bool { return superior(m.Profile, x, r, p.unit) }
			more, err = s.gate.Able(ctx, "create", t)
		}
		if err != nil {
			return err
		}
		able = join(able, more)
	}
	return askAbout(f, "identity.next.given_anew", able)
}

// join adds those who are not among all yet.
func join(all, more []gate.Able) []gate.Able {
	for _, x := range more {
		if !slices.ContainsFunc(all, func(o gate.Able) bool { return standingOf(o) == standingOf(x) }) {
			all = append(all, x)
		}
	}
	return all
}

// askAbout adds whom to ask; where nobody is left who could, the refusal keeps what it says.
func askAbout(f *fault.Error, key string, able []gate.Able) error {
	if len(able) == 0 {
		return f
	}
	return f.WithNext(key, "", fault.Args{"Roles": gate.Names(able)})
}

// absent is the refusal of a session or token that is alive, and whose owner holds nothing today any
// more: in the words in which the door would refuse them.
func (s *Service) absent(ctx context.Context, account int64) error {
	err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error { return s.employed(ctx, tx, account) })
	if err == nil { // given something in this very moment
		err = unemployed()
	}
	return err
}
