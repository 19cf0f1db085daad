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
	was, u := fault.From(refused), till[len(till)-1].Unit
	i := g.lost(ctx, action, then, till)
	before := Target{Type: now.Type, Path: now.Path}
	if i > 0 {
		before = at(then, u, till[i-1].Unit)
	}
	f := fault.New(fault.Denied, "gate.then_moved").With("Day", till[i].On)
	if after := at(then, u, till[i].Unit); after.Type != before.Type && after.Path == before.Path {
		if t := m.Profile.Type(after.Type); t != nil {
			f = fault.New(fault.Denied, "gate.then_retyped").With("Type", fault.Text(t.Name)).With("Day", till[i].On)
		}
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
	if len(both) > 0 || len(later) == 0 {
		return ask(f, m, action, now.objects(m.Profile)[0], both), nil
	}
	day := till[len(till)-1].On
	for _, x := range slices.Backward(till[:len(till)-1]) { // an office that goes along has it before it goes
		t := at(then, u, x.Unit)
		t.Level = u.Level
		able, err := g.able(ctx, m, action, t.objects(m.Profile)[0], t)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(later, func(a Able) bool { return !slices.ContainsFunc(able, a.same) }) {
			break
		}
		day = x.On
	}
	return FromDay(f, day, later), nil
}

// same reports whether two are one office, wherever it lies.
func (a Able) same(b Able) bool {
	return a.Role == b.Role && (a.Scope == "tenant" && b.Scope == "tenant" ||
		a.As.UnitCode == b.As.UnitCode && slices.Equal(lastID(a.As.UnitPath), lastID(b.As.UnitPath)))
}

// at is a target of a unit as it will be, as it is when the unit is otherwise.
func at(t Target, u, x unit.Unit) Target {
	if t.Path == u.Path {
		t.Path = x.Path
	}
	if t.Type == u.Type {
		t.Type = x.Type
	}
	return t
}

// lost is from which of the spells to come on something is not the caller's, to the last of them.
func (g *Gate) lost(ctx context.Context, action string, then Target, till []unit.Coming) int {
	n := len(till) - 1
	for i := n; i >= 0; i-- {
		u := till[i].Unit
		if g.Can(caller.With(ctx, Then(caller.From(ctx), u)), action, at(then, till[n].Unit, u)) {
			if i == n { // it is refused for something else: since when it is as it is then
				for i > 0 && till[i-1].Unit.Path == u.Path && till[i-1].Unit.Type == u.Type {
					i--
				}
				return i
			}
			return i + 1
		}
	}
	return 0
}

// FromDay adds to a refusal of what nobody can do yet who can from a day on.
func FromDay(f *fault.Error, day time.Time, able []Able) *fault.Error {
	return f.WithNext("gate.next.from_day", "/me/rights", fault.Args{"Day": day, "Roles": Names(able)})
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
		return !slices.ContainsFunc(later, a.same)
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
