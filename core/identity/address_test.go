package identity_test

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/identity/door"
	"mektep/core/web/webtest"
)

const typed = "typed@mail.example"

// types has somebody enter an address for a person alone.
func (h house) types(ctx context.Context, uid, address string) {
	h.T.Helper()
	p := webtest.Must(h.Identity.Person(h.Ctx, uid))
	if err := h.Identity.Correct(ctx, uid, p.Version, identity.Person{Family: p.Family, Given: p.Given, Email: address}); err != nil {
		h.T.Fatal(err)
	}
}

// forgotten asks for a letter at the sign-in, by address and by login, and counts those
// with a link that went to the address.
func (h house) forgotten(address, login string) int {
	h.T.Helper()
	before := h.links(address)
	for i, as := range []string{address, login} {
		dbtest.LetPass(h.T, h.DB, 48*time.Hour)
		from := netip.AddrFrom4([4]byte{212, 42, 100, byte(7 + i)})
		if err := h.Identity.ForgotPassword(h.Nobody(), as, door.Attempt{Remote: from}); err != nil {
			h.T.Fatal(err)
		}
	}
	return h.links(address) - before
}

func (h house) links(address string) int {
	h.T.Helper()
	return number(h.World, "SELECT count(*) FROM mail_outbox WHERE tenant_id = $1 AND address = $2 AND button_key IN ('identity.mail.reset.button', 'identity.mail.invite.button')", address)
}

// confirms has somebody say that an account's address is its owner's.
func (h house) confirms(ctx context.Context, uid string) error {
	h.T.Helper()
	return h.Identity.ConfirmAddress(ctx, uid, webtest.Must(h.Identity.Person(h.Ctx, uid)).Version)
}

// puppet is an administrator of whom somebody has had a key in hand.
func (h house) puppet(of *webtest.Person) context.Context {
	h.T.Helper()
	p := h.With("tenant_admin", h.Root)
	exec(h.World, "UPDATE account_hand SET over_at = NULL WHERE tenant_id = $1 AND account_id = $2", p.ID)
	exec(h.World, `INSERT INTO account_hand (tenant_id, account_id, by_account, what, key_uid, at) VALUES ($1, $2, $3, 'shown', 'a key', $4)`, p.ID, of.ID, h.Clock.Now())
	return p.Ctx
}

// typists are the orders in which the address of somebody who gets a guarded role comes
// to be another's, whose word for it is then the only one; each returns the account, and
// who typed it.
var typists = map[string]func(h house) (uid string, by *webtest.Person){
	"who agrees": func(h house) (string, *webtest.Person) {
		p := h.With("ministry_officer", h.Root)
		h.types(h.by.Ctx, p.UID, typed)
		h.promotesBy(p.UID, h.other, h.by)
		return p.UID, h.by
	},
	"who agrees, inviting to a post before": func(h house) (string, *webtest.Person) {
		out := h.invites(h.by.Ctx, "ministry_officer", typed)
		h.opens(h.letter(typed))
		h.promotesBy(out.Account.UID, h.other, h.by)
		return out.Account.UID, h.by
	},
	"a second account of who agrees": func(h house) (string, *webtest.Person) {
		p := h.With("ministry_officer", h.Root)
		h.types(h.puppet(h.by), p.UID, typed)
		h.promotesBy(p.UID, h.other, h.by)
		return p.UID, h.by
	},
	// Nobody was asked about it: it stands so from before addresses were agreed to.
	"the asker": func(h house) (string, *webtest.Person) {
		p := h.With("ministry_officer", h.Root)
		h.types(h.by.Ctx, p.UID, typed)
		h.promotes(p.UID)
		exec(h.World, "UPDATE account_hand SET confirmed_at = NULL WHERE tenant_id = $1 AND account_id = $2", p.ID)
		exec(h.World, "DELETE FROM notice WHERE tenant_id = $1 AND account_id = $2 AND key = 'identity.notice.address_confirmed'", p.ID)
		return p.UID, h.by
	},
}

