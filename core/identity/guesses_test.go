package identity

import (
	"fmt"
	"net/netip"
	"testing"

	"mektep/core/fault"
	"mektep/core/identity/door"
)

// Whoever signs in takes back of what others share with them their own attempt and no more:
// whoever has one account opens no way by it to guess at all the others.
func TestASignInForgivesNobodyElsesGuesses(t *testing.T) {
	for name, c := range map[string]struct {
		free  int // guesses before anybody waits
		guess func(w *world, p somebody, i int) door.Attempt
		own   netip.Addr // where the person signs in meanwhile
	}{
		"from one address": {40, func(w *world, p somebody, i int) door.Attempt {
			a := w.attempt(p, "guess")
			a.Login = fmt.Sprint("somebody", i)
			return a
		}, home},
		"from one provider": {40, func(w *world, p somebody, i int) door.Attempt {
			a := w.attempt(p, "guess")
			a.Login, a.Remote = fmt.Sprint("somebody", i), netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 0, 1, 0, byte(i), 15: 1})
			return a
		}, netip.MustParseAddr("2001:db8:1:ff::1")},
		"at one account": {20, func(w *world, p somebody, i int) door.Attempt {
			a := w.attempt(p, "guess")
			a.Remote = netip.AddrFrom4([4]byte{10, byte(i), 1, 1})
			return a
		}, home},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.with("teacher", w.school)
			w.change("DELETE FROM sign_in_throttle WHERE tenant_id = $1")
			guesses := 0
			guess := func() error {
				guesses++
				_, err := w.s.Door.SignIn(w.anonymous(), c.guess(w, p, guesses))
				return err
			}
			for range c.free {
				wants(t, guess(), fault.Unauthenticated, "identity.wrong_login")
			}
			for range 3 { // one's own attempt closes nothing, however often one is right
				a := w.attempt(p, goodPassword)
				a.Remote = c.own
				_, err := w.s.Door.SignIn(w.anonymous(), a)
				ok(t, err)
			}
			wants(t, guess(), fault.Unauthenticated, "identity.wrong_login")
			wants(t, guess(), fault.TooMany, "")
		})
	}
}
