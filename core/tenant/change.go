package tenant

import (
	"context"
	"strings"
	"time"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity"
)

const maxReason = 500

// Suspend stops sign-in and writes at once, in every process; its jobs wait and
// its data stays. The reason is for operators. Faults: Denied; NotFound; Invalid
// without a reason; Conflict unless it is active.
func (s *Service) Suspend(ctx context.Context, slug, reason string) error {
	reason = strings.TrimSpace(reason)
	switch n := len([]rune(reason)); {
	case n == 0:
		return fault.New(fault.Invalid, "tenant.invalid").WithField("reason", "field.required", nil)
	case n > maxReason:
		return fault.New(fault.Invalid, "tenant.invalid").WithField("reason", "field.too_long", fault.Args{"Max": maxReason})
	}
	_, err := s.change(ctx, slug, act("suspend", slug, reason), func(ctx context.Context, tx *db.Tx, m *Ministry) error {
		return s.turned(ctx, tx, m, Active, Suspended, reason)
	})
	return err
}

// Resume opens a suspended ministry again and has its waiting jobs go on, at once or, where
// its database does not answer, when they look again by themselves. Faults: Denied; NotFound;
// Conflict unless it is suspended.
func (s *Service) Resume(ctx context.Context, slug string) error {
	m, err := s.change(ctx, slug, act("resume", slug, ""), func(ctx context.Context, tx *db.Tx, m *Ministry) error {
		return s.turned(ctx, tx, m, Suspended, Active, "")
	})
	if err == nil {
		s.wake(ctx, m)
	}
	return err
}

// wakeMost is how long a ministry's waiting jobs may take to hear that they may go on.
const wakeMost = 2 * time.Second

// wake has them look at once. What is done stays done when they can't be told: each looks
// again by itself ([jobs.Config.Wait]).
func (s *Service) wake(ctx context.Context, m *Ministry) {
	if s.wiring.Wake == nil {
		return
	}
	inside, cancel := context.WithTimeout(s.as(ctx, m), wakeMost)
	defer cancel()
	s.wiring.Wake(inside)
}

func (s *Service) turned(ctx context.Context, tx *db.Tx, m *Ministry, from, to State, why string) error {
	done, err := turn(ctx, tx, m.ID, from, to, why, s.clock.Now())
	if err == nil && !done {
		err = fault.New(fault.Conflict, "tenant.wrong_state").With("State", fault.Key("tenant.state."+string(m.State)))
	}
	return err
}

// List says whether the platform's front page leads to a ministry.
func (s *Service) List(ctx context.Context, slug string, listed bool) error {
	what := "hide"
	if listed {
		what = "publish"
	}
	_, err := s.change(ctx, slug, act(what, slug, ""), func(ctx context.Context, tx *db.Tx, m *Ministry) error {
		return setListed(ctx, tx, m.ID, listed, s.clock.Now())
	})
	return err
}

// change lets an operator change a ministry's entry, records it and tells every
// process.
func (s *Service) change(ctx context.Context, slug string, a identity.Act, fn func(ctx context.Context, tx *db.Tx, m *Ministry) error) (*Ministry, error) {
	if err := operator(ctx); err != nil {
		return nil, err
	}
	m, err := s.BySlug(ctx, slug)
	if err != nil {
		return nil, err
	}
	err = s.once.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := fn(ctx, tx, m); err != nil {
			return err
		}
		if err := identity.RecordAct(ctx, tx, s.wiring.Trail, s.clock.Now(), a); err != nil {
			return err
		}
		return s.db.Notify(ctx, changed, slug)
	})
	return m, err
}

// act is something done to a ministry as a whole.
func act(action, slug, note string) identity.Act {
	return identity.Act{Action: action, Object: "ministry", Target: slug, Ministry: slug, Note: note}
}

// recorded does what an operator does behind a ministry's wall and writes it down on the
// platform, before it is done: what can't be written down is not done, and what is done is
// not answered as refused because it could not be written down.
func (s *Service) recorded(ctx context.Context, a identity.Act, do func() error) error {
	free, err := s.twice(ctx)
	if err != nil {
		return err
	}
	defer free()
	done := false
	return s.db.Platform(ctx, func(within context.Context, tx *db.Tx) error {
		if err := identity.RecordAct(within, tx, s.wiring.Trail, s.clock.Now(), a); err != nil || done {
			return err
		}
		if err := do(); err != nil {
			return err
		}
		done = true
		return nil
	})
}

// twiceMost is how long an act waits for its turn: what one silent ministry's database takes is
// not taken from the others' acts as well.
const twiceMost = 2 * time.Second

// twice lets whoever needs two connections at once have them: no more than one of a process
// at a time, or all would wait for a second one. Fault: Unavailable when it takes too long.
func (s *Service) twice(ctx context.Context) (free func(), err error) {
	most := time.NewTimer(twiceMost)
	defer most.Stop()
	select {
	case s.two <- struct{}{}:
		return func() { <-s.two }, nil
	case <-most.C:
		again := int(twiceMost / time.Second)
		return nil, fault.New(fault.Unavailable, "fault.contended").With("Count", again).WithWait(again)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
