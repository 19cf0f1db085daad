package identity_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"mektep/core/approval"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/identity/door"
	"mektep/core/web/webtest"
)

// Nobody agrees to an account whose key would come to a mailbox that is theirs or was: they
// would be both pairs of eyes from then on.
func TestTRIC1_NobodyAgreesToAKeyThatComesToThem(t *testing.T) {
	h := newHouse(t)
	was := h.other.Email
	for name, address := range map[string]string{"now": alias(was), "before": was} {
		if name == "before" {
			if err := h.changesOwn(h.other.Ctx, identity.Own{Email: "another@mail.example", Password: webtest.Password}); err != nil {
				t.Fatal(err)
			}
		}
		out, err := h.Identity.Appoint(h.by.Ctx, identity.NewAppointment{Person: stranger(address), AnotherPerson: true, Role: "tenant_admin", Unit: h.Root, IdentifiedBy: "passport", Order: h.order()})
		if err != nil || out.Waiting == nil {
			t.Fatalf("%s: %+v %v", name, out, err)
		}
		h.refuses(h.other.Ctx, *out.Waiting, "approval.own_mailbox")
		if _, err := h.Agree(h.third.Ctx, out.Waiting.UID); err != nil {
			t.Errorf("%s, somebody else: %v", name, err)
		}
	}
}

// Nor to one whose key goes where they have said themselves that they read, or did: nobody
// has seen that they do, but it is their own word.
func TestTRIC1_NobodyAgreesToAKeyThatGoesWhereTheyEntered(t *testing.T) {
	h := newHouse(t)
	h.enters(h.other, alias("given.up@mail.example"))
	h.enters(h.other, alias("entered@mail.example"))
	for name, box := range map[string]string{"before": "given.up@mail.example", "now": "entered@mail.example"} {
		out, err := h.Identity.Appoint(h.by.Ctx, identity.NewAppointment{Person: stranger(box), AnotherPerson: true, Role: "tenant_admin", Unit: h.Root, IdentifiedBy: "passport", Order: h.order()})
		if err != nil || out.Waiting == nil {
			t.Fatalf("%s: %+v %v", name, out, err)
		}
		h.refuses(h.other.Ctx, *out.Waiting, "approval.own_mailbox")
		if _, err := h.Agree(h.third.Ctx, out.Waiting.UID); err != nil {
			t.Errorf("%s, somebody else: %v", name, err)
		}
	}
}

// One mailbox is one address however it is written: with another full stop, in full width,
// with what cannot be seen, or in letters that look alike.
func TestTRIC1_OneMailboxIsWrittenInOneWay(t *testing.T) {
	h := newHouse(t)
	own := func(p *webtest.Person, address string) error {
		return h.changesOwn(p.Ctx, identity.Own{Email: address, Password: webtest.Password})
	}
	h.comesToRead(h.by, "begimai@priv.example")
	for _, address := range []string{
		"begimai@priv\u3002example", "begimai@priv\uff0eexample", "begimai@\uff50riv.example", "begimai@priv\u00ad.example", "Begimai@PRIV.example",
		"be\u200bgimai@priv.example", "b\u0435gimai@priv.example", "\uff42egimai@priv.example", "begimai@priv\u200b.example",
	} {
		if err := own(h.other, address); err == nil {
			t.Errorf("%+q is taken for another mailbox", address)
		}
	}
	if err := own(h.other, "aida@okul.example"); err != nil {
		t.Error(err)
	}
}

