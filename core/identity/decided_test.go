package identity_test

import (
	"fmt"
	"strings"
	"testing"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/unit"
	"mektep/core/web/webtest"
)

// stoppedAt writes down that a post was stopped, from a level and by somebody.
func stoppedAt(w *webtest.World, p *webtest.Person, role string, u unit.Unit, level string, by int64, daysAgo int) {
	w.T.Helper()
	exec(w, fmt.Sprintf("UPDATE appointment SET stopped_at = $3::timestamptz - interval '%d days', stopped_by = NULLIF(%d, 0), stopped_note = 'an inquiry', stopped_level = '%s' WHERE tenant_id = $1 AND account_id = $2 AND role = '%s' AND unit_id = %d",
		daysAgo, by, level, role, u.ID), p.ID, w.Clock.Now())
}

// levelOfStop is the level from which the post in force at a unit is stopped.
func levelOfStop(w *webtest.World, p *webtest.Person, role string, u unit.Unit) string {
	w.T.Helper()
	for _, level := range []string{"ministry", "district", "institution"} {
		if number(w, "SELECT count(*) FROM appointment WHERE tenant_id = $1 AND account_id = $2 AND role = $3 AND unit_id = $4 AND until IS NULL AND stopped_at IS NOT NULL AND stopped_level = $5", p.ID, role, u.ID, level) > 0 {
			return level
		}
	}
	return ""
}

func (h house) given(by *webtest.Person, p *webtest.Person, role string, u unit.Unit) {
	h.T.Helper()
	out, err := h.Identity.Appoint(by.Ctx, identity.NewAppointment{Account: p.UID, Role: role, Unit: u, Order: identity.Order{Number: "7", Date: h.Clock.Now()}, IdentifiedBy: "passport"})
	if err == nil && out.Waiting != nil {
		_, err = h.Agree(p.Ctx, out.Waiting.UID)
	}
	if err != nil {
		h.T.Fatal(role, err)
	}
}

// What keeps somebody from a post at a unit keeps them from one below it too.
func TestKGER6c_AStopAboveGoesOverToAPostBelow(t *testing.T) {
	for name, below := range map[string]bool{"below": true, "elsewhere": false} {
		w := webtest.New(t, "kg", "secondary_school")
		h := house{World: w}
		p := w.With("district_officer", w.Here)
		stoppedAt(w, p, "district_officer", w.Here, "ministry", 0, 1)
		at := map[bool]unit.Unit{true: w.School, false: w.Elsewhere}[below]
		h.given(w.With("head", at), p, "teacher", at)
		if got := levelOfStop(w, p, "teacher", at); got != "ministry" != !below {
			t.Errorf("%s: stopped from %q", name, got)
		}
	}
}

// Of several decisions that stand over a new post it is the highest that does.
func TestKGER6c_TheHighestOfSeveralDecisionsStands(t *testing.T) {
	for _, later := range []string{"ministry", "district"} {
		w := webtest.New(t, "kg", "secondary_school")
		h := house{World: w}
		head, p := w.With("head", w.School), w.With("teacher", w.School)
		also(t, w, p, "responsible_specialist", true)
		earlier := map[string]string{"ministry": "district", "district": "ministry"}[later]
		stoppedAt(w, p, "teacher", w.School, later, 0, 1)
		stoppedAt(w, p, "responsible_specialist", w.School, earlier, 0, 3)
		if err := w.Identity.Dismiss(head.Ctx, p.Appointment.UID, identity.End{Order: identity.Order{Number: "7", Date: w.Clock.Now()}}); err != nil {
			t.Fatal(err)
		}
		h.given(head, p, "teacher", w.School)
		if got := levelOfStop(w, p, "teacher", w.School); got != "ministry" {
			t.Errorf("after %s and then %s: stopped from %q", earlier, later, got)
		}
	}
}

