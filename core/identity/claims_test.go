package identity_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// gives has somebody write an address for another, or for a newcomer.
func (h house) gives(by context.Context, to *webtest.Person, address string) error {
	h.T.Helper()
	if to != nil {
		now := webtest.Must(h.Identity.Person(h.Ctx, to.UID))
		return h.Identity.Correct(by, to.UID, now.Version, identity.Person{Family: now.Family, Given: now.Given, Email: address})
	}
	_, err := h.Identity.Appoint(by, identity.NewAppointment{
		Person: identity.Person{Family: "Асанов", Given: "Талант", Email: address}, AnotherPerson: true, Role: "teacher", Unit: h.School, Order: h.order(), IdentifiedBy: "passport",
	})
	return err
}

// An address that stands unread in the account of somebody whom the giver may correct is given to
// no other without a question: it says whose it is, and takes nothing from anybody.
func TestAnAddressGivenTwiceIsAskedAbout(t *testing.T) {
	const box = "teacher@mail.example"
	for name, stands := range map[string]func(h house, head *webtest.Person) (uid string){
		"typed for a teacher": func(h house, head *webtest.Person) string {
			teacher := h.With("teacher", h.School)
			h.typesFor(head, teacher, box)
			return teacher.UID
		},
		"entered by a teacher": func(h house, _ *webtest.Person) string {
			teacher := h.With("teacher", h.School)
			h.enters(teacher, box)
			return teacher.UID
		},
		"of an invitation": func(h house, head *webtest.Person) string {
			h.invitesAt(head, box)
			return texts(h.World, "SELECT uid FROM account WHERE tenant_id = $1 AND email = $2", box)[0]
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			head, other := h.With("head", h.School), h.With("teacher", h.School)
			whose := stands(h, head)
			seen := func() int {
				return h.Count("audit_entry WHERE tenant_id = $1 AND action = 'view' AND object = 'account' AND target_uid = '" + whose + "'")
			}
			before := webtest.Must(h.Identity.Person(h.Ctx, whose))
			views := seen()
			for to, p := range map[string]*webtest.Person{"a colleague": other, "a newcomer": nil} {
				f := faulttest.Of(t, h.gives(head.Ctx, p, box))
				if f.Key != "identity.email_unread" || f.Kind != fault.Conflict || len(f.Fields) != 1 || f.Fields[0].Name != "email" ||
					f.Next == nil || f.Next.URL != "/people/"+whose || f.Next.Args["Name"] != before.Name {
					t.Errorf("to %s: %+v", to, f)
				}
			}
			if n := seen() - views; n != 2 {
				t.Errorf("the name was shown in %d entries", n)
			}
			if now := webtest.Must(h.Identity.Person(h.Ctx, whose)); now.Email != box || now.Version != before.Version {
				t.Errorf("they have %q", now.Email)
			}
			// What it says helps.
			if err := h.Identity.Correct(head.Ctx, whose, before.Version, identity.Person{Family: before.Family, Given: before.Given, Email: "their.own@mail.example"}); err != nil {
				t.Fatal(err)
			}
			if err := h.gives(head.Ctx, other, box); err != nil {
				t.Errorf("once that is corrected: %v", err)
			}
		})
	}
}

