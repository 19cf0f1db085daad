package gate_test

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/unit"
)

// A refusal within a unit of work that is part of another one is recorded once, by the outer
// one, whatever units lie between.
func TestARefusalWithinAUnitIsRecordedOnce(t *testing.T) {
	for name, within := range map[string]func(g *gate.Gate, ctx context.Context, fn func(ctx context.Context, tx *db.Tx) error) error{
		"a unit": func(g *gate.Gate, ctx context.Context, fn func(ctx context.Context, tx *db.Tx) error) error {
			return g.Unit(ctx, fn)
		},
		"a look": func(g *gate.Gate, ctx context.Context, fn func(ctx context.Context, tx *db.Tx) error) error {
			return g.Look(ctx, fn)
		},
	} {
		w := newWorld(t, "kg")
		officer := w.as(holding("district_officer", "district", "1.2.9.", ""))
		err := w.gate.Unit(officer, func(ctx context.Context, _ *db.Tx) error {
			return within(w.gate, ctx, func(ctx context.Context, _ *db.Tx) error {
				_, err := w.gate.Check(ctx, "update", school)
				return err
			})
		})
		if fault.KindOf(err) != fault.Denied {
			t.Fatal(err)
		}
		if records, _, err := w.trail.Search(w.base, audit.Filter{}, ""); err != nil || len(records) != 1 {
			t.Errorf("%s: %d records %v", name, len(records), err)
		}
	}
}

// What is watched is written down with the law by which it may be.
func TestWhatIsWatchedIsWrittenDownWithItsLaw(t *testing.T) {
	w := newWorld(t, "kg")
	officer := w.as(holding("district_officer", "district", "1.2.3.", ""))
	grant, err := w.gate.Check(officer, "view", school)
	if err != nil || grant.Source == "" {
		t.Fatal(grant, err)
	}
	if err := w.gate.Witness(officer, "view", school, audit.Entry{Fields: []string{"name"}}); err != nil {
		t.Fatal(err)
	}
	records, _, err := w.trail.Search(w.base, audit.Filter{}, "")
	if err != nil || len(records) != 1 || records[0].Law != grant.Source || records[0].Action != "view" || records[0].Target != school.UID {
		t.Errorf("%+v %v", records, err)
	}
}

// A form that was kept for somebody who does not come back is swept.
func TestAKeptFormIsSweptAfterItsTime(t *testing.T) {
	w := newWorld(t, "kg")
	start := w.clock.Now()
	for _, c := range []struct {
		after time.Duration
		left  int
	}{{0, 1}, {11 * time.Hour, 2}, {13 * time.Hour, 2}, {48 * time.Hour, 1}} {
		w.clock.Set(start.Add(c.after))
		if _, err := w.gate.Keep(w.base, box(t, "0123456789abcdef"), "account7", c.after); err != nil {
			t.Fatal(err)
		}
		if err := w.gate.ForgetKeys(w.base); err != nil {
			t.Fatal(err)
		}
		left := 0
		if err := dbtest.Super(t, w.db).QueryRow(t.Context(), "SELECT count(*) FROM kept_form").Scan(&left); err != nil || left != c.left {
			t.Errorf("after %s: %d are left, want %d (%v)", c.after, left, c.left, err)
		}
	}
}

// Of two posts that both allow something one is enough whose demands are met, whichever comes
// first.
func TestOnePostThatIsReadyIsEnough(t *testing.T) {
	w := newWorld(t, "kg")
	w.gate.Set(gate.Checks{BeforeUse: func(_ context.Context, _ *caller.Caller, a caller.Assignment, _ string) error {
		if a.Role == "district_officer" {
			return fault.New(fault.Denied, "consent.undertaking_first").WithCheck("undertaking").WithNext("consent.next.sign", "/me", nil)
		}
		return nil
	}})
	officer, head := holding("district_officer", "district", "1.2.3.", ""), holding("head", "institution", school.Path, "")
	wantRefusal(t, w.check(w.as(officer), "update", school), "undertaking", "")
	for _, held := range [][]caller.Assignment{{officer, head}, {head, officer}} {
		if f := w.check(w.as(held...), "update", school); f != nil {
			t.Errorf("first %s: %v", held[0].Role, f)
		}
	}
}

