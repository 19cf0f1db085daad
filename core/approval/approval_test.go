package approval_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/web/webtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const kind = "colour"

// world has one thing that needs two people: to choose a colour.
type world struct {
	*webtest.World
	chosen []string // what came about
	by     []int64  // as whom
	fails  error    // what choosing answers
}

func newWorld(t *testing.T, country, typ string) *world {
	t.Helper()
	w := &world{World: webtest.New(t, country, typ)}
	w.Approvals.Register(kind, approval.Kind{Do: func(ctx context.Context, _ *db.Tx, _ approval.Request, payload json.RawMessage) (approval.Done, error) {
		var colour string
		if err := json.Unmarshal(payload, &colour); err != nil {
			return approval.Done{}, err
		}
		if needed, err := w.Approvals.Needed(ctx); err != nil || needed {
			t.Errorf("doing what was approved asks for approval again: %v %v", needed, err)
		}
		w.chosen, w.by = append(w.chosen, colour), append(w.by, caller.From(ctx).Account)
		return approval.Done{For: colour}, w.fails
	}})
	return w
}

// ask has somebody ask for a colour.
func (w *world) ask(ctx context.Context, colour string) approval.Request {
	w.T.Helper()
	var r approval.Request
	err := w.Gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		r, err = w.Approvals.Ask(ctx, tx, approval.Ask{Kind: kind, Payload: colour, Key: "approval.notice.waiting", Args: fault.Args{"Who": "x"}, UnitPath: w.Root.Path})
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return r
}

func (w *world) state(ctx context.Context, uid string) approval.State {
	w.T.Helper()
	list, err := w.Approvals.List(ctx)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, r := range list {
		if r.UID == uid {
			return r.State
		}
	}
	return ""
}

func refused(t *testing.T, err error, kind fault.Kind, key string) *fault.Error {
	t.Helper()
	f := fault.From(err)
	if f == nil || f.Kind != kind || key != "" && f.Key != key {
		t.Errorf("got %v, want %s %s", err, kind, key)
		return &fault.Error{}
	}
	return f
}

func TestTRIC1_ASecondPersonApproves(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	first, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	if needed, err := w.Approvals.Needed(first.Ctx); err != nil || !needed {
		t.Fatalf("a person needs no second one: %v", err)
	}
	if needed, err := w.Approvals.Needed(w.Ctx); err != nil || needed {
		t.Fatalf("a system role waits for a second person: %v", err)
	}

	r := w.ask(first.Ctx, "red")
	if len(w.chosen) != 0 || w.state(first.Ctx, r.UID) != approval.Waiting {
		t.Fatalf("done before anybody agreed: %v", w.chosen)
	}
	for who, want := range map[*webtest.Person]int{first: 0, second: 1} {
		if n, err := w.Approvals.Decidable(who.Ctx); err != nil || n != want {
			t.Errorf("%d wait for their word, want %d: %v", n, want, err)
		}
	}

	// The second pair of eyes is nobody's own.
	_, err := w.Approvals.Approve(first.Ctx, r.UID)
	if f := refused(t, err, fault.Denied, "approval.not_yourself"); f.Check != "two_people" || f.Rule != "TR-IC-1" || f.Law == "" || f.Next == nil {
		t.Errorf("the refusal names no rule or next step: %+v", f)
	}
	refused(t, w.Approvals.Reject(first.Ctx, r.UID, "no"), fault.Denied, "approval.not_yourself")

	done, err := w.Approvals.Approve(second.Ctx, r.UID)
	if err != nil || done.For != "red" {
		t.Fatalf("%+v %v", done, err)
	}
	if len(w.chosen) != 1 || w.by[0] != first.ID {
		t.Errorf("done %v, as %v; want once, as who asked", w.chosen, w.by)
	}
	if got := w.state(first.Ctx, r.UID); got != approval.Approved {
		t.Errorf("it is %s", got)
	}
	_, err = w.Approvals.Approve(second.Ctx, r.UID)
	refused(t, err, fault.Conflict, "approval.not_waiting")
	if len(w.chosen) != 1 {
		t.Error("done twice")
	}
}

func TestTRIC1_WhoMayNotDecideDoesNot(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	admin := w.With("tenant_admin", w.Root)
	r := w.ask(admin.Ctx, "red")
	for _, role := range []string{"ministry_officer", "auditor"} {
		other := w.With(role, w.Root)
		_, err := w.Approvals.Approve(other.Ctx, r.UID)
		if f := refused(t, err, fault.Denied, ""); f.Check != "policy" {
			t.Errorf("%s: %+v", role, f)
		}
		refused(t, w.Approvals.Reject(other.Ctx, r.UID, "no"), fault.Denied, "")
		refused(t, w.Approvals.Cancel(other.Ctx, r.UID), fault.Denied, "")
		if n, _ := w.Approvals.Decidable(other.Ctx); n != 0 {
			t.Errorf("%d wait for the word of %s", n, role)
		}
	}
	_, err := w.Approvals.Approve(admin.Ctx, "no-such-request")
	refused(t, err, fault.NotFound, "approval.unknown")
	if len(w.chosen) != 0 || w.state(admin.Ctx, r.UID) != approval.Waiting {
		t.Errorf("%v, %s", w.chosen, w.state(admin.Ctx, r.UID))
	}
}

