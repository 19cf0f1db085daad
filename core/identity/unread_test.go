package identity_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/identity/door"
	"mektep/core/web/webtest"
	"mektep/migrations"
)

// readsAt has somebody show that they read the letters to their address, and returns the
// password that they have from then on.
func (h house) readsAt(p *webtest.Person, address string) string {
	h.T.Helper()
	const password = "кат окуган адам 12"
	h.asksForLetter(address)
	if _, err := h.Identity.Accept(h.Nobody(), webtest.Secret(h.letter(address)), identity.Acceptance{Password: password}); err != nil {
		h.T.Fatal(err)
	}
	return password
}

func (h house) asksForLetter(who string) {
	h.T.Helper()
	h.Clock.Set(h.Clock.Now().AddDate(0, 0, 2)) // past the brake
	if err := h.Identity.ForgotPassword(h.Nobody(), who, door.Attempt{Remote: netip.MustParseAddr("212.42.100.7")}); err != nil {
		h.T.Fatal(err)
	}
}

// comesToHave has the platform give somebody an address.
func (h house) comesToHave(p *webtest.Person, address string) {
	h.T.Helper()
	now := webtest.Must(h.Identity.Person(h.Ctx, p.UID))
	if err := h.Identity.Correct(h.Ctx, p.UID, now.Version, identity.Person{Family: now.Family, Given: now.Given, Email: address}); err != nil {
		h.T.Fatal(err)
	}
}

// enters has somebody enter an address as their own, by the password that everybody begins with.
func (h house) enters(p *webtest.Person, address string) {
	h.T.Helper()
	if err := h.changesOwn(p.Ctx, identity.Own{Email: address, Password: webtest.Password}); err != nil {
		h.T.Fatal(err)
	}
}