// Whoever typed the address of an account does not get into it by a letter once it has a
// guarded role, whatever the order was: not by what anybody may ask for, nor by what two
// people give. Nor do they confirm it themself, or through an account of theirs.
func TestTRIC1_WhoTypedTheAddressIsLetIntoNoGuardedAccount(t *testing.T) {
	for name, way := range typists {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			uid, by := way(h)
			login := webtest.Must(h.Identity.Person(h.Ctx, uid)).Login
			if n := h.forgotten(typed, login); n != 0 {
				t.Errorf("%d letters let them in", n)
			}
			if number(h.World, "SELECT count(*) FROM notice n JOIN account a ON a.tenant_id = n.tenant_id AND a.id = n.account_id WHERE n.tenant_id = $1 AND a.uid = $2 AND n.key = 'identity.notice.held'", uid) == 0 {
				t.Error("the owner is told of no letter that was asked for")
			}
			asker, agrees := h.other, h.by
			if by == h.by {
				agrees = h.third
			}
			before := h.links(typed)
			_, err := h.Identity.PrintCode(asker.Ctx, uid, identity.Reset{IdentifiedBy: "passport"})
			done, err := h.Agree(agrees.Ctx, waits(t, "PrintCode", err).UID)
			if err != nil || done.Link == "" || done.Mailed || h.links(typed) != before {
				t.Errorf("two people have it sent there: %+v %v", done, err)
			}

			for who, ctx := range map[string]context.Context{"who typed it": by.Ctx, "an account of theirs": h.puppet(by), "the account itself": h.as(uid)} {
				err := h.confirms(ctx, uid)
				f := faulttest.Of(t, err)
				if fault.KindOf(err) != fault.Denied || f.Rule == "" || f.Next == nil || who != "the account itself" && (f.Key != "identity.address_hands" || f.Law == "") ||
					who == "the account itself" && (f.Key != "identity.address_own" || f.Next.URL != "/me/address") {
					t.Errorf("%s confirms it: %+v %v", who, f, err)
				}
			}
			if n := h.forgotten(typed, login); n != 0 {
				t.Errorf("%d letters after they confirmed it", n)
			}
			page := webtest.Must(h.Identity.Person(by.Ctx, uid))
			if !page.Held || page.May.Confirm {
				t.Errorf("shown: held %v, may confirm %v", page.Held, page.May.Confirm)
			}
			if page = webtest.Must(h.Identity.Person(h.other.Ctx, uid)); !page.May.Confirm {
				t.Error("somebody who may confirm it is not offered to")
			}
			if err := h.confirms(h.other.Ctx, uid); err != nil {
				t.Fatalf("somebody who had nothing to do with it: %v", err)
			}
			if n := h.forgotten(typed, login); n == 0 {
				t.Error("no letter goes to an address that was confirmed")
			}
			if number(h.World, "SELECT count(*) FROM notice n JOIN account a ON a.tenant_id = n.tenant_id AND a.id = n.account_id WHERE n.tenant_id = $1 AND a.uid = $2 AND n.key = 'identity.notice.address_confirmed'", uid) != 1 {
				t.Error("the owner is not told who confirmed it")
			}
		})
	}
}

// A colleague whose keys the typist has had since is no second person either, and is one
// again with keys from others' hands.
func TestTRIC1_AColleagueWhoseKeysTheTypistHasConfirmsNothing(t *testing.T) {
	h := newHouse(t)
	uid, by := typists["who agrees"](h)
	colleague := h.With("tenant_admin", h.Root)
	exec(h.World, `INSERT INTO account_hand (tenant_id, account_id, by_account, what, key_uid, at) VALUES ($1, $2, $3, 'shown', 'a key', $4)`, colleague.ID, by.ID, h.Clock.Now())
	if err := h.confirms(colleague.Ctx, uid); faulttest.Key(err) != "identity.address_hands" {
		t.Errorf("confirmed: %v", err)
	}
	exec(h.World, `UPDATE account_hand SET over_at = $3 WHERE tenant_id = $1 AND account_id = $2`, colleague.ID, h.Clock.Now())
	// Nor is who has had the typist's own keys since: they may have been who typed.
	exec(h.World, `INSERT INTO account_hand (tenant_id, account_id, by_account, what, key_uid, at) VALUES ($1, $2, $3, 'shown', 'a key', $4)`, by.ID, h.third.ID, h.Clock.Now())
	if err := h.confirms(h.third.Ctx, uid); faulttest.Key(err) != "identity.address_hands" {
		t.Errorf("who has had the typist's keys confirms it: %v", err)
	}
	if err := h.confirms(colleague.Ctx, uid); err != nil {
		t.Errorf("with keys of their own: %v", err)
	}
}

