package identity_test

import (
	"fmt"
	"strings"
	"testing"

	"mektep/core/consent"
	"mektep/core/identity"
	"mektep/core/unit"
	"mektep/core/web/webtest"
)

// makes has somebody make an account up, with a key shown to them, and sign in with it.
func (h house) makes(maker *webtest.Person, role string, at unit.Unit, n int) *webtest.Person {
	h.T.Helper()
	out, err := h.Appointed(maker.Ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Куурчак", Given: "Адам" + strings.Repeat("а", n)}, AnotherPerson: true, Role: role, Unit: at, Order: h.order(), IdentifiedBy: "passport",
	})
	if err != nil || out.Key == nil || out.Key.Path == "" {
		h.T.Fatalf("%s: %+v %v", role, out, err)
	}
	h.logins(out.Key.Path, fmt.Sprintf("%s.%s.%d", strings.ReplaceAll(role, "_", ""), maker.UID[:6], n))
	p := &webtest.Person{Account: out.Account, Appointment: out.Appointment}
	p.Ctx = h.as(p.UID)
	for _, x := range webtest.Must(h.Consent.Pending(p.Ctx)) {
		if _, err := h.Consent.Sign(p.Ctx, consent.Signing{ID: x.ID, Language: h.Profile.Main(), Name: p.Name, Position: role, Agreed: true}); err != nil {
			h.T.Fatal(err)
		}
	}
	return p
}

// line makes accounts up, each by the one before, and returns the last.
func (h house) line(maker *webtest.Person, n int, roles ...string) *webtest.Person {
	h.T.Helper()
	for _, role := range roles {
		maker = h.makes(maker, role, h.School, n)
	}
	return maker
}

// Whose address it is has a letter however many accounts made up by made-up accounts have entered it
// before: by whatever number of steps one person stands behind them all, and whoever stands behind that
// person stands behind others, too.
func TestWhoHasForgottenIsWrittenToBeforeAccountsOfMadeUpAccounts(t *testing.T) {
	const box = "owner@mail.example"
	for name, c := range map[string]struct {
		fake  func(h house, n int, of map[string]*webtest.Person) *webtest.Person
		owner func(h house, of map[string]*webtest.Person) *webtest.Person
	}{
		"two steps": {
			func(h house, n int, of map[string]*webtest.Person) *webtest.Person {
				return h.line(of["head"], n, "responsible_specialist", "guardian")
			},
			func(h house, _ map[string]*webtest.Person) *webtest.Person { return h.With("teacher", h.Elsewhere) },
		},
		"three steps": {
			func(h house, n int, of map[string]*webtest.Person) *webtest.Person {
				return h.line(of["officer"], n, "head", "responsible_specialist", "guardian")
			},
			func(h house, _ map[string]*webtest.Person) *webtest.Person { return h.With("teacher", h.Elsewhere) },
		},
		"another has invited whose it is": {
			func(h house, n int, of map[string]*webtest.Person) *webtest.Person {
				return h.line(of["head"], n, "responsible_specialist", "guardian")
			},
			func(h house, _ map[string]*webtest.Person) *webtest.Person {
				return h.makes(h.With("head", h.Elsewhere), "teacher", h.Elsewhere, 9)
			},
		},
		"one has invited both heads": {
			func(h house, n int, of map[string]*webtest.Person) *webtest.Person {
				if of["made"] == nil {
					of["made"] = h.makes(of["officer"], "head", h.School, 8)
				}
				return h.line(of["made"], n, "responsible_specialist", "guardian")
			},
			func(h house, of map[string]*webtest.Person) *webtest.Person {
				return h.line(of["officer"], 9, "head", "teacher")
			},
		},
		"the hand came later": {
			func(h house, n int, of map[string]*webtest.Person) *webtest.Person {
				specialist := h.With("responsible_specialist", h.School)
				fake := h.makes(specialist, "guardian", h.School, n)
				if _, err := h.Identity.PrintCode(of["head"].Ctx, specialist.UID, identity.Reset{IdentifiedBy: "passport"}); err != nil {
					h.T.Fatal(err)
				}
				return fake
			},
			func(h house, _ map[string]*webtest.Person) *webtest.Person {
				return h.makes(h.With("head", h.Elsewhere), "teacher", h.Elsewhere, 9)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			of := map[string]*webtest.Person{"head": h.With("head", h.School), "officer": h.With("district_officer", h.Here)}
			for i := range 6 {
				h.entersAs(c.fake(h, i, of), box)
			}
			p := c.owner(h, of)
			password := webtest.Password
			if p.Family == "Куурчак" {
				password = "жакшы узун сырсөз 7"
			}
			if err := h.changesOwn(p.Ctx, identity.Own{Email: box, Password: password}); err != nil {
				t.Fatal(err)
			}
			last := number(h.World, "SELECT max(id) FROM account_key WHERE tenant_id = $1")
			h.asksForLetter(box)
			if n := number(h.World, "SELECT count(*) FROM account_key WHERE tenant_id = $1 AND account_id = $2 AND id > $3 AND purpose = 'reset'", p.ID, last); n != 1 {
				t.Errorf("%d letters to whose it is", n)
			}
			if n := number(h.World, "SELECT count(DISTINCT account_id) FROM account_key WHERE tenant_id = $1 AND account_id <> $2 AND id > $3 AND purpose = 'reset'", p.ID, last); n != 4 {
				t.Errorf("%d letters to others", n)
			}
		})
	}
}
