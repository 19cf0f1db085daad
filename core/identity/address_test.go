package identity_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
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
	return number(h.World, "SELECT count(*) FROM mail_outbox WHERE tenant_id = $1 AND address = $2 AND (url LIKE '%/reset/%' OR url LIKE '%/invitation/%')", address)
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
// to be another's; each returns the account, and who typed it.
var typists = map[string]func(h house) (uid string, by *webtest.Person){
	"the asker, before asking": func(h house) (string, *webtest.Person) {
		p := h.With("ministry_officer", h.Root)
		h.types(h.by.Ctx, p.UID, typed)
		h.promotes(p.UID)
		return p.UID, h.by
	},
	"the asker, inviting to a post before": func(h house) (string, *webtest.Person) {
		out := h.invites(h.by.Ctx, "ministry_officer", typed)
		h.opens(h.letter(typed))
		h.promotes(out.Account.UID)
		return out.Account.UID, h.by
	},
	"somebody else than the asker": func(h house) (string, *webtest.Person) {
		p := h.With("ministry_officer", h.Root)
		h.types(h.third.Ctx, p.UID, typed)
		h.promotes(p.UID)
		return p.UID, h.third
	},
	"a second account of the asker's": func(h house) (string, *webtest.Person) {
		p := h.With("ministry_officer", h.Root)
		h.types(h.puppet(h.by), p.UID, typed)
		h.promotes(p.UID)
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
			done, err := h.Approvals.Approve(agrees.Ctx, waits(t, "PrintCode", err).UID)
			if err != nil || done.Link == "" || done.Mailed || h.links(typed) != before {
				t.Errorf("two people have it sent there: %+v %v", done, err)
			}

			for who, ctx := range map[string]context.Context{"who typed it": by.Ctx, "an account of theirs": h.puppet(by), "the account itself": h.as(uid)} {
				err := h.confirms(ctx, uid)
				f := fault.From(err)
				if fault.KindOf(err) != fault.Denied || f.Rule == "" || f.Next == nil || who != "the account itself" && (f.Key != "identity.address_hands" || f.Law == "") {
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
	uid, by := typists["the asker, before asking"](h)
	colleague := h.With("tenant_admin", h.Root)
	exec(h.World, `INSERT INTO account_hand (tenant_id, account_id, by_account, what, key_uid, at) VALUES ($1, $2, $3, 'shown', 'a key', $4)`, colleague.ID, by.ID, h.Clock.Now())
	if err := h.confirms(colleague.Ctx, uid); fault.From(err) == nil || fault.From(err).Key != "identity.address_hands" {
		t.Errorf("confirmed: %v", err)
	}
	exec(h.World, `UPDATE account_hand SET over_at = $3 WHERE tenant_id = $1 AND account_id = $2`, colleague.ID, h.Clock.Now())
	// Nor is who has had the typist's own keys since: they may have been who typed.
	exec(h.World, `INSERT INTO account_hand (tenant_id, account_id, by_account, what, key_uid, at) VALUES ($1, $2, $3, 'shown', 'a key', $4)`, by.ID, h.third.ID, h.Clock.Now())
	if err := h.confirms(h.third.Ctx, uid); fault.From(err) == nil || fault.From(err).Key != "identity.address_hands" {
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
	warned := false
	for _, said := range out.Waiting.Told() {
		warned = warned || said.Key == "approval.told.address" && said.Args["Email"] == typed
	}
	if !warned {
		t.Errorf("whoever decides is told %+v", out.Waiting.Told())
	}
	login := webtest.Must(h.Identity.Person(h.Ctx, p.UID)).Login
	if n := h.forgotten(typed, login); n != 0 {
		t.Errorf("%d letters between asking and deciding", n)
	}
	page := webtest.Must(h.Identity.Person(h.Ctx, p.UID))
	r := waits(t, "Correct", h.Identity.Correct(h.by.Ctx, p.UID, page.Version, identity.Person{Family: page.Family, Given: page.Given, Email: "other@mail.example"}))
	if _, err := h.Approvals.Approve(h.other.Ctx, r.UID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Approvals.Approve(h.other.Ctx, out.Waiting.UID); err != nil {
		t.Fatal(err)
	}
	if n := h.forgotten("other@mail.example", login); n == 0 {
		t.Error("no letter goes to an address to which two people agreed")
	}
}

// The owner's own word is enough with the password, as long as nobody else has had a key
// of the account: the same address, or another one.
func TestTRIC1_TheOwnerConfirmsTheAddressWithThePassword(t *testing.T) {
	for name, x := range map[string]struct{ address, password string }{
		"as it is": {typed, webtest.Password}, "another one": {"own@mail.example", webtest.Password}, "a wrong password": {typed, "a guess of the password"}, "no password": {typed, ""},
	} {
		h := newHouse(t)
		uid, _ := typists["the asker, before asking"](h)
		err := h.Identity.ChangeOwn(h.as(uid), identity.Own{Email: x.address, Password: x.password})
		may := x.password == webtest.Password
		if may != (err == nil) && x.password != "" {
			t.Errorf("%s: %v", name, err)
		}
		if n := h.forgotten(x.address, webtest.Must(h.Identity.Person(h.Ctx, uid)).Login); may != (n > 0) {
			t.Errorf("%s: %d letters", name, n)
		}
	}

	// Who has had a key may be the one who types it.
	h := newHouse(t)
	p := h.With("ministry_officer", h.Root)
	if _, err := h.Identity.PrintCode(h.by.Ctx, p.UID, identity.Reset{IdentifiedBy: "passport"}); err != nil {
		t.Fatal(err)
	}
	h.types(h.by.Ctx, p.UID, typed)
	h.promotes(p.UID)
	err := h.Identity.ChangeOwn(h.as(p.UID), identity.Own{Email: typed, Password: webtest.Password})
	if f := fault.From(err); f == nil || len(f.Fields) == 0 || f.Fields[0].Key != "identity.address_keys" || f.Next == nil {
		t.Errorf("whoever had the key confirms it: %v", err)
	}
	if err := h.Identity.ChangeOwn(h.as(p.UID), identity.Own{Email: "own@mail.example", Password: webtest.Password}); err != nil {
		t.Fatal(err)
	}
	if n := h.forgotten("own@mail.example", p.Login); n != 0 {
		t.Errorf("%d letters go to what they may have typed", n)
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
	if err := h.confirms(h.third.Ctx, p.UID); fault.From(err) == nil || fault.From(err).Key != "identity.address_confirmed" {
		t.Errorf("confirmed twice: %v", err)
	}
	h.promotes(p.UID)
	if n := h.forgotten(typed, page.Login); n == 0 {
		t.Error("confirmed before the role was given, and no letter goes there")
	}
	if n := h.forgotten(h.third.Email, h.third.Account.Login); n == 0 {
		t.Error("an address that nobody else typed")
	}

	first, err := h.Identity.Administrator(approval.ByOperator(h.Ctx, "operator"), "tenant_admin", h.Root, identity.FirstPerson("Бекова Айгүл", "first@mail.example", "ky"))
	if err != nil || first.Key == nil || !first.Key.Mailed {
		t.Fatalf("%+v %v", first, err)
	}
}