// The decider of a guarded role is told that the address is another's, and which one. From
// asking on the address changes by two people's word alone, who agree to what they see.
func TestTRIC1_WhileAGuardedRoleIsAskedForNoAddressChangesAlone(t *testing.T) {
	h := newHouse(t)
	p := h.With("ministry_officer", h.Root)
	h.types(h.by.Ctx, p.UID, typed)
	out, err := h.Identity.Appoint(h.by.Ctx, identity.NewAppointment{Account: p.UID, Role: "tenant_admin", Unit: h.Root, IdentifiedBy: "passport"})
	if err != nil || out.Waiting == nil {
		t.Fatalf("%+v %v", out, err)
	}
	for who, key := range map[*webtest.Person]string{h.other: "approval.told.address_agree", h.third: "approval.told.address_agree"} {
		if said := h.told(who.Ctx, out.Waiting.UID, key); said == nil || said["Email"] != typed {
			t.Errorf("whoever decides is told %v", said)
		}
	}
	login := webtest.Must(h.Identity.Person(h.Ctx, p.UID)).Login
	if n := h.forgotten(typed, login); n != 0 {
		t.Errorf("%d letters between asking and deciding", n)
	}
	page := webtest.Must(h.Identity.Person(h.Ctx, p.UID))
	r := waits(t, "Correct", h.Identity.Correct(h.by.Ctx, p.UID, page.Version, identity.Person{Family: page.Family, Given: page.Given, Email: "other@mail.example"}))
	if _, err := h.Agree(h.other.Ctx, r.UID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Agree(h.other.Ctx, out.Waiting.UID); err != nil {
		t.Fatal(err)
	}
	if n := h.forgotten("other@mail.example", login); n == 0 {
		t.Error("no letter goes to an address to which two people agreed")
	}
}

// told returns with what somebody is told something of a request that they may decide; nil:
// they are not told it.
func (h house) told(ctx context.Context, uid, key string) fault.Args {
	h.T.Helper()
	for _, r := range webtest.Must(h.Approvals.List(ctx)) {
		for _, said := range r.Told() {
			if r.UID == uid && said.Key == key {
				return said.Args
			}
		}
	}
	return nil
}

func (h house) notices(uid, key string) int {
	h.T.Helper()
	return number(h.World, "SELECT count(*) FROM notice n JOIN account a ON a.tenant_id = n.tenant_id AND a.id = n.account_id WHERE n.tenant_id = $1 AND a.uid = $2 AND n.key = $3", uid, key)
}

func (h house) confirmsOwn(uid, password string) error {
	h.T.Helper()
	return h.Identity.ConfirmOwn(h.as(uid), password, webtest.Must(h.Identity.Person(h.Ctx, uid)).Version)
}

// The owner's own word is enough with the password, as long as nobody else has had a key
// of the account, and is an act of its own: a password that is filled in beside other data
// says nothing.
func TestTRIC1_TheOwnerConfirmsTheAddressWithThePassword(t *testing.T) {
	h := newHouse(t)
	uid, _ := typists["who agrees"](h)
	page := webtest.Must(h.Identity.Person(h.Ctx, uid))
	held := func(what string) {
		t.Helper()
		if n := h.forgotten(typed, page.Login); n != 0 || h.notices(uid, "identity.notice.address_confirmed") != 0 {
			t.Errorf("%s: %d letters", what, n)
		}
	}
	for _, own := range []identity.Own{
		{Email: typed, Password: webtest.Password, Phone: "+996555123456", Language: "ky"}, {Email: typed, Password: webtest.Password, Language: "ru"}, {Email: typed, Password: webtest.Password},
	} {
		if err := h.changesOwn(h.as(uid), own); err != nil {
			t.Fatal(err)
		}
		held("other data with a password")
	}
	if err := h.Identity.ConfirmOwn(h.as(uid), webtest.Password, page.Version); faulttest.Key(err) != "identity.changed" {
		t.Errorf("another address than was seen: %v", err)
	}
	for _, password := range []string{"", "a guess of the password"} {
		if err := h.confirmsOwn(uid, password); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", password, err)
		}
	}
	held("no password")
	dbtest.LetPass(t, h.DB, 48*time.Hour)
	if err := h.confirmsOwn(uid, webtest.Password); err != nil {
		t.Fatal(err)
	}
	if n := h.forgotten(typed, page.Login); n == 0 || h.notices(uid, "identity.notice.address_confirmed") != 1 {
		t.Errorf("%d letters once it was confirmed", n)
	}

	// Who has had a key may be the one who types it.
	h = newHouse(t)
	p := h.With("ministry_officer", h.Root)
	if _, err := h.Identity.PrintCode(h.by.Ctx, p.UID, identity.Reset{IdentifiedBy: "passport"}); err != nil {
		t.Fatal(err)
	}
	h.types(h.by.Ctx, p.UID, typed)
	h.promotesBy(p.UID, h.other, h.by)
	err := h.confirmsOwn(p.UID, webtest.Password)
	f := faulttest.Of(t, err)
	if len(f.Fields) == 0 || f.Fields[0].Key != "identity.address_keys" || f.Next == nil || f.Next.Key != "identity.next.address_ask" {
		t.Fatalf("whoever had the key confirms it: %v", err)
	}
	if who, _ := f.Next.Args["Names"].(fault.List); len(who) != 2 || slices.Contains(who, any(h.by.Name)) {
		t.Errorf("to be asked: %v", who)
	}
	if n := h.forgotten(typed, p.Login); n != 0 {
		t.Errorf("%d letters", n)
	}
}

