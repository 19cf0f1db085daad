package identity

import (
	"context"
	"errors"
	"slices"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
)

// over checks that the caller may do something to an account as a whole (KG-ER-6c).
//
// The caller stands over a post where the policy allows the act there and the profile
// puts them above it. Standing over every post is enough. Posts given elsewhere do not
// shield a person from their own superiors, nor does a small post open a great one:
//   - to end sessions, which only sends the person to the door again, takes one post that
//     the caller stands over, and none at a higher level that they do not;
//   - what opens an account or changes its owner's data (new keys, address, unblock)
//     takes one that the caller stands over, and everything else at lower levels: the
//     head of one school does not become a teacher's other school;
//   - a guarded post that the caller does not stand over forbids both.
//
// A post to come is judged by the place and type that its unit has when it begins, by what is
// entered already; one that holds today by those of today: until its unit goes elsewhere, who
// stands over it must be able to act at once.
//
// What keeps somebody out goes as far as the caller's reach (stop.go). For a person
// without an appointment the last one counts.
func (s *Service) over(ctx context.Context, tx *db.Tx, action, object string, a Account) error {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	r, err := s.reach(ctx, tx, action, object, a)
	if err != nil {
		return err
	}
	if len(r.own) == 0 {
		return s.toAll(ctx, m, action, object, a, r, r.refusals[0])
	}
	for i, p := range r.others {
		if !yields(m.Profile, p, r.own, action == "revoke") {
			return s.toAll(ctx, m, action, object, a, r, r.refusals[i])
		}
	}
	return nil
}

// toAll makes a refusal over one post of somebody who holds several true of all of them: it
// names those who pass over, and not whoever stands over that one post and is refused over another.
func (s *Service) toAll(ctx context.Context, m gate.Ministry, action, object string, a Account, r reach, refused error) error {
	posts := slices.Concat(r.own, r.others)
	f, is := errors.AsType[*fault.Error](refused)
	if !is || f.Kind != fault.Denied || f.Next == nil || len(posts) < 2 {
		return refused
	}
	var all []gate.Able
	stands := map[standing][]post{} // over which posts each of them stands
	for _, p := range posts {
		able, err := s.gate.Able(ctx, action, overTarget(m, object, a, p))
		if err != nil {
			return err
		}
		for _, x := range able {
			k := standingOf(x)
			if stands[k] == nil {
				all = append(all, x)
			}
			stands[k] = append(stands[k], p)
		}
	}
	all = slices.DeleteFunc(all, func(x gate.Able) bool {
		own := stands[standingOf(x)]
		return slices.ContainsFunc(posts, func(p post) bool {
			over := slices.ContainsFunc(own, func(o post) bool { return o.id == p.id })
			return !over && !yields(m.Profile, p, own, action == "revoke")
		})
	})
	return named(f, all)
}

// standing is an office from which something could be done: a role, and where it is held.
type standing struct{ role, path, code string }

func standingOf(x gate.Able) standing {
	if x.At == nil { // for the ministry as a whole
		return standing{role: x.Role.ID}
	}
	return standing{x.Role.ID, x.As.UnitPath, x.As.UnitCode}
}

// overTarget is what the gate is asked of one post of a person, and whom it then names: those
// whom the profile puts above it.
func overTarget(m gate.Ministry, object string, a Account, p post) gate.Target {
	u := p.lies()
	t := gate.Target{Object: object, UID: a.UID, Path: u.Path, Type: u.Type, Level: u.Level}
	if r := m.Profile.Role(p.role); r != nil && len(r.GrantedBy) > 0 {
		t.Whom = func(a caller.Assignment) bool { return superior(m.Profile, p.rebased(a), r, u) }
	}
	return t
}

// reach is what somebody holds, parted into the posts that the caller stands over and
// the others, with why the caller does not.
type reach struct {
	own, others []post
	refusals    []error
}

func (s *Service) reach(ctx context.Context, tx *db.Tx, action, object string, a Account) (r reach, err error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return r, err
	}
	posts, err := s.posts(ctx, tx, a.ID)
	if err != nil {
		return r, err
	}
	if len(posts) == 0 {
		posts = []post{{}} // a person who never held anything is the whole ministry's matter
	}
	for _, p := range posts {
		refused := s.overPost(ctx, m, action, object, a, p)
		ok, failed := yes(refused)
		switch {
		case failed != nil:
			return r, failed
		case ok:
			r.own = append(r.own, p)
		default:
			r.others, r.refusals = append(r.others, p), append(r.refusals, refused)
		}
	}
	return r, nil
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
	t, r, u := overTarget(m, object, a, p), m.Profile.Role(p.role), p.lies()
	if c.SignedIn() && c.Account == a.ID {
		return s.notYourself(ctx, m, r, u, action, t)
	}
	if c != nil {
		c = p.caller(c)
		ctx = caller.With(ctx, c)
	}
	if _, err := s.gate.Check(ctx, action, t); err != nil {
		return err
	}
	if c.System != "" || r == nil || len(r.GrantedBy) == 0 { // no longer in the profile, or not given by people: the policy decides alone
		return nil
	}
	if !s.above(m.Profile, c, r, u) {
		return s.notSuperior(ctx, m, r, u, action, t)
	}
	return nil
}
