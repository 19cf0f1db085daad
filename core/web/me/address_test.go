package me_test

import (
	"testing"

	"mektep/core/identity"
	"mektep/core/web/me"
	"mektep/core/web/webtest"
)

// The address that somebody else typed is confirmed in a form of its own, which names it
// and asks for the password; saved beside other data the password says nothing.
func TestTRIC1_TheAddressIsConfirmedInAFormOfItsOwn(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	w.Mount(me.Routes(w.Base, me.Services{Identity: w.Identity, Consent: w.Consent, Inbox: w.Notify}))
	by, p := w.With("tenant_admin", w.Root), w.With("ministry_officer", w.Root)
	page := webtest.Must(w.Identity.Person(w.Ctx, p.UID))
	if err := w.Identity.Correct(by.Ctx, p.UID, page.Version, identity.Person{Family: page.Family, Given: page.Given, Email: "typed@mail.example"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Identity.Appoint(by.Ctx, identity.NewAppointment{Account: p.UID, Role: "tenant_admin", Unit: w.Root, IdentifiedBy: "passport"}); err != nil {
		t.Fatal(err)
	}
	p.Get("/me/edit")
	p.Submit("/me/edit", "email", "typed@mail.example", "language", "en", "phone", "0555 12 34 56", "current", webtest.Password).Wants(t, 303)
	p.Get("/me").Wants(t, 200, "No letter with a link goes", "typed@mail.example is mine")
	p.Get("/me/address").Wants(t, 200, "typed@mail.example is mine", "Confirm only if")
	p.Submit("/me/address", "current", "a guess of the password").Wants(t, 422, "typed@mail.example is mine")
	p.Submit("/me/address", "current", webtest.Password).Wants(t, 303)
	p.Get("/me").Wants(t, 200, "confirmed as yours").Lacks(t, "No letter with a link goes")
	p.Get("/me/address").Wants(t, 409)
}
