package tenant

import (
	"context"
	"errors"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/once"
)

// undertaken is an act of an operator that is written down and not done yet. What is done behind a
// ministry's wall lies in another unit, maybe in another database, than the platform's trail:
// it is written down as begun first, and how it ended afterwards, each in a unit of its own.
// No unit is open meanwhile, so that what one ministry's database keeps waiting keeps no act on
// another. One whose end could not be written is settled by what the ministry's own trail says
// ([Service.Settle]).
type undertaken struct {
	s   *Service
	ctx context.Context // the operator's
	act identity.Act
}

// begin writes an act down. inside is returned with the number of the request, by which the
// ministry's trail knows the act again. What can't be written down is not done.
func (s *Service) begin(ctx, inside context.Context, a identity.Act) (undertaken, context.Context, error) {
	ctx, inside = bearing(ctx, inside)
	b := undertaken{s, ctx, a}
	err := s.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		b.act.ID, err = identity.BeginAct(ctx, tx, s.wiring.Trail, s.clock.Now(), a)
		return err
	})
	return b, inside, err
}

// bearing has a request without a number bear one, on the platform and in the ministry.
func bearing(ctx, inside context.Context) (operator, ministry context.Context) {
	by, there := *caller.From(ctx), *caller.From(inside)
	if by.RequestID == "" {
		by.RequestID = db.NewUID()
		ctx = caller.With(ctx, &by)
	}
	there.RequestID = by.RequestID
	return ctx, caller.With(inside, &there)
}

// endMost is how long writing down how an act ended may take.
const endMost = 5 * time.Second

// ended writes down what came of it, where that is known; err is what doing it said. What is done
// is not answered as refused because its end can't be written now: settling does it.
func (b undertaken) ended(err error) {
	repeated := once.Replayed(b.ctx) || errors.Is(err, once.Repeated)
	if repeated {
		err = nil
	}
	if !settled(err) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), endMost)
	defer cancel()
	_ = b.s.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		return b.end(ctx, tx, identity.ActEnd{Refusal: err, Repeated: repeated})
	})
}

// end is ended within the unit that does the rest of it.
func (b undertaken) end(ctx context.Context, tx *db.Tx, e identity.ActEnd) error {
	return identity.EndAct(ctx, tx, b.s.wiring.Trail, b.s.clock.Now(), b.act, e)
}

// settled reports whether an answer says what came of a unit: a refusal, or that it was done. Of
// one that broke nobody knows whether its end reached the database, but for a lock that it waited for.
func settled(err error) bool {
	switch f := fault.From(err); {
	case err == nil, f.Key == "fault.contended":
		return true
	default:
		return f.Kind != fault.Internal && f.Kind != fault.Unavailable
	}
}

// recorded does what an operator does behind a ministry's wall, and writes down that it is begun
// before, and how it ended afterwards.
func (s *Service) recorded(ctx, inside context.Context, m *Ministry, a identity.Act, do func(inside context.Context) error) error {
	free, err := s.alone(ctx, m)
	if err != nil {
		return err
	}
	defer free()
	b, inside, err := s.begin(ctx, inside, a)
	if err != nil {
		return err
	}
	err = do(inside)
	b.ended(err)
	return err
}

// traces are the entries by which a ministry's trail says that an act was done, by its object
// and action on the platform.
var traces = map[string]struct{ action, object string }{
	"invitation.resend": {"create", "invitation"},
	"letters.resend":    {"resend", "settings"},
	"approval.approve":  {"approve", "approval"},
	"approval.reject":   {"reject", "approval"},
	"ministry.rename":   {"rename", "unit"},
}

// Settle writes down how acts on the ministry that acts in ctx ended of which nobody wrote it:
// done, where its own trail says so; that they came to nothing, where it says nothing and none can
// be under way any more. A job calls it regularly.
func (s *Service) Settle(ctx context.Context) error {
	m, err := s.ByID(ctx, db.TenantOf(ctx))
	if err != nil || s.wiring.Trail == nil {
		return err
	}
	var open []identity.Act
	err = s.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		open, err = identity.OpenActs(ctx, tx, m.Slug)
		return err
	})
	if err != nil {
		return err
	}
	for _, a := range open {
		if err := s.settle(ctx, m, a); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) settle(ctx context.Context, m *Ministry, a identity.Act) error {
	over := s.clock.Now().Sub(a.At) > abandoned
	trace, known := traces[a.Object+"."+a.Action]
	if !known {
		return nil
	}
	did, err := s.wiring.Trail.Did(ctx, a.RequestID, trace.action, trace.object, a.At)
	if err != nil || !did && !over {
		return err
	}
	b := undertaken{s, ctx, a}
	if did && a.Action == "rename" {
		if !over { // whoever renames it may be about to do the rest
			return nil
		}
		return s.named(ctx, m, b)
	}
	return s.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		return b.end(ctx, tx, identity.ActEnd{Undone: !did})
	})
}

// named does the rest of giving a ministry other names: its tree has them.
func (s *Service) named(ctx context.Context, m *Ministry, b undertaken) error {
	root, err := s.tree.Root(ctx)
	if err != nil {
		return err
	}
	return s.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := setName(ctx, tx, m.ID, root.Name, s.clock.Now()); err != nil {
			return err
		}
		if err := b.end(ctx, tx, identity.ActEnd{}); err != nil {
			return err
		}
		return s.db.Notify(ctx, changed, m.Slug)
	})
}
