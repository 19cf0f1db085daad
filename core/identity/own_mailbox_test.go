package identity_test

import (
	"testing"

	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// Nobody agrees to an account whose key would come to a mailbox that is theirs or was: they
// would be both pairs of eyes from then on.
func TestTRIC1_NobodyAgreesToAKeyThatComesToThem(t *testing.T) {
	h := newHouse(t)
	was := h.other.Email
	for name, address := range map[string]string{"now": alias(was), "before": was} {
		if name == "before" {
			if err := h.Identity.ChangeOwn(h.other.Ctx, identity.Own{Email: "another@mail.example", Password: webtest.Password}); err != nil {
				t.Fatal(err)
			}
		}
		out, err := h.Identity.Appoint(h.by.Ctx, identity.NewAppointment{Person: stranger(address), AnotherPerson: true, Role: "tenant_admin", Unit: h.Root, IdentifiedBy: "passport", Order: h.order()})
		if err != nil || out.Waiting == nil {
			t.Fatalf("%s: %+v %v", name, out, err)
		}
		h.refuses(h.other.Ctx, *out.Waiting, "approval.own_mailbox")
		if _, err := h.Approvals.Approve(h.third.Ctx, out.Waiting.UID); err != nil {
			t.Errorf("%s, somebody else: %v", name, err)
		}
	}
}

// One mailbox is one address however it is written: with another full stop, in full width,
// with what cannot be seen, or in letters that look alike.
func TestTRIC1_OneMailboxIsWrittenInOneWay(t *testing.T) {
	h := newHouse(t)
	own := func(p *webtest.Person, address string) error {
		return h.Identity.ChangeOwn(p.Ctx, identity.Own{Email: address, Password: webtest.Password})
	}
	if err := own(h.by, "begimai@priv.example"); err != nil {
		t.Fatal(err)
	}
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
