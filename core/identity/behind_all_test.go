package identity_test

import (
	"context"
	"testing"

	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// Of accounts that one officer has made up, whose letters the officer reads too, none is the second pair
// of eyes of another or of the officer: by no letter that is followed there, by no address that is entered
// and confirmed afterwards, and by no key that others have made. A third person is.
func TestTRIC1_WhoMadeAccountsUpAndReadsTheirLettersIsOnePersonWithAll(t *testing.T) {
	fakes := []string{"", "fake@mail.example"}
	for name, sheds := range map[string][]func(h house, uid string){
		"nothing":                                {},
		"another address that is confirmed":      {moved},
		"the officer's mailbox is another":       {left},
		"a letter to a new password":             {followed},
		"a letter that two others have sent":     {sent},
		"a letter of others, then the addresses": {sent, moved, left},
		"the addresses, then a letter of others": {left, moved, sent},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			fakes[0] = alias(h.by.Email)
			all := []context.Context{h.by.Ctx}
			var uids []string
			for i, box := range fakes {
				uids = append(uids, h.madeUp(h.by, "ministry_officer", box, i))
				h.promotesBy(uids[i], h.other, h.third)
			}
			for _, shed := range sheds {
				shed(h, uids[0])
			}
			for _, uid := range uids {
				all = append(all, h.as(uid))
			}
			for i, asks := range all {
				r := h.asks(asks)
				for j, second := range all {
					if _, err := h.Agree(second, r.UID); err == nil {
						t.Errorf("%d asks, and %d is the second", i, j)
					}
				}
				if _, err := h.Agree(h.third.Ctx, r.UID); err != nil {
					t.Errorf("%d asks, and a third: %v", i, err)
				}
			}
		})
	}
}

// moved has an account enter another address, and follow the letter there.
func moved(h house, uid string) {
	h.T.Helper()
	p := &webtest.Person{Account: webtest.Must(h.Identity.Person(h.Ctx, uid)).Account}
	p.Ctx = h.as(uid)
	h.entersAs(p, "further@mail.example")
	if err := h.Identity.ReadAddress(p.Ctx, webtest.Secret(h.letter("further@mail.example"))); err != nil {
		h.T.Fatal(err)
	}
}

// left has the officer enter another mailbox as their own, and show to read there.
func left(h house, _ string) { h.comesToRead(h.by, "gone@mail.example") }

// followed has somebody come in by a letter that anybody may ask for.
func followed(h house, uid string) {
	h.T.Helper()
	box := webtest.Must(h.Identity.Person(h.Ctx, uid)).Email
	h.asksForLetter(box)
	if _, err := h.Identity.Accept(h.Nobody(), webtest.Secret(h.letter(box)), identity.Acceptance{Password: "жакшы узун сырсөз 7"}); err != nil {
		h.T.Fatal(err)
	}
}

// sent has two others agree to a new key, which goes to the account's address, and somebody come in by it.
func sent(h house, uid string) {
	h.T.Helper()
	_, err := h.Identity.PrintCode(h.other.Ctx, uid, identity.Reset{IdentifiedBy: "passport"})
	done, err := h.Agree(h.third.Ctx, waits(h.T.(*testing.T), "PrintCode", err).UID)
	if err != nil || !done.Mailed {
		h.T.Fatalf("%+v %v", done, err)
	}
	box := webtest.Must(h.Identity.Person(h.Ctx, uid)).Email
	if _, err := h.Identity.Accept(h.Nobody(), webtest.Secret(h.letter(box)), identity.Acceptance{Password: "жакшы узун сырсөз 7"}); err != nil {
		h.T.Fatal(err)
	}
}
