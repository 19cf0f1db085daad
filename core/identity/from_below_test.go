package identity_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// For lifting a decision nobody is named who stands lower than it was made.
func TestKGER6c_WhoIsNamedForLiftingStandsNoLower(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	above, head, p := w.With("special_administrator", w.Root), w.With("head", w.School), w.With("teacher", w.School)
	if err := w.Identity.Block(above.Ctx, p.UID, "an inquiry"); err != nil {
		t.Fatal(err)
	}
	f := faulttest.Of(t, w.Identity.Unblock(head.Ctx, p.UID))
	if f.Key != "identity.decided_above" || f.Next == nil {
		t.Fatalf("%+v", f)
	}
	named := fmt.Sprint(f.Next.Args["Roles"])
	for role, want := range map[string]bool{"special_administrator": true, "head": false, "district_officer": false, "responsible_specialist": false} {
		if got := strings.Contains(named, fmt.Sprint(fault.Text(w.Profile.Role(role).Name))); got != want {
			t.Errorf("%s is named: %t, in %s", role, got, named)
		}
	}
}

// Who decided lifts it themself, from whatever post they have by then.
func TestKGER6c_WhoDecidedLiftsItFromWhateverPost(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	by, p := w.With("district_officer", w.Here), w.With("teacher", w.School)
	if err := w.Identity.Block(by.Ctx, p.UID, "an inquiry"); err != nil {
		t.Fatal(err)
	}
	order := identity.Order{Number: "7", Date: w.Clock.Now()}
	page := webtest.Must(w.Identity.Person(w.Ctx, by.UID))
	if err := w.Identity.Dismiss(w.Ctx, page.Appointments[0].UID, identity.End{Order: order}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{Account: by.UID, Role: "head", Unit: w.School, Order: order, IdentifiedBy: "passport"}); err != nil {
		t.Fatal(err)
	}
	other := w.With("head", w.School)
	if key := faulttest.Key(w.Identity.Unblock(other.Ctx, p.UID)); key != "identity.decided_above" {
		t.Errorf("another head: %s", key)
	}
	if err := w.Identity.Unblock(w.As(by.ID), p.UID); err != nil {
		t.Errorf("who decided: %v", err)
	}
}

// A stop that goes over to the post given in the old one's place is recorded, and its holder told.
func TestKGER6c_AStopThatGoesOverIsRecordedAndTold(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	h := house{World: w}
	district, head, p := w.With("district_officer", w.Here), w.With("head", w.School), w.With("teacher", w.School)
	if !also(t, w, p, "teacher", false) {
		t.Fatal("no second post")
	}
	if err := w.Identity.Block(district.Ctx, p.UID, "an inquiry"); err != nil {
		t.Fatal(err)
	}
	order := identity.Order{Number: "7", Date: w.Clock.Now()}
	for _, a := range webtest.Must(w.Identity.Person(w.Ctx, p.UID)).Appointments {
		if a.Unit.ID == w.School.ID {
			if err := w.Identity.Dismiss(head.Ctx, a.UID, identity.End{Order: order}); err != nil {
				t.Fatal(err)
			}
		}
	}
	const stops = "audit_entry WHERE tenant_id = $1 AND action = 'block' AND object = 'appointment'"
	entries, told := h.Count(stops), h.notices(p.UID, "identity.notice.post_stopped")
	offer := webtest.Must(w.Identity.Appoint(head.Ctx, identity.NewAppointment{Account: p.UID, Role: "teacher", Unit: w.School, Order: order, IdentifiedBy: "passport"}))
	if _, err := w.Agree(p.Ctx, offer.Waiting.UID); err != nil {
		t.Fatal(err)
	}
	if n, m := h.Count(stops)-entries, h.notices(p.UID, "identity.notice.post_stopped")-told; n != 1 || m != 1 {
		t.Errorf("%d entries, told %d times", n, m)
	}
}

// Whatever a superior types for somebody is unread until they show to read it, an operator's
// mailbox too.
func TestTRIC1_WhateverASuperiorTypesIsUnread(t *testing.T) {
	h := newHouse(t)
	if _, err := dbtest.Super(t, h.DB).Exec(context.Background(), "INSERT INTO platform.operator (uid, name, email, language, created_at) VALUES ('op1', 'Op', 'op1@op.example', 'en', now())"); err != nil {
		t.Fatal(err)
	}
	head, teacher := h.With("head", h.School), h.With("teacher", h.School)
	for address, want := range map[string]int{alias("op1@op.example"): 1, "typed@mail.example": 1} {
		now := webtest.Must(h.Identity.Person(head.Ctx, teacher.UID))
		if err := h.Identity.Correct(head.Ctx, teacher.UID, now.Version, identity.Person{Family: now.Family, Given: now.Given, Email: address}); err != nil {
			t.Fatal(err)
		}
		if n := number(h.World, "SELECT count(*) FROM account WHERE tenant_id = $1 AND id = $2 AND address_unread", teacher.ID); n != want {
			t.Errorf("%s is unread: %d", address, n)
		}
	}
}

// Who follows the letter is in the trail.
func TestWhoFollowsALetterIsInTheTrail(t *testing.T) {
	h := newHouse(t)
	p := h.With("teacher", h.School)
	const box = "read@mail.example"
	h.enters(p, box)
	entries := func() int {
		return number(h.World, "SELECT count(*) FROM audit_entry WHERE tenant_id = $1 AND action = 'accept' AND object = 'invitation' AND account_id = $2", p.ID)
	}
	before := entries()
	if err := h.Identity.ReadAddress(p.Ctx, webtest.Secret(h.letter(box))); err != nil {
		t.Fatal(err)
	}
	if n := entries() - before; n != 1 {
		t.Errorf("%d entries", n)
	}
}
