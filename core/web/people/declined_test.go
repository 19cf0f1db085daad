package people_test

import (
	"testing"

	"mektep/core/web/people"
	"mektep/core/web/webtest"
)

// Whoever says no to an offer stays as its giver knew them, on the page and in what the giver is told:
// a login that was typed is no way to a name.
func TestKGER6d_WhoDeclinesAnOfferTellsNoName(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	w.Mount(people.Routes(w.Base, people.Services{Identity: w.Identity, Tree: w.Tree, Consent: w.Consent, Trail: w.Trail, Approvals: w.Approvals}))
	p, other := w.With("head", w.School), w.With("teacher", w.Elsewhere)
	p.Get("/people/new?known=1&role=teacher&unit=" + w.School.UID)
	p.Submit("/people/new/review", "known", other.Email, "order.number", "12-к", "order.date", "27 Feb 2026", "identified_by", "passport", "seen", "1").Wants(t, 200)
	p.Submit("/people/new")
	reject := "/approvals/" + webtest.Must(w.Approvals.List(other.Ctx))[0].UID + "/reject"
	other.Get("/approvals")
	other.Submit(reject, "note", "I stay where I am.")
	p.Get("/approvals").Wants(t, 200, "Declined", other.Email, "I stay where I am.").Lacks(t, other.Family)
	if list := webtest.Must(w.Approvals.List(p.Ctx)); len(list) != 1 || list[0].DecidedBy != other.Email {
		t.Errorf("%+v", list)
	}
	told, _, err := w.Notify.Inbox(p.Ctx, "")
	if err != nil || len(told) == 0 || told[0].Args["By"] != other.Email {
		t.Errorf("%+v, %v", told, err)
	}
}
