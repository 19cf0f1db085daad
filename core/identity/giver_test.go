package identity

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate/gatetest"
	"mektep/core/profile"
)

// changedWorld is a world whose profile says something else than Kyrgyzstan's.
func changedWorld(t *testing.T, change func(p *profile.Profile)) *world {
	t.Helper()
	m := gatetest.Changed(t, "kg", change)
	return worldOn(t, dbtest.New(t), "chui", pieces{m.Profile, m.Policy})
}

// What gives a role is the giver's post, and it must be ready for use: not another post of
// theirs, by which the policy lets them appoint but the profile gives nothing.
func TestKGER6b_WhoseGivingPostLacksItsSecondFactorGivesNothing(t *testing.T) {
	w := changedWorld(t, func(p *profile.Profile) {
		role := p.Role("head")
		role.BeforeUse = append(slices.Clone(role.BeforeUse), "second_factor")
	})
	who := w.with("responsible_specialist", w.school)
	get(w.s.Appoint(w.ctx, NewAppointment{Account: who.UID, Role: "head", Unit: w.school}))
	for second, want := range map[bool]bool{true: true, false: false} {
		c := get(w.s.ResolveAccount(context.Background(), caller.From(w.ctx).Tenant, who.ID))
		c.SecondFactor = second
		ctx := caller.With(context.Background(), c)
		if got := w.grantable(ctx, "teacher"); got != want {
			t.Errorf("with a second factor %t: teachers are offered to be given: %t", second, got)
		}
		_, err := w.s.Appoint(ctx, w.appointment("teacher", w.school))
		if (err == nil) != want || !want && fault.KindOf(err) != fault.Denied {
			t.Errorf("with a second factor %t: %v", second, err)
		}
	}
}

func (w *world) grantable(ctx context.Context, role string) bool {
	w.t.Helper()
	u := get(w.tree.Get(w.ctx, w.school.UID))
	return slices.ContainsFunc(get(w.s.Grantable(ctx, u)), func(g Grantable) bool { return g.Role.ID == role })
}

// A role that the profile has ended is given to nobody, and none at what has closed.
func TestKGER6d_NothingIsGivenThatIsOver(t *testing.T) {
	w := changedWorld(t, func(*profile.Profile) {})
	head := w.with("head", w.school)
	if !w.grantable(head.ctx, "teacher") {
		t.Fatal("a head gives no teacher")
	}
	role := w.profile.Role("teacher")
	never := role.Until
	role.Until = profile.DateOf(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	if w.grantable(head.ctx, "teacher") {
		t.Error("a role that ended yesterday is offered to be given")
	}
	_, err := w.s.Appoint(head.ctx, w.appointment("teacher", w.school))
	wantsField(t, err, "role", "identity.role_over")
	role.Until = never

	// The day that is asked about is the one on which the post begins.
	today := w.clock.Today(w.profile.Zone)
	ends := today.AddDate(0, 0, 10)
	ok(t, w.tree.Close(w.ctx, w.school, ends, "1"))
	for name, ctx := range map[string]context.Context{"the head": head.ctx, "the system": w.ctx} {
		n := w.appointment("teacher", w.school)
		n.Since = ends
		_, err := w.s.Appoint(ctx, n)
		t.Log(name)
		wantsField(t, err, "since", "identity.unit_ends")
		if f := faulttest.Of(t, err); f.Next == nil || f.Next.Args["Until"] != ends {
			t.Errorf("%s is told to do: %+v", name, f.Next)
		}
		n.Since = ends.AddDate(0, 0, -1)
		get(w.s.Appoint(ctx, n))
	}
	role.Until = profile.DateOf(today.AddDate(0, 0, 2))
	n := w.appointment("teacher", w.school)
	n.Since = today.AddDate(0, 0, 3)
	_, err = w.s.Appoint(head.ctx, n)
	wantsField(t, err, "role", "identity.role_over")
	role.Until = never
	ok(t, w.tree.Reopen(w.ctx, get(w.tree.Get(w.ctx, w.school.UID))))

	ok(t, w.tree.Close(w.ctx, get(w.tree.Get(w.ctx, w.school.UID)), time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), "1"))
	closed := get(w.tree.Get(w.ctx, w.school.UID))
	for name, ctx := range map[string]context.Context{"the head": head.ctx, "the system": w.ctx} {
		_, err := w.s.Appoint(ctx, w.appointment("teacher", closed))
		t.Log(name)
		wantsField(t, err, "role", "identity.unit_over")
		if f := faulttest.Of(t, err); f.Next == nil || f.Next.Key != "identity.next.open_unit" {
			t.Errorf("%s is told to do: %+v", name, f.Next)
		}
	}
	if w.grantable(head.ctx, "teacher") {
		t.Error("a post at a closed school is offered to be given")
	}
}

