package identity_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mektep/core/approval"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// addressed is somebody whose address one administrator alone has typed.
type addressed struct {
	house
	uid     string
	version int
	address string
}

// confirmed reports whether nobody's word for an address is missing.
func (a addressed) confirmed(address string) bool {
	return number(a.World, `SELECT count(*) FROM account_hand h JOIN account x ON x.tenant_id = h.tenant_id AND x.id = h.account_id
		WHERE h.tenant_id = $1 AND x.uid = $2 AND h.over_at IS NULL AND h.confirmed_at IS NULL AND h.address = sha256(convert_to($3, 'UTF8'))`, a.uid, address) == 0
}

func (a addressed) confirms(by context.Context) func() error {
	return func() error { return a.Identity.ConfirmAddress(by, a.uid, a.version) }
}

// refusedAs fails unless an act was done, or refused for what was done before it.
func refusedAs(t *testing.T, what string, err error, keys ...string) (done bool) {
	t.Helper()
	if err == nil {
		return true
	}
	for _, k := range keys {
		if faulttest.Of(t, err).Key == k {
			return false
		}
	}
	t.Errorf("%s: %v", what, err)
	return false
}

// agrees is the yes of somebody who reads a request anew where it tells something else by then.
func (a addressed) agrees(ctx context.Context, uid string) func() error {
	return func() error {
		_, err := a.Agree(ctx, uid)
		if err != nil && faulttest.Key(err) == approval.Anew {
			_, err = a.Agree(ctx, uid)
		}
		return err
	}
}

// Two who confirm an address at the same moment, or one while the address changes or the
// role is given for which it matters, end as if one had come after the other: it is
// confirmed once, told once, and nobody's word for one address stands for another.
func TestTRIC1_AnAddressIsConfirmedOnceWhateverElseHappens(t *testing.T) {
	const done, moved = "identity.address_confirmed", "identity.changed"
	h := newHouse(t)
	const next = "next@mail.example"
	for round := range 12 {
		for name, race := range map[string]func(t *testing.T, a addressed){
			"two confirm": func(t *testing.T, a addressed) {
				one, two := both(a.confirms(a.other.Ctx), a.confirms(a.third.Ctx))
				if refusedAs(t, "one", one, done) == refusedAs(t, "two", two, done) {
					t.Errorf("%v and %v", one, two)
				}
				a.once(t)
			},
			"the owner and another confirm": func(t *testing.T, a addressed) {
				owner := a.as(a.uid)
				one, two := both(a.confirms(a.other.Ctx), func() error { return a.Identity.ConfirmOwn(owner, webtest.Password, a.version) })
				if refusedAs(t, "another", one, done) == refusedAs(t, "the owner", two, done) {
					t.Errorf("%v and %v", one, two)
				}
				a.once(t)
			},
			"who typed it types another": func(t *testing.T, a addressed) {
				said, wrote := both(a.confirms(a.other.Ctx), func() error {
					return a.Identity.Correct(a.by.Ctx, a.uid, a.version, identity.Person{Family: "Башка", Given: "Адам", Email: fmt.Sprint(round, next)})
				})
				refusedAs(t, "to confirm", said, moved)
				if wrote != nil || a.confirmed(fmt.Sprint(round, next)) {
					t.Errorf("%v: the word for the first address stands for the second", wrote)
				}
				if says := a.notices(a.uid, "identity.notice.address_confirmed"); (said == nil) != (says == 1) || says > 1 {
					t.Errorf("%v, and the owner was told %d times", said, says)
				}
			},
			"the owner enters another": func(t *testing.T, a addressed) {
				owner := a.as(a.uid)
				said, wrote := both(a.confirms(a.other.Ctx), func() error {
					return a.Identity.ChangeOwn(owner, identity.Own{Email: fmt.Sprint("own", round, next), Password: webtest.Password, Version: a.version})
				})
				refusedAs(t, "to confirm", said, moved)
				if p := webtest.Must(a.Identity.Person(a.Ctx, a.uid)); wrote != nil || p.Email != fmt.Sprint("own", round, next) || p.Held {
					t.Errorf("%v: %s, held back: %v", wrote, p.Email, p.Held)
				}
			},
			"another agrees to the role": func(t *testing.T, a addressed) {
				r := a.asksFor(a.other, a.uid)
				said, agreed := both(a.confirms(a.other.Ctx), a.agrees(a.third.Ctx, r.UID))
				refusedAs(t, "to confirm", said, done, moved)
				if agreed != nil {
					t.Error(agreed)
				}
				a.once(t)
			},
			"who typed it agrees to the role": func(t *testing.T, a addressed) {
				r := a.asksFor(a.other, a.uid)
				said, agreed := both(a.confirms(a.third.Ctx), a.agrees(a.by.Ctx, r.UID))
				confirmed := refusedAs(t, "to confirm", said, moved)
				p := webtest.Must(a.Identity.Person(a.Ctx, a.uid))
				if agreed != nil || p.Held == confirmed || a.confirmed(a.address) != confirmed {
					t.Errorf("agreed: %v, confirmed: %v, held back: %v", agreed, said, p.Held)
				}
			},
			"a change is agreed to": func(t *testing.T, a addressed) {
				a.promotesBy(a.uid, a.other, a.by)
				a.version = webtest.Must(a.Identity.Person(a.Ctx, a.uid)).Version
				p := identity.Person{Family: "Башка", Given: "Адам", Email: fmt.Sprint("agreed", round, next)}
				r := waits(t, "Correct", a.Identity.Correct(a.by.Ctx, a.uid, a.version, p))
				said, agreed := both(a.confirms(a.third.Ctx), a.agrees(a.other.Ctx, r.UID))
				refusedAs(t, "to confirm", said, moved)
				if p := webtest.Must(a.Identity.Person(a.Ctx, a.uid)); agreed != nil || p.Held || !a.confirmed(p.Email) || p.Email == a.address {
					t.Errorf("agreed: %v, confirmed: %v, %s held back: %v", agreed, said, p.Email, p.Held)
				}
			},
		} {
			t.Run(fmt.Sprint(name, " ", round), func(t *testing.T) {
				race(t, h.addressed(fmt.Sprintf("%s.%d@mail.example", strings.ReplaceAll(name, " ", "."), round)))
			})
		}
	}
}

// once fails unless the address is confirmed, and its owner was told so once.
func (a addressed) once(t *testing.T) {
	t.Helper()
	if n := a.notices(a.uid, "identity.notice.address_confirmed"); n != 1 || !a.confirmed(a.address) {
		t.Errorf("told %d times, confirmed: %v", n, a.confirmed(a.address))
	}
}

// addressed is somebody without a guarded role, whose address has been typed.
func (h house) addressed(address string) addressed {
	h.T.Helper()
	p := h.With("ministry_officer", h.Root)
	h.types(h.by.Ctx, p.UID, address)
	return addressed{h, p.UID, webtest.Must(h.Identity.Person(h.Ctx, p.UID)).Version, address}
}
