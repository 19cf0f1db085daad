package identity_test

import (
	"testing"
	"time"

	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
)

// To an address of a guarded account that nobody but whoever typed it speaks for goes no letter
// that asks whether its owner reads there, whatever makes one go; and who asks for it is told so.
func TestTRIC1_NoLetterAsksAtAnAddressThatNobodyConfirmed(t *testing.T) {
	h := newHouse(t)
	uid, _ := typists["the asker"](h)
	exec(h.World, "UPDATE account SET address_unread = true WHERE tenant_id = $1 AND email = $2", typed)
	exec(h.World, "UPDATE mail_outbox SET address = 'before@mail.example' WHERE tenant_id = $1 AND address = $2", typed)
	letters := func(when string) {
		t.Helper()
		if n := number(h.World, "SELECT count(*) FROM mail_outbox WHERE tenant_id = $1 AND address = $2 AND button_key = 'identity.mail.read.button'", typed); n != 0 {
			t.Errorf("%s: %d letters", when, n)
		}
	}
	if f := faulttest.Of(t, h.Identity.AskWhetherRead(h.as(uid))); f.Kind != fault.Conflict || f.Key != "identity.address_confirmed" {
		t.Errorf("asked for: %v", f)
	}
	letters("asked for")
	dbtest.LetPass(t, h.DB, 48*time.Hour)
	for range 20 { // nor does it cost any of the letters that go there once it is confirmed
		sent, err := identity.AsksWhetherRead(h.Ctx, h.Identity, uid)
		if err != nil || sent {
			t.Errorf("sent: %v %v", sent, err)
		}
	}
	letters("by itself")
	exec(h.World, "UPDATE account_hand SET confirmed_at = now() WHERE tenant_id = $1 AND address = sha256(convert_to($2, 'UTF8'))", typed)
	if sent, err := identity.AsksWhetherRead(h.Ctx, h.Identity, uid); err != nil || !sent {
		t.Errorf("once it is confirmed: sent %v, %v", sent, err)
	}
}