func TestTRIC1_ARequestIsRejectedWithAReasonOrTakenBack(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	first, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	r := w.ask(first.Ctx, "red")
	if f := refused(t, w.Approvals.Reject(second.Ctx, r.UID, "  "), fault.Invalid, ""); len(f.Fields) != 1 || f.Fields[0].Name != "note" {
		t.Errorf("without a reason: %+v", f)
	}
	if err := w.Approvals.Reject(second.Ctx, r.UID, "not red"); err != nil {
		t.Fatal(err)
	}
	own := w.ask(first.Ctx, "green")
	if err := w.Approvals.Cancel(first.Ctx, own.UID); err != nil {
		t.Fatal(err)
	}
	for uid, want := range map[string]approval.State{r.UID: approval.Rejected, own.UID: approval.Cancelled} {
		if got := w.state(first.Ctx, uid); got != want {
			t.Errorf("it is %s, want %s", got, want)
		}
		_, err := w.Approvals.Approve(second.Ctx, uid)
		refused(t, err, fault.Conflict, "approval.not_waiting")
	}
	if len(w.chosen) != 0 {
		t.Errorf("done all the same: %v", w.chosen)
	}
}

func TestTRIC1_ARequestIsOverAfterItsTime(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	first, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	r := w.ask(first.Ctx, "red")
	w.Clock.Set(r.Expires.Add(-time.Second))
	if got := w.state(first.Ctx, r.UID); got != approval.Waiting {
		t.Errorf("a second before its time it is %s", got)
	}
	w.Clock.Set(r.Expires)
	if got := w.state(first.Ctx, r.UID); got != approval.Expired {
		t.Errorf("at its time it is %s", got)
	}
	_, err := w.Approvals.Approve(second.Ctx, r.UID)
	refused(t, err, fault.Conflict, "approval.not_waiting")
	if n, _ := w.Approvals.Decidable(second.Ctx); n != 0 || len(w.chosen) != 0 {
		t.Errorf("%d wait still, done %v", n, w.chosen)
	}
}

func TestTRIC1_WhatCannotBeDoneStaysUndecided(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	first, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	r := w.ask(first.Ctx, "red")
	w.fails = errors.New("out of paint")
	if _, err := w.Approvals.Approve(second.Ctx, r.UID); !errors.Is(err, w.fails) {
		t.Fatal(err)
	}
	if got := w.state(first.Ctx, r.UID); got != approval.Waiting {
		t.Errorf("it is %s although nothing was done", got)
	}
}

func TestTRIC1_AnOperatorCosignsOnlyWhereThereIsNoSecondPerson(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	only := w.With("tenant_admin", w.Root)
	r := w.ask(only.Ctx, "red")
	_, err := w.Approvals.Cosign(only.Ctx, r.UID, "operator")
	refused(t, err, fault.Denied, "tenant.operators_only") // a person of the ministry is none
	if _, err := w.Approvals.Cosign(w.Ctx, r.UID, ""); err == nil {
		t.Error("nobody in particular co-signed")
	}
	if list, err := w.Approvals.ForOperator(w.Ctx); err != nil || len(list) != 1 {
		t.Fatalf("%v %v", list, err)
	}
	if _, err := w.Approvals.Cosign(w.Ctx, r.UID, "operator"); err != nil || len(w.chosen) != 1 {
		t.Fatalf("%v %v", w.chosen, err)
	}

	later := w.ask(only.Ctx, "green")
	w.With("tenant_admin", w.Root)
	if list, err := w.Approvals.ForOperator(w.Ctx); err != nil || len(list) != 0 {
		t.Errorf("operators are shown what the ministry decides itself: %v %v", list, err)
	}
	_, err = w.Approvals.Cosign(w.Ctx, later.UID, "operator")
	refused(t, err, fault.Denied, "approval.ministry_decides")
	refused(t, w.Approvals.Decline(w.Ctx, later.UID, "operator", "no"), fault.Denied, "approval.ministry_decides")
}

func TestKindsAreRegisteredOnce(t *testing.T) {
	w := newWorld(t, "kg", "secondary_school")
	defer func() {
		if recover() == nil {
			t.Error("a kind was registered twice")
		}
	}()
	w.Approvals.Register(kind, approval.Kind{Do: func(context.Context, *db.Tx, approval.Request, json.RawMessage) (approval.Done, error) {
		return approval.Done{}, nil
	}})
}