// Whoever has, or had, the mailbox to which a key of an account goes is one person with it
// from then on, whichever way the key went, and whatever addresses they enter afterwards.
func TestTRIC1_WhoReadsAKeyIsOnePersonWithTheAccount(t *testing.T) {
	h := newHouse(t)
	moves := func(p *webtest.Person, to string) {
		t.Helper()
		if err := h.changesOwn(p.Ctx, identity.Own{Email: to, Password: webtest.Password}); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		box   func(was string) string // of the newcomer
		first bool                    // the mailbox is given up before the key goes
	}{
		"written otherwise": {alias, false},
		"given up before":   {func(was string) string { return was }, true},
	} {
		t.Run(name, func(t *testing.T) {
			h = newHouse(t)
			was := h.by.Email
			box := c.box(was)
			if c.first {
				moves(h.by, "given.up@mail.example")
			}
			out, err := h.Identity.Appoint(h.other.Ctx, identity.NewAppointment{Person: stranger(box), AnotherPerson: true, Role: "tenant_admin", Unit: h.Root, IdentifiedBy: "passport"})
			if err != nil || out.Waiting == nil {
				t.Fatal(err)
			}
			h.toldOf(h.third, *out.Waiting, "approval.told.alike", h.by.Name)
			if _, err := h.Agree(h.third.Ctx, out.Waiting.UID); err != nil {
				t.Fatal(err)
			}
			h.opens(h.letter(box))
			uid := h.find(box)
			moves(h.by, strings.ReplaceAll(name, " ", ".")+"@elsewhere.example")
			own := identity.Own{Email: strings.ReplaceAll(name, " ", ".") + "@own.example", Password: "жакшы узун сырсөз 7"}
			if err := h.changesOwn(h.as(uid), own); err != nil {
				t.Fatal(err)
			}
			h.refuses(h.as(uid), h.asks(h.by.Ctx), "approval.reset_by_asker")
			h.refuses(h.by.Ctx, h.asks(h.as(uid)), "approval.asker_reset_by")
			if _, err := h.Agree(h.third.Ctx, h.asks(h.as(uid)).UID); err != nil {
				t.Errorf("somebody who reads other letters: %v", err)
			}
		})
	}
	h = newHouse(t)

	// A letter to a new password that anybody can ask for is a key as well, and so is a link
	// that two people agree to; whoever decides is told where it goes and who reads there.
	p := h.With("ministry_officer", h.Root)
	h.promotesBy(p.UID, h.other, h.third)
	box := "passed.on@mail.example"
	moves(h.by, box)
	password := h.readsAt(h.by, box)
	if err := h.changesOwn(h.by.Ctx, identity.Own{Email: "by.again@mail.example", Password: password}); err != nil {
		t.Fatal(err)
	}
	if err := h.changesOwn(h.as(p.UID), identity.Own{Email: box, Password: webtest.Password}); err != nil {
		t.Fatal(err)
	}
	_, err := h.Identity.PrintCode(h.other.Ctx, p.UID, identity.Reset{IdentifiedBy: "passport"})
	r := waits(t, "PrintCode", err)
	h.toldOf(h.third, r, "approval.told.key_mailed", box)
	h.toldOf(h.third, r, "approval.told.mailbox", h.by.Name)
	h.refuses(h.by.Ctx, r, "approval.own_mailbox")
	if _, err := h.Agree(h.as(p.UID), h.asks(h.by.Ctx).UID); err != nil {
		t.Errorf("no key has gone there yet: %v", err)
	}
	if err := h.Identity.ForgotPassword(h.Nobody(), box, door.Attempt{Remote: netip.MustParseAddr("212.42.100.7")}); err != nil {
		t.Fatal(err)
	}
	h.letter(box)
	h.refuses(h.as(p.UID), h.asks(h.by.Ctx), "approval.reset_by_asker")

	// Nor is it their word that the address is somebody else's, for that very reason.
	q, given := h.With("ministry_officer", h.Root), h.third.Email
	moves(h.third, "third.now@mail.example")
	h.types(h.by.Ctx, q.UID, given)
	f := faulttest.Of(t, h.confirms(h.third.Ctx, q.UID))
	if f.Key != "identity.address_yours" || f.Next == nil {
		t.Fatalf("%+v", f)
	}
	for _, l := range h.Words.Languages() {
		h.Words.Localizer(l.Tag).Fault(f)
	}
}

