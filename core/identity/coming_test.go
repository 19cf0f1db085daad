package identity

import (
	"context"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/unit"
)

// A post to come is whose it is on the day on which it begins, by the place and type entered for
// it: who handles the account, keeps its holder out or ends the post is asked for that day.
func TestKGER6c_APostToComeIsWhoseItIsWhenItBegins(t *testing.T) {
	w := newWorld(t)
	turn := w.s.today(w.ctx).AddDate(0, 0, 22)
	leaves, comes := w.as(w.with("district_officer", w.chuy)), w.as(w.with("district_officer", w.naryn))
	special := w.as(w.with("special_administrator", w.root))
	order := Order{Number: "1", Date: w.clock.Now().AddDate(0, 0, -1)}
	for name, c := range map[string]struct {
		change func(u unit.Unit) error
		whose  map[string]context.Context
		not    map[string]context.Context
	}{
		"another place": {
			func(u unit.Unit) error { return w.tree.Move(w.ctx, u, w.naryn, turn, "1") },
			map[string]context.Context{"the district it comes to": comes, "who stands over both": special},
			map[string]context.Context{"the district it leaves": leaves},
		},
		"another type": {
			func(u unit.Unit) error { return w.tree.Retype(w.ctx, u, "professional_lyceum", turn, "1") },
			map[string]context.Context{"who stands over both": special},
			map[string]context.Context{"the district": leaves},
		},
	} {
		t.Run(name, func(t *testing.T) {
			school := w.unit(&w.chuy, unit.Institution, w.school.Type, "20"+name[len(name)-3:])
			ok(t, c.change(school))
			n := w.appointment("head", get(w.tree.Get(w.ctx, school.UID)))
			n.Since = turn
			out := get(w.s.Appoint(special, n))
			uid, post := out.Account.UID, out.Appointment.UID
			end := func(ctx context.Context) error {
				return w.s.Dismiss(ctx, post, End{On: turn.AddDate(0, 0, 5), Order: order})
			}
			for who, ctx := range c.not {
				for what, err := range map[string]error{
					"a link": get2(w.s.Reinvite(ctx, uid)), "a block": w.s.Block(ctx, uid, "сыноо"), "an end": end(ctx),
				} {
					if f := faulttest.Of(t, err); f.Kind != fault.Denied || f.Rule == "" || f.Next == nil {
						t.Errorf("%s: %s: %v", who, what, err)
					}
				}
			}
			for who, ctx := range c.whose {
				for what, err := range map[string]error{"a link": get2(w.s.Reinvite(ctx, uid)), "a look": get2(w.s.Person(ctx, uid))} {
					if err != nil {
						t.Errorf("%s: %s: %v", who, what, err)
					}
				}
				ok(t, w.s.Block(ctx, uid, "сыноо"))
				for what, refused := range c.not {
					if err := w.s.Unblock(refused, uid); fault.KindOf(err) != fault.Denied {
						t.Errorf("%s unblocks: %v", what, err)
					}
				}
				ok(t, w.s.Unblock(ctx, uid))
			}
			for _, ctx := range c.whose {
				ok(t, end(ctx))
				break
			}
		})
	}
}

// A post that holds today is today's superiors' to stop at once and to end until its unit leaves
// them; for a day after that it is theirs no longer.
func TestKGER6c_APostIsEndedByWhoseItIsOnTheDayOfTheEnd(t *testing.T) {
	w := newWorld(t)
	turn := w.s.today(w.ctx).AddDate(0, 0, 22)
	leaves, comes := w.as(w.with("district_officer", w.chuy)), w.as(w.with("district_officer", w.naryn))
	head := w.with("head", w.school)
	ok(t, w.tree.Move(w.ctx, w.school, w.naryn, turn, "1"))
	end := func(ctx context.Context, on time.Time) error {
		return w.s.Dismiss(ctx, head.appointment.UID, End{On: on, Order: Order{Number: "1", Date: w.clock.Now().AddDate(0, 0, -1)}})
	}
	ok(t, w.s.Block(leaves, head.UID, "сыноо"))
	ok(t, w.s.Unblock(leaves, head.UID))
	f := wants(t, end(leaves, turn.AddDate(0, 0, 1)), fault.Denied, "gate.then_moved")
	if f.Rule != "KG-ER-6c" || f.Next == nil || f.Next.Key != "gate.next.ask_role" || f.Args["Day"] != turn {
		t.Errorf("%+v", f)
	}
	wants(t, end(comes, turn.AddDate(0, 0, 1)), fault.Denied, "")
	ok(t, end(leaves, turn)) // the first day on which it no longer holds: its last one is theirs
	ok(t, end(leaves, turn.AddDate(0, 0, -1)))
}

