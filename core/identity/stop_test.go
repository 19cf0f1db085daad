package identity_test

import (
	"slices"
	"testing"

	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate/gatetest"
	"mektep/core/identity"
	"mektep/core/profile"
	"mektep/core/web/webtest"
)

// also gives somebody a further post on the system's word; false where the limits forbid it.
func also(t *testing.T, w *webtest.World, p *webtest.Person, role string, here bool) bool {
	t.Helper()
	u := w.Elsewhere
	if here {
		u = w.School
	}
	_, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{Account: p.UID, Role: role, Unit: u})
	if faulttest.Key(err) == "identity.roles_exclude" {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	return true
}

// inForce are the paths at which somebody has rights at this moment, by anew looking up.
func inForce(t *testing.T, w *webtest.World, p *webtest.Person) []string {
	t.Helper()
	c, err := w.Identity.ResolveAccount(w.Ctx, caller.From(w.Ctx).Tenant, p.ID)
	if fault.KindOf(err) == fault.Denied {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, a := range c.Assignments {
		paths = append(paths, a.UnitPath)
	}
	return paths
}

// Whoever answers for one post of a person and not for all of them stops that post, at
// once, and neither the account nor what is held elsewhere, whatever that is; and they
// alone, and who stands above them, take it up again.
func TestKGER6c_ABlockGoesAsFarAsItsReach(t *testing.T) {
	for _, c := range []struct{ country, typ string }{{"kg", "secondary_school"}, {"tr", "ilkokul"}} {
		w := webtest.New(t, c.country, c.typ)
		head := w.With("head", w.School)
		for i := range w.Profile.Roles {
			r := &w.Profile.Roles[i]
			if r.Guarded || r.Level != "institution" && r.Level != "district" && r.Level != "ministry" || len(r.Offices)+len(r.Institutions) > 0 {
				continue
			}
			at := w.Elsewhere
			switch r.Level {
			case "ministry":
				at = w.Root
			case "district":
				at = w.There
			}
			who := w.With(r.ID, at)
			if !also(t, w, who, "teacher", true) {
				continue
			}
			page := webtest.Must(w.Identity.Person(head.Ctx, who.UID))
			if !page.May.Block || len(page.Stops) != 1 {
				t.Errorf("%s %s: the page says %v %v", c.country, r.ID, page.May.Block, page.Stops)
			}
			if err := w.Identity.Block(head.Ctx, who.UID, "x"); err != nil {
				t.Errorf("%s %s: %v", c.country, r.ID, err)
				continue
			}
			if got := inForce(t, w, who); !slices.Equal(got, []string{at.Path}) {
				t.Errorf("%s %s: has rights at %v", c.country, r.ID, got)
			}
			if n := w.Count("account WHERE tenant_id = $1 AND state = 'blocked'"); n != 0 {
				t.Fatalf("%s %s: %d accounts are blocked", c.country, r.ID, n)
			}
			if f := faulttest.Of(t, w.Identity.Block(head.Ctx, who.UID, "x")); f.Key != "identity.stopped_already" {
				t.Errorf("%s %s: twice: %v", c.country, r.ID, f)
			}
			toldOnScreen(t, w, who, "identity.notice.post_stopped")
			if r.Level == "institution" {
				there := w.With("head", w.Elsewhere)
				if f := faulttest.Of(t, w.Identity.Unblock(there.Ctx, who.UID)); f.Rule == "" && f.Kind == fault.Denied {
					t.Errorf("%s %s: another head takes it up again: %v", c.country, r.ID, f)
				}
			}
			if f := faulttest.Of(t, w.Identity.Unblock(who.Ctx, who.UID)); f.Kind != fault.Denied {
				t.Errorf("%s %s: they take it up themselves: %v", c.country, r.ID, f)
			}
			if err := w.Identity.Unblock(head.Ctx, who.UID); err != nil || len(inForce(t, w, who)) != 2 {
				t.Errorf("%s %s: taken up again: %v, %v", c.country, r.ID, err, inForce(t, w, who))
			}
			if f := faulttest.Of(t, w.Identity.Unblock(head.Ctx, who.UID)); f.Key != "identity.not_blocked" {
				t.Errorf("%s %s: where nothing is stopped: %v", c.country, r.ID, f)
			}
		}
	}
}

// Who stands over all of it blocks the account, and whose every post is stopped is kept
// out as well.
func TestKGER6c_WhoStandsOverAllBlocksTheAccount(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	special, head, there := w.With("special_administrator", w.Root), w.With("head", w.School), w.With("head", w.Elsewhere)
	who := w.With("teacher", w.School)
	also(t, w, who, "teacher", false)
	for _, p := range []*webtest.Person{head, there} {
		if err := w.Identity.Block(p.Ctx, who.UID, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if got := inForce(t, w, who); got != nil {
		t.Errorf("all is stopped, and they have rights at %v", got)
	}
	if err := w.Identity.Block(special.Ctx, who.UID, "x"); err != nil {
		t.Fatal(err)
	}
	if p := webtest.Must(w.Identity.Person(special.Ctx, who.UID)); p.State != identity.Blocked {
		t.Errorf("it is %s", p.State)
	}
	if f := faulttest.Of(t, w.Identity.Unblock(head.Ctx, who.UID)); f.Kind != fault.Denied {
		t.Errorf("a head opens what the ministry has closed: %v", f)
	}
	if err := w.Identity.Unblock(special.Ctx, who.UID); err != nil || len(inForce(t, w, who)) != 2 {
		t.Errorf("%v %v", err, inForce(t, w, who))
	}
}

// Of a guarded role's holder what was agreed to is done, and nothing else has become of
// it meanwhile.
func TestTRIC1_AStoppedPostOfAGuardedHolderTakesTwo(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	head := w.With("head", w.School)
	for i := range w.Profile.Roles {
		r := &w.Profile.Roles[i]
		if !r.Guarded {
			continue
		}
		second := w.With("tenant_admin", w.Root)
		who := w.With(r.ID, w.Root)
		if !also(t, w, who, "responsible_specialist", true) {
			continue
		}
		asked := waits(t, r.ID, w.Identity.Block(head.Ctx, who.UID, "x"))
		if asked.Key != "approval.asks.stop" || len(inForce(t, w, who)) != 2 {
			t.Errorf("%s: %s, %v", r.ID, asked.Key, inForce(t, w, who))
		}
		if _, err := w.Agree(second.Ctx, asked.UID); err != nil || len(inForce(t, w, who)) != 1 {
			t.Errorf("%s: %v %v", r.ID, err, inForce(t, w, who))
		}
	}
}

// Where one post of a last holder is stopped and not the account, the role keeps a holder on
// every day to come all the same.
func TestKGER6c_AStoppedPostLeavesNoDayWithoutAHolder(t *testing.T) {
	w := webtest.Of(t, gatetest.Changed(t, "kg", func(p *profile.Profile) {
		p.Role("special_administrator").GrantedBy = []profile.Grant{{Role: "special_administrator", Within: "tenant", Source: "kg-78-1 §1.3"}}
	}), "secondary_school")
	by, whom := w.With("tenant_admin", w.Root), w.With("special_administrator", w.Root)
	if _, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{Account: whom.UID, Role: "tenant_admin", Unit: w.Root}); err != nil {
		t.Fatal(err)
	}
	if page := webtest.Must(w.Identity.Person(by.Ctx, whom.UID)); len(page.Stops) != 1 {
		t.Fatalf("%d of the posts would be stopped", len(page.Stops))
	}
	exec(w, "UPDATE appointment SET until = $3 WHERE tenant_id = $1 AND id = $2", by.Appointment.ID, w.Clock.Now().AddDate(0, 0, 10))
	if f := faulttest.Of(t, w.Identity.Block(by.Ctx, whom.UID, "x")); f.Key != "identity.last_holder" {
		t.Errorf("from the tenth day on nobody would be an administrator: %v", f)
	}
	w.With("tenant_admin", w.Root)
	waits(t, "Block", w.Identity.Block(by.Ctx, whom.UID, "x"))
}
