package consent_test

import (
	"testing"

	"mektep/core/caller"
	"mektep/core/db/dbtest"
	"mektep/core/identity"
)

// An undertaking that two posts demand is asked for once.
func TestKGER7a_WhatTwoPostsDemandIsSignedOnce(t *testing.T) {
	w := newWorld(t)
	if _, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{Account: w.p.UID, Role: "teacher", Unit: w.Elsewhere}); err != nil {
		t.Fatal(err)
	}
	c, err := w.Identity.ResolveAccount(w.Ctx, caller.From(w.Ctx).Tenant, w.p.ID)
	if err != nil || len(c.Assignments) != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
	if all, err := w.Consent.Pending(caller.With(w.Ctx, c)); err != nil || len(all) != 1 {
		t.Errorf("%d are to be signed, %v", len(all), err)
	}
}

// What was signed stands, though the profile has that undertaking no more.
func TestKGER7a_WhatWasSignedStandsWhenItIsAskedOfNobodyAnyMore(t *testing.T) {
	w := newWorld(t)
	was := w.sign("ky")
	if _, err := dbtest.Super(t, w.DB).Exec(w.Ctx, "UPDATE undertaking SET undertaking = 'gone' WHERE uid = $1", was.UID); err != nil {
		t.Fatal(err)
	}
	if signed, counts, err := w.Consent.Standing(w.p.Ctx, "gone"); err != nil || !counts || signed == nil || signed.UID != was.UID {
		t.Errorf("%+v, counts %t, %v", signed, counts, err)
	}
}
