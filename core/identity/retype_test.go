package identity

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/unit"
)

// Who gives which role depends on the type: nobody takes a post over, or gives one that
// is not theirs to give, by changing it for a while.
func TestKGER6c_AnotherTypeMovesNoPostUnderOthersAlone(t *testing.T) {
	w := newWorld(t)
	const lyceum = "professional_lyceum"
	general, vocational := w.school, w.unit(&w.chuy, unit.Institution, lyceum, "1003")
	officer := w.as(w.with("district_officer", w.chuy))
	other := map[string]string{general.UID: lyceum, vocational.UID: general.Type}
	for uid, typ := range other {
		ok(t, w.s.Retyped(officer, uid, typ, w.s.today(w.ctx), nil)) // nobody holds a post there
	}
	w.with("head", general)
	w.with("head", vocational)
	// Neither out of one's own reach nor into it.
	for uid, typ := range other {
		f := wants(t, w.s.Retyped(officer, uid, typ, w.s.today(w.ctx), nil), fault.Denied, "identity.retype_posts")
		if f.Rule != "KG-ER-6c" || f.Law == "" || f.Next == nil {
			t.Errorf("%+v", f)
		}
	}
	ok(t, w.s.Retyped(officer, general.UID, "school_gymnasium", w.s.today(w.ctx), nil))
	// Who stands above both may, and so may the system's hand.
	ok(t, w.s.Retyped(w.as(w.with("special_administrator", w.root)), general.UID, lyceum, w.s.today(w.ctx), nil))
	ok(t, w.s.Retyped(w.ctx, general.UID, lyceum, w.s.today(w.ctx), nil))
}

// Who gives a role is asked for every day of it: also for the types and places that are
// entered for later days.
func TestKGER6c_WhoGivesARoleMayGiveItOnEveryDayOfIt(t *testing.T) {
	w := newWorld(t)
	officer := w.as(w.with("district_officer", w.chuy))
	special := w.as(w.with("special_administrator", w.root))
	turn := w.s.today(w.ctx).AddDate(0, 0, 22)
	elsewhere := w.unit(&w.root, w.chuy.Level, w.chuy.Type, "99")
	for name, ahead := range map[string]struct {
		change func(u unit.Unit) error
		key    string
	}{
		"another type":  {func(u unit.Unit) error { return w.tree.Retype(w.ctx, u, "professional_lyceum", turn, "1") }, "identity.may_not_give_retyped"},
		"another place": {func(u unit.Unit) error { return w.tree.Move(w.ctx, u, elsewhere, turn, "1") }, "identity.may_not_give_moved"},
	} {
		t.Run(name, func(t *testing.T) {
			school := w.unit(&w.chuy, unit.Institution, w.school.Type, "20"+ahead.key[len(ahead.key)-3:])
			ok(t, ahead.change(school))
			head := func(ctx context.Context, since, until time.Time) error {
				w.persons++
				_, err := w.appoint(ctx, NewAppointment{
					Person: Person{Family: family(w.persons), Given: "Асан"}, Role: "head", Unit: school, Since: since, Until: until,
					AnotherPerson: true, IdentifiedBy: "passport", Order: Order{Number: "1", Date: w.clock.Now().AddDate(0, 0, -1)},
				})
				return err
			}
			for day, since := range map[string]time.Time{"today": {}, "the day": turn, "after it": turn.AddDate(0, 1, 0)} {
				f := wants(t, head(officer, since, time.Time{}), fault.Denied, ahead.key)
				if f.Rule != "KG-ER-6c" || f.Law == "" || f.Next == nil || f.Args["Day"] == nil {
					t.Errorf("%s: %+v", day, f)
				}
				ok(t, head(special, since, time.Time{}))
			}
			wants(t, head(officer, time.Time{}, turn.AddDate(0, 0, 1)), fault.Denied, ahead.key)
			ok(t, head(officer, time.Time{}, turn)) // over before that day
		})
	}
}

// Two at the same moment: the post is given, or the type that takes it from its giver is
// entered; never both.
func TestKGER6c_APostAndAnotherTypeAtOnce(t *testing.T) {
	w := newWorld(t)
	person := w.with("district_officer", w.chuy)
	officer := w.as(person)
	turn := w.s.today(w.ctx).AddDate(0, 0, 22)
	given := 0
	for round := range 12 {
		school := w.unit(&w.chuy, unit.Institution, w.school.Type, fmt.Sprintf("30%02d", round))
		n := w.appointment("head", school)
		var post, typed error
		var wg sync.WaitGroup
		wg.Go(func() { _, post = w.s.Appoint(officer, n) })
		wg.Go(func() {
			typed = w.gate.Unit(officer, func(ctx context.Context, _ *db.Tx) error {
				if err := w.s.Retyped(ctx, school.UID, "professional_lyceum", w.s.today(w.ctx), nil); err != nil {
					return err
				}
				return w.tree.Retype(ctx, school, "professional_lyceum", turn, "1")
			})
		})
		wg.Wait()
		if (post == nil) == (typed == nil) {
			t.Fatalf("round %d: %v, %v", round, post, typed)
		}
		if post == nil {
			given++
			wants(t, typed, fault.Denied, "identity.retype_posts")
			continue
		}
		wants(t, post, fault.Denied, "identity.may_not_give_retyped")
		all := get(w.s.Grantable(officer, get(w.tree.Get(w.ctx, school.UID))))
		i := slices.IndexFunc(all, func(g Grantable) bool { return g.Role.ID == "head" })
		if i < 0 || !all[i].Until.Equal(turn) {
			t.Errorf("round %d: offered until %v, %+v", round, turn, all)
		}
	}
	t.Logf("of 12 rounds the post was given in %d", given)
}
