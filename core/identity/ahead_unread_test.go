package identity_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"mektep/core/db/dbtest"
	"mektep/core/identity"
	"mektep/core/web/webtest"
	"mektep/migrations"
)

// typesFor has a head type an address for a teacher and take it back, or leave it; or invite
// somebody there.
func (h house) typesFor(head, teacher *webtest.Person, address string) {
	h.T.Helper()
	now := webtest.Must(h.Identity.Person(head.Ctx, teacher.UID))
	if err := h.Identity.Correct(head.Ctx, teacher.UID, now.Version, identity.Person{Family: now.Family, Given: now.Given, Email: address}); err != nil {
		h.T.Fatal(err)
	}
}

func (h house) invitesAt(head *webtest.Person, address string) {
	h.T.Helper()
	n := identity.NewAppointment{
		Person: identity.Person{Family: "Асанов", Given: "Талант", Email: address}, AnotherPerson: true, Role: "teacher", Unit: h.School, Order: h.order(), IdentifiedBy: "passport",
	}
	if _, err := h.Identity.Appoint(head.Ctx, n); err != nil {
		h.T.Fatal(err)
	}
}

// comesToRead has somebody enter an address of theirs and follow the letter there; then a letter
// to a new password goes there as well.
func (h house) comesToRead(p *webtest.Person, address string) {
	h.T.Helper()
	h.enters(p, address)
	if err := h.Identity.ReadAddress(p.Ctx, webtest.Secret(h.letter(address))); err != nil {
		h.T.Fatal(err)
	}
	h.asksForLetter(address)
}

// Nor does it where they type a mailbox before it is anybody's: who has it later is nobody's other
// half, an administrator's and an operator's alike.
func TestTRIC1_WhatASuperiorTypesBeforehandBarsNobodyElse(t *testing.T) {
	for name, c := range map[string]struct {
		types func(h house, head, teacher *webtest.Person, address string)
		back  bool
		as    func(string) string
	}{
		"typed and taken back":      {func(h house, head, p *webtest.Person, to string) { h.typesFor(head, p, to) }, true, func(s string) string { return s }},
		"typed in another spelling": {func(h house, head, p *webtest.Person, to string) { h.typesFor(head, p, to) }, false, alias},
		"invited":                   {func(h house, head, _ *webtest.Person, to string) { h.invitesAt(head, to) }, false, alias},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			head := h.With("head", h.School)
			for i, p := range []*webtest.Person{h.by, h.other} {
				address, teacher := fmt.Sprintf("admin%d@gov-new.example", i), h.With("teacher", h.School)
				was := teacher.Email
				c.types(h, head, teacher, c.as(address))
				if c.back {
					h.typesFor(head, teacher, was)
				}
				h.comesToRead(p, address)
			}
			if n := h.Count("account_hand h JOIN account a ON a.id = h.account_id WHERE h.tenant_id = $1 AND a.uid IN ('" + h.by.UID + "', '" + h.other.UID + "') AND h.what IN ('letter', 'mailbox') AND h.over_at IS NULL"); n != 0 {
				t.Errorf("%d hands", n)
			}
			if _, err := h.Agree(h.other.Ctx, h.asks(h.by.Ctx).UID); err != nil {
				t.Errorf("the administrators are barred from one another: %v", err)
			}
		})
	}
}

// Who has had an address typed for them and followed no letter to it is asked to, and it is seen
// by whoever looks after them.
func TestTRIC1_WhatASuperiorTypesIsUnreadUntilALetterIsFollowed(t *testing.T) {
	h := newHouse(t)
	head, teacher := h.With("head", h.School), h.With("teacher", h.School)
	unread := func() bool { return webtest.Must(h.Identity.Person(head.Ctx, teacher.UID)).AddressUnread }
	h.typesFor(head, teacher, "typed@mail.example")
	if r := h.reading(teacher); !unread() || !r.Asked || r.At.IsZero() {
		t.Fatalf("typed: %v %+v", unread(), r)
	}
	if err := h.Identity.ReadAddress(teacher.Ctx, webtest.Secret(h.letter("typed@mail.example"))); err != nil {
		t.Fatal(err)
	}
	if unread() || h.reading(teacher).Asked {
		t.Error("followed, and not believed")
	}
	// Another one, and the read one again.
	h.typesFor(head, teacher, "other@mail.example")
	if !unread() {
		t.Error("another one is read")
	}
	h.Clock.Set(h.Clock.Now().Add(25 * time.Hour)) // no slip
	h.typesFor(head, teacher, "typed@mail.example")
	if !unread() {
		t.Error("what has been given up meanwhile, maybe to another, is read again")
	}
}

// What was typed before that was a rule is judged by it with the migration, and what only that
// had made a hand is none.
func TestTRIC1_HandsByTypedAddressesEndWithTheMigration(t *testing.T) {
	h := newHouse(t)
	head, teacher, reader := h.With("head", h.School), h.With("teacher", h.School), h.With("teacher", h.School)
	h.Clock.Set(h.Clock.Now().AddDate(0, 0, 1))
	h.typesFor(head, teacher, "new@mail.example")
	h.Clock.Set(h.Clock.Now().AddDate(0, 0, 1))
	h.typesFor(head, teacher, "teacher@mail.example")
	h.typesFor(head, reader, "new+read@mail.example")
	h.readsAt(reader, "new+read@mail.example")
	exec(h.World, "UPDATE account SET address_unread = false WHERE tenant_id = $1 AND id >= $2", 0)
	exec(h.World, "UPDATE account_former SET unread = false WHERE tenant_id = $1 AND account_id >= $2", 0)
	h.comesToHave(h.by, "new@mail.example")
	h.asksForLetter("new@mail.example")
	hands := func(p *webtest.Person) int {
		return number(h.World, "SELECT count(*) FROM account_hand WHERE tenant_id = $1 AND account_id = $2 AND by_account = $3 AND over_at IS NULL", h.by.ID, p.ID)
	}
	if hands(teacher) == 0 || hands(reader) == 0 {
		t.Fatalf("noted before: %d, %d", hands(teacher), hands(reader))
	}
	exec(h.World, "UPDATE account_hand SET what = 'letter' WHERE tenant_id = $1 AND what = 'mailbox' AND id >= $2", 0) // as it was noted then
	file := webtest.Must(migrations.FS.ReadFile("0148_typed_addresses.sql"))
	_, data, _ := strings.Cut(string(file), "-- The rows of every ministry")
	if _, err := dbtest.Super(t, h.DB).Exec(context.Background(), "BEGIN; -- "+data+"; COMMIT"); err != nil {
		t.Fatal(err)
	}
	if hands(teacher) != 0 || hands(reader) == 0 {
		t.Errorf("left: %d, %d", hands(teacher), hands(reader))
	}
	if !webtest.Must(h.Identity.Person(h.Ctx, teacher.UID)).AddressUnread || webtest.Must(h.Identity.Person(h.Ctx, reader.UID)).AddressUnread {
		t.Error("who has read, and who has not")
	}
}