// What is held nowhere like this is nobody's to give here: whoever asks is told so and what
// is held here, and nobody is sent to somebody who can't give it either.
func TestKGER6d_WhatIsNotHeldHereIsNobodysToGiveHere(t *testing.T) {
	w := newWorld(t)
	const role = "special_administrator"
	for _, who := range []somebody{w.with("head", w.school), w.with("tenant_admin", w.root)} {
		_, err := w.s.Appoint(who.ctx, w.appointment(role, w.school))
		wantsField(t, err, "role", "identity.role_not_here")
		f := faulttest.Of(t, err)
		if f.Next == nil || f.Next.Key != "identity.next.fits" {
			t.Fatalf("%+v", f.Next)
		}
		names := f.Next.Args["Roles"].(fault.List)
		if !slices.ContainsFunc(names, func(n any) bool { return reflect.DeepEqual(n, fault.Text(w.profile.Role("teacher").Name)) }) ||
			slices.ContainsFunc(names, func(n any) bool { return reflect.DeepEqual(n, fault.Text(w.profile.Role(role).Name)) }) {
			t.Errorf("held here: %v", names)
		}
	}
	_, err := w.s.Appoint(w.with("teacher", w.school).ctx, w.appointment("special_administrator", w.school))
	if f := wants(t, err, fault.Denied, ""); f.Next == nil || f.Next.Key != "gate.next.nobody" {
		t.Errorf("who gives nothing is sent to %+v", f.Next)
	}
}

// barred has the profile let responsible specialists give teachers, and teachers give
// learners, which the limits forbid them.
func barred(p *profile.Profile) {
	for given, by := range map[string]string{"teacher": "responsible_specialist", "learner": "teacher"} {
		r := p.Role(given)
		r.GrantedBy = append(slices.Clone(r.GrantedBy), profile.Grant{Role: by, Within: "unit", Source: "kg-78-1 §4.6"})
	}
}

// What the limits let nobody of a role give is not theirs to give, whatever the profile says
// besides; nor is anybody sent to them for it.
func TestKGER6d_WhatTheLimitsForbidToGiveIsNobodysToGive(t *testing.T) {
	w := changedWorld(t, barred)
	specialist, head := w.with("responsible_specialist", w.school), w.with("head", w.school)
	if !w.grantable(head.ctx, "teacher") || w.grantable(specialist.ctx, "teacher") {
		t.Error("teachers are offered to be given to who may not, or not to who may")
	}
	_, err := w.s.Appoint(specialist.ctx, w.appointment("teacher", w.school))
	w.says(wants(t, err, fault.Denied, "identity.may_not_give"), "KG-ER-6d", "gate.next.ask_role", "head")
	if _, err := w.s.Appoint(head.ctx, w.appointment("teacher", w.school)); err != nil {
		t.Error(err)
	}
	m := get(w.gate.Ministry(w.ctx))
	for role, want := range map[string]bool{"head": true, "responsible_specialist": true, "teacher": false} {
		a := caller.Assignment{Role: role, UnitLevel: w.school.Level, UnitPath: w.school.Path}
		if got := Whom(m, "create", "appointment", w.school)(a); got != want {
			t.Errorf("sent to a %s: %t", role, got)
		}
	}
}

// The law of what somebody lacks is that by which it is forbidden to all that they hold;
// where something of it is forbidden nothing, that by which it is given.
func TestTheLawOfWhatIsForbiddenToGiveIsNamed(t *testing.T) {
	w := changedWorld(t, func(p *profile.Profile) { p.Role("head").GrantedBy[0].Source = "kg-78-1 §5.5" })
	m, u := get(w.gate.Ministry(w.ctx)), w.school
	at := func(roles ...string) *caller.Caller {
		c := *caller.From(w.ctx)
		for _, r := range roles {
			c.Assignments = append(c.Assignments, caller.Assignment{Role: r, UnitPath: u.Path, UnitLevel: u.Level, Since: u.Since})
		}
		return &c
	}
	for _, c := range []struct {
		held *caller.Caller
		law  string
	}{
		{at("responsible_specialist"), "kg-78-1 §4.4"}, {at("responsible_specialist", "auditor_of_none"), "kg-78-1 §5.5"}, {at("auditor_of_none"), "kg-78-1 §5.5"},
	} {
		if got := w.s.lacking(m, c.held, m.Profile.Role("head"), u); got != c.law {
			t.Errorf("%+v: %s, want %s", c.held.Assignments, got, c.law)
		}
	}
}
