package identity

import (
	"context"
	"slices"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/gate"
	"mektep/core/profile"
)

// protects are the acts that keep somebody out and open nothing: whoever answers for one
// of a person's posts may do them without waiting for whoever answers for the others.
var protects = []string{"block", "revoke"}

// over checks that the caller may do something to an account as a whole (KG-ER-6c).
//
// The caller stands over a post where the policy allows the act there and the profile
// puts them above it. Standing over every post is enough. Posts given elsewhere do not
// shield a person from their own superiors, nor does a small post open a great one:
//   - what keeps somebody out (block, sessions ended) takes one post that the caller
//     stands over, and none at a higher level that they do not: whoever answers for a
//     post may stop its holder at once;
//   - what opens an account or changes its owner's data (new keys, address, unblock)
//     takes one that the caller stands over, and everything else at lower levels: the
//     head of one school does not become a teacher's other school;
//   - a guarded post that the caller does not stand over forbids both.
//
// For a person without an appointment the last one counts.
func (s *Service) over(ctx context.Context, tx *db.Tx, action, object string, a Account) error {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	posts, err := s.posts(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	if len(posts) == 0 {
		posts = []post{{}} // a person who never held anything is the whole ministry's matter
	}
	var own []post
	var first error // why the caller does not stand over one
	var others []post
	var refusals []error
	for _, p := range posts {
		err := s.overPost(ctx, m, action, object, a, p)
		if ok, failed := yes(err); failed != nil {
			return failed
		} else if ok {
			own = append(own, p)
			continue
		}
		others, refusals = append(others, p), append(refusals, err)
		if first == nil {
			first = err
		}
	}
	if len(own) == 0 {
		return first
	}
	for i, p := range others {
		if !yields(m.Profile, p, own, slices.Contains(protects, action)) {
			return refusals[i]
		}
	}
	return nil
}

// yields reports whether a post elsewhere stands back behind one of those that the
// caller stands over: it is at a lower level, or, where that is enough, no higher.
func yields(p *profile.Profile, elsewhere post, own []post, equal bool) bool {
	if r := p.Role(elsewhere.role); r != nil && r.Guarded {
		return false
	}
	return slices.ContainsFunc(own, func(o post) bool {
		return p.Above(o.unit.Level, elsewhere.unit.Level) || equal && !p.Above(elsewhere.unit.Level, o.unit.Level)
	})
}

// overPost checks that the caller stands over one post of a person.
func (s *Service) overPost(ctx context.Context, m gate.Ministry, action, object string, a Account, p post) error {
	c := caller.From(ctx)
	t := gate.Target{Object: object, UID: a.UID, Path: p.unit.Path, Type: p.unit.Type, Level: p.unit.Level}
	r := m.Profile.Role(p.role)
	if c.SignedIn() && c.Account == a.ID {
		return s.notYourself(ctx, m, r, p.unit, action, t)
	}
	if r != nil && len(r.GrantedBy) > 0 {
		t.Whom = func(a caller.Assignment) bool { return superior(m.Profile, a, r, p.unit) }
	}
	if _, err := s.gate.Check(ctx, action, t); err != nil {
		return err
	}
	if c.System != "" || r == nil || len(r.GrantedBy) == 0 { // no longer in the profile, or not given by people: the policy decides alone
		return nil
	}
	if !s.above(m.Profile, c, r, p.unit) {
		return s.notSuperior(ctx, m, r, p.unit, action, t)
	}
	return nil
}