// What the owner enters with the password is the owner's, though others have had keys: they
// had the account already, and nobody would be left to confirm it. Not so what is the
// mailbox of one of them, or what one of them typed before.
func TestTRIC1_WhatTheOwnerEntersIsTheirsUnlessItIsAHandsMailbox(t *testing.T) {
	for name, x := range map[string]struct {
		address func(h house) string
		letters bool
	}{
		"their own":                      {func(house) string { return "own@mail.example" }, true},
		"the asker's, written otherwise": {func(h house) string { return h.leaves(h.by) }, false},
		"the decider's likewise":         {func(h house) string { return h.leaves(h.other) }, false},
		"somebody's who had no hand":     {func(h house) string { return h.leaves(h.third) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			out, err := h.Identity.Appoint(h.by.Ctx, identity.NewAppointment{Person: stranger(""), AnotherPerson: true, Role: "tenant_admin", Unit: h.Root, IdentifiedBy: "passport"})
			if err != nil || out.Waiting == nil {
				t.Fatalf("%+v %v", out, err)
			}
			done, err := h.Agree(h.other.Ctx, out.Waiting.UID)
			if err != nil || done.Link == "" {
				t.Fatalf("%+v %v", done, err)
			}
			h.opens(done.Link)
			rows, _, err := h.Identity.People(h.Ctx, identity.Filter{Words: "Куурчак"})
			if err != nil || len(rows) != 1 {
				t.Fatal(rows, err)
			}
			address := x.address(h)
			if err := h.changesOwn(h.as(rows[0].UID), identity.Own{Email: address, Password: "жакшы узун сырсөз 7"}); err != nil {
				t.Fatal(err)
			}
			if n := h.forgotten(address, rows[0].Login); x.letters != (n > 0) {
				t.Errorf("%d letters", n)
			}
		})
	}
}

// Nor is what one of them typed, whether or not the owner had another one in between, until
// somebody has confirmed it.
func TestTRIC1_WhatAHandTypedIsNotTheOwnersForBeingEnteredAgain(t *testing.T) {
	for name, enters := range map[string][]string{
		"written another way": {alias(typed)}, "again": {"own@mail.example", typed},
	} {
		h := newHouse(t)
		uid, _ := typists["who agrees, inviting to a post before"](h)
		login := webtest.Must(h.Identity.Person(h.Ctx, uid)).Login
		for _, address := range enters {
			if err := h.changesOwn(h.as(uid), identity.Own{Email: address, Password: "жакшы узун сырсөз 7"}); err != nil {
				t.Fatal(err)
			}
		}
		last := enters[len(enters)-1]
		if n := h.forgotten(last, login); n != 0 {
			t.Errorf("%s: %d letters", name, n)
		}
		if err := h.confirms(h.third.Ctx, uid); err != nil {
			t.Fatal(err)
		}
		if n := h.forgotten(last, login); n == 0 {
			t.Errorf("%s: no letter once it was confirmed", name)
		}
	}
}