// Whose a post to come is when it begins finds its holder, wherever people are listed, and sees of
// them what the list shows of that post; the district that it leaves finds nobody new by that.
func TestKGER6c_WhoseAPostToComeIsFindsItsHolder(t *testing.T) {
	w := newWorld(t)
	turn := w.s.today(w.ctx).AddDate(0, 0, 22)
	far := w.unit(&w.region, unit.District, "", "0203")
	leaves, comes := w.as(w.with("district_officer", w.chuy)), w.as(w.with("district_officer", w.naryn))
	other := w.as(w.with("district_officer", far))
	special := w.as(w.with("special_administrator", w.root))
	before := w.with("head", w.school) // until the school goes: never the coming district's
	ok(t, w.tree.Move(w.ctx, w.school, w.naryn, turn, "1"))
	out, _ := w.givenThen(special, "", "head", w.school, turn)
	uid := out.Account.UID
	finds := func(ctx context.Context, f Filter) *PersonRow {
		t.Helper()
		rows, _, err := w.s.People(ctx, f)
		ok(t, err)
		for i := range rows {
			if rows[i].UID == before.UID && caller.From(ctx).Account == caller.From(comes).Account {
				t.Error("who holds a post there until the day is found by the district it comes to")
			}
			if rows[i].UID == uid {
				if n := get(w.s.Count(ctx, f)); n == 0 {
					t.Error("listed and not counted")
				}
				return &rows[i]
			}
		}
		return nil
	}
	for name, f := range map[string]Filter{
		"all": {}, "by name": {Words: out.Account.Family}, "by place": {Unit: &w.naryn}, "by school": {Unit: &w.school}, "by state": {State: Invited},
	} {
		row := finds(comes, f)
		if row == nil || len(row.Posts) != 1 || row.Posts[0].Unit.ID != w.school.ID || row.Withheld {
			t.Errorf("%s: the district that it comes to finds %+v", name, row)
		}
		if finds(other, f) != nil {
			t.Errorf("%s: a third district finds them", name)
		}
		if name != "by place" && finds(leaves, f) == nil {
			t.Errorf("%s: where it lies today they are not found", name)
		}
	}
	if finds(special, Filter{Unit: &w.naryn}) == nil {
		t.Error("who sees all does not find them by the place to come")
	}
	if finds(comes, Filter{Role: "head"}) != nil {
		t.Error("who holds it today is asked for")
	}
	if got := get(w.s.Names(comes, []string{uid})); got[uid] == "" {
		t.Error("who finds them sees no name")
	}
	// Of somebody who works elsewhere today, no more than that post.
	out, _ = w.givenThen(special, w.with("teacher", w.unit(&far, unit.Institution, w.school.Type, "3001")).UID, "head", w.school, turn.AddDate(0, 0, 1))
	uid = out.Account.UID
	row := finds(comes, Filter{Words: out.Account.Family})
	if row == nil || len(row.Posts) != 1 || row.Posts[0].Role != "head" {
		t.Errorf("%+v", row)
	}
	// One that never begins leads nobody to them.
	ended, never := w.givenThen(special, "", "head", w.school, turn.AddDate(0, 0, 2))
	if uid = ended.Account.UID; finds(comes, Filter{}) == nil {
		t.Error("before it is ended they are not found")
	}
	never()
	if finds(comes, Filter{}) != nil {
		t.Error("by a post that never begins they are found")
	}
}
