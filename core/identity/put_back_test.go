package identity_test

import (
	"testing"
	"time"

	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// An address that is put back soon is as read as it was; once it may have been another's, its owner is
// asked again.
func TestTRIC1_AnAddressThatIsPutBackIsAsReadAsItWas(t *testing.T) {
	const box = "own@mail.example"
	for name, c := range map[string]struct {
		meanwhile func(h house, p *webtest.Person)
		unread    bool
	}{
		"nothing": {func(house, *webtest.Person) {}, false},
		"a day":   {func(h house, _ *webtest.Person) { h.Clock.Set(h.Clock.Now().Add(25 * time.Hour)) }, true},
		"left by a clock ahead": {func(h house, p *webtest.Person) {
			exec(h.World, "UPDATE account_former SET until = until + interval '1 year' WHERE tenant_id = $1 AND account_id = $2", p.ID)
		}, true},
		"another enters it": {func(h house, _ *webtest.Person) { h.enters(h.With("teacher", h.Elsewhere), box) }, true},
		"another reads it": {func(h house, _ *webtest.Person) {
			other := h.With("teacher", h.Elsewhere)
			exec(h.World, "INSERT INTO account_former (tenant_id, account_id, digest, until) SELECT $1, $2, sha256(convert_to('"+box+"', 'UTF8')), now() + interval '100 years'", other.ID)
		}, true},
		"their own, unread, a year later": {func(h house, p *webtest.Person) {
			h.Clock.Set(h.Clock.Now().AddDate(1, 0, 0))
			h.typesFor(h.With("head", h.School), p, box)
			h.typesFor(h.With("head", h.School), p, "slip2@mail.example")
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			head, p := h.With("head", h.School), h.With("teacher", h.School)
			h.comesToRead(p, box)
			h.typesFor(head, p, "slip@mail.example")
			c.meanwhile(h, p)
			h.typesFor(head, p, box)
			if now := webtest.Must(h.Identity.Person(h.Ctx, p.UID)); now.Email != box || now.AddressUnread != c.unread {
				t.Errorf("%q, unread: %t", now.Email, now.AddressUnread)
			}
		})
	}
	h := newHouse(t)
	head, p := h.With("head", h.School), h.With("teacher", h.School)
	h.typesFor(head, p, box)
	h.typesFor(head, p, "slip@mail.example")
	h.typesFor(head, p, box)
	if !webtest.Must(h.Identity.Person(h.Ctx, p.UID)).AddressUnread {
		t.Error("what nobody has read yet is read once it is put back")
	}
}

// What somebody types for another takes from nobody who has left that the address which they read names
// them, for whoever may see them; what somebody enters themself may have passed to them.
func TestAnAddressOfWhoHasLeftNamesThemWhateverIsTypedForAnother(t *testing.T) {
	const box = "office@mail.example"
	for how, leave := range leaves {
		t.Run(how, func(t *testing.T) {
			h := newHouse(t)
			gone, head, there := h.With("teacher", h.School), h.With("head", h.School), h.With("head", h.Elsewhere)
			h.comesToRead(gone, box)
			leave(h, gone)
			names := func(when string, by *webtest.Person, want bool) {
				t.Helper()
				a, err := h.Identity.Find(by.Ctx, by.Appointment.Unit, box)
				if want && (err != nil || a.UID != gone.UID) || !want && faulttest.Key(err) != "identity.address_names_nobody" {
					t.Errorf("%s: %s %v", when, a.UID, err)
				}
			}
			names("to begin with", head, true)
			names("to begin with, unseen", there, true)
			made := webtest.Must(h.Identity.Appoint(there.Ctx, identity.NewAppointment{
				Person: identity.Person{Family: "Куурчак", Given: "Адам", Email: box}, AnotherPerson: true, Role: "teacher", Unit: h.Elsewhere, Order: h.order(), IdentifiedBy: "passport",
			}))
			names("typed for an invented one", head, true)
			names("typed for an invented one, unseen", there, false)
			h.opens(made.Key.Path)
			names("who has an account now", head, true)
			puppet := h.makes(there, "teacher", h.Elsewhere, 3)
			h.entersAs(puppet, box)
			names("entered as one whom another has made", head, true)
			names("entered as one whom another has made, unseen", there, false)
			h.enters(h.With("teacher", h.Elsewhere), box)
			names("entered by another", head, false)
		})
	}
}
