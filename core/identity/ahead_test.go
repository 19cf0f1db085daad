package identity

import (
	"context"
	"testing"
	"time"

	"mektep/core/fault"
	"mektep/core/unit"
)

// What a unit becomes for a while counts for the posts that hold then: it refuses none that
// begins when it is over.
func TestKGER6c_WhatIsOverBeforeAPostBeginsRefusesItNot(t *testing.T) {
	w := newWorld(t)
	officer := w.as(w.with("district_officer", w.chuy))
	turn := w.s.today(w.ctx).AddDate(0, 0, 22)
	back := turn.AddDate(0, 0, 30)
	school := w.unit(&w.chuy, unit.Institution, w.school.Type, "2001")
	ok(t, w.tree.Retype(w.ctx, school, "professional_lyceum", turn, "1"))
	ok(t, w.tree.Retype(w.ctx, get(w.tree.Get(w.ctx, school.UID)), w.school.Type, back, "2"))
	school = get(w.tree.Get(w.ctx, school.UID))
	give := func(since time.Time) error {
		n := w.appointment("head", school)
		n.Since = since
		_, err := w.s.Appoint(officer, n)
		return err
	}
	wants(t, give(back.AddDate(0, 0, -1)), fault.Denied, "identity.may_not_give_retyped")
	ok(t, give(back))
}

// Whoever is refused another type is sent to who stands above the posts held there before
// and after, and to nobody who would gain or lose them by it.
func TestKGER6c_ARefusedTypeIsForWhoStandsAboveBeforeAndAfter(t *testing.T) {
	w := newWorld(t)
	officer := w.as(w.with("district_officer", w.chuy))
	w.with("head", w.school)
	f := wants(t, w.s.Retyped(officer, w.school.UID, "professional_lyceum", w.s.today(w.ctx), nil), fault.Denied, "identity.retype_posts")
	w.says(f, "KG-ER-6c", "gate.next.ask_role", "special_administrator", "tenant_admin")
}

// Another type is judged over the days on which it would hold, by the types that are entered for
// them: who takes a coming one back, or puts its day right, is asked what entering it asks.
func TestKGER6c_AComingTypeIsTakenBackWithThePostsOfItsDays(t *testing.T) {
	w := newWorld(t)
	officer, special := w.as(w.with("district_officer", w.chuy)), w.as(w.with("special_administrator", w.root))
	turn := w.s.today(w.ctx).AddDate(0, 0, 22)
	later := turn.AddDate(0, 0, 10)
	school := w.unit(&w.chuy, unit.Institution, w.school.Type, "2001")
	ok(t, w.tree.Retype(w.ctx, school, "professional_lyceum", turn, "1"))
	back := func(ctx context.Context, until *time.Time) error {
		return w.s.Retyped(ctx, school.UID, school.Type, turn, until)
	}
	ok(t, back(officer, nil)) // nobody holds a post there
	n := w.appointment("head", get(w.tree.Get(w.ctx, school.UID)))
	n.Since = turn
	get(w.s.Appoint(special, n))
	for what, until := range map[string]*time.Time{"taken back": nil, "put off": &later} {
		f := wants(t, back(officer, until), fault.Denied, "identity.retype_posts")
		if f.Rule != "KG-ER-6c" || f.Law == "" || f.Next == nil {
			t.Errorf("%s: %+v", what, f)
		}
		ok(t, back(special, until))
	}
	// Not by the days before it, on which nobody holds the post.
	ok(t, w.s.Retyped(officer, school.UID, "professional_lyceum", w.s.today(w.ctx), &turn))
}
