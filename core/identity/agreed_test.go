package identity_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// saw fails unless agreeing was refused because what was shown is no longer so, with
// something that whoever decides can do.
func saw(t *testing.T, err error, why string) {
	t.Helper()
	f := faulttest.Of(t, err)
	if f.Kind != fault.Conflict || f.Key != "approval.overtaken" || f.Next == nil {
		t.Fatalf("agreed to what has changed: %v", err)
	}
	for _, r := range f.Args["Reasons"].(fault.List) {
		if p, ok := r.(fault.Phrase); ok && p.Key == why {
			return
		}
	}
	t.Errorf("%v, want %s", f.Args["Reasons"], why)
}

// split is a holder of a guarded role at the ministry who has a post at a school too, and
// the head of that school, who stands over this post alone.
func split(t *testing.T) (h house, head, who *webtest.Person) {
	t.Helper()
	h = newHouse(t)
	head, who = h.With("head", h.School), h.With("special_administrator", h.Root)
	if !also(t, h.World, who, "teacher", true) {
		t.Fatal("the limits let nobody hold both")
	}
	return h, head, who
}

// What two people stop is what the second was shown: where the person holds another post,
// or one fewer, than when it was asked for, nothing is stopped, and never the account instead.
func TestTRIC1_ABlockThatWasAgreedToStopsNoMoreAndNoLess(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, h house, head, who *webtest.Person){
		"the post at the ministry has ended": func(t *testing.T, h house, _, who *webtest.Person) {
			end := identity.End{Order: identity.Order{Number: "9", Date: h.Clock.Now().AddDate(0, 0, -1)}}
			r := waits(t, "Dismiss", h.Identity.Dismiss(h.by.Ctx, who.Appointment.UID, end))
			webtest.Must(h.Agree(h.other.Ctx, r.UID))
		},
		"there is another post at the school": func(t *testing.T, h house, _, who *webtest.Person) {
			exec(h.World, "INSERT INTO appointment (tenant_id, uid, account_id, role, unit_id, since, granted_at) SELECT tenant_id, uid || 'x', account_id, 'responsible_specialist', unit_id, since, granted_at FROM appointment WHERE tenant_id = $1 AND account_id = $2 AND role = 'teacher'", who.ID)
		},
		"the post at the school is another": func(t *testing.T, h house, _, who *webtest.Person) {
			exec(h.World, "UPDATE appointment SET until = since WHERE tenant_id = $1 AND account_id = $2 AND role <> 'special_administrator'", who.ID)
			if !also(t, h.World, who, "guardian", true) {
				t.Fatal("no other post goes with it")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, head, who := split(t)
			r := waits(t, "Block", h.Identity.Block(head.Ctx, who.UID, "x"))
			if r.Key != "approval.asks.stop" {
				t.Fatal(r.Key)
			}
			change(t, h, head, who)
			before := inForce(t, h.World, who)
			_, err := h.Agree(h.other.Ctx, r.UID)
			saw(t, err, "identity.changed_since")
			if got := inForce(t, h.World, who); !slices.Equal(got, before) || len(got) == 0 {
				t.Errorf("rights at %v, before %v", got, before)
			}
			if p := webtest.Must(h.Identity.Person(h.Ctx, who.UID)); p.State == identity.Blocked {
				t.Error("the account was blocked, and a post was shown")
			}
		})
	}
}

// What was asked for as the block of an account does not become that of a post.
func TestTRIC1_ABlockOfTheAccountStopsNoPostInstead(t *testing.T) {
	h := newHouse(t)
	who := h.With("ministry_officer", h.Root)
	h.promotesBy(who.UID, h.other, h.third)
	r := waits(t, "Block", h.Identity.Block(h.by.Ctx, who.UID, "x"))
	if r.Key != "approval.asks.block" {
		t.Fatal(r.Key)
	}
	if _, err := h.Agree(h.other.Ctx, r.UID); err != nil {
		t.Errorf("nothing has changed: %v", err)
	}
	if p := webtest.Must(h.Identity.Person(h.Ctx, who.UID)); p.State != identity.Blocked {
		t.Errorf("%s", p.State)
	}
}

