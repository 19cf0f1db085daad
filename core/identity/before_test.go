package identity_test

import (
	"net/netip"
	"strings"
	"testing"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/identity/door"
	"mektep/core/web/webtest"
)

// One administrator alone may print a code for somebody without a guarded role, and then
// ask for one to be given: whoever agrees is told in whose hands the account has been, and
// a key made before opens nothing afterwards.
func TestTRIC1_AKeyMadeBeforeIsNoKeyToAGuardedRole(t *testing.T) {
	for _, c := range []struct{ country, typ, plain string }{{"kg", "secondary_school", "ministry_officer"}, {"tr", "ilkokul", "ministry_officer"}} {
		t.Run(c.country, func(t *testing.T) {
			w := webtest.New(t, c.country, c.typ)
			admin, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
			officer := w.With(c.plain, w.Root)
			slip, err := w.Identity.PrintCode(admin.Ctx, officer.UID, identity.Reset{IdentifiedBy: "passport", SecondFactor: true})
			if err != nil {
				t.Fatal(err)
			}
			out, err := w.Identity.Appoint(admin.Ctx, identity.NewAppointment{Account: officer.UID, Role: "auditor", Unit: w.Root, IdentifiedBy: "passport", Order: teacherHere(w, "").Order})
			if err != nil || out.Waiting == nil {
				t.Fatal(err)
			}
			name := webtest.Must(w.Identity.Mine(admin.Ctx)).Name
			told := false
			for _, r := range webtest.Must(w.Approvals.List(second.Ctx)) {
				for _, p := range r.Told() {
					told = told || p.Key == "approval.told.hands" && inAll(w, p, name)
				}
			}
			if !told {
				t.Error("whoever decides is not told whose hands the account has been in")
			}
			if _, err := w.Agree(second.Ctx, out.Waiting.UID); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Identity.RedeemCode(w.Nobody(), slip.Code, door.Attempt{Login: slip.Login, Remote: netip.MustParseAddr("192.0.2.7")}); err == nil {
				t.Error("a code of before opens the account of an auditor")
			}
		})
	}
}

// inAll reports whether a phrase names somebody in every language.
func inAll(w *webtest.World, p fault.Phrase, name string) bool {
	for _, l := range w.Words.Languages() {
		if !strings.Contains(w.Words.Localizer(l.Tag).T(p.Key, p.Args), name) {
			return false
		}
	}
	return true
}

// What waits is asked for once by the same person, and may be asked for by another.
func TestTRIC1_TheSameIsAskedForOnce(t *testing.T) {
	h := newHolder(t, "kg", "secondary_school", "auditor")
	second := h.With("tenant_admin", h.Root)
	for name, act := range acts {
		if name == "Unblock" || name == "PrintCode, dropping the second factor" || name == "Correct, the name only" || name == "Dismiss, dated" {
			continue // the same act, done to somebody who is blocked, or with other details
		}
		waits(t, name, act(h, h.by.Ctx))
		if err := act(h, h.by.Ctx); faulttest.Key(err) != "approval.waits_already" {
			t.Errorf("%s, once more: %v", name, err)
		}
		waits(t, name+", by another", act(h, second.Ctx))
	}
	person := identity.Person{Family: "Жаңы", Given: "Адам"}
	for i, n := range []identity.NewAppointment{{Person: person}, {Account: h.With("teacher", h.School).UID}} {
		n.Role, n.Unit, n.IdentifiedBy, n.Order = "auditor", h.Root, "passport", teacherHere(h.World, "").Order
		if out, err := h.Identity.Appoint(h.by.Ctx, n); err != nil || out.Waiting == nil {
			t.Fatalf("%d: %v", i, err)
		}
		if _, err := h.Identity.Appoint(h.by.Ctx, n); faulttest.Key(err) != "approval.waits_already" {
			t.Errorf("%d, once more: %v", i, err)
		}
	}
}
