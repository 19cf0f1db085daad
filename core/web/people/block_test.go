package people_test

import (
	"testing"

	"mektep/core/identity"
	"mektep/core/web/people"
	"mektep/core/web/webtest"
)

// The form by which somebody is kept from work says before that they stay a parent.
func TestKGER6c_TheFormSaysThatAParentStaysOne(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	w.Mount(people.Routes(w.Base, people.Services{Identity: w.Identity, Tree: w.Tree, Consent: w.Consent, Trail: w.Trail, Approvals: w.Approvals}))
	head, p, parent := w.With("head", w.School), w.With("teacher", w.School), w.With("guardian", w.School)
	if _, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{Account: p.UID, Role: "guardian", Unit: w.School}); err != nil {
		t.Fatal(err)
	}
	url := "/people/" + p.UID
	head.Get(url+"/block").Wants(t, 200, "Stop these posts at once", "is besides work, a parent for instance, stays as it is")
	head.SubmitAt(url+"/block", "note", "an inquiry").Wants(t, 303)
	head.Get(url).Wants(t, 200, "The posts are stopped")
	head.Get("/people/"+parent.UID+"/block").Wants(t, 200, "Block the account").Lacks(t, "besides work")
}