// Nor is opened again what was closed after it was asked for.
func TestTRIC1_AnEndOfABlockOpensWhatWasClosedThen(t *testing.T) {
	h, head, who := split(t)
	r := waits(t, "Block", h.Identity.Block(head.Ctx, who.UID, "x"))
	webtest.Must(h.Agree(h.other.Ctx, r.UID))
	r = waits(t, "Unblock", h.Identity.Unblock(h.by.Ctx, who.UID))
	if err := h.Identity.Block(h.Ctx, who.UID, "something else"); err != nil {
		t.Fatal(err)
	}
	_, err := h.Agree(h.other.Ctx, r.UID)
	saw(t, err, "identity.changed_since")
	if p := webtest.Must(h.Identity.Person(h.Ctx, who.UID)); p.State != identity.Blocked {
		t.Errorf("the account is %s", p.State)
	}
	r = waits(t, "Unblock", h.Identity.Unblock(h.other.Ctx, who.UID))
	if _, err := h.Agree(h.third.Ctx, r.UID); err != nil || len(inForce(t, h.World, who)) != 2 {
		t.Errorf("asked for as it is: %v, %v", err, inForce(t, h.World, who))
	}
}

// A key goes to the address that was agreed to, whatever is entered while the agreement
// waits for the account: the two stand one behind the other here, not by luck.
func TestTRIC1_AKeyGoesToTheAddressThatWasAgreedTo(t *testing.T) {
	for _, name := range []string{"PrintCode", "PrintCode, dropping the second factor", "Reinvite"} {
		t.Run(name, func(t *testing.T) {
			h := newHolder(t, "kg", "secondary_school", "auditor")
			second := h.With("tenant_admin", h.Root)
			uid := h.whom.UID
			if name == "Reinvite" {
				uid = h.invited
			}
			r := waits(t, name, acts[name](h, h.by.Ctx))
			var done approval.Done
			err := meanwhile(h.World, uid, func() (err error) {
				done, err = h.Agree(second.Ctx, r.UID)
				return err
			}, "UPDATE account SET email = 'moved@mail.example' WHERE tenant_id = $1 AND uid = $2")
			saw(t, err, "identity.address_moved")
			if done.Link != "" || done.Address != "" {
				t.Errorf("a key for %q: %q", done.Address, done.Link)
			}
			if n := h.Count("mail_outbox WHERE tenant_id = $1 AND address = 'moved@mail.example' AND url <> ''"); n != 0 {
				t.Errorf("%d keys were mailed", n)
			}
		})
	}
}

// meanwhile runs an act that has to wait for an account, and changes the account once it
// waits: as somebody who came just before it does.
func meanwhile(w *webtest.World, uid string, act func() error, change string) error {
	w.T.Helper()
	out := make(chan error, 1)
	err := w.DB.Tenant(w.Ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.PGX().Exec(ctx, "SELECT 1 FROM account WHERE tenant_id = $1 AND uid = $2 FOR UPDATE", tx.Tenant(), uid); err != nil {
			return err
		}
		go func() { out <- act() }()
		for n := 0; n == 0; time.Sleep(time.Millisecond) {
			select {
			case err := <-out:
				out <- err
				w.T.Errorf("it did not wait for the account")
				return nil
			default:
			}
			// PostgreSQL shows a transaction the same activity all along, unless told not to.
			if err := tx.PGX().QueryRow(ctx, `SELECT count(*) FROM pg_stat_clear_snapshot(), pg_stat_activity
				WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n); err != nil {
				return err
			}
		}
		_, err := tx.PGX().Exec(ctx, change, tx.Tenant(), uid)
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return <-out
}

// Nor does the key of somebody invited go to an address that was entered after the role was
// asked for: whoever agreed was shown another.
func TestTRIC1_ARoleThatWasAgreedToSendsNoKeyElsewhere(t *testing.T) {
	h := newHouse(t)
	for name, c := range map[string]struct {
		state string
		over  bool
	}{"invited": {"invited", true}, "at work": {"active", false}} {
		t.Run(name, func(t *testing.T) {
			uid := h.invites(h.by.Ctx, "ministry_officer", name[:2]+".first@mail.example").Account.UID
			if c.state == "active" {
				uid = h.With("ministry_officer", h.Root).UID
			}
			r := h.asksFor(h.by, uid)
			exec(h.World, "UPDATE account SET email = $3 WHERE tenant_id = $1 AND uid = $2", uid, name[:2]+".moved@mail.example")
			_, err := h.Agree(h.other.Ctx, r.UID)
			if c.over {
				saw(t, err, "identity.address_moved")
			} else if err != nil {
				t.Errorf("no key is sent to whom has one: %v", err)
			}
			if n := h.links(name[:2] + ".moved@mail.example"); n != 0 {
				t.Errorf("%d keys went to an address that nobody has agreed to", n)
			}
		})
	}
}