// What nobody has shown to read keeps no address from whose it is, whoever typed it, for a
// guarded role or not; who has it unread keeps it until another shows to read there.
func TestTRIC1_AnUnreadAddressIsKeptFromNobody(t *testing.T) {
	const box = "mine@mail.example"
	for name, stands := range map[string]func(h house) (uid string){
		"typed for a teacher by a head": func(h house) string {
			head, teacher := h.With("head", h.School), h.With("teacher", h.School)
			h.typesFor(head, teacher, box)
			return teacher.UID
		},
		"invited by a head": func(h house) string {
			h.invitesAt(h.With("head", h.School), box)
			return texts(h.World, "SELECT uid FROM account WHERE tenant_id = $1 AND email = $2", box)[0]
		},
		"entered by a teacher": func(h house) string {
			teacher := h.With("teacher", h.School)
			h.enters(teacher, box)
			return teacher.UID
		},
		"entered by an administrator": func(h house) string {
			h.enters(h.other, box)
			return h.other.UID
		},
	} {
		for way, has := range map[string]func(h house) *webtest.Person{
			"the owner enters it":    func(h house) *webtest.Person { h.enters(h.by, box); return h.by },
			"the platform enters it": func(h house) *webtest.Person { h.comesToHave(h.by, box); return h.by },
			"another school gives it": func(h house) *webtest.Person {
				head, p := h.With("head", h.Elsewhere), h.With("teacher", h.Elsewhere)
				h.typesFor(head, p, box)
				return p
			},
		} {
			t.Run(name+", "+way, func(t *testing.T) {
				h := newHouse(t)
				whose := stands(h)
				p := has(h)
				for who, uid := range map[string]string{"who had it": whose, "whose it is": p.UID} {
					if now := webtest.Must(h.Identity.Person(h.Ctx, uid)); now.Email != box || !now.AddressUnread {
						t.Fatalf("%s has %q, unread: %t", who, now.Email, now.AddressUnread)
					}
				}
				entries := func() int {
					return h.Count("audit_entry WHERE tenant_id = $1 AND action = 'update' AND object = 'account' AND target_uid = '" + whose + "' AND 'email' = ANY(fields)")
				}
				before := entries()
				h.asksWhether(p)
				if err := h.Identity.ReadAddress(p.Ctx, webtest.Secret(h.letter(box))); err != nil {
					t.Fatal(err)
				}
				now := webtest.Must(h.Identity.Person(h.Ctx, p.UID))
				lost := webtest.Must(h.Identity.Person(h.Ctx, whose))
				if now.Email != box || now.AddressUnread || lost.Email != "" {
					t.Errorf("%q (unread: %t) and %q", now.Email, now.AddressUnread, lost.Email)
				}
				if n := entries() - before; n != 1 || h.notices(whose, "identity.notice.address_given") != 1 {
					t.Errorf("%d entries, told %d times", n, h.notices(whose, "identity.notice.address_given"))
				}
				if lost.Invitation != nil {
					t.Error("the invitation that went there is open still")
				}
				// From then on it is theirs alone.
				if key := faulttest.Key(h.gives(h.Ctx, nil, box)); key != "identity.email_taken" {
					t.Errorf("the platform, afterwards: %s", key)
				}
				stranger := h.With("teacher", h.Elsewhere)
				if key := faulttest.Key(h.changesOwn(stranger.Ctx, identity.Own{Email: box, Password: webtest.Password})); key != "identity.email_taken" {
					t.Errorf("entered afterwards: %s", key)
				}
			})
		}
	}
}

// A blocked account's unread address is asked about no more, and what somebody reads is given to
// nobody, by whatever they had before.
func TestAnAddressOfNobodyIsGivenAndOneThatIsReadIsNot(t *testing.T) {
	h := newHouse(t)
	head, left, other := h.With("head", h.School), h.With("teacher", h.School), h.With("teacher", h.School)
	h.typesFor(head, left, "left@mail.example")
	if err := h.Identity.Block(head.Ctx, left.UID, "кетти"); err != nil {
		t.Fatal(err)
	}
	if err := h.gives(head.Ctx, other, "left@mail.example"); err != nil {
		t.Errorf("a blocked account's: %v", err)
	}
	// What stands read with somebody who has left says whose it was, to who can correct that.
	gone := h.With("teacher", h.School)
	h.comesToRead(gone, "gone@mail.example")
	if err := h.Identity.Block(head.Ctx, gone.UID, "кетти"); err != nil {
		t.Fatal(err)
	}
	if f := faulttest.Of(t, h.gives(head.Ctx, other, "gone@mail.example")); f.Key != "identity.email_left" || f.Next == nil || f.Next.URL != "/people/"+gone.UID {
		t.Errorf("of somebody who has left: %+v", f)
	}
	h.comesToRead(h.by, "read@mail.example")
	if f := faulttest.Of(t, h.gives(head.Ctx, other, "read@mail.example")); f.Key != "identity.email_taken" || f.Next == nil || f.Next.Key != "identity.next.email_taken" {
		t.Errorf("what somebody reads: %+v", f)
	}
}

// The platform's first administrator is not whoever happens to have had the address typed for them.
func TestTheFirstAdministratorIsWhoHasThePost(t *testing.T) {
	const box = "first@mail.example"
	h := newHouse(t)
	h.typesFor(h.With("head", h.School), h.With("teacher", h.School), box)
	invite := func() identity.Appointed {
		t.Helper()
		return webtest.Must(h.Identity.Administrator(h.Ctx, "tenant_admin", h.Root, identity.Person{Family: "Асанов", Given: "Талант", Email: box}))
	}
	first := invite()
	if first.Key == nil || first.Appointment.Role != "tenant_admin" {
		t.Fatalf("%+v", first)
	}
	if again := invite(); again.Key == nil || again.Account.UID != first.Account.UID {
		t.Errorf("anew: %+v", again)
	}
}

