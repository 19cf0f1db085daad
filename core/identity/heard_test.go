package identity_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// Whoever takes up a post takes with it the decision that kept its holder from what it was given in
// place of.
func TestKGER6c_WhatWasStoppedBeforeIsForgottenWithAPostThatIsTakenUp(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	h := house{World: w}
	decided, head, p := w.With("head", w.School), w.With("head", w.School), w.With("district_officer", w.Here)
	stoppedAt(w, p, "district_officer", w.Here, "district", decided.ID, 1)
	if err := w.Identity.Dismiss(w.Ctx, p.Appointment.UID, identity.End{Order: h.order()}); err != nil {
		t.Fatal(err)
	}
	h.given(head, p, "teacher", w.School)
	if levelOfStop(w, p, "teacher", w.School) != "district" {
		t.Fatal("the stop has not gone over")
	}
	if err := w.Identity.Unblock(decided.Ctx, p.UID); err != nil {
		t.Fatal(err)
	}
	if n := number(w, "SELECT count(*) FROM appointment WHERE tenant_id = $1 AND account_id = $2 AND stopped_at IS NOT NULL", p.ID); n != 0 {
		t.Errorf("%d are stopped still", n)
	}
}

// What somebody who is kept out has entered keeps an address from being anybody's word no longer.
func TestTRIC1_WhatABlockedAccountEnteredKeepsNobodyUnread(t *testing.T) {
	const box = "own@mail.example"
	for blocked, unread := range map[bool]bool{true: false, false: true} {
		h := newHouse(t)
		other, p := h.With("teacher", h.Elsewhere), h.With("teacher", h.School)
		h.enters(other, box)
		if blocked {
			if err := h.Identity.Block(h.Ctx, other.UID, "x"); err != nil {
				t.Fatal(err)
			}
		}
		h.comesToHave(p, box)
		if now := webtest.Must(h.Identity.Person(h.Ctx, p.UID)); now.AddressUnread != unread {
			t.Errorf("blocked: %t, unread: %t", blocked, now.AddressUnread)
		}
	}
}

// An address that somebody has read stays one that they had, also when they have entered it again
// without showing that they read there.
func TestTRIC1_WhatWasReadOnceStaysAFormerAddress(t *testing.T) {
	h := newHouse(t)
	p := h.With("teacher", h.School)
	h.comesToRead(p, "own@mail.example")
	for _, address := range []string{"other@mail.example", "own@mail.example", "third@mail.example"} {
		h.enters(p, address)
		h.Clock.Set(h.Clock.Now().Add(25 * time.Hour))
	}
	for address, want := range map[string]int{"own@mail.example": 1, "other@mail.example": 0} {
		if n := number(h.World, "SELECT count(*) FROM account_former WHERE tenant_id = $1 AND account_id = $2 AND NOT unread AND digest = sha256(convert_to($3, 'UTF8'))", p.ID, address); n != want {
			t.Errorf("%s: %d", address, n)
		}
	}
}

// That an address is another's is told to whoever typed that very one, as long as their hand is on it.
func TestTRIC1_WhoTypedAnAddressHearsWhoseItIs(t *testing.T) {
	const box = "owners@mail.example"
	h := newHouse(t)
	p, owner := h.With("teacher", h.School), h.With("teacher", h.Elsewhere)
	another, over, typist := h.With("head", h.School), h.With("head", h.School), h.With("head", h.School)
	h.typesFor(another, p, "another@mail.example")
	h.typesFor(over, p, box)
	exec(h.World, "UPDATE account_hand SET over_at = now() WHERE tenant_id = $1 AND account_id = $2 AND by_account = $3", p.ID, over.ID)
	h.typesFor(typist, p, "between@mail.example")
	h.typesFor(typist, p, box)
	h.comesToRead(owner, box)
	for name, c := range map[string]struct {
		who  *webtest.Person
		told int
	}{"who typed it": {typist, 1}, "whose hand is over": {over, 0}, "who typed another": {another, 0}} {
		if n := h.notices(c.who.UID, "identity.notice.address_not_theirs"); n != c.told {
			t.Errorf("%s: told %d times", name, n)
		}
	}
}

// Who gives an account themself is told nothing of it, and others above once, whoever decided about
// those whom it looks like.
func TestKGER6c_EachHearsOnceAndWhoGivesNothing(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	h := house{World: w}
	next, giver := w.With("district_officer", w.Here), w.With("district_officer", w.Here)
	person := identity.Person{Family: "Асанова", Given: "Айгүл"}
	for range 3 {
		decided, p := w.With("district_officer", w.Here), w.With("head", w.School)
		if err := w.Identity.Correct(w.Ctx, p.UID, webtest.Must(w.Identity.Person(w.Ctx, p.UID)).Version, person); err != nil {
			t.Fatal(err)
		}
		if err := w.Identity.Block(decided.Ctx, p.UID, "an inquiry"); err != nil {
			t.Fatal(err)
		}
		if err := w.Identity.Dismiss(w.Ctx, decided.Appointment.UID, identity.End{Order: h.order()}); err != nil {
			t.Fatal(err)
		}
	}
	webtest.Must(w.Appointed(giver.Ctx, identity.NewAppointment{Person: person, AnotherPerson: true, Role: "head", Unit: w.School, Order: h.order(), IdentifiedBy: "passport"}))
	for name, c := range map[string]struct {
		uid  string
		told int
	}{"who gives it": {giver.UID, 0}, "another in that office": {next.UID, 1}} {
		if n := h.notices(c.uid, "identity.notice.alike_given"); n != c.told {
			t.Errorf("%s: told %d times", name, n)
		}
	}
}

