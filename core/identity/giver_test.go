package identity

import (
	"context"
	"slices"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/profile"
)

// What gives a role is the giver's post, and it must be ready for use: not another post of
// theirs, by which the policy lets them appoint but the profile gives nothing.
func TestKGER6b_WhoseGivingPostLacksItsSecondFactorGivesNothing(t *testing.T) {
	p := load(t)
	role := p.profile.Role("head")
	role.BeforeUse = append(slices.Clone(role.BeforeUse), "second_factor")
	w := worldOn(t, dbtest.New(t), "chui", p)
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
	p := load(t)
	w := worldOn(t, dbtest.New(t), "chui", p)
	head := w.with("head", w.school)
	if !w.grantable(head.ctx, "teacher") {
		t.Fatal("a head gives no teacher")
	}
	role := p.profile.Role("teacher")
	never := role.Until
	role.Until = profile.DateOf(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	if w.grantable(head.ctx, "teacher") {
		t.Error("a role that ended yesterday is offered to be given")
	}
	_, err := w.s.Appoint(head.ctx, w.appointment("teacher", w.school))
	wantsField(t, err, "role", "identity.role_not_here")
	role.Until = never

	ok(t, w.tree.Close(w.ctx, w.school, time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), "1"))
	closed := get(w.tree.Get(w.ctx, w.school.UID))
	for name, ctx := range map[string]context.Context{"the head": head.ctx, "the system": w.ctx} {
		if _, err := w.s.Appoint(ctx, w.appointment("teacher", closed)); err == nil {
			t.Errorf("%s gives a post at a school that has closed", name)
		}
	}
	if w.grantable(head.ctx, "teacher") {
		t.Error("a post at a closed school is offered to be given")
	}
}
