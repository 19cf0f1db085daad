package calendar_test

import (
	"slices"
	"testing"

	"mektep/core/approval"
	"mektep/core/calendar"
	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/identity"
)

// Whom another office keeps from deciding (KG-ER-6a: a limit binds the person) is nobody's
// second person: they are promised nothing, and where nobody else is left, an operator
// decides instead of a request that waits for nobody.
func TestKGER6a_WhomAnotherOfficeBarsIsNoSecondPerson(t *testing.T) {
	w := newOffice(t)
	if _, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{Account: w.second.UID, Role: "teacher", Unit: w.School}); err != nil {
		t.Fatal(err)
	}
	both := w.As(w.second.ID)
	m, err := w.Gate.Ministry(both)
	if err != nil {
		t.Fatal(err)
	}
	promised := func(c *caller.Caller) bool {
		return slices.ContainsFunc(w.Gate.Rights(m, c), func(r gate.Right) bool { return r.Object == "calendar" && r.Action != "view" })
	}
	if _, err := w.Gate.Check(both, "update", calendar.Target()); fault.KindOf(err) != fault.Denied {
		t.Fatalf("%v: no other office bars them", err)
	}
	if promised(caller.From(both)) {
		t.Error("what the other office takes away is promised")
	}
	if !promised(caller.From(w.first.Ctx)) {
		t.Error("who has one office is promised nothing")
	}
	r, err := w.Calendar.Propose(w.first.Ctx, w.next())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Agree(both, r.UID); fault.KindOf(err) != fault.Denied {
		t.Errorf("%v", err)
	}
	waiting, err := w.Approvals.ForOperator(w.Ctx)
	if err != nil || !slices.ContainsFunc(waiting, func(x approval.Request) bool { return x.UID == r.UID }) {
		t.Errorf("it waits for nobody: %v, %v", waiting, err)
	}
}
