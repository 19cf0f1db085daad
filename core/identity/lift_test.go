package identity_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/identity"
	"mektep/core/unit"
	"mektep/core/web/webtest"
)

// What the ministry has decided about somebody, a school does not lift: not by opening the
// account, nor by ending the post and giving it anew; and who decided is told who lifts it.
func TestKGER6c_ADecisionIsNotLiftedFromBelow(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	h := house{World: w}
	above, head := w.With("special_administrator", w.Root), w.With("head", w.School)
	refuses := func(what string, err error) {
		t.Helper()
		f := faulttest.Of(t, err)
		if f.Key != "identity.decided_above" || f.Kind != fault.Denied || f.Law == "" || f.Next == nil {
			t.Errorf("%s: %+v", what, f)
		}
	}
	again := func(p *webtest.Person) identity.NewAppointment {
		return identity.NewAppointment{Account: p.UID, Role: "teacher", Unit: w.School, Order: identity.Order{Number: "7", Date: w.Clock.Now()}, IdentifiedBy: "passport"}
	}
	post := func(p *webtest.Person) identity.Appointment {
		t.Helper()
		page := webtest.Must(w.Identity.Person(w.Ctx, p.UID))
		at := slices.DeleteFunc(page.Appointments, func(a identity.Appointment) bool { return a.Unit.ID != w.School.ID })
		if k := slices.IndexFunc(at, func(a identity.Appointment) bool { return a.Until.IsZero() }); k >= 0 {
			return at[k]
		}
		return at[0]
	}

	// The whole account.
	p := w.With("teacher", w.School)
	if err := w.Identity.Block(above.Ctx, p.UID, "an inquiry"); err != nil {
		t.Fatal(err)
	}
	refuses("opened from below", w.Identity.Unblock(head.Ctx, p.UID))
	if offered, theirs := webtest.Must(w.Identity.Person(head.Ctx, p.UID)).May.Unblock, webtest.Must(w.Identity.Person(above.Ctx, p.UID)).May.Unblock; offered || !theirs {
		t.Errorf("offered from below %v, from above %v", offered, theirs)
	}
	if err := w.Identity.Dismiss(head.Ctx, post(p).UID, identity.End{Order: again(p).Order}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Identity.Appoint(head.Ctx, again(p)); err != nil {
		t.Fatal(err)
	}
	if is := webtest.Must(w.Identity.Person(w.Ctx, p.UID)); is.State != identity.Blocked || is.BlockedWhy != identity.ByDecision || is.BlockedNote != "an inquiry" {
		t.Errorf("the decision is gone: %s %s %q", is.State, is.BlockedWhy, is.BlockedNote)
	}
	refuses("opened from below, appointed anew", w.Identity.Unblock(head.Ctx, p.UID))
	other := w.With("special_administrator", w.Root)
	if err := w.Identity.Unblock(other.Ctx, p.UID); err != nil {
		t.Fatal(err)
	}
	if h.notices(above.UID, "identity.notice.lifted") != 1 {
		t.Error("who decided was not told")
	}
	// From where it was decided, and by who decided, it is lifted; one from below by who is above.
	q := w.With("teacher", w.School)
	for name, c := range map[string]struct{ blocks, opens *webtest.Person }{"oneself": {head, head}, "from above": {head, above}} {
		if err := w.Identity.Block(c.blocks.Ctx, q.UID, "ill"); err != nil {
			t.Fatal(err)
		}
		if err := w.Identity.Unblock(c.opens.Ctx, q.UID); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}

	// A post of somebody who works elsewhere, too: only that is stopped. Who is above all of it
	// would block the account; the district stands over the school and not over the other one.
	district := w.With("district_officer", w.Here)
	r := w.With("teacher", w.School)
	if !also(t, w, r, "teacher", false) {
		t.Fatal("no second post")
	}
	if err := w.Identity.Block(district.Ctx, r.UID, "an inquiry"); err != nil {
		t.Fatal(err)
	}
	if post(r).Stopped.IsZero() {
		t.Fatal("the post is not stopped")
	}
	refuses("taken up from below", w.Identity.Unblock(head.Ctx, r.UID))
	if err := w.Identity.Dismiss(head.Ctx, post(r).UID, identity.End{Order: again(r).Order}); err != nil {
		t.Fatal(err)
	}
	offer := webtest.Must(w.Identity.Appoint(head.Ctx, again(r)))
	if offer.Waiting == nil {
		t.Fatal("who works elsewhere was not asked")
	}
	if _, err := w.Agree(r.Ctx, offer.Waiting.UID); err != nil {
		t.Fatal(err)
	}
	if anew := post(r); anew.Stopped.IsZero() || anew.StoppedNote != "an inquiry" || !anew.Until.IsZero() || slices.Contains(inForce(t, w, r), w.School.Path) {
		t.Errorf("given anew from below: %+v", anew)
	}
	refuses("taken up from below, given anew", w.Identity.Unblock(head.Ctx, r.UID))
	if err := w.Identity.Unblock(district.Ctx, r.UID); err != nil {
		t.Fatal(err)
	}
	if !post(r).Stopped.IsZero() || !slices.Contains(inForce(t, w, r), w.School.Path) {
		t.Error("it is not taken up again")
	}
}

// That it could not be found out whether a post was stopped from above is no answer that it was:
// nothing is said, and nothing offered, by a look that failed.
func TestWhatCouldNotBeFoundOutIsNoDecisionFromAbove(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	district, head := w.With("district_officer", w.Here), w.With("head", w.School)
	stopped, blocked := w.With("teacher", w.School), w.With("teacher", w.School)
	if !also(t, w, stopped, "teacher", false) {
		t.Fatal("no second post")
	}
	for who, by := range map[*webtest.Person]*webtest.Person{stopped: district, blocked: w.With("special_administrator", w.Root)} {
		if err := w.Identity.Block(by.Ctx, who.UID, "an inquiry"); err != nil {
			t.Fatal(err)
		}
	}
	broken, calls, failing := errors.New("the territory does not answer"), 0, 0
	w.Gate.Set(gate.Checks{
		BeforeUse: w.Identity.BeforeUse, Window: w.Calendar.Check, Retyped: w.Identity.Retyped, Posts: w.Identity.Posts, Whom: identity.Whom,
		Way: func(ctx context.Context, u unit.Unit) ([]unit.Unit, error) {
			if calls++; calls == failing {
				return nil, broken
			}
			return w.Tree.Way(ctx, u)
		},
	})
	for name, p := range map[string]*webtest.Person{"a post": stopped, "an account": blocked} {
		for what, look := range map[string]func() error{
			"opened": func() error { return w.Identity.Unblock(head.Ctx, p.UID) },
			"shown":  func() error { _, err := w.Identity.Person(head.Ctx, p.UID); return err },
		} {
			calls, failing = 0, 0
			if err := look(); what == "opened" && fault.KindOf(err) != fault.Denied || what == "shown" && err != nil {
				t.Fatalf("%s, %s: %v", name, what, err)
			}
			if calls == 0 {
				t.Fatalf("%s, %s: nobody is asked who may", name, what)
			}
			for all := calls; failing < all; {
				calls = 0
				failing++
				if err := look(); !errors.Is(err, broken) {
					t.Errorf("%s, %s, where look %d of %d failed: %v", name, what, failing, all, err)
				}
			}
		}
	}
}