// leaves has somebody give up their mailbox, which is what it was for one who enters it, and
// returns another way of writing it.
func (h house) leaves(p *webtest.Person) string {
	h.T.Helper()
	was := webtest.Must(h.Identity.Mine(p.Ctx)).Email
	if err := h.changesOwn(p.Ctx, identity.Own{Email: "left." + was, Password: webtest.Password}); err != nil {
		h.T.Fatal(err)
	}
	return alias(was)
}

// alias is another way of writing an address of the same mailbox.
func alias(address string) string {
	name, host, _ := strings.Cut(address, "@")
	return name + "+x@" + host
}

// Whoever agrees to a role for an account is shown its address as it is when they read,
// agrees to it, and so confirms it: an administrator, or the operator who co-signs.
func TestTRIC1_WhoAgreesToARoleAgreesToTheAddress(t *testing.T) {
	h := newHouse(t)
	p := h.With("ministry_officer", h.Root)
	h.types(h.by.Ctx, p.UID, typed)
	r := h.asksFor(h.third, p.UID)
	if h.told(h.other.Ctx, r.UID, "approval.told.address_agree") == nil || h.told(h.by.Ctx, r.UID, "approval.told.address") == nil || h.told(h.by.Ctx, r.UID, "approval.told.address_agree") != nil {
		t.Error("who typed it, and who did not, are not told what their agreeing says of the address")
	}
	if n := h.forgotten(typed, p.Login); n != 0 {
		t.Errorf("%d letters before anybody agreed", n)
	}
	if _, err := h.Agree(h.other.Ctx, r.UID); err != nil {
		t.Fatal(err)
	}
	if n := h.forgotten(typed, p.Login); n == 0 || h.notices(p.UID, "identity.notice.address_confirmed") != 1 {
		t.Errorf("%d letters go where somebody has agreed to the address", n)
	}

	// Another address than the one that was asked about is agreed to by nobody.
	p = h.With("ministry_officer", h.Root)
	h.types(h.by.Ctx, p.UID, "first@mail.example")
	r = h.asksFor(h.by, p.UID)
	left := h.leaves(h.by)
	if err := h.changesOwn(h.as(p.UID), identity.Own{Email: left, Password: webtest.Password}); err != nil {
		t.Fatal(err)
	}
	if h.told(h.other.Ctx, r.UID, "approval.told.address") == nil || h.told(h.other.Ctx, r.UID, "approval.told.address_agree") != nil {
		t.Error("whoever decides is told of the address as it was")
	}
	if _, err := h.Agree(h.other.Ctx, r.UID); err != nil {
		t.Fatal(err)
	}
	if n := h.forgotten(left, p.Login); n != 0 {
		t.Errorf("%d letters to an address that nobody was asked about", n)
	}
	// What is confirmed meanwhile is warned of no more.
	p = h.With("ministry_officer", h.Root)
	h.types(h.by.Ctx, p.UID, "second@mail.example")
	r = h.asksFor(h.by, p.UID)
	if err := h.confirmsOwn(p.UID, webtest.Password); err != nil {
		t.Fatal(err)
	}
	if h.told(h.other.Ctx, r.UID, "approval.told.address_agree") != nil || h.told(h.other.Ctx, r.UID, "approval.told.hands") == nil {
		t.Error("told of an address that is confirmed, or no more of the hands")
	}
}

