package identity_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/identity/door"
	"mektep/core/web/webtest"
	"mektep/migrations"
)

// readsAt has somebody show that they read the letters to their address, and come in by another
// one; it returns the password that they have from then on.
func (h house) readsAt(p *webtest.Person, address string) string {
	h.T.Helper()
	const password = "кат окуган адам 12"
	if webtest.Must(h.Identity.Person(h.Ctx, p.UID)).AddressUnread {
		h.asksWhether(p)
		if err := h.Identity.ReadAddress(p.Ctx, webtest.Secret(h.letter(address))); err != nil {
			h.T.Fatal(err)
		}
	}
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
		if _, err := h.Agree(h.other.Ctx, h.asks(h.by.Ctx).UID); err != nil {
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
	if _, err := h.Agree(h.other.Ctx, h.asks(h.by.Ctx).UID); err != nil {
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
	exec(h.World, "UPDATE account_hand SET what = 'letter' WHERE tenant_id = $1 AND what = 'mailbox' AND id >= $2", 0) // as it was noted then
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

// asksWhether has somebody ask for the letter that asks whether they read there, once the brake is off.
func (h house) asksWhether(p *webtest.Person) {
	h.T.Helper()
	dbtest.LetPass(h.T, h.DB, 96*time.Hour)
	if err := h.Identity.AskWhetherRead(p.Ctx); err != nil {
		h.T.Fatal(err)
	}
}

// Where several have an address unread, all of them are written to, each about their own account;
// who comes in by such a letter has not shown whose it is, and takes it from nobody.
func TestTRIC1_ALetterToAnAddressOfSeveralProvesNothing(t *testing.T) {
	const box = "shared@mail.example"
	h := newHouse(t)
	head, teacher := h.With("head", h.School), h.With("teacher", h.School)
	h.typesFor(head, teacher, box)
	h.enters(h.by, box)
	links := func() int {
		return h.Count("account_key k JOIN account a ON a.tenant_id = k.tenant_id AND a.id = k.account_id WHERE k.tenant_id = $1 AND k.purpose = 'reset' AND k.revoked_at IS NULL AND k.used_at IS NULL AND a.email = '" + box + "'")
	}
	h.asksForLetter(box)
	if n := links(); n != 2 {
		t.Fatalf("%d letters", n)
	}
	// The last one is about the account made last.
	if _, err := h.Identity.Accept(h.Nobody(), webtest.Secret(h.letter(box)), identity.Acceptance{Password: "кат окуган адам 12"}); err != nil {
		t.Fatal(err)
	}
	for _, uid := range []string{teacher.UID, h.by.UID} {
		if now := webtest.Must(h.Identity.Person(h.Ctx, uid)); now.Email != box || !now.AddressUnread {
			t.Errorf("%q, unread: %t", now.Email, now.AddressUnread)
		}
	}
	if _, err := h.Agree(h.other.Ctx, h.asks(h.by.Ctx).UID); err != nil {
		t.Errorf("the administrators are barred from one another: %v", err)
	}
}

// Who follows a link, to a new password or to open an account, has shown nothing by it: somebody else
// may have typed their address into an account, with their name.
func TestTRIC1_WhoComesInByALetterHasNotShownToReadThere(t *testing.T) {
	operator := func(h house) {
		if _, err := dbtest.Super(h.T, h.DB).Exec(context.Background(), "INSERT INTO platform.operator (uid, name, email, language, created_at) VALUES ('op1', 'Op', 'op1@op.example', 'en', now())"); err != nil {
			h.T.Fatal(err)
		}
	}
	unread := func(h house, uid string) bool { return webtest.Must(h.Identity.Person(h.Ctx, uid)).AddressUnread }
	for name, address := range map[string]func(h house) string{
		"a colleague's mailbox":    func(h house) string { return alias(h.by.Email) },
		"an operator's mailbox":    func(h house) string { operator(h); return alias("op1@op.example") },
		"one that comes to be one": func(house) string { return "coming@mail.example" },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			head, teacher := h.With("head", h.School), h.With("teacher", h.School)
			box := address(h)
			h.typesFor(head, teacher, box)
			h.asksForLetter(box)
			if _, err := h.Identity.Accept(h.Nobody(), webtest.Secret(h.letter(box)), identity.Acceptance{Password: "кат окуган адам 12"}); err != nil {
				t.Fatal(err)
			}
			if !unread(h, teacher.UID) {
				t.Error("a link to a new password has shown it")
			}
			// What the letters after that are for is asked of who is signed in.
			if name == "one that comes to be one" {
				h.enters(h.by, box)
			}
			h.asksForLetter(h.by.Login)
			if n := number(h.World, "SELECT count(*) FROM account_hand WHERE tenant_id = $1 AND account_id = $2 AND by_account = $3 AND over_at IS NULL", h.by.ID, teacher.ID); n != 0 {
				t.Errorf("%d hands of the teacher", n)
			}
		})
	}
	// Nor does who opens an account by an invitation: it may have been typed for them as well.
	h := newHouse(t)
	h.invitesAt(h.With("head", h.School), "own@mail.example")
	uid := texts(h.World, "SELECT uid FROM account WHERE tenant_id = $1 AND email = $2", "own@mail.example")[0]
	h.asksForLetter("own@mail.example") // that one is shown to nobody
	if _, err := h.Identity.Accept(h.Nobody(), webtest.Secret(h.letter("own@mail.example")), identity.Acceptance{Login: "talant.asanov", Password: "кат окуган адам 12"}); err != nil {
		t.Fatal(err)
	}
	if !unread(h, uid) {
		t.Error("an invitation has shown it")
	}
	// They are asked at once, and say so signed in.
	if err := h.Identity.ReadAddress(h.as(uid), webtest.Secret(h.letter("own@mail.example"))); err != nil || unread(h, uid) {
		t.Errorf("signed in: %v", err)
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
	if k := h.Count("account_hand h JOIN account a ON a.id = h.account_id WHERE h.tenant_id = $1 AND a.uid IN ('" + h.by.UID + "', '" + h.other.UID + "') AND h.what IN ('letter', 'mailbox') AND h.over_at IS NULL"); k != 0 {
		t.Errorf("%d hands", k)
	}
	if _, err := h.Agree(h.other.Ctx, h.asks(h.by.Ctx).UID); err != nil {
		t.Errorf("the administrators are barred from one another: %v", err)
	}
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