// Of many who share a name, whoever shares a telephone too is told of first; whoever decides about one
// hears of the like account that they may see, however many older ones there are elsewhere.
func TestWhoSharesMoreThanANameIsNotLostAmongNamesakes(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	h := house{World: w}
	head, there := w.With("head", w.School), w.With("head", w.Elsewhere)
	person := identity.Person{Family: "Асанова", Given: "Айгүл"}
	give := func(by *webtest.Person, p identity.Person) identity.Account {
		t.Helper()
		return webtest.Must(w.Identity.Appoint(by.Ctx, identity.NewAppointment{Person: p, AnotherPerson: true, Role: "teacher", Unit: by.Appointment.Unit, Order: h.order(), IdentifiedBy: "passport"})).Account
	}
	for range 7 {
		give(there, person)
	}
	give(head, identity.Person{Family: "Тыныбеков", Given: "Чубак", Phone: "0555 12 34 56"})
	n := identity.NewAppointment{Person: person, Role: "teacher", Unit: w.School, Order: h.order(), IdentifiedBy: "passport"}
	n.Person.Phone = "0555 12 34 56"
	f := faulttest.Of(t, only(w.Identity.Appoint(head.Ctx, n)))
	if len(f.Fields) != 1 || !strings.Contains(fmt.Sprint(f.Fields[0].Args["Accounts"]), "Тыныбеков") {
		t.Errorf("whose telephone it is, is not told of: %+v", f.Fields)
	}
	here, kept := give(head, person), give(head, person)
	if err := w.Identity.Block(head.Ctx, kept.UID, "an inquiry"); err != nil {
		t.Fatal(err)
	}
	if n := h.Count("notice WHERE tenant_id = $1 AND key = 'identity.notice.alike_stands' AND link = '/people/" + here.UID + "'"); n != 1 {
		t.Errorf("told %d times of the account that they may see", n)
	}
}

// Whoever has forgotten is written to before accounts that are blocked, also where those have entered
// the address earlier.
func TestWhoHasForgottenIsWrittenToBeforeBlockedAccounts(t *testing.T) {
	const box = "owner@mail.example"
	h := newHouse(t)
	for range 6 {
		p := h.With("teacher", h.Elsewhere)
		h.enters(p, box)
		if err := h.Identity.Block(h.Ctx, p.UID, "x"); err != nil {
			t.Fatal(err)
		}
	}
	owner := h.With("teacher", h.School)
	h.enters(owner, box)
	last := number(h.World, "SELECT coalesce(max(id), 0) FROM account_key WHERE tenant_id = $1")
	h.asksForLetter(box)
	if n := number(h.World, "SELECT count(*) FROM account_key WHERE tenant_id = $1 AND account_id = $2 AND id > $3 AND purpose = 'reset'", owner.ID, last); n != 1 {
		t.Errorf("%d letters to who works", n)
	}
}

// A rehearsal hands no link out, and what an offer would take away is for whom it is made to read.
func TestARehearsalTellsNothingThatIsNotTheGivers(t *testing.T) {
	h := newHouse(t)
	head := h.With("head", h.School)
	n := identity.NewAppointment{Person: identity.Person{Family: "Ээсиев", Given: "Өзү"}, AnotherPerson: true, Role: "teacher", Unit: h.School, Order: h.order(), IdentifiedBy: "passport"}
	if tried := webtest.Must(h.Identity.Rehearse(head.Ctx, n)); tried.Key != nil {
		t.Error("a rehearsal hands out a link")
	}
	taken := 0
	for i := range h.Profile.Roles {
		r := &h.Profile.Roles[i]
		if r.Level != "ministry" || len(r.Offices) > 0 {
			continue
		}
		n := teacherHere(h.World, h.With(r.ID, h.Root).UID)
		seen, err := h.Identity.Rehearse(h.Ctx, n)
		if err != nil || len(seen.Taken) == 0 {
			continue
		}
		taken++
		if tried, err := h.Identity.Rehearse(head.Ctx, n); err == nil && (!tried.Offer || len(tried.Taken) > 0) {
			t.Errorf("%s: the giver is told that it takes away %v", r.ID, tried.Taken)
		}
	}
	if taken == 0 {
		t.Error("no post takes anything away")
	}
}
