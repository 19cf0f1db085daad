package people_test

import (
	"testing"

	"mektep/core/clock"
	"mektep/core/identity"
	"mektep/core/web/people"
	"mektep/core/web/webtest"
)

// The page of people and that of offers say what becomes of a school: whose a post to come is finds its
// holder, and an offer that can no longer be accepted says so, and who can make it.
func TestKGER6c_ThePagesKnowOfTheDaysToCome(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	w.Mount(people.Routes(w.Base, people.Services{Identity: w.Identity, Tree: w.Tree, Consent: w.Consent, Trail: w.Trail, Approvals: w.Approvals}))
	leaves, comes, who := w.With("district_officer", w.Here), w.With("district_officer", w.There), w.With("teacher", w.Elsewhere)
	turn := clock.Day(w.Clock.Now()).AddDate(0, 0, 5)
	offer := identity.NewAppointment{
		Account: who.UID, Role: "head", Unit: w.School, Since: turn.AddDate(0, 0, 5), IdentifiedBy: "passport",
		Order: identity.Order{Number: "1", Date: w.Clock.Now().AddDate(0, 0, -1)},
	}
	if out := webtest.Must(w.Identity.Appoint(leaves.Ctx, offer)); out.Waiting == nil {
		t.Fatal("given at once")
	}
	who.Get("/approvals").Wants(t, 200, "Accept").Lacks(t, "can no longer be accepted")
	if err := w.Tree.Move(w.Ctx, w.School, w.There, turn, "1"); err != nil {
		t.Fatal(err)
	}
	who.Get("/approvals").Wants(t, 200, "This offer can no longer be accepted", "Decline the offer", "It can be done by: Special administrator")
	webtest.Must(w.Identity.Appoint(w.Ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Кыдыргычев", Given: "Алмаз"}, Role: "head", Unit: webtest.Must(w.Tree.Get(w.Ctx, w.School.UID)), Since: turn,
	}))
	comes.Get("/people").Wants(t, 200, "Кыдыргычев")
	comes.Get("/people?unit="+w.There.UID).Wants(t, 200, "Кыдыргычев")
}

// Who is told of an appointment is named by their office before it is made, not by a level that
// every office of its kind is at (KG-ER-6d).
func TestKGER6d_TheReviewNamesWhoseOfficersAreTold(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	w.Mount(people.Routes(w.Base, people.Services{Identity: w.Identity, Tree: w.Tree, Consent: w.Consent, Trail: w.Trail, Approvals: w.Approvals}))
	officer := w.With("special_administrator", w.Root)
	officer.Get("/people/new?unit="+w.School.UID).Wants(t, 200, "Told at the level: District")
	officer.Get("/people/new?role=head&unit=" + w.School.UID)
	officer.Submit("/people/new/review", "family", "Маматова", "given", "Айгүл", "email", "aigul@mail.example", "order.number", "12-к", "order.date", "27 Feb 2026", "identified_by", "passport", "seen", "1").
		Wants(t, 200, "Will be told: the officers of Hither").Lacks(t, "the officers of Yonder")
}
