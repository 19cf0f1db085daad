package identity

import (
	"context"
	"testing"
	"time"

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
	ok(t, end(leaves, turn.AddDate(0, 0, -1)))
	ok(t, end(leaves, turn)) // the first day on which it no longer holds: its last one is theirs
}
