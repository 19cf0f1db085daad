package gate

import (
	"context"
	"errors"
	"slices"
	"time"

	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/unit"
)

// Then is a caller whose appointments lie where they will once u does, of those at or
// above it.
func Then(c *caller.Caller, u unit.Unit) *caller.Caller {
	moved := *c
	moved.Assignments = make([]caller.Assignment, len(c.Assignments))
	for i, as := range c.Assignments {
		as.UnitPath = u.Rebased(as.UnitPath)
		moved.Assignments[i] = as
	}
	return &moved
}

// CheckThen asks for a day to come what Check asked of today: what holds from a day on is
// decided by whoever has the right on that day, by what is entered already. now and then are the
// target today and on the day, till is what becomes of its unit until then (unit.Tree.Till).
func (g *Gate) CheckThen(ctx context.Context, action string, now, then Target, till []unit.Coming, on time.Time) error {
	c := caller.From(ctx)
	if c == nil {
		return fault.New(fault.Unauthenticated, "gate.sign_in")
	}
	_, err := g.Check(caller.With(ctx, Then(c, till[len(till)-1].Unit)), action, then)
	return g.NotThen(ctx, err, action, now, then, till, on)
}

// NotThen makes a refusal for a day to come say that it is so because of that day, since when,
// and who has the right both today and then. Other errors stay as they are.
func (g *Gate) NotThen(ctx context.Context, refused error, action string, now, then Target, till []unit.Coming, on time.Time) error {
	if refused == nil || quiet(ctx) || fault.KindOf(refused) != fault.Denied {
		return refused
	}
	m, err := g.ministry(ctx)
	if err != nil {
		return err
	}
	was := fault.From(refused)
	u := till[len(till)-1].Unit
	f := fault.New(fault.Denied, "gate.then_moved").With("Day", since(till, func(x unit.Unit) bool { return x.Path == u.Path }))
	if t := m.Profile.Type(then.Type); t != nil && then.Type != now.Type && then.Path == now.Path {
		f = fault.New(fault.Denied, "gate.then_retyped").With("Type", fault.Text(t.Name)).
			With("Day", since(till, func(x unit.Unit) bool { return x.Type == u.Type }))
	}
	f = f.WithCheck(was.Check).WithRule(was.Rule, was.Law).WithCause(refused).With("Unit", fault.Text(u.Name)).With("On", on)
	if f, err = g.askBoth(ctx, f, m, action, now, then, till); err != nil {
		return err
	}
	return refusal(f, m, action, now)
}

// WhoThen makes a refusal of today, to whom a day to come was asked about, name those who have the
// right on that day too. Other errors stay as they are.
func (g *Gate) WhoThen(ctx context.Context, refused error, action string, now, then Target, till []unit.Coming) error {
	f, is := errors.AsType[*fault.Error](refused)
	if !is || f.Kind != fault.Denied || f.Next == nil || f.Next.Key != "gate.next.ask_role" {
		return refused
	}
	m, err := g.ministry(ctx)
	if err != nil {
		return err
	}
	if f, err = g.askBoth(ctx, f, m, action, now, then, till); err != nil {
		return err
	}
	return f
}

// askBoth adds to a refusal who has the right both today and on a day; where nobody has, from when
// on who has it on that day.
func (g *Gate) askBoth(ctx context.Context, f *fault.Error, m Ministry, action string, now, then Target, till []unit.Coming) (*fault.Error, error) {
	u := till[len(till)-1].Unit
	both, later, err := g.ableBoth(ctx, m, action, now, then, u)
	if err != nil {
		return nil, err
	}
	if len(both) == 0 && len(later) > 0 {
		return FromDay(f, since(till, func(x unit.Unit) bool { return x.Path == u.Path && x.Type == u.Type }), later), nil
	}
	return ask(f, m, action, now.objects(m.Profile)[0], both), nil
}

// FromDay adds to a refusal of what nobody can do yet who can from a day on.
func FromDay(f *fault.Error, day time.Time, able []Able) *fault.Error {
	return f.WithNext("gate.next.from_day", "/me/rights", fault.Args{"Day": day, "Roles": Names(able)})
}

// since is the day from which a unit is, to the last, as it is at last.
func since(till []unit.Coming, same func(u unit.Unit) bool) (day time.Time) {
	for _, c := range slices.Backward(till) {
		if !same(c.Unit) {
			break
		}
		day = c.On
	}
	return day
}

// ableBoth are those who could do something today who could do it on the day as well, and all who
// could do it then.
func (g *Gate) ableBoth(ctx context.Context, m Ministry, action string, now, then Target, u unit.Unit) (both, later []Able, err error) {
	object := now.objects(m.Profile)[0]
	today, err := g.able(ctx, m, action, object, now)
	if err != nil {
		return nil, nil, err
	}
	then.Level = u.Level // it lies elsewhere in the tree as it is
	if later, err = g.able(ctx, m, action, object, then); err != nil {
		return nil, nil, err
	}
	return slices.DeleteFunc(today, func(a Able) bool {
		return !slices.ContainsFunc(later, func(b Able) bool {
			return a.Role == b.Role && (a.Scope == "tenant" && b.Scope == "tenant" ||
				a.As.UnitCode == b.As.UnitCode && slices.Equal(lastID(a.As.UnitPath), lastID(b.As.UnitPath)))
		})
	}), later, nil
}

// HoldsThen reports whether a unit as it is on a day to come lies in the scope: whose the place is to
// which it comes, sees it coming.
func (s Scope) HoldsThen(u unit.Unit) bool {
	then := s
	then.Below, then.At = make([]string, len(s.Below)), make([]string, len(s.At))
	for i, p := range s.Below {
		then.Below[i] = u.Rebased(p)
	}
	for i, p := range s.At {
		then.At[i] = u.Rebased(p)
	}
	return then.Holds(u.Path, u.Type)
}

// lastID is what a path leads to, wherever that lies.
func lastID(path string) []int64 {
	ids := unit.IDs(path)
	return ids[max(len(ids)-1, 0):]
}
