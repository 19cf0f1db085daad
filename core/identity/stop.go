package identity

import (
	"context"
	"slices"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
)

// Block keeps a person out at once, as far as the caller answers for them (KG-ER-6c).
// Who stands over all that the person holds blocks the account: the state, every session
// and every token, in every process. Who stands over some of it stops those posts, in
// every process too, and nothing else: what the person does elsewhere is others' to
// judge. Whose work is stopped stays a parent, or a pupil, wherever that is. A stopped post is held
// and gives nothing. Faults: Denied, NotFound, Invalid
// without a reason, Conflict for the last holder of a role that nobody else could give
// again, or when that was decided already at the caller's level or above (lift.go).
func (s *Service) Block(ctx context.Context, accountUID, note string) error {
	return s.block(ctx, deed{Act: "block", Account: accountUID, Note: note})
}

// block is Block; of what a second person has agreed to, no more and no less is stopped
// than they were shown.
func (s *Service) block(ctx context.Context, d deed) error {
	note, err := checkedNote(d.Note)
	if err != nil {
		return err
	}
	return s.twice(ctx, d, func(ctx context.Context, tx *db.Tx, a Account) error {
		posts, _, err := s.stops(ctx, tx, a)
		if err != nil {
			return err
		}
		if d.Asked && !slices.Equal(uids(posts), d.Posts) {
			return changed(ctx)
		}
		if posts != nil {
			return s.stop(ctx, tx, a, posts, note)
		}
		return s.shutOut(ctx, tx, a, note)
	})
}

// shutOut blocks an account by decision.
func (s *Service) shutOut(ctx context.Context, tx *db.Tx, a Account, note string) error {
	level, err := s.decidesFrom(ctx, tx, a)
	if err != nil {
		return err
	}
	if err := s.replaces(ctx, tx, a, level); err != nil {
		return err
	}
	if err := s.keepsLastHolders(ctx, tx, a.ID, 0, s.today(ctx)); err != nil {
		return err
	}
	if err := s.shut(ctx, tx, a, ByDecision, note, level); err != nil {
		return err
	}
	if a.State == Blocked {
		if err := s.tellReplaced(ctx, tx, a, a.BlockedBy); err != nil {
			return err
		}
	}
	if err := s.tellAlike(ctx, tx, a); err != nil {
		return err
	}
	return s.trail.Record(ctx, tx, audit.Entry{
		Action: "block", Object: "account", Target: a.UID,
		Changes: []audit.Change{{Field: "state", Old: a.State, New: Blocked}, {Field: "blocked_note", Old: orNone(a.BlockedNote), New: note}},
	})
}

// stops are the posts that blocking somebody would stop; nil: it would block the whole
// account. spares says that of what the caller stands over it leaves open what the person is
// besides work: an inquiry into somebody's work keeps no parent from their child's data. Faults as
// of Block.
func (s *Service) stops(ctx context.Context, tx *db.Tx, a Account) (out []post, spares bool, err error) {
	r, err := s.reach(ctx, tx, "block", "account", a)
	if err != nil {
		return nil, false, err
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return nil, false, err
	}
	working := func(p post) bool { return as(m.Profile, p.role) == atWork }
	work := slices.ContainsFunc(r.own, working)
	spares = work && caller.From(ctx).SignedIn() && slices.ContainsFunc(r.own, func(p post) bool { return !working(p) })
	switch {
	case len(r.own) == 0:
		return nil, false, r.refusals[0]
	case len(r.others) == 0 && !spares:
		return nil, false, nil
	}
	var posts []post
	var stands *fault.Error
	for _, p := range r.own {
		if work && !working(p) {
			continue
		}
		if !p.stopped || mayReplace(m.Profile, p.level, levelOver(m.Profile, caller.From(ctx), p)) {
			posts = append(posts, p)
			continue
		}
		stands = fault.New(fault.Conflict, "identity.stopped_already").With("Level", levelName(m.Profile, p.level)).With("At", s.local(ctx, p.at))
	}
	if len(posts) == 0 {
		return nil, spares, stands
	}
	return posts, spares, nil
}

// uids are the public ids of posts, in an order that is the same at any time.
func uids(posts []post) []string {
	var out []string
	for _, p := range posts {
		out = append(out, p.uid)
	}
	slices.Sort(out)
	return out
}

// stop stops posts at once and tells whose they are.
func (s *Service) stop(ctx context.Context, tx *db.Tx, a Account, posts []post, note string) error {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	for _, p := range posts {
		if err := s.keepsLastHolders(ctx, tx, a.ID, p.id, s.today(ctx)); err != nil {
			return err
		}
		if err := s.setStopped(ctx, tx, p, note, levelOver(m.Profile, caller.From(ctx), p), true); err != nil {
			return err
		}
		if err := s.recordStop(ctx, tx, a, p, "block", audit.Change{Field: "blocked_note", Old: orNone(p.note), New: note}); err != nil {
			return err
		}
		if p.stopped {
			if err := s.tellReplaced(ctx, tx, a, p.by); err != nil {
				return err
			}
		}
	}
	if err := s.tellAlike(ctx, tx, a); err != nil {
		return err
	}
	return s.Door.Refresh(ctx, tx, a.ID)
}

// Unblock opens an account that was blocked by decision, and takes up again the posts
// that were stopped and over which the caller stands. Without an appointment in force the
// person still can't come in; an invitation must be issued anew. Faults: Denied,
// NotFound, Conflict when nothing is blocked.
func (s *Service) Unblock(ctx context.Context, accountUID string) error {
	return s.unblock(ctx, deed{Act: "unblock", Account: accountUID})
}

