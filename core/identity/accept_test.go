package identity

import (
	"context"
	"testing"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity/door"
)

// A name that the giver entered, and for which they saw a document, is not changed by whoever
// follows the link: neither by that of the invitation nor by one to a new password.
func TestKGER6b_WhoFollowsALinkChangesNoNameThatWasEntered(t *testing.T) {
	w := newWorld(t)
	head := w.with("head", w.school)
	a := get(w.s.Appoint(head.ctx, w.appointment("teacher", w.school)))
	name := a.Account.Name
	other := Acceptance{Login: "aigul", Password: goodPassword, Family: "Башкаева", Given: "Бермет"}
	stays := func(after string) {
		t.Helper()
		if got := get(w.s.Person(w.ctx, a.Account.UID)).Name; got != name {
			t.Errorf("after %s they are called %s, entered was %s", after, got, name)
		}
	}
	login := get(w.s.Accept(w.anonymous(), a.Key.Path[len(invitePath):], other))
	stays("the invitation")
	slip := get(w.s.PrintCode(head.ctx, a.Account.UID, Reset{IdentifiedBy: "passport"}))
	k := get(w.s.RedeemCode(w.anonymous(), slip.Code, door.Attempt{Login: login, Remote: home}))
	get(w.s.Accept(w.anonymous(), k.Path[len(resetPath):], other))
	stays("a new password")
}

// New keys are given to an account that is open, and to no other: who is kept out would come
// in by them, and who is only invited would pass by their invitation.
func TestKGER6b_ACodeIsForAnAccountThatIsOpen(t *testing.T) {
	w := newWorld(t)
	head := w.with("head", w.school)
	invited := get(w.s.Appoint(head.ctx, w.appointment("teacher", w.school))).Account
	blocked := w.with("teacher", w.school).Account
	ok(t, w.s.Block(head.ctx, blocked.UID, "a theft"))
	keys := w.count("account_key")
	for state, a := range map[string]Account{"invited": invited, "blocked": blocked} {
		_, err := w.s.PrintCode(head.ctx, a.UID, Reset{IdentifiedBy: "passport"})
		wants(t, err, fault.Conflict, "identity.not_active")
		if n := w.count("account_key"); n != keys {
			t.Errorf("%s: %d keys were made", state, n-keys)
		}
	}
}

// What is typed behind a link is judged by the account as it is when the link is used up: it
// may have become another since the page was opened.
func TestWhatIsTypedBehindALinkIsJudgedWhenItIsUsed(t *testing.T) {
	w := newWorld(t)
	a := get(w.s.Appoint(w.ctx, w.appointment("teacher", w.school)))
	link := a.Key.Path[len(invitePath):]
	err := w.beside(func(ctx context.Context, tx *db.Tx) error {
		return w.s.saveAccount(ctx, tx, a.Account, Person{Family: "Токтогулова", Given: "Бермет"}, "correct")
	}, func() error {
		_, err := w.s.Accept(w.anonymous(), link, Acceptance{Login: "aigul", Password: "токтогулова 7"})
		return err
	})[0]
	wantsField(t, err, "password", "identity.password_personal")
	get(w.s.Accept(w.anonymous(), link, Acceptance{Login: "aigul", Password: goodPassword}))
}

// With a link that is void goes the letter that carries it, while it has not left.
func TestANewInvitationTakesTheLetterOfTheOldOneBack(t *testing.T) {
	w := newWorld(t)
	n := w.appointment("teacher", w.school)
	n.Person.Email = "asan@mektep.example"
	a := get(w.s.Appoint(w.ctx, n))
	const letters = "(SELECT * FROM mail_outbox WHERE subject_key = 'identity.mail.invite.subject' AND state = 'waiting') m"
	if n := w.count(letters); n != 1 {
		t.Fatalf("%d invitations are on their way", n)
	}
	for range 2 {
		get(w.s.Reinvite(w.ctx, a.Account.UID))
		if n := w.count(letters); n != 1 {
			t.Errorf("%d invitations are on their way, one of them is good", n)
		}
	}
}

// A role that only its holders give is never without one for a day: not in a gap between one
// who leaves and one who comes later.
func TestALaterTermDoesNotFillTheDaysBefore(t *testing.T) {
	w := newWorld(t)
	now := w.with("tenant_admin", w.root)
	day := w.s.today(w.ctx)
	n := w.appointment("tenant_admin", w.root)
	n.Since = day.AddDate(0, 0, 10)
	next := get(w.s.Appoint(w.ctx, n))
	get(w.s.Accept(w.anonymous(), next.Key.Path[len(invitePath):], Acceptance{Login: "aigul", Password: goodPassword}))
	leaves := func(days int) error {
		return w.s.Dismiss(w.ctx, now.appointment.UID, End{On: day.AddDate(0, 0, days), Order: n.Order})
	}
	for _, days := range []int{1, 5, 9} {
		wants(t, leaves(days), fault.Conflict, "identity.last_holder")
	}
	ok(t, leaves(10))
}

// One address is one operator's: a second click makes no second one, with a link that nobody
// has seen. The address of one who was shut out is free.
func TestTwoOperatorsHaveNoOneAddress(t *testing.T) {
	w := newWorld(t)
	o, command := operators(t, w)
	first, _, err := o.Create(command, "First", "op@platform.example", "en")
	ok(t, err)
	for _, address := range []string{"op@platform.example", " OP@platform.example"} {
		_, _, err = o.Create(command, "Second", address, "en")
		wants(t, err, fault.Conflict, "identity.email_taken")
	}
	if list := get(o.List(command)); len(list) != 1 {
		t.Errorf("%d operators", len(list))
	}
	ok(t, o.Block(command, first.UID))
	_, _, err = o.Create(command, "Second", "op@platform.example", "en")
	ok(t, err)
}
