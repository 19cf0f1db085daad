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