// toldOf fails unless whoever decides a request is told something, with some words, in
// every language.
func (h house) toldOf(who *webtest.Person, r approval.Request, key, words string) {
	h.T.Helper()
	for _, x := range webtest.Must(h.Approvals.List(who.Ctx)) {
		if x.UID != r.UID {
			continue
		}
		for _, p := range x.Told() {
			if p.Key != key {
				continue
			}
			for _, l := range h.Words.Languages() {
				if text := h.Words.Localizer(l.Tag).T(p.Key, p.Args); !strings.Contains(text, words) {
					h.T.Errorf("%s: %s", l.Tag, text)
				}
			}
			return
		}
		h.T.Errorf("%s is not told: %+v", key, x.Told())
	}
}

// An address that was somebody's is asked about, by name where the giver may see them.
func TestTRDR8_AFormerAddressIsAskedAbout(t *testing.T) {
	h := newHouse(t)
	head, teacher := h.With("head", h.School), h.With("teacher", h.School)
	for _, p := range []*webtest.Person{h.by, teacher} {
		if err := h.changesOwn(p.Ctx, identity.Own{Email: "now." + p.Email, Password: webtest.Password}); err != nil {
			t.Fatal(err)
		}
	}
	day := h.Words.Localizer("en").Date(h.Clock.Now())
	for _, c := range []struct {
		who   *webtest.Person
		named bool
	}{{h.by, false}, {teacher, true}} {
		_, err := h.Identity.Appoint(head.Ctx, identity.NewAppointment{Person: stranger(c.who.Email), Role: "teacher", Unit: h.School, IdentifiedBy: "passport", Order: h.order()})
		f := faulttest.Of(t, err)
		if len(f.Fields) != 1 || f.Fields[0].Key != "identity.looks_like" || f.Rule != "platform §one_account" {
			t.Fatalf("%+v", f)
		}
		uids, _ := f.Fields[0].Args["UIDs"].([]string)
		for _, l := range h.Words.Languages() {
			text := h.Words.Localizer(l.Tag).Fault(f).Fields[0].Text
			if strings.Contains(text, c.who.Name) != c.named || slices.Contains(uids, c.who.UID) != c.named || l.Tag == "en" && strings.Contains(text, day) != c.named {
				t.Errorf("%s, named %v: %s %v", l.Tag, c.named, text, uids)
			}
		}
	}
}

// A key goes to no address but the one that was agreed to, whichever of the two comes first:
// the owner's change, or the second person's yes.
func TestTRIC1_AnAddressThatChangesMeanwhileGetsNoKey(t *testing.T) {
	h := newHouse(t)
	p := h.With("ministry_officer", h.Root)
	h.promotesBy(p.UID, h.other, h.third)
	for round := range 12 {
		_, err := h.Identity.PrintCode(h.by.Ctx, p.UID, identity.Reset{IdentifiedBy: "passport"})
		r := waits(t, "PrintCode", err)
		owner, to := h.as(p.UID), fmt.Sprintf("moved.%d@mail.example", round)
		var done approval.Done
		move := func() error { return h.changesOwn(owner, identity.Own{Email: to, Password: webtest.Password}) }
		agree := func() (err error) { done, err = h.Agree(h.other.Ctx, r.UID); return err }
		moved, agreed := error(nil), error(nil)
		if round == 0 {
			moved, agreed = move(), agree()
		} else {
			moved, agreed = both(move, agree)
		}
		if moved != nil || done.Address == to {
			t.Fatalf("%v: a key for %q", moved, done.Address)
		}
		refusedAs(t, "to agree", agreed, "approval.overtaken", "approval.not_waiting")
		if faulttest.Key(agreed) == "approval.overtaken" && faulttest.Of(t, agreed).Next == nil {
			t.Errorf("no next step: %v", agreed)
		}
		for _, x := range webtest.Must(h.Approvals.List(h.by.Ctx)) {
			if x.UID == r.UID && x.State == approval.Waiting {
				if err := h.Approvals.Cancel(h.by.Ctx, r.UID); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