// Whoever typed an address for somebody is told that it is another's.
func TestWhoTypedAnAddressIsToldWhoseItIsNot(t *testing.T) {
	const box = "mine@mail.example"
	h := newHouse(t)
	head, teacher, behind := h.With("head", h.School), h.With("teacher", h.School), h.With("head", h.Elsewhere)
	// Who may be acting as the head is noted as well, and has no business with the teacher.
	exec(h.World, "INSERT INTO account_hand (tenant_id, account_id, by_account, by_operator, what, key_uid, at) SELECT $1, $2, "+fmt.Sprint(behind.ID)+", '', 'shown', 'k', now()", head.ID)
	h.typesFor(head, teacher, box)
	h.enters(h.by, box)
	h.asksWhether(h.by)
	if err := h.Identity.ReadAddress(h.by.Ctx, webtest.Secret(h.letter(box))); err != nil {
		t.Fatal(err)
	}
	for uid, want := range map[string]int{head.UID: 1, teacher.UID: 0, h.by.UID: 0, behind.UID: 0} {
		if n := h.notices(uid, "identity.notice.address_not_theirs"); n != want {
			t.Errorf("%s: %d", uid, n)
		}
	}
}

// Whoever takes an address as a login without having shown to read there keeps it from nobody.
func TestTRIC1_ALoginKeepsNoAddressFromWhoseItIs(t *testing.T) {
	const box = "mine@mail.example"
	h := newHouse(t)
	h.invitesAt(h.With("head", h.School), box)
	uid := texts(h.World, "SELECT uid FROM account WHERE tenant_id = $1 AND email = $2", box)[0]
	k := webtest.Must(h.Identity.Reinvite(h.Ctx, uid)) // shown
	if _, err := h.Identity.Accept(h.Nobody(), webtest.Secret(k.Path), identity.Acceptance{Login: box, Password: "кат окуган адам 12"}); err != nil {
		t.Fatal(err)
	}
	h.enters(h.by, box)
	now := webtest.Must(h.Identity.Person(h.Ctx, uid))
	if err := h.Identity.Correct(h.Ctx, uid, now.Version, identity.Person{Family: now.Family, Given: now.Given, Email: "elsewhere@mail.example"}); err != nil {
		t.Fatal(err)
	}
	h.comesToRead(h.by, box)
}

// An address that nobody has shown to read names nobody, whether one account has it or several, as an
// address or as a login: who enters another's is not given what is meant for them.
func TestTRIC1_AnUnreadAddressNamesNobody(t *testing.T) {
	const box = "mine@mail.example"
	h := newHouse(t)
	head, stranger, owner := h.With("head", h.School), h.With("teacher", h.Elsewhere), h.With("teacher", h.Elsewhere)
	finds := func(typed string) string {
		t.Helper()
		a, err := h.Identity.Find(head.Ctx, h.School, typed)
		if err != nil {
			f := faulttest.Of(t, err)
			if f.Key == "identity.address_names_nobody" && (f.Kind != fault.Conflict || f.Next == nil || len(f.Fields) != 1 || f.Fields[0].Name != "known") {
				t.Errorf("%+v", f)
			}
			return f.Key
		}
		return a.UID
	}
	h.enters(stranger, box)
	for _, when := range []string{"one has it", "two have it"} {
		if got := finds(box); got != "identity.address_names_nobody" {
			t.Errorf("%s: %s", when, got)
		}
		if when == "one has it" {
			h.enters(owner, box)
		}
	}
	if err := h.Identity.ReadAddress(owner.Ctx, webtest.Secret(h.letter(box))); err != nil {
		t.Fatal(err)
	}
	if got := finds(strings.ToUpper(box)); got != owner.UID {
		t.Errorf("once its owner has shown it: %s", got)
	}
	exec(h.World, "UPDATE account SET login = '"+box+"' WHERE tenant_id = $1 AND id = $2", stranger.ID)
	exec(h.World, "UPDATE account SET login = 'signs.in@mail.example' WHERE tenant_id = $1 AND id = $2", owner.ID)
	if got := finds("signs.in@mail.example"); got != "identity.address_names_nobody" {
		t.Errorf("a login that looks like an address: %s", got)
	}
	for _, typed := range []string{"taken@mail.example", "MİNE@MAIL.EXAMPLE", "miné@mail.example", "mine @mail.example", "mine＠mail.example", "Mine <mine@mail.example>"} {
		if got := finds(typed); got == stranger.UID {
			t.Errorf("%s, by a login: %s", typed, got)
		}
	}
	exec(h.World, "UPDATE account SET login = 'stranger' WHERE tenant_id = $1 AND id = $2", stranger.ID)
	if got := finds("stranger"); got != stranger.UID {
		t.Errorf("by a login that is no address: %s", got)
	}
}

