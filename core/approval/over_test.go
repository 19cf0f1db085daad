package approval_test

import (
	"context"
	"testing"

	"mektep/core/approval"
	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
)

// What has been decided, taken back or has run out is decided by no act any more: not a second time, not
// the other way, and by no operator.
func TestTRIC1_WhatIsDecidedOrOverIsDecidedByNoAct(t *testing.T) {
	for _, alone := range []bool{false, true} {
		w := newWorld(t, "tr", "ilkokul")
		asker := w.With("tenant_admin", w.Root)
		approve := func(uid string) error { _, err := w.Cosign(w.Ctx, uid, "operator"); return err }
		reject := func(uid string) error { return w.Approvals.Decline(w.Ctx, uid, "operator", "x") }
		if !alone {
			second := w.With("tenant_admin", w.Root)
			approve = func(uid string) error { _, err := w.Agree(second.Ctx, uid); return err }
			reject = func(uid string) error { return w.Approvals.Reject(second.Ctx, uid, "x") }
		}
		acts := map[string]func(uid string) error{
			"approve": approve, "reject": reject, "cancel": func(uid string) error { return w.Approvals.Cancel(asker.Ctx, uid) },
		}
		for over, state := range map[string]approval.State{"approve": approval.Approved, "reject": approval.Rejected, "cancel": approval.Cancelled, "": approval.Expired} {
			r := w.ask(asker.Ctx, "red")
			if over == "" {
				w.Clock.Set(r.Expires)
			} else if err := acts[over](r.UID); err != nil {
				t.Fatal(err)
			}
			done := len(w.chosen)
			for name, act := range acts {
				f := faulttest.Of(t, act(r.UID))
				if f.Kind != fault.Conflict || f.Key != "approval.not_waiting" {
					t.Errorf("alone %v, %s, to %s: %v", alone, state, name, f)
				}
				if got := w.state(asker.Ctx, r.UID); got != state || len(w.chosen) != done {
					t.Errorf("alone %v, %s, to %s: it is %s, and was done %d times", alone, state, name, got, len(w.chosen)-done)
				}
			}
		}
	}
}

// It takes a person to decide: no job and no command is somebody's second pair of eyes, whatever it may
// do besides, nor whoever has not signed in.
func TestTRIC1_ItTakesAPersonToDecide(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	asker := w.With("tenant_admin", w.Root)
	w.With("tenant_admin", w.Root)
	nobody := caller.With(context.Background(), &caller.Caller{Tenant: caller.From(w.Ctx).Tenant})
	for name, ctx := range map[string]context.Context{"the system": w.Ctx, "nobody": nobody} {
		for what, act := range map[string]func(uid, read string) error{
			"approve": func(uid, read string) error { _, err := w.Approvals.Approve(ctx, uid, read); return err },
			"reject":  func(uid, _ string) error { return w.Approvals.Reject(ctx, uid, "x") },
			"cancel":  func(uid, _ string) error { return w.Approvals.Cancel(ctx, uid) },
		} {
			r := w.ask(asker.Ctx, "red")
			if err := act(r.UID, w.Read(ctx, r.UID)); fault.KindOf(err) != fault.Unauthenticated {
				t.Errorf("%s, to %s: %v", name, what, err)
			}
			if got := w.state(asker.Ctx, r.UID); got != approval.Waiting || len(w.chosen) != 0 {
				t.Errorf("%s, to %s: it is %s", name, what, got)
			}
		}
	}
}