// A ministry with one administrator: the operator who co-signs confirms, and confirms as
// well what stands unconfirmed from before, for who typed it asks where nobody else is left.
func TestTRIC1_WhereOnlyWhoTypedItIsLeftAnOperatorConfirms(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	h := house{World: w, by: w.With("tenant_admin", w.Root)}
	out := h.invites(h.by.Ctx, "ministry_officer", typed)
	h.opens(out.Key.Path)
	uid := out.Account.UID
	r := h.asksFor(h.by, uid)
	list := webtest.Must(w.Approvals.ForOperator(w.Ctx))
	if len(list) != 1 || !slices.ContainsFunc(list[0].Told(), func(p fault.Phrase) bool { return p.Key == "approval.told.address_agree" }) {
		t.Fatalf("operators are shown %+v", list)
	}
	login := webtest.Must(h.Identity.Person(h.Ctx, uid)).Login
	if n := h.forgotten(typed, login); n != 0 {
		t.Errorf("%d letters before", n)
	}
	if _, err := w.Cosign(w.Ctx, r.UID, "operator"); err != nil {
		t.Fatal(err)
	}
	if n := h.forgotten(typed, login); n == 0 || h.notices(uid, "identity.notice.address_operator") != 1 {
		t.Errorf("%d letters once an operator has co-signed", n)
	}

	exec(w, "UPDATE account_hand SET confirmed_at = NULL WHERE tenant_id = $1 AND account_id = $2", out.Account.ID)
	page := webtest.Must(h.Identity.Person(h.by.Ctx, uid))
	if !page.Held || page.May.Confirm || !page.May.AskConfirm {
		t.Errorf("shown: %v %+v", page.Held, page.May)
	}
	err := h.confirmsOwn(uid, "жакшы узун сырсөз 7")
	if f := faulttest.Of(t, err); f.Next == nil || f.Next.Key != "identity.next.address_none" {
		t.Errorf("the owner is told %v", err)
	}
	asked := waits(t, "ConfirmAddress", h.confirms(h.by.Ctx, uid))
	if n := h.forgotten(typed, login); n != 0 {
		t.Errorf("%d letters for having asked", n)
	}
	if _, err := w.Cosign(w.Ctx, asked.UID, "operator"); err != nil {
		t.Fatal(err)
	}
	if n := h.forgotten(typed, login); n == 0 {
		t.Error("no letter goes where an operator has confirmed the address")
	}
}

// Letters that stay away use up nothing: the first one after it is confirmed goes out.
func TestTRIC1_WhatIsHeldBackKeepsNoLetterFromGoing(t *testing.T) {
	h := newHouse(t)
	uid, _ := typists["who agrees"](h)
	login := webtest.Must(h.Identity.Person(h.Ctx, uid)).Login
	ask := func(as string, from byte) {
		t.Helper()
		if err := h.Identity.ForgotPassword(h.Nobody(), as, door.Attempt{Remote: netip.AddrFrom4([4]byte{212, 42, from, 7})}); err != nil {
			t.Fatal(err)
		}
	}
	for i, as := range []string{typed, typed, login, login} {
		ask(as, byte(i))
	}
	if n := h.notices(uid, "identity.notice.held"); n == 0 || n > 3 {
		t.Errorf("the owner is told %d times of what anybody can ask for", n)
	}
	if err := h.confirms(h.other.Ctx, uid); err != nil {
		t.Fatal(err)
	}
	before := h.links(typed)
	ask(" "+typed, 9)
	if h.links(typed) == before {
		t.Error("no letter, for those that stayed away before")
	}
}

// Nothing is held back from who has no guarded role, nor from an address that nobody
// else typed, that was agreed to, or that the platform entered.
func TestTRIC1_LettersGoWhereTheAddressIsTheOwners(t *testing.T) {
	h := newHouse(t)
	p := h.With("ministry_officer", h.Root)
	h.types(h.by.Ctx, p.UID, typed)
	page := webtest.Must(h.Identity.Person(h.Ctx, p.UID))
	if n := h.forgotten(typed, page.Login); n == 0 || page.Held {
		t.Errorf("an officer: %d letters, held %v", n, page.Held)
	}
	if err := h.confirms(h.other.Ctx, p.UID); err != nil { // before it is needed
		t.Error(err)
	}
	if err := h.confirms(h.third.Ctx, p.UID); faulttest.Key(err) != "identity.address_confirmed" {
		t.Errorf("confirmed twice: %v", err)
	}
	h.promotes(p.UID)
	if n := h.forgotten(typed, page.Login); n == 0 {
		t.Error("confirmed before the role was given, and no letter goes there")
	}
	if n := h.forgotten(h.third.Email, h.third.Login); n == 0 {
		t.Error("an address that nobody else typed")
	}

	first, err := h.Identity.Administrator(approval.ByOperator(h.Ctx, "operator"), "tenant_admin", h.Root, identity.FirstPerson("Бекова Айгүл", "first@mail.example", "ky"))
	if err != nil || first.Key == nil || !first.Key.Mailed {
		t.Fatalf("%+v %v", first, err)
	}
}
