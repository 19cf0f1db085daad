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
	return s.change(ctx, slug, act("suspend", slug, reason), func(ctx context.Context, tx *db.Tx, m *Ministry) error {
		return s.turned(ctx, tx, m, Active, Suspended, reason)
	})
}

// Resume opens a suspended ministry again and has its waiting jobs go on, at once or, where
// its database does not answer, when they look again by themselves. Faults: Denied; NotFound;
// Conflict unless it is suspended.
func (s *Service) Resume(ctx context.Context, slug string) error {
	var resumed *Ministry
	err := s.change(ctx, slug, act("resume", slug, ""), func(ctx context.Context, tx *db.Tx, m *Ministry) error {
		resumed = m
		return s.turned(ctx, tx, m, Suspended, Active, "")
	})
	if err == nil && resumed != nil {
		s.wake(ctx, resumed)
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
	return s.change(ctx, slug, act(what, slug, ""), func(ctx context.Context, tx *db.Tx, m *Ministry) error {
		return setListed(ctx, tx, m.ID, listed, s.clock.Now())
	})
}

// change lets an operator change a ministry's entry, records it and tells every
// process.
func (s *Service) change(ctx context.Context, slug string, a identity.Act, fn func(ctx context.Context, tx *db.Tx, m *Ministry) error) error {
	if err := operator(ctx); err != nil {
		return err
	}
	m, err := s.BySlug(ctx, slug)
	if err != nil {
		return err
	}
	free, err := s.alone(ctx, m)
	if err != nil {
		return err
	}
	defer free()
	return s.changeAlone(ctx, m, a, fn)
}

// changeAlone is change for who may and goes alone.
func (s *Service) changeAlone(ctx context.Context, m *Ministry, a identity.Act, fn func(ctx context.Context, tx *db.Tx, m *Ministry) error) error {
	return s.once.Unit(ctx, func(ctx context.Context, tx *db.Tx) error { return s.doChange(ctx, tx, m, a, fn) })
}

// doChange is changeAlone within a unit.
func (s *Service) doChange(ctx context.Context, tx *db.Tx, m *Ministry, a identity.Act, fn func(ctx context.Context, tx *db.Tx, m *Ministry) error) error {
	if err := fn(ctx, tx, m); err != nil {
		return err
	}
	if err := identity.RecordAct(ctx, tx, s.wiring.Trail, s.clock.Now(), a); err != nil {
		return err
	}
	return s.db.Notify(ctx, changed, m.Slug)
}

// act is something done to a ministry as a whole.
func act(action, slug, note string) identity.Act {
	return identity.Act{Action: action, Object: "ministry", Target: slug, Ministry: slug, Note: note}
}

// aloneMost is how long an act waits for another one on the same ministry.
const aloneMost = 2 * time.Second

// alone lets an operator's acts on one ministry through one by one, in this process: whoever
// is impatient with a ministry whose database is silent must not take up the connections that
// the acts on others need. Fault: Unavailable when it takes too long.
func (s *Service) alone(ctx context.Context, m *Ministry) (free func(), err error) {
	lane, _ := s.lanes.LoadOrStore(m.ID, make(chan struct{}, 1))
	through := lane.(chan struct{})
	most := time.NewTimer(aloneMost)
	defer most.Stop()
	select {
	case through <- struct{}{}:
		return func() { <-through }, nil
	case <-most.C:
		again := int(aloneMost / time.Second)
		return nil, fault.New(fault.Unavailable, "tenant.under_way").With("Count", again).WithWait(again)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
