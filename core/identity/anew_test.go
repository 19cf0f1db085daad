package identity_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// Where an account has come to look like a newcomer's since it was asked, whoever decides is refused
// once, with what is new, and may agree then, knowing it; somebody else, or what is new again, is
// shown first as well.
func TestTRIC1_WhoeverIsShownANewLikenessMayAgree(t *testing.T) {
	h := newHouse(t)
	head, like, more := h.With("head", h.School), h.With("teacher", h.School), h.With("teacher", h.School)
	p := identity.Person{Family: "Жаңыбаев", Given: "Улан", Phone: "0555 12 34 56"}
	out, err := h.Identity.Appoint(h.by.Ctx, identity.NewAppointment{Person: p, Role: "auditor", Unit: h.Root, IdentifiedBy: "passport", Order: h.order()})
	if err != nil || out.Waiting == nil {
		t.Fatalf("%+v %v", out, err)
	}
	calls := func(uid string) {
		t.Helper()
		if err := h.Identity.Correct(head.Ctx, uid, webtest.Must(h.Identity.Person(h.Ctx, uid)).Version, p); err != nil {
			t.Fatal(err)
		}
	}
	shown := func(when string, by *webtest.Person) {
		t.Helper()
		_, err := h.Approvals.Approve(by.Ctx, out.Waiting.UID)
		f := faulttest.Of(t, err)
		if f.Kind != fault.Conflict || f.Key != "approval.anew" || f.Next == nil || f.Next.Key != "approval.next.anew" {
			t.Fatalf("%s: %v, %+v", when, err, f.Next)
		}
		for _, l := range h.Words.Languages() {
			if said := h.Words.Localizer(l.Tag).Fault(f); !strings.Contains(said.Reason, "Жаңыбаев") && !strings.Contains(said.Reason, "(") {
				t.Errorf("%s, %s: %+v", when, l.Tag, said)
			}
		}
	}
	calls(like.UID)
	shown("one who looks like it", h.other)
	shown("to somebody else", h.third)
	calls(more.UID)
	shown("another besides", h.other)
	shown("a second click", h.other)
	h.Clock.Set(h.Clock.Now().Add(4 * time.Second))
	shown("a third", h.other)
	h.Clock.Set(h.Clock.Now().Add(2 * time.Second)) // since it was shown first: what is clicked puts off nothing
	list := webtest.Must(h.Approvals.List(h.other.Ctx))
	i := slices.IndexFunc(list, func(r approval.Request) bool { return r.UID == out.Waiting.UID })
	if told := list[i].Told(); len(told) == 0 {
		t.Error("the list says nothing of it")
	}
	if _, err := h.Approvals.Approve(h.other.Ctx, out.Waiting.UID); err != nil {
		t.Errorf("who has been shown it: %v", err)
	}
}
