package people_test

import (
	"strings"
	"testing"

	"mektep/core/identity"
	"mektep/core/web/people"
	"mektep/core/web/webtest"
)

// The warning that no letter goes to an address says to each reader what is true for them:
// to who typed it whom to ask, to who may confirm it that they may, with the button; and
// where nobody else is left, that an operator is asked.
func TestTRIC1_TheWarningOfAnAddressIsWordedForItsReader(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	w.Mount(people.Routes(w.Base, people.Services{Identity: w.Identity, Tree: w.Tree, Consent: w.Consent, Trail: w.Trail, Approvals: w.Approvals}))
	by := w.With("tenant_admin", w.Root)
	p := w.With("ministry_officer", w.Root)
	page := webtest.Must(w.Identity.Person(w.Ctx, p.UID))
	if err := w.Identity.Correct(by.Ctx, p.UID, page.Version, identity.Person{Family: page.Family, Given: page.Given, Email: "typed@mail.example"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Identity.Appoint(by.Ctx, identity.NewAppointment{Account: p.UID, Role: "tenant_admin", Unit: w.Root, IdentifiedBy: "passport"}); err != nil {
		t.Fatal(err)
	}
	url := "/people/" + p.UID
	const confirm, ask = "Confirm the address", "Ask for the confirmation"
	by.Get(url).Wants(t, 200, "nobody else here may confirm it", ask, "confirm it with their password")
	if a := by.Submit(url + "/address"); a.Status != 303 || !strings.HasPrefix(a.Location, "/approvals#") {
		t.Fatalf("%d to %q: %.300s", a.Status, a.Location, a.Text())
	}

	other := w.With("tenant_admin", w.Root)
	by.Get(url).Wants(t, 200, "You typed it", "These people can confirm it: "+other.Name).Lacks(t, confirm, ask)
	p.Get(url).Wants(t, 200, "typed@mail.example is mine", "confirm it here with your password").Lacks(t, confirm, ask)
	other.Get(url).Wants(t, 200, "then confirm it here", confirm).Lacks(t, "You typed it", ask)
	other.Submit(url+"/address").Wants(t, 303)
	other.Get(url).Wants(t, 200).Lacks(t, "No letter with a link", confirm)
}
