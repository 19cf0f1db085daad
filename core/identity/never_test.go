package identity

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"mektep/core/fault"
	"mektep/core/unit"
)

// given is a post to come, and how it is ended before it begins.
func (w *world) givenThen(ctx context.Context, account, role string, u unit.Unit, since time.Time) (Appointed, func()) {
	w.t.Helper()
	n := w.appointment(role, get(w.tree.Get(w.ctx, u.UID)))
	n.Since, n.Account = since, account
	if account != "" {
		n.Person = Person{}
	}
	out, err := w.appoint(ctx, n)
	ok(w.t, err)
	return out, func() {
		w.t.Helper()
		ok(w.t, w.s.Dismiss(ctx, out.Appointment.UID, End{Order: Order{Number: "1", Date: w.clock.Now().AddDate(0, 0, -1)}}))
	}
}

// A post to come that was ended before it began never holds: from that moment it excludes nothing,
// shields and opens nobody's account, keeps no type, and is no reason for an account.
func TestKGER6c_APostEndedBeforeItBeganIsHeldByNobody(t *testing.T) {
	turn := func(w *world) time.Time { return w.s.today(w.ctx).AddDate(0, 0, 22) }
	t.Run("excludes", func(t *testing.T) {
		w := newWorld(t)
		special := w.as(w.with("special_administrator", w.root))
		p := w.with("teacher", w.school)
		ok(t, w.s.Dismiss(w.ctx, p.appointment.UID, End{}))
		_, never := w.givenThen(special, p.UID, "district_officer", w.chuy, turn(w))
		head := func() error {
			n := w.appointment("head", w.school)
			n.Person, n.Account = Person{}, p.UID
			_, err := w.s.Appoint(special, n)
			return err
		}
		f := wants(t, head(), fault.Denied, "identity.roles_exclude")
		if f.Rule != "KG-ER-7c" {
			t.Errorf("%+v", f)
		}
		never()
		ok(t, head())
	})
	t.Run("an account", func(t *testing.T) {
		w := newWorld(t)
		special := w.as(w.with("special_administrator", w.root))
		for name, clear := range map[string]func(uid string){
			"at once": func(string) {},
			// One that was ended before this held.
			"on the daily round": func(uid string) {
				w.change("UPDATE account SET state = 'invited', blocked_why = '', blocked_note = '', blocked_by = NULL, blocked_at = NULL WHERE tenant_id = $1 AND uid = $2", uid)
				if got := get(w.s.Person(special, uid)); !got.Over {
					t.Errorf("all is over: %+v", got.Account)
				}
				ok(t, w.s.Sweep(w.ctx))
			},
		} {
			out, never := w.givenThen(special, "", "head", w.school, turn(w))
			if got := get(w.s.Person(special, out.Account.UID)); got.State != Invited || got.Over {
				t.Errorf("%s: before %+v", name, got.Account)
			}
			never()
			clear(out.Account.UID)
			got := get(w.s.Person(special, out.Account.UID))
			if got.State != Blocked || got.BlockedWhy != NoAppointment || got.May.Dismiss[out.Appointment.UID] {
				t.Errorf("%s: %v, %v", name, got.Account, got.May)
			}
			err := w.s.Dismiss(special, out.Appointment.UID, End{Order: Order{Number: "2", Date: w.clock.Now().AddDate(0, 0, -1)}})
			wants(t, err, fault.Conflict, "identity.ended_already")
		}
	})
	t.Run("a type", func(t *testing.T) {
		w := newWorld(t)
		officer, special := w.as(w.with("district_officer", w.chuy)), w.as(w.with("special_administrator", w.root))
		_, never := w.givenThen(special, "", "head", w.school, turn(w))
		retyped := func() error {
			return w.s.Retyped(officer, w.school.UID, "professional_lyceum", w.s.today(w.ctx), nil)
		}
		wants(t, retyped(), fault.Denied, "identity.retype_posts")
		if get(w.s.RolesUsed(w.ctx))["head"] != 1 {
			t.Error("a post to come is none that is used")
		}
		never()
		ok(t, retyped())
		if n := get(w.s.RolesUsed(w.ctx))["head"]; n != 0 {
			t.Errorf("a post that never holds is used: %d", n)
		}
	})
	t.Run("an account's superiors", func(t *testing.T) {
		w := newWorld(t)
		chuy, naryn := w.as(w.with("district_officer", w.chuy)), w.as(w.with("district_officer", w.naryn))
		special := w.as(w.with("special_administrator", w.root))
		head := w.with("head", w.school)
		_, never := w.givenThen(special, head.UID, "head", w.lyceum, turn(w))
		corrects := func() error {
			p := get(w.s.Person(special, head.UID))
			return w.s.Correct(chuy, head.UID, p.Version, Person{Family: "Башка", Given: "Асан"})
		}
		if err := corrects(); fault.KindOf(err) != fault.Denied {
			t.Errorf("beside a head's post elsewhere: %v", err)
		}
		ok(t, w.s.Block(naryn, head.UID, "сыноо"))
		ok(t, w.s.Unblock(naryn, head.UID))
		never()
		ok(t, corrects())
		if err := w.s.Block(naryn, head.UID, "сыноо"); fault.KindOf(err) != fault.Denied {
			t.Errorf("by a post that never holds: %v", err)
		}
		if n := len(get(w.s.Person(chuy, head.UID)).Appointments); n != 1 {
			t.Errorf("%d posts", n)
		}
		if n := get(w.s.Person(chuy, head.UID)).Elsewhere; n != 0 {
			t.Errorf("%d held elsewhere", n)
		}
	})
}

// Whoever asks who holds what asks it by one condition (in_force.go): one that compares the days of
// posts itself forgets those that never hold.
func TestKGER6c_WhatIsHeldIsAskedInOnePlace(t *testing.T) {
	own := regexp.MustCompile(`\b(p|k|appointment)\.until (IS NULL OR|>|<=)|[( ]until IS NULL OR`)
	for _, file := range get(filepath.Glob("*.go")) {
		if file == "in_force.go" || regexp.MustCompile(`_test\.go$`).MatchString(file) {
			continue
		}
		if at := own.FindString(string(get(os.ReadFile(file)))); at != "" {
			t.Errorf("%s asks for itself: %q", file, at)
		}
	}
}

// A post whose unit closes before it begins never holds, nor one that was ended by the closing: both
// are over, and said to be.
func TestKGER6c_APostWhoseUnitClosesBeforeItBeginsIsOver(t *testing.T) {
	on := func(d int) time.Time { return time.Date(2026, 12, d, 0, 0, 0, 0, time.UTC) }
	closes := on(5)
	for name, a := range map[string]Appointment{
		"its unit closes":           {Since: on(10), Unit: unit.Unit{Until: &closes}},
		"it was ended with it":      {Since: on(10), Until: closes},
		"it ends the day it begins": {Since: on(5), Unit: unit.Unit{Until: &closes}},
	} {
		if !a.OverOn(on(1)) || a.HeldOn(on(10)) {
			t.Errorf("%s: it is to come", name)
		}
	}
	if a := (Appointment{Since: on(4), Unit: unit.Unit{Until: &closes}}); a.OverOn(on(1)) || !a.HeldOn(on(4)) || !a.OverOn(closes) {
		t.Error("a day that is left is held")
	}
}
