package identity_test

import (
	"testing"

	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// leaves are the ways in which somebody is gone who reads an address.
var leaves = map[string]func(h house, p *webtest.Person){
	"blocked": func(h house, p *webtest.Person) {
		if err := h.Identity.Block(h.Ctx, p.UID, "кетти"); err != nil {
			h.T.Fatal(err)
		}
	},
	"without a post": func(h house, p *webtest.Person) {
		if err := h.Identity.Dismiss(h.Ctx, p.Appointment.UID, identity.End{Order: h.order()}); err != nil {
			h.T.Fatal(err)
		}
	},
	"of an ended post": func(h house, p *webtest.Person) { // before the night has closed the account
		exec(h.World, "UPDATE appointment SET until = $3 WHERE tenant_id = $1 AND account_id = $2", p.ID, h.Clock.Now().AddDate(0, 0, -1))
	},
	"of a stopped post": func(h house, p *webtest.Person) {
		exec(h.World, "UPDATE appointment SET stopped_at = now() WHERE tenant_id = $1 AND account_id = $2", p.ID)
	},
}

// What somebody reads who has left is kept from nobody who has the mailbox now: they enter it, confirm
// it signed in, and have it; who had it hears of it.
func TestTRIC1_AnAddressOfWhoHasLeftPassesToWhoReadsIt(t *testing.T) {
	const box = "office@mail.example"
	for how, leave := range leaves {
		t.Run(how, func(t *testing.T) {
			h := newHouse(t)
			gone, next := h.With("teacher", h.School), h.With("teacher", h.School)
			h.comesToRead(gone, box)
			link := webtest.Secret(h.letter(box))
			leave(h, gone)
			h.enters(next, box)
			was := webtest.Must(h.Identity.Person(h.Ctx, gone.UID))
			if now := webtest.Must(h.Identity.Person(h.Ctx, next.UID)); !now.AddressUnread || was.Email != box || was.AddressUnread {
				t.Fatalf("entered: read by the next %t, by who left %q", !now.AddressUnread, was.Email)
			}
			if _, err := h.Identity.Find(h.Ctx, h.School, box); err != nil {
				t.Errorf("the platform: %v", err)
			}
			head := h.With("head", h.School)
			if key := faulttest.Key(only(h.Identity.Find(head.Ctx, h.School, box))); key != "identity.address_names_nobody" {
				t.Errorf("named while it is asked: %s", key)
			}
			h.asksWhether(next)
			if err := h.Identity.ReadAddress(next.Ctx, webtest.Secret(h.letter(box))); err != nil {
				t.Fatal(err)
			}
			now, left := webtest.Must(h.Identity.Person(h.Ctx, next.UID)), webtest.Must(h.Identity.Person(h.Ctx, gone.UID))
			if now.Email != box || now.AddressUnread || left.Email != "" {
				t.Errorf("%q (unread: %t) and %q", now.Email, now.AddressUnread, left.Email)
			}
			if n, m := h.notices(gone.UID, "identity.notice.address_passed"), h.notices(gone.UID, "identity.notice.address_given"); n != 1 || m != 0 {
				t.Errorf("told %d times, and %d that it never was theirs", n, m)
			}
			if _, err := h.Identity.Accept(h.Nobody(), link, identity.Acceptance{Password: "кат окуган адам 12"}); err == nil {
				t.Error("the link to a new password that went there is good still")
			}
			if a, err := h.Identity.Find(head.Ctx, h.School, box); err != nil || a.UID != next.UID {
				t.Errorf("named: %v %v", a.UID, err)
			}
		})
	}
}

// While they have it, a superior is told truthfully whose it is; who has no say over that account types
// it, and nothing is taken from anybody by it.
func TestAnAddressOfWhoHasLeftIsNamedTruthfully(t *testing.T) {
	const box = "office@mail.example"
	for how, leave := range leaves {
		t.Run(how, func(t *testing.T) {
			h := newHouse(t)
			gone, head, there := h.With("teacher", h.School), h.With("head", h.School), h.With("head", h.Elsewhere)
			next, other := h.With("teacher", h.School), h.With("teacher", h.Elsewhere)
			h.comesToRead(gone, box)
			leave(h, gone)
			f := faulttest.Of(t, h.gives(head.Ctx, next, box))
			if f.Key != "identity.email_left" || f.Next == nil || f.Next.Key != "identity.next.email_left" || f.Next.URL != "/people/"+gone.UID || f.Next.Args["Name"] != gone.Name {
				t.Errorf("%+v", f)
			}
			for _, l := range h.Words.Languages() {
				h.Words.Localizer(l.Tag).Fault(f)
			}
			if err := h.gives(there.Ctx, other, box); err != nil {
				t.Fatalf("who has no say over it: %v", err)
			}
			if now := webtest.Must(h.Identity.Person(h.Ctx, other.UID)); !now.AddressUnread {
				t.Error("what is typed is read")
			}
			if err := h.gives(h.Ctx, nil, box); err != nil {
				t.Errorf("the platform: %v", err)
			}
			if now := webtest.Must(h.Identity.Person(h.Ctx, gone.UID)); now.Email != box || now.AddressUnread {
				t.Errorf("they have %q, unread: %t", now.Email, now.AddressUnread)
			}
		})
	}
}

// Who comes back has what they read, and nobody else confirms it.
func TestTRIC1_WhoComesBackHasTheAddressThatTheyRead(t *testing.T) {
	const box = "office@mail.example"
	h := newHouse(t)
	gone, next := h.With("teacher", h.School), h.With("teacher", h.Elsewhere)
	h.comesToRead(gone, box)
	if err := h.Identity.Block(h.Ctx, gone.UID, "x"); err != nil {
		t.Fatal(err)
	}
	h.enters(next, box)
	if err := h.Identity.Unblock(h.Ctx, gone.UID); err != nil {
		t.Fatal(err)
	}
	h.asksWhether(next)
	if key := faulttest.Key(h.Identity.ReadAddress(next.Ctx, webtest.Secret(h.letter(box)))); key != "identity.email_taken" {
		t.Errorf("confirmed by another: %s", key)
	}
	if now := webtest.Must(h.Identity.Person(h.Ctx, gone.UID)); now.Email != box || now.AddressUnread {
		t.Errorf("they have %q, unread: %t", now.Email, now.AddressUnread)
	}
}

// Six accounts that one head has made up with an address take no letter from whose it is, invited or
// at work, entered by themself or typed by another.
func TestWhoHasForgottenIsWrittenToBeforeMadeUpAccounts(t *testing.T) {
	const box = "owner@mail.example"
	for name, owner := range map[string]func(h house) (uid string){
		"invited by another": func(h house) string {
			n := identity.NewAppointment{Person: identity.Person{Family: "Ээсиев", Given: "Өзү", Email: box}, AnotherPerson: true, Role: "teacher", Unit: h.Elsewhere, Order: h.order(), IdentifiedBy: "passport"}
			return webtest.Must(h.Identity.Appoint(h.With("head", h.Elsewhere).Ctx, n)).Account.UID
		},
		"typed by another": func(h house) string {
			p := h.With("teacher", h.Elsewhere)
			h.typesFor(h.With("head", h.Elsewhere), p, box)
			return p.UID
		},
		"entered by themself": func(h house) string {
			p := h.With("teacher", h.Elsewhere)
			h.enters(p, box)
			return p.UID
		},
		"read": func(h house) string {
			p := h.With("teacher", h.Elsewhere)
			h.comesToRead(p, box)
			return p.UID
		},
	} {
		for _, state := range []identity.State{identity.Invited, identity.Active} {
			t.Run(name+", they are "+string(state), func(t *testing.T) { writtenBefore(t, name == "read", state, owner) })
		}
	}
}

func writtenBefore(t *testing.T, read bool, state identity.State, owner func(h house) string) {
	t.Helper()
	const box = "owner@mail.example"
	h := newHouse(t)
	head := h.With("head", h.School)
	var made []string
	for i := range 6 {
		n := identity.NewAppointment{
			Person: identity.Person{Family: "Куурчак", Given: string(rune('А' + i)), Email: box}, AnotherPerson: true, Role: "teacher", Unit: h.School, Order: h.order(), IdentifiedBy: "passport",
		}
		if read {
			n.Person.Email = "" // nobody types what somebody reads
		}
		uid := webtest.Must(h.Identity.Appoint(head.Ctx, n)).Account.UID
		if err := h.Identity.Block(head.Ctx, uid, "x"); err != nil {
			t.Fatal(err)
		}
		made = append(made, uid)
	}
	for _, uid := range made {
		if err := h.Identity.Unblock(head.Ctx, uid); err != nil {
			t.Fatal(err)
		}
	}
	uid := owner(h)
	if read {
		exec(h.World, "UPDATE account SET email = '"+box+"', address_unread = true WHERE tenant_id = $1 AND id <> $2 AND family = 'Куурчак'", 0)
	}
	if state == identity.Active {
		exec(h.World, "UPDATE account SET state = 'active', login = uid, password_hash = 'x' WHERE tenant_id = $1 AND id <> $2 AND family = 'Куурчак'", 0)
	}
	last := number(h.World, "SELECT max(id) FROM account_key WHERE tenant_id = $1")
	h.asksForLetter(box)
	if n := number(h.World, "SELECT count(*) FROM account_key k JOIN account a ON a.tenant_id = k.tenant_id AND a.id = k.account_id WHERE k.tenant_id = $1 AND a.uid = $2 AND k.id > $3 AND k.purpose IN ('reset', 'invite')", uid, last); n != 1 {
		t.Errorf("%d letters to whose it is", n)
	}
}