// Being a parent or a learner is no office that takes anything away: whatever limits are laid
// on them, nobody is barred by them from what another post of theirs allows.
func TestKGER6a_BeingAParentBarsNobody(t *testing.T) {
	tried := 0
	for _, country := range []string{"kg", "tr"} {
		w := newWorld(t, country)
		for _, object := range w.policy.Policy().Objects() {
			for _, action := range w.policy.Policy().Actions(object) {
				barring, err := w.gate.Barring(w.base, action, object, "tenant")
				if err != nil {
					t.Fatal(err)
				}
				for i := range w.p.Roles {
					r := &w.p.Roles[i]
					guarded := w.policy.Decide(r.ID, object, action, "tenant").Guardrail
					family := r.Person == "learner" || r.Person == "guardian"
					if guarded && family {
						tried++
					}
					if slices.Contains(barring, r.ID) != (guarded && !family) {
						t.Errorf("%s: %s %s: %s bars: %v", country, action, object, r.ID, !(guarded && !family))
					}
				}
			}
		}
	}
	if tried == 0 {
		t.Error("no limit is laid on parents or learners")
	}
}

// A role that cannot be held at the office that oversees a school is named to nobody as the
// one that could do it there.
func TestARoleIsNamedAtTheOfficesWhereItCanBeHeld(t *testing.T) {
	w := newWorld(t, "kg")
	r := w.p.Role("directorate_officer")
	for i := range w.p.Types {
		typ := &w.p.Types[i]
		if typ.Overseer == "" {
			continue
		}
		target := gate.Target{Object: "extension", Type: typ.ID}
		for name, c := range map[string]struct {
			offices []string
			named   bool
		}{
			"any": {nil, true}, "this one": {[]string{typ.Overseer}, true}, "others": {[]string{"another"}, false},
		} {
			r.Offices = c.offices
			able, err := w.gate.Able(w.base, "create", target)
			if err != nil {
				t.Fatal(err)
			}
			if named := slices.ContainsFunc(able, func(a gate.Able) bool { return a.Role == r }); named != c.named {
				t.Errorf("%s, held at %s: named %t", typ.ID, name, named)
			}
		}
	}
}

// way is a tree of one school.
func way(_ context.Context, u unit.Unit) (all []unit.Unit, err error) {
	for _, x := range []unit.Unit{
		{Path: "1.", Level: "ministry"}, {Path: "1.2.", Level: "region"}, {Path: "1.2.3.", Level: "district"}, {Path: "1.2.3.4.", Level: "institution", Type: "kindergarten"},
	} {
		if unit.Within(u.Path, x.Path) {
			all = append(all, x)
		}
	}
	return all, nil
}

// The level of a unit is the tree's word, whatever the thing's owner knows of it.
func TestWhoIsNamedFollowsFromTheLevelInTheTree(t *testing.T) {
	w := newWorld(t, "kg")
	named := func(level string) (ids []string) {
		able, err := w.gate.Able(w.base, "create", gate.Target{Object: "appointment", Path: "1.2.3.", Level: level})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range able {
			ids = append(ids, a.Role.ID)
		}
		return ids
	}
	want, elsewhere := named("district"), named("institution")
	if reflect.DeepEqual(want, elsewhere) || reflect.DeepEqual(want, named("")) {
		t.Fatalf("at every level the same: %v", want)
	}
	w.gate.Set(gate.Checks{Way: way})
	for _, level := range []string{"", "institution", "district"} {
		if got := named(level); !reflect.DeepEqual(got, want) {
			t.Errorf("said to be a %q: %v, want %v", level, got, want)
		}
	}
}

// Whoever says who could do something to a thing of a unit is told the type that it is to
// have, and otherwise the one it has.
func TestWhoMayIsAskedOfTheTypeThatIsMeant(t *testing.T) {
	w := newWorld(t, "kg")
	asked := ""
	w.gate.Set(gate.Checks{Way: way, Whom: func(_ gate.Ministry, _, _ string, u unit.Unit) func(caller.Assignment) bool {
		asked = u.Type
		return nil
	}})
	for typ, want := range map[string]string{"": "kindergarten", "secondary_school": "secondary_school"} {
		if _, err := w.gate.Able(w.base, "update", gate.Target{Object: "institution", Path: "1.2.3.4.", Type: typ}); err != nil || asked != want {
			t.Errorf("for %q: asked of %q, want %q (%v)", typ, asked, want, err)
		}
	}
}