// unblock is Unblock; of what a second person has agreed to, what was closed when it was
// asked for is opened, and nothing that somebody has closed since.
func (s *Service) unblock(ctx context.Context, d deed) error {
	return s.twice(ctx, d, func(ctx context.Context, tx *db.Tx, a Account) error {
		r, err := s.reach(ctx, tx, "unblock", "account", a)
		if err != nil {
			return err
		}
		m, err := s.gate.Ministry(ctx)
		if err != nil {
			return err
		}
		ended, err := s.endedStops(ctx, tx, m, a)
		if err != nil {
			return err
		}
		posts, kept, err := s.liftable(ctx, m, a, append(stoppedOf(r.own), ended...))
		if err != nil {
			return err
		}
		if len(posts) == 0 && kept != nil {
			return kept
		}
		if d.Asked && (a.State != d.State || !slices.Equal(uids(posts), d.Posts)) {
			return changed(ctx)
		}
		if a.State != Blocked && len(r.own) > 0 && len(posts)+len(stoppedOf(r.others)) == 0 {
			return fault.New(fault.Conflict, "identity.not_blocked")
		}
		if a.State == Blocked && a.BlockedWhy == ByDecision || len(posts) == 0 {
			if err := s.openAgain(ctx, tx, a); err != nil {
				return err
			}
		}
		for _, p := range posts {
			if err := s.takeUp(ctx, tx, a, p); err != nil {
				return err
			}
		}
		return s.Door.Refresh(ctx, tx, a.ID)
	})
}

// takeUp takes up a stopped post again.
func (s *Service) takeUp(ctx context.Context, tx *db.Tx, a Account, p post) error {
	if err := s.setStopped(ctx, tx, p, "", "", false); err != nil {
		return err
	}
	// The same decision about what it was given in place of, and has ended.
	if err := s.forgetStops(ctx, tx, a, "stopped_level = $4 AND coalesce(stopped_by, 0) = $5", p.level, p.by); err != nil {
		return err
	}
	if err := s.recordStop(ctx, tx, a, p, "unblock", audit.Change{Field: "blocked_note", Old: p.note}); err != nil {
		return err
	}
	return s.tellLifted(ctx, tx, a, p.by)
}

// hasPost refuses to open an account to which no appointment gives any use, now or to come.
func (s *Service) hasPost(ctx context.Context, tx *db.Tx, a Account) error {
	held, err := rolesHeld(ctx, tx, a.ID, s.today(ctx))
	if err == nil && len(held) == 0 {
		err = fault.New(fault.Conflict, "identity.without_post")
	}
	return err
}

func (s *Service) openAgain(ctx context.Context, tx *db.Tx, a Account) error {
	if err := s.over(ctx, tx, "unblock", "account", a); err != nil {
		return err
	}
	if a.State != Blocked {
		return fault.New(fault.Conflict, "identity.not_blocked")
	}
	if err := s.keptFromAbove(ctx, tx, a); err != nil {
		return err
	}
	if err := s.hasPost(ctx, tx, a); err != nil {
		return err
	}
	to, err := s.open(ctx, tx, a)
	if err != nil {
		return err
	}
	if err := s.tellLifted(ctx, tx, a, a.BlockedBy); err != nil {
		return err
	}
	return s.trail.Record(ctx, tx, audit.Entry{
		Action: "unblock", Object: "account", Target: a.UID,
		Changes: []audit.Change{{Field: "state", Old: Blocked, New: to}, {Field: "blocked_note", Old: a.BlockedNote, New: nil}},
	})
}

// resumes are the stopped posts of somebody that the caller stands over.
func (s *Service) resumes(ctx context.Context, tx *db.Tx, a Account) ([]post, error) {
	r, err := s.reach(ctx, tx, "unblock", "account", a)
	if err != nil {
		return nil, err
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	ended, err := s.endedStops(ctx, tx, m, a)
	if err != nil {
		return nil, err
	}
	posts, _, err := s.liftable(ctx, m, a, append(stoppedOf(r.own), ended...))
	return posts, err
}

// endedStops are the posts that ended while they were stopped, over which the caller stands: what
// was decided about them goes over to what is given next, and so can be lifted until then.
func (s *Service) endedStops(ctx context.Context, tx *db.Tx, m gate.Ministry, a Account) (out []post, err error) {
	all, err := s.allPosts(ctx, tx, a.ID)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if !p.ended || !p.stopped {
			continue
		}
		mine, err := yes(s.overPost(ctx, m, "unblock", "account", a, p))
		if err != nil {
			return nil, err
		}
		if mine {
			out = append(out, p)
		}
	}
	return out, nil
}

// stoppedOf are the stopped ones among posts.
func stoppedOf(posts []post) []post {
	return slices.DeleteFunc(slices.Clone(posts), func(p post) bool { return !p.stopped })
}

// recordStop writes down that a post was stopped or taken up again, and tells its holder.
func (s *Service) recordStop(ctx context.Context, tx *db.Tx, a Account, p post, action string, change audit.Change) error {
	if err := s.trail.Record(ctx, tx, audit.Entry{
		Action: action, Object: "appointment", Target: p.uid, UnitPath: p.unit.Path, Changes: []audit.Change{change},
	}); err != nil || p.ended {
		return err
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	key := "identity.notice.post_stopped"
	if action == "unblock" {
		key = "identity.notice.post_resumed"
	}
	return s.tell(ctx, tx, notice{to: []int64{a.ID}, key: key, url: "/me", mail: true, args: fault.Args{
		"Role": nameOf(m.Profile, p.role), "Unit": fault.Text(p.unit.Name), "Who": caller.From(ctx).Name,
	}})
}
