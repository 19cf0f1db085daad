package approval_test

import (
	"context"
	"encoding/json"
	"testing"

	"mektep/core/approval"
	"mektep/core/db"
)

// What is done at this moment ends what else waits about the person, and not the request
// that it is done by: that one was approved, and its asker is told so and nothing else.
func TestTRIC1_WhatIsBeingDecidedIsNotOvertakenByItself(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	first, second, whom := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root), w.With("teacher", w.School)
	w.Approvals.Register("paint", approval.Kind{Do: func(ctx context.Context, tx *db.Tx, r approval.Request, _ json.RawMessage) (approval.Done, error) {
		return approval.Done{}, w.Approvals.Overtake(ctx, tx, r.Kind, r.Concerns, func(json.RawMessage) bool { return true })
	}})
	ask := func(colour string) (r approval.Request) {
		t.Helper()
		if err := w.Gate.Unit(first.Ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			r, err = w.Approvals.Ask(ctx, tx, approval.Ask{Kind: "paint", Payload: colour, Key: "approval.notice.waiting", UnitPath: w.Root.Path, Concerns: whom.ID, Subject: colour})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return r
	}
	done, other := ask("red"), ask("blue")
	if _, err := w.Agree(second.Ctx, done.UID); err != nil {
		t.Fatal(err)
	}
	if is, was := w.state(first.Ctx, done.UID), w.state(first.Ctx, other.UID); is != approval.Approved || was != approval.Cancelled {
		t.Errorf("what was decided is %s, what it overtook %s", is, was)
	}
	items, _, err := w.Notify.Inbox(first.Ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, i := range items {
		if i.Key == "approval.notice.overtaken" {
			told++
		}
	}
	if told != 1 {
		t.Errorf("told %d times of one that was overtaken", told)
	}
}
