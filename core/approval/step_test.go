package approval_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/web/webtest"
)

// asked has somebody ask for something, and returns what it says.
func (w *world) asked(ctx context.Context, a approval.Ask) (r approval.Request, err error) {
	a.Kind, a.Key, a.UnitPath = kind, "approval.notice.waiting", w.Root.Path
	if a.Payload == nil {
		a.Payload = "red"
	}
	err = w.Gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		r, err = w.Approvals.Ask(ctx, tx, a)
		return err
	})
	return r, err
}

// Whoever may not take back what another asked for is told to say no only where they could now:
// in a ministry that rests nobody does.
func TestTRIC1_NobodyIsToldToSayNoWhoCannot(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	asker, other := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	r := w.ask(asker.Ctx, "red")
	for next, rests := range map[string]error{"approval.next.reject": nil, "approval.next.asker": fault.New(fault.Locked, "tenant.suspended")} {
		w.Gate.Set(gate.Checks{Open: func(context.Context) error { return rests }})
		if f := faulttest.Of(t, w.Approvals.Cancel(other.Ctx, r.UID)); f.Key != "approval.not_yours" || f.Next == nil || f.Next.Key != next {
			t.Errorf("%+v, next %+v, want %s", f, f.Next, next)
		}
	}
}

// What is done once it was agreed to bears the number of the request by which it was agreed, in
// the trail: as whom it is done is another matter.
func TestWhatWasAgreedToBearsTheNumberOfTheRequest(t *testing.T) {
	w := webtest.New(t, "tr", "ilkokul")
	number := ""
	w.Approvals.Register(kind, approval.Kind{Do: func(ctx context.Context, _ *db.Tx, _ approval.Request, _ json.RawMessage) (approval.Done, error) {
		number = caller.From(ctx).RequestID
		return approval.Done{}, nil
	}})
	first, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	var r approval.Request
	if err := w.Gate.Unit(first.Ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		r, err = w.Approvals.Ask(ctx, tx, approval.Ask{Kind: kind, Payload: "red", Key: "approval.notice.waiting", Args: fault.Args{"Who": "x"}, UnitPath: w.Root.Path})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	by := *caller.From(second.Ctx)
	by.RequestID = "the-request-that-agrees"
	if _, err := w.Agree(caller.With(context.Background(), &by), r.UID); err != nil || number != by.RequestID {
		t.Errorf("done under %q, want %q (%v)", number, by.RequestID, err)
	}
}

// An offer that can no longer be done has a next step that its person can take: they asked for
// nothing.
func TestTRIC1_WhatAnOfferThatIsOvertakenLeadsTo(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	asker, whom, second := w.With("tenant_admin", w.Root), w.With("teacher", w.School), w.With("tenant_admin", w.Root)
	w.fails = fault.New(fault.Conflict, "identity.changed_since")
	for next, c := range map[string]struct {
		ask approval.Ask
		by  *webtest.Person
	}{
		"approval.next.overtaken_offer": {approval.Ask{Args: fault.Args{"Who": "x"}, Concerns: whom.ID, Offer: true}, whom},
		"approval.next.overtaken":       {approval.Ask{Args: fault.Args{"Who": "x"}, Concerns: whom.ID}, second},
	} {
		r, err := w.asked(asker.Ctx, c.ask)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Agree(c.by.Ctx, r.UID)
		if f := refused(t, err, fault.Conflict, "approval.overtaken"); f.Next == nil || f.Next.Key != next {
			t.Errorf("next %+v, want %s", f.Next, next)
		}
	}
}

// Why something was refused stands in the trail, beside that it was.
func TestTheReasonOfANoIsInTheTrail(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	first, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	if err := w.Approvals.Reject(second.Ctx, w.ask(first.Ctx, "red").UID, "not red"); err != nil {
		t.Fatal(err)
	}
	all, _, err := w.Trail.Search(w.Ctx, audit.Filter{Object: "approval", Action: "reject"}, "")
	if err != nil || len(all) != 1 || !slices.Contains(all[0].Fields, "note") {
		t.Errorf("%+v %v", all, err)
	}
}

// What waits in the way is told as far as its reader may know it: who asked about a stranger is
// not told the name by asking twice, and who may see them is.
func TestWhatIsInTheWayIsToldAsItsReaderMayKnowIt(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	first, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	about := func(p *webtest.Person) error {
		_, err := w.asked(p.Ctx, approval.Ask{Args: fault.Args{"Name": "Aigul"}, Subject: "the door", Stranger: true})
		return err
	}
	if err := about(first); err != nil {
		t.Fatal(err)
	}
	for p, want := range map[*webtest.Person]string{first: "…", second: "Aigul"} {
		f := faulttest.Of(t, about(p))
		if what, _ := f.Args["What"].(fault.Phrase); what.Args["Name"] != want {
			t.Errorf("told %v, want %s", what.Args, want)
		}
	}
}

// While nobody can say which operators have a hand in it nobody is sent to decide: their yes
// might be refused.
func TestTRIC1_NobodyIsSentToDecideWhileTheOperatorsAreNotKnown(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	first, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	about := func(p *webtest.Person, colour string) error {
		_, err := w.asked(p.Ctx, approval.Ask{Payload: colour, Args: fault.Args{"Who": colour}, Subject: "the wall"})
		return err
	}
	if err := about(first, "red"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ sql, next string }{
		{"SELECT", "approval.next.decide_first"},
		{"ALTER TABLE platform.operator RENAME TO gone", "approval.next.decided_first"},
	} {
		if _, err := dbtest.Super(t, w.DB).Exec(t.Context(), c.sql); err != nil {
			t.Fatal(err)
		}
		if f := faulttest.Of(t, about(second, "blue")); f.Next == nil || f.Next.Key != c.next {
			t.Errorf("after %q: %v, next %+v, want %s", c.sql, f, f.Next, c.next)
		}
	}
}

// A refusal to the asker is recorded as any other: of what, and by which rule.
func TestTRIC1_ARefusalToTheAskerIsRecorded(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	first, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	w.fails = fault.New(fault.Denied, "gate.elsewhere").WithCheck("policy").WithRule("TR-IC-1", "").With("action", "create").With("object", "appointment").With("uid", "somebody")
	_, err := w.Agree(second.Ctx, w.ask(first.Ctx, "red").UID)
	refused(t, err, fault.Denied, "approval.askers_refusal")
	all, _, err := w.Trail.Search(w.Ctx, audit.Filter{Object: "appointment", Action: "create", Outcome: audit.Deny}, "")
	if err != nil || len(all) != 1 || all[0].Target != "somebody" || all[0].Account != second.ID {
		t.Errorf("%+v %v", all, err)
	}
}
