package tenant_test

import (
	"context"
	"errors"
	"testing"

	"mektep/core/once"
	"mektep/core/tenant"
)

// Where nobody has opened an account yet nobody has chosen where letters lead, nor could choose
// again: they lead to what there is, and nothing is said to be gone.
func TestTRIC1_NothingIsMissedWhereNobodyCouldChoose(t *testing.T) {
	p := start(t)
	m := p.onboard("kg")
	ok(t, p.tenants.AddHost(console(), "kg", "bilim.example"))
	ok(t, p.tenants.RemoveHost(console(), "kg", "kg.mektep.example"))
	if to := must(p.tenants.Leads(context.Background(), must(p.tenants.BySlug(context.Background(), "kg")))); to != (tenant.Leads{Host: "bilim.example"}) {
		t.Errorf("operators see %+v", to)
	}
	if n := number(t, p.db, "SELECT count(*) FROM known_host WHERE tenant_id = $1 AND letters AND instead <> ''", m.ID); n != 0 {
		t.Error("it waits for two people to choose again, where there is nobody")
	}
}

// A second click on "set up" that finds it done is answered as one: its links were shown to the first.
func TestASecondClickFindsTheMinistrySetUp(t *testing.T) {
	p := start(t)
	ctx := once.With(console(), once.Key{Name: "key-of-the-plan"})
	if _, invitations, err := p.tenants.Onboard(ctx, planKG("kg")); err != nil || len(invitations) != 2 {
		t.Fatal(invitations, err)
	}
	again := once.With(console(), once.Key{Name: "key-of-the-plan"})
	if _, invitations, err := p.tenants.Onboard(again, planKG("kg")); !errors.Is(err, once.Repeated) || invitations != nil {
		t.Errorf("sent again: %v, %v", invitations, err)
	}
}