// Nobody takes back what two people are deciding by typing the newcomer's address somewhere, nor by
// typing it and taking it back.
func TestTRIC1_WhatSomebodyTypesMeanwhileTakesBackNoRequest(t *testing.T) {
	for name, back := range map[string]bool{"it stands": false, "it is taken back": true} {
		t.Run(name, func(t *testing.T) {
			const box = "auditor@mail.example"
			h := newHouse(t)
			head, teacher := h.With("head", h.School), h.With("teacher", h.School)
			out, err := h.Identity.Appoint(h.by.Ctx, identity.NewAppointment{Person: identity.Person{Family: "Жаңыбаев", Given: "Улан", Email: box}, Role: "auditor", Unit: h.Root, IdentifiedBy: "passport", Order: h.order()})
			if err != nil || out.Waiting == nil {
				t.Fatal(err)
			}
			h.typesFor(head, teacher, box)
			if back {
				h.typesFor(head, teacher, "teacher@mail.example")
			}
			if _, err := h.Agree(h.other.Ctx, out.Waiting.UID); err != nil {
				t.Error(err)
			}
		})
	}
}

// A mailbox may have passed to somebody else: who enters one again that was theirs is asked again, and
// as a login they keep it from nobody.
func TestTRIC1_AMailboxThatWasTheirsIsAskedAboutAgain(t *testing.T) {
	const box = "office@mail.example"
	h := newHouse(t)
	before, next := h.With("teacher", h.School), h.With("teacher", h.Elsewhere)
	h.comesToRead(before, box)
	exec(h.World, "UPDATE account SET login = email WHERE tenant_id = $1 AND id = $2", before.ID)
	h.enters(before, "moved@mail.example")
	h.Clock.Set(h.Clock.Now().Add(25 * time.Hour)) // no slip
	h.enters(before, box)
	if !webtest.Must(h.Identity.Person(h.Ctx, before.UID)).AddressUnread {
		t.Error("it is theirs again by their word")
	}
	h.enters(next, box)
	h.asksWhether(next)
	if err := h.Identity.ReadAddress(next.Ctx, webtest.Secret(h.letter(box))); err != nil {
		t.Fatal(err)
	}
	if now := webtest.Must(h.Identity.Person(h.Ctx, before.UID)); now.Email != "" {
		t.Errorf("they have %q", now.Email)
	}
	// Another spelling of what they read is read.
	h.enters(next, alias(box))
	if webtest.Must(h.Identity.Person(h.Ctx, next.UID)).AddressUnread {
		t.Error("another spelling is asked about")
	}
}

// Of two who confirm one address at once, one has it, and it is nobody else's.
func TestTRIC1_OfTwoWhoConfirmAnAddressOneHasIt(t *testing.T) {
	h := newHouse(t)
	for round := range 12 {
		one, two := h.With("teacher", h.School), h.With("teacher", h.Elsewhere)
		box := fmt.Sprintf("box%d@mail.example", round)
		var secrets [2]string
		for i, p := range []*webtest.Person{one, two} {
			h.enters(p, box)
			secrets[i] = webtest.Secret(h.letter(box))
		}
		var errs [2]error
		var both sync.WaitGroup
		for i, p := range []*webtest.Person{one, two} {
			both.Go(func() { errs[i] = h.Identity.ReadAddress(p.Ctx, secrets[i]) })
		}
		both.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("round %d: %v, %v", round, errs[0], errs[1])
		}
		read := h.Count("account WHERE tenant_id = $1 AND email = '" + box + "' AND NOT address_unread")
		if all := h.Count("account WHERE tenant_id = $1 AND email = '" + box + "'"); read != 1 || all != 1 {
			t.Errorf("round %d: %d have it, %d read it", round, all, read)
		}
	}
}

// Once somebody shows to read an address, the links that went there for others open nothing.
func TestWhoLosesAnAddressLosesTheLinkUnderWayToIt(t *testing.T) {
	h := newHouse(t)
	const box = "newcomer@mail.example"
	teacher, other := h.With("teacher", h.School), h.With("teacher", h.School)
	h.enters(teacher, box)
	h.asksForLetter(box)
	link := webtest.Secret(h.letter(box))
	h.enters(other, box) // at once: the link is good still
	if err := h.Identity.ReadAddress(other.Ctx, webtest.Secret(h.letter(box))); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Identity.Accept(h.Nobody(), link, identity.Acceptance{Password: "кат окуган адам 12"}); err == nil {
		t.Error("the letter opens the account of whoever had typed the address")
	}
	if now := webtest.Must(h.Identity.Person(h.Ctx, other.UID)); now.Email != box {
		t.Errorf("they have %q", now.Email)
	}
	// To the address that is theirs now, a letter goes and opens their own.
	h.readsAt(other, box)
}