// Nobody enters, as their own, what is another account's mailbox or an operator's.
func TestTRIC1_NobodyEntersTheMailboxOfAnother(t *testing.T) {
	h := newHouse(t)
	teacher := h.With("teacher", h.School)
	if _, err := dbtest.Super(t, h.DB).Exec(context.Background(), "INSERT INTO platform.operator (uid, name, email, language, created_at) VALUES ('op1', 'Op', 'op1@op.example', 'en', now())"); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{alias(h.by.Email), alias(h.other.Email), "op1+q@op.example", "op1@op.example"} {
		f := faulttest.Of(t, h.changesOwn(teacher.Ctx, identity.Own{Email: address, Password: webtest.Password}))
		if f.Key != "identity.email_taken" || f.Kind != fault.Conflict || len(f.Fields) != 1 {
			t.Errorf("%s: %+v", address, f)
		}
	}
	// Their own they write as they like.
	for _, address := range []string{alias(teacher.Email), teacher.Email} {
		if err := h.changesOwn(teacher.Ctx, identity.Own{Email: address, Password: webtest.Password}); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// What somebody has entered before it became another's makes them nobody's other half: not
// while they have it, nor afterwards, whatever letters anybody asks for meanwhile.
func TestTRIC1_WhatSomebodyEntersBarsNobodyElse(t *testing.T) {
	h := newHouse(t)
	teacher := h.With("teacher", h.School)
	enter := func(address string) {
		t.Helper()
		if err := h.changesOwn(teacher.Ctx, identity.Own{Email: address, Password: webtest.Password}); err != nil {
			t.Fatal(err)
		}
	}
	agrees := func(when string) {
		t.Helper()
		if _, err := h.Approvals.Approve(h.other.Ctx, h.asks(h.by.Ctx).UID); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
	for i, p := range []*webtest.Person{h.by, h.other} {
		box := []string{"one@mail.example", "two@mail.example"}[i]
		enter(alias(box))
		h.comesToHave(p, box)
		h.asksForLetter(box)
		h.letter(box)
		agrees("while they have it")
	}
	enter("own@mail.example")
	for _, box := range []string{"one@mail.example", "two@mail.example"} {
		h.asksForLetter(box)
	}
	agrees("once they have given it up")
	if n := h.Count("account_hand h JOIN account a ON a.id = h.by_account WHERE h.tenant_id = $1 AND a.uid = '" + teacher.UID + "'"); n != 0 {
		t.Errorf("%d hands", n)
	}
}

// Who has followed a letter to the address that they entered reads there: from then on, and
// for what went there before.
func TestTRIC1_WhoFollowsALetterReadsThere(t *testing.T) {
	h := newHouse(t)
	const box = "shared@mail.example"
	if err := h.changesOwn(h.by.Ctx, identity.Own{Email: alias(box), Password: webtest.Password}); err != nil {
		t.Fatal(err)
	}
	h.comesToHave(h.other, box)
	if _, err := h.Approvals.Approve(h.other.Ctx, h.asks(h.by.Ctx).UID); err != nil {
		t.Fatalf("before: %v", err)
	}
	h.readsAt(h.by, alias(box))
	if n := number(h.World, "SELECT count(*) FROM account_hand WHERE tenant_id = $1 AND account_id = $2 AND by_account = $3", h.other.ID, h.by.ID); n == 0 {
		t.Error("what went there before may be theirs")
	}
	h.refuses(h.other.Ctx, h.asks(h.by.Ctx), "approval.reset_by_asker")
	h.refuses(h.by.Ctx, h.asks(h.other.Ctx), "approval.reset_by_asker")
}

// What was noted of entered addresses before anybody asked whether they are read ends with
// the migration, and nothing else does.
func TestTRIC1_HandsByEnteredAddressesEndWithTheMigration(t *testing.T) {
	h := newHouse(t)
	teacher, typist := h.With("teacher", h.School), h.With("teacher", h.School)
	if err := h.changesOwn(teacher.Ctx, identity.Own{Email: "one+x@mail.example", Password: webtest.Password}); err != nil {
		t.Fatal(err)
	}
	h.Clock.Set(h.Clock.Now().AddDate(0, 0, 1))
	if err := h.changesOwn(teacher.Ctx, identity.Own{Email: "own@mail.example", Password: webtest.Password}); err != nil {
		t.Fatal(err)
	}
	h.comesToHave(typist, "one+typed@mail.example")
	h.comesToHave(h.by, "one@mail.example")
	exec(h.World, "UPDATE account SET address_unread = false WHERE tenant_id = $1 AND id >= $2", 0)
	exec(h.World, "UPDATE account_former SET unread = false WHERE tenant_id = $1 AND account_id >= $2", 0)
	h.asksForLetter("one@mail.example")
	standing := func() (out []string) {
		for name, p := range map[string]*webtest.Person{"teacher": teacher, "typist": typist} {
			if h.Count("account_hand h JOIN account a ON a.id = h.by_account WHERE h.tenant_id = $1 AND h.over_at IS NULL AND a.uid = '"+p.UID+"'") > 0 {
				out = append(out, name)
			}
		}
		return out
	}
	if n := len(standing()); n != 2 {
		t.Fatalf("noted of %d before", n)
	}
	file := webtest.Must(migrations.FS.ReadFile("0130_address_unread.sql"))
	_, data, _ := strings.Cut(string(file), "-- The rows of every ministry")
	if _, err := dbtest.Super(t, h.DB).Exec(context.Background(), "-- "+data); err != nil {
		t.Fatal(err)
	}
	if left := standing(); len(left) != 1 || left[0] != "typist" {
		t.Errorf("left: %v", left)
	}
	if n := h.Count("account WHERE tenant_id = $1 AND address_unread"); n != 1 {
		t.Errorf("%d addresses entered by their owner", n)
	}
}

// What somebody has entered as their own, and never showed to read, keeps nobody from their
// own mailbox: whoever answers for whose it is gives it to them.
func TestAnEnteredAddressIsGivenToWhoseItIs(t *testing.T) {
	const box = "newcomer@mail.example"
	for name, give := range map[string]func(h house, to *webtest.Person) error{
		"to a newcomer": func(h house, _ *webtest.Person) error {
			n := identity.NewAppointment{Person: identity.Person{Family: "Асанов", Given: "Талант", Email: box}, Role: "teacher", Unit: h.School, Order: h.order(), IdentifiedBy: "passport"}
			_, err := h.Identity.Appoint(h.Ctx, n)
			if f := faulttest.Fields(err); len(f) == 1 && f[0].Name == "another_person" {
				n.AnotherPerson = true
				_, err = h.Identity.Appoint(h.Ctx, n)
			}
			return err
		},
		"to somebody who is there": func(h house, to *webtest.Person) error {
			now := webtest.Must(h.Identity.Person(h.Ctx, to.UID))
			return h.Identity.Correct(h.Ctx, to.UID, now.Version, identity.Person{Family: now.Family, Given: now.Given, Email: box})
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			teacher, other := h.With("teacher", h.School), h.With("teacher", h.School)
			if err := h.changesOwn(teacher.Ctx, identity.Own{Email: box, Password: webtest.Password}); err != nil {
				t.Fatal(err)
			}
			if err := give(h, other); err != nil {
				t.Fatal(err)
			}
			if now := webtest.Must(h.Identity.Person(h.Ctx, teacher.UID)); now.Email != "" || h.notices(teacher.UID, "identity.notice.address_given") != 1 {
				t.Errorf("they have %q", now.Email)
			}
			if n := h.Count("audit_entry WHERE tenant_id = $1 AND action = 'update' AND object = 'account' AND target_uid = '" + teacher.UID + "' AND 'email' = ANY(fields)"); n != 1 {
				t.Errorf("%d entries", n)
			}
			// To whom it was given it stays: the other one can't enter it again, and who reads there keeps it.
			if key := faulttest.Key(h.changesOwn(teacher.Ctx, identity.Own{Email: box, Password: webtest.Password})); key != "identity.email_taken" {
				t.Errorf("entered again: %s", key)
			}
		})
	}
	t.Run("not once it is read", func(t *testing.T) {
		h := newHouse(t)
		teacher, other := h.With("teacher", h.School), h.With("teacher", h.School)
		if err := h.changesOwn(teacher.Ctx, identity.Own{Email: box, Password: webtest.Password}); err != nil {
			t.Fatal(err)
		}
		h.readsAt(teacher, box)
		now := webtest.Must(h.Identity.Person(h.Ctx, other.UID))
		if key := faulttest.Key(h.Identity.Correct(h.Ctx, other.UID, now.Version, identity.Person{Family: now.Family, Given: now.Given, Email: box})); key != "identity.email_taken" {
			t.Errorf("what somebody reads was given away: %s", key)
		}
	})
}

// Nobody without a say over whom it stands with, and nobody alone where the role takes two
// people, takes an address from its account by giving it to another.
func TestTRIC1_AnEnteredAddressIsTakenByNobodyWithoutASay(t *testing.T) {
	const box = "mine@mail.example"
	h := newHouse(t)
	head, teacher := h.With("head", h.School), h.With("teacher", h.School)
	elsewhere := h.With("teacher", h.Elsewhere)
	for name, who := range map[string]*webtest.Person{"an administrator": h.other, "somebody elsewhere": elsewhere} {
		if err := h.changesOwn(who.Ctx, identity.Own{Email: box, Password: webtest.Password}); err != nil {
			t.Fatal(err)
		}
		now := webtest.Must(h.Identity.Person(head.Ctx, teacher.UID))
		f := faulttest.Of(t, h.Identity.Correct(head.Ctx, teacher.UID, now.Version, identity.Person{Family: now.Family, Given: now.Given, Email: box}))
		if f.Key != "identity.email_taken" || f.Next == nil || f.Next.Key != "identity.next.unread_address" {
			t.Errorf("of %s: %+v", name, f)
		}
		if is := webtest.Must(h.Identity.Person(h.Ctx, who.UID)); is.Email != box || h.notices(who.UID, "identity.notice.address_given") != 0 {
			t.Errorf("of %s: %q is left", name, is.Email)
		}
		if err := h.changesOwn(who.Ctx, identity.Own{Email: "", Password: webtest.Password}); err != nil {
			t.Fatal(err)
		}
	}
}

// What a superior types for somebody makes nobody one person with whose mailbox it is, but
// for how it is written: no head bars the ministry's administrators from one another.
func TestTRIC1_WhatASuperiorTypesBarsNobodyElse(t *testing.T) {
	h := newHouse(t)
	if _, err := dbtest.Super(t, h.DB).Exec(context.Background(), "INSERT INTO platform.operator (uid, name, email, language, created_at) VALUES ('op1', 'Op', 'op1@op.example', 'en', now())"); err != nil {
		t.Fatal(err)
	}
	head, teacher := h.With("head", h.School), h.With("teacher", h.School)
	types := func(address string) {
		t.Helper()
		now := webtest.Must(h.Identity.Person(head.Ctx, teacher.UID))
		if err := h.Identity.Correct(head.Ctx, teacher.UID, now.Version, identity.Person{Family: now.Family, Given: now.Given, Email: address}); err != nil {
			t.Fatal(err)
		}
	}
	for _, address := range []string{h.by.Email, h.other.Email} {
		types(alias(address))
		h.asksForLetter(address)
	}
	types(alias("op1@op.example"))
	types("teacher@mail.example")
	for _, address := range []string{h.by.Email, h.other.Email} { // nor by what was theirs
		h.asksForLetter(address)
	}
	n := identity.NewAppointment{
		Person: identity.Person{Family: "Асанов", Given: "Талант", Email: alias(h.by.Email)}, AnotherPerson: true, Role: "teacher", Unit: h.School, Order: h.order(), IdentifiedBy: "passport",
	}
	if _, err := h.Identity.Appoint(head.Ctx, n); err != nil {
		t.Fatal(err)
	}
	h.asksForLetter(h.by.Email)
	if k := h.Count("account_hand h JOIN account a ON a.id = h.account_id WHERE h.tenant_id = $1 AND a.uid IN ('" + h.by.UID + "', '" + h.other.UID + "') AND h.what = 'letter' AND h.over_at IS NULL"); k != 0 {
		t.Errorf("%d hands", k)
	}
	if _, err := h.Approvals.Approve(h.other.Ctx, h.asks(h.by.Ctx).UID); err != nil {
		t.Errorf("the administrators are barred from one another: %v", err)
	}
}

// Who loses an address that was never theirs loses what is under way to it: whose mailbox it
// is comes into no account by a letter that another asked for.
func TestWhoLosesAnAddressLosesTheLinkUnderWayToIt(t *testing.T) {
	h := newHouse(t)
	const box = "newcomer@mail.example"
	teacher, other := h.With("teacher", h.School), h.With("teacher", h.School)
	h.enters(teacher, box)
	h.asksForLetter(box)
	link := webtest.Secret(h.letter(box))
	h.comesToHave(other, box)
	if _, err := h.Identity.Accept(h.Nobody(), link, identity.Acceptance{Password: "кат окуган адам 12"}); err == nil {
		t.Error("the letter opens the account of whoever had typed the address")
	}
	if now := webtest.Must(h.Identity.Person(h.Ctx, other.UID)); now.Email != box {
		t.Errorf("they have %q", now.Email)
	}
	// To the address that is theirs now, a letter goes and opens their own.
	h.readsAt(other, box)
}

// What another has typed and never read, and what is a blocked account's, keeps nobody from
// entering their own mailbox.
func TestTRIC1_AMailboxThatNobodyReadsIsFree(t *testing.T) {
	h := newHouse(t)
	teacher, blocked := h.With("teacher", h.School), h.With("teacher", h.School)
	h.enters(teacher, alias("mine@mail.example"))
	h.enters(h.by, "mine@mail.example")
	h.comesToHave(blocked, alias("left@mail.example"))
	enter := func() error {
		return h.changesOwn(h.other.Ctx, identity.Own{Email: "left@mail.example", Password: webtest.Password})
	}
	if key := faulttest.Key(enter()); key != "identity.email_taken" {
		t.Errorf("before they are blocked: %s", key)
	}
	if err := h.Identity.Block(h.Ctx, blocked.UID, "кетти"); err != nil {
		t.Fatal(err)
	}
	if err := enter(); err != nil {
		t.Errorf("a blocked account's: %v", err)
	}
}

// Of those whose mailbox it was, or who only said that it is, nobody has had a key by a letter
// that came there: who follows one has no hand on them.
func TestTRIC1_WhoFollowsALetterHasNoHandOnWhoDoesNotReadThere(t *testing.T) {
	h := newHouse(t)
	const box = "shared@mail.example"
	teacher, typist, reader := h.With("teacher", h.School), h.With("teacher", h.School), h.With("teacher", h.School)
	h.comesToHave(h.by, box)
	h.comesToHave(h.by, "moved@mail.example")
	h.enters(typist, "shared+typed@mail.example")
	h.enters(teacher, alias(box))
	h.comesToHave(reader, "shared+read@mail.example")
	h.readsAt(teacher, alias(box))
	for name, c := range map[string]struct {
		p    *webtest.Person
		hand bool
	}{"used to read there": {h.by, false}, "only said so": {typist, false}, "reads there": {reader, true}} {
		n := number(h.World, "SELECT count(*) FROM account_hand WHERE tenant_id = $1 AND account_id = $2 AND by_account = $3", c.p.ID, teacher.ID)
		if n > 0 != c.hand {
			t.Errorf("on who %s: %d", name, n)
		}
	}
}
