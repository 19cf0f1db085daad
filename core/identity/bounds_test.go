package identity

import (
	"strings"
	"testing"

	"mektep/core/fault"
	"mektep/core/identity/door"
	"mektep/core/profile"
)

// What somebody is blocked for is said, in some words.
func TestAReasonToBlockIsSaidAndFits(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	for _, reason := range []string{"", "  ", strings.Repeat("ж", maxNote+1)} {
		if err := w.s.Block(w.ctx, p.UID, reason); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%d letters: %v", len([]rune(reason)), err)
		}
	}
	if now := get(w.s.Person(w.ctx, p.UID)); now.State != Active {
		t.Errorf("it is %s", now.State)
	}
}

// Whoever opens an account chooses a login that can be one, and a password that is none of
// those that anybody tries first, nor one without end: the link stays good.
func TestALoginAndAPasswordAreSuchThatServe(t *testing.T) {
	w := newWorld(t)
	a := get(w.s.Appoint(w.ctx, w.appointment("teacher", w.school)))
	link := a.Key.Path[len(invitePath):]
	for _, login := range []string{"", "a b", "<asan>", strings.Repeat("a", door.MaxLogin+1)} {
		_, err := w.s.Accept(w.anonymous(), link, Acceptance{Login: login, Password: goodPassword})
		wantsField(t, err, "login", "identity.login_refused")
	}
	for password, key := range map[string]string{
		strings.Repeat("kara-suu ", 40): "identity.password_long", "Istanbul1453!": "identity.password_common", "aaaaaaaaaaaaaaaa": "identity.password_common",
	} {
		_, err := w.s.Accept(w.anonymous(), link, Acceptance{Login: "asan", Password: password})
		wantsField(t, err, "password", key)
	}
	get(w.s.Accept(w.anonymous(), link, Acceptance{Login: "asan", Password: goodPassword}))
}

// Where the country prints no codes nobody is given one.
func TestWhereNoCodesArePrintedNobodyGetsOne(t *testing.T) {
	w := changedWorld(t, func(p *profile.Profile) {
		for i := range p.Switches {
			if p.Switches[i].ID == "printed_reset_code" {
				p.Switches[i].On = false
			}
		}
	})
	head, p := w.with("head", w.school), w.with("teacher", w.school)
	keys := w.count("account_key")
	_, err := w.s.PrintCode(head.ctx, p.UID, Reset{IdentifiedBy: "passport"})
	wants(t, err, fault.Denied, "identity.no_printed_codes")
	if n := w.count("account_key"); n != keys {
		t.Errorf("%d keys were made", n-keys)
	}
}

// An operator has a name that fits and an address that is one; one who was shut out is given
// no new link.
func TestAnOperatorIsMadeOfANameAndAnAddress(t *testing.T) {
	w := newWorld(t)
	o, command := operators(t, w)
	for field, c := range map[string]struct{ name, address, key string }{
		"name":  {" ", "op@platform.example", "field.required"},
		"email": {"Op", "not an address", "field.email"},
	} {
		_, _, err := o.Create(command, c.name, c.address, "en")
		wantsField(t, err, field, c.key)
	}
	_, _, err := o.Create(command, strings.Repeat("O", maxName+1), "", "en")
	wantsField(t, err, "name", "identity.name_refused")
	p, _, err := o.Create(command, "Op", "op@platform.example", "en")
	ok(t, err)
	ok(t, o.Block(command, p.UID))
	_, err = o.Relink(command, p.UID)
	wants(t, err, fault.Conflict, "identity.not_active")
}
