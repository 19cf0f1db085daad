package tenant

import (
	"context"
	"fmt"
	"strings"

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

// Resume opens a suspended ministry again and has its waiting jobs go on. Faults:
// Denied; NotFound; Conflict unless it is suspended.
func (s *Service) Resume(ctx context.Context, slug string) error {
	m, err := s.change(ctx, slug, act("resume", slug, ""), func(ctx context.Context, tx *db.Tx, m *Ministry) error {
		return s.turned(ctx, tx, m, Suspended, Active, "")
	})
	if err != nil || s.wiring.Wake == nil {
		return err
	}
	return s.wiring.Wake(s.as(ctx, m))
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
func (s *Service) change(ctx context.Context, slug string, a identity.Act, fn func(ctx context.Context, tx *db.Tx, m *Ministry) error, results ...any) (*Ministry, error) {
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
	}, results...)
	return m, err
}

// act is something done to a ministry as a whole.
func act(action, slug, note string) identity.Act {
	return identity.Act{Action: action, Object: "ministry", Target: slug, Ministry: slug, Note: note}
}

// record writes down what an operator did behind a ministry's wall.
func (s *Service) record(ctx context.Context, a identity.Act) error {
	err := s.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		return identity.RecordAct(ctx, tx, s.wiring.Trail, s.clock.Now(), a)
	})
	if err != nil {
		return fmt.Errorf("record what an operator did: %w", err)
	}
	return nil
}