// What the platform decides is decided from the ministry's level: nobody below lifts it.
func TestKGER6c_WhatThePlatformDecidesIsTheMinistrys(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	special, district, head, p := w.With("special_administrator", w.Root), w.With("district_officer", w.Here), w.With("head", w.School), w.With("teacher", w.School)
	if err := w.Identity.Block(w.Ctx, p.UID, "an inquiry"); err != nil {
		t.Fatal(err)
	}
	for name, by := range map[string]*webtest.Person{"the head": head, "the district": district} {
		if f := faulttest.Of(t, w.Identity.Unblock(by.Ctx, p.UID)); f.Key != "identity.decided_above" || f.Kind != fault.Denied {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if err := w.Identity.Unblock(special.Ctx, p.UID); err != nil {
		t.Errorf("the ministry: %v", err)
	}
}

// A post that has ended while it was stopped is nothing to who does not stand over it, also where
// it was they who decided, in an office that they have left.
func TestKGER6c_AStopOfAPostThatHasEndedIsLiftedByWhoStandsOverIt(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	p, left, head := w.With("teacher", w.School), w.With("head", w.Elsewhere), w.With("head", w.School)
	also(t, w, p, "teacher", false)
	stoppedAt(w, p, "teacher", w.School, "institution", left.ID, 1)
	if err := w.Identity.Dismiss(head.Ctx, p.Appointment.UID, identity.End{Order: identity.Order{Number: "7", Date: w.Clock.Now()}}); err != nil {
		t.Fatal(err)
	}
	if f := faulttest.Of(t, w.Identity.Unblock(left.Ctx, p.UID)); f.Key != "identity.not_blocked" {
		t.Errorf("who decided and has left: %+v", f)
	}
	if n := number(w, "SELECT count(*) FROM appointment WHERE tenant_id = $1 AND account_id = $2 AND stopped_at IS NOT NULL", p.ID); n != 1 {
		t.Errorf("%d are stopped", n)
	}
	if err := w.Identity.Unblock(head.Ctx, p.UID); err != nil {
		t.Errorf("who stands over it: %v", err)
	}
}

// Whoever stopped a post hears that another has had it taken up again.
func TestKGER6c_WhoStoppedAPostHearsThatItIsTakenUp(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	h := house{World: w}
	district, other, p := w.With("district_officer", w.Here), w.With("district_officer", w.Here), w.With("teacher", w.School)
	also(t, w, p, "teacher", false)
	for by, want := range map[*webtest.Person]int{district: 0, other: 1} {
		if err := w.Identity.Block(district.Ctx, p.UID, "an inquiry"); err != nil {
			t.Fatal(err)
		}
		was := h.notices(district.UID, "identity.notice.lifted")
		if err := w.Identity.Unblock(by.Ctx, p.UID); err != nil {
			t.Fatal(err)
		}
		if n := h.notices(district.UID, "identity.notice.lifted") - was; n != want {
			t.Errorf("told %d times, want %d", n, want)
		}
	}
}

// Of a decision whose maker is kept out those hear who hold the office, as many as are at work
// above whom it is about, and each is told of one whom it was made about; who decided about
// several hears of them all.
func TestKGER6c_OfADecisionHearsWhoIsThere(t *testing.T) {
	for name, c := range map[string]struct {
		leave func(w *webtest.World, decided *webtest.Person)
		makes bool // who decided hears of it themself
	}{
		"at work": {func(*webtest.World, *webtest.Person) {}, true},
		"blocked": {func(w *webtest.World, decided *webtest.Person) {
			if err := w.Identity.Block(w.Ctx, decided.UID, "x"); err != nil {
				w.T.Fatal(err)
			}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := webtest.New(t, "kg", "secondary_school")
			h := house{World: w}
			for range 20 { // no longer list of others keeps it from who is above
				w.With("district_officer", w.There)
			}
			stopped := w.With("district_officer", w.Here)
			stoppedAt(w, stopped, "district_officer", w.Here, "ministry", 0, 1)
			invited := webtest.Must(w.Identity.Appoint(w.Ctx, identity.NewAppointment{Person: identity.Person{Family: "Чакырылган", Given: "Адам"}, Role: "district_officer", Unit: w.Here})).Account
			decided, next, head := w.With("district_officer", w.Here), w.With("district_officer", w.Here), w.With("head", w.School)
			for range 2 {
				p := w.With("teacher", w.School)
				if err := w.Identity.Correct(w.Ctx, p.UID, webtest.Must(w.Identity.Person(w.Ctx, p.UID)).Version, identity.Person{Family: "Асанова", Given: "Айгүл"}); err != nil {
					t.Fatal(err)
				}
				if err := w.Identity.Block(decided.Ctx, p.UID, "an inquiry"); err != nil {
					t.Fatal(err)
				}
			}
			c.leave(w, decided)
			if _, err := w.Identity.Appoint(head.Ctx, identity.NewAppointment{
				Person: identity.Person{Family: "Асанова", Given: "Айгүл", Email: "another@mail.example"}, AnotherPerson: true, Role: "teacher", Unit: w.School, Order: identity.Order{Number: "7", Date: w.Clock.Now()}, IdentifiedBy: "passport",
			}); err != nil {
				t.Fatal(err)
			}
			hears := map[bool]*webtest.Person{true: decided, false: next}[c.makes]
			for uid, want := range map[string]int{hears.UID: 1, stopped.UID: 0, invited.UID: 0, head.UID: 0, map[bool]*webtest.Person{false: decided, true: next}[c.makes].UID: 0} {
				if n := h.notices(uid, "identity.notice.alike_given"); n != want {
					t.Errorf("%s is told %d times, want %d", uid, n, want)
				}
			}
			names := number(w, "SELECT coalesce(max(length(n.args::text) - length(replace(n.args::text, 'Асанова', ''))), 0) / length('Асанова') FROM notice n WHERE n.tenant_id = $1 AND n.key = 'identity.notice.alike_given'")
			if want := map[bool]int{true: 3, false: 2}[c.makes]; names != want { // the new one, and of those kept out
				t.Errorf("%d names are said, want %d", names, want)
			}
		})
	}
}

// Another telephone makes an account look like one whom somebody keeps out, as another name does.
func TestKGER6c_WhoKeepsSomebodyOutHearsOfTheirTelephone(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	h := house{World: w}
	district, head, p := w.With("district_officer", w.Here), w.With("head", w.School), w.With("teacher", w.School)
	const phone = "0555 12 34 56"
	was := webtest.Must(w.Identity.Person(w.Ctx, p.UID))
	if err := w.Identity.Correct(w.Ctx, p.UID, was.Version, identity.Person{Family: was.Family, Given: was.Given, Phone: phone}); err != nil {
		t.Fatal(err)
	}
	if err := w.Identity.Block(district.Ctx, p.UID, "an inquiry"); err != nil {
		t.Fatal(err)
	}
	a := webtest.Must(w.Identity.Appoint(head.Ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Тыныбеков", Given: "Чубак"}, AnotherPerson: true, Role: "teacher", Unit: w.School, Order: identity.Order{Number: "7", Date: w.Clock.Now()}, IdentifiedBy: "passport",
	})).Account
	for i, c := range []struct {
		phone string
		told  int
	}{{"0555 65 43 21", 0}, {phone, 1}} {
		if err := w.Identity.Correct(head.Ctx, a.UID, a.Version+i, identity.Person{Family: a.Family, Given: a.Given, Phone: c.phone}); err != nil {
			t.Fatal(err)
		}
		if n := h.notices(district.UID, "identity.notice.alike_renamed"); n != c.told {
			t.Errorf("%s: told %d times", c.phone, n)
		}
	}
}

// Whoever asks whose a login or an address is leaves an entry with whom they were told of.
func TestTheTrailSaysWhomSomebodyLookedUp(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	head, p := w.With("head", w.School), w.With("teacher", w.Elsewhere)
	login := webtest.Must(w.Identity.Mine(p.Ctx)).Login
	entries := func() int {
		return number(w, "SELECT count(*) FROM audit_entry WHERE tenant_id = $1 AND account_id = $2 AND action = 'view' AND object = 'account' AND target_uid = $3", head.ID, p.UID)
	}
	if a, err := w.Identity.Find(head.Ctx, w.School, login); err != nil || a.UID != p.UID {
		t.Fatalf("%+v %v", a, err)
	}
	if n := entries(); n != 1 {
		t.Errorf("%d entries", n)
	}
	if _, err := w.Identity.Find(head.Ctx, w.School, strings.ToUpper("nobody")); fault.KindOf(err) != fault.NotFound || entries() != 1 {
		t.Errorf("of nobody: %v, %d entries", err, entries())
	}
}
