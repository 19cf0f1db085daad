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

// Whoever agrees, agrees to what they have read: where an account has come to look like a
// newcomer's since, their yes is refused with what is told now, however often it is sent; who has
// read that may agree.
func TestTRIC1_WhoeverAgreesAgreesToWhatTheyHaveRead(t *testing.T) {
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
	refused := func(when, read string) {
		t.Helper()
		_, err := h.Approvals.Approve(h.other.Ctx, out.Waiting.UID, read)
		f := faulttest.Of(t, err)
		if f.Kind != fault.Conflict || f.Key != approval.Anew || f.Next == nil || f.Next.Key != "approval.next.anew" {
			t.Fatalf("%s: %v, %+v", when, err, f.Next)
		}
		for _, l := range h.Words.Languages() {
			if said := h.Words.Localizer(l.Tag).Fault(f); !strings.Contains(said.Reason, "Жаңыбаев") {
				t.Errorf("%s, %s: %+v", when, l.Tag, said)
			}
		}
	}
	first := h.Read(h.other.Ctx, out.Waiting.UID)
	calls(like.UID)
	for range 2 {
		refused("one who looks like it", first)
	}
	second := h.Read(h.third.Ctx, out.Waiting.UID)
	calls(more.UID)
	h.Clock.Set(h.Clock.Now().Add(time.Hour))
	for name, read := range map[string]string{"what was read before": first, "one more has come": second, "nothing": "", "another request's": h.Read(h.other.Ctx, h.asksFor(h.by, more.UID).UID)} {
		refused(name, read)
	}
	list := webtest.Must(h.Approvals.List(h.other.Ctx))
	i := slices.IndexFunc(list, func(r approval.Request) bool { return r.UID == out.Waiting.UID })
	if read := h.Read(h.other.Ctx, out.Waiting.UID); read == "" || list[i].Read != read || len(list[i].Told()) == 0 {
		t.Errorf("the list tells %+v, one by one %s", list[i], read)
	}
	if _, err := h.Approvals.Approve(h.other.Ctx, out.Waiting.UID, list[i].Read); err != nil {
		t.Errorf("who has read it: %v", err)
	}
}

// Whoever agrees to a post is told that its candidate is kept out by a decision, also where that
// came after they had read the request.
func TestTRIC1_WhoAgreesIsToldThatTheCandidateIsBlocked(t *testing.T) {
	h := newHouse(t)
	teacher := h.With("teacher", h.School)
	out, err := h.Identity.Appoint(h.by.Ctx, identity.NewAppointment{Account: teacher.UID, Role: "auditor", Unit: h.Root, IdentifiedBy: "passport", Order: h.order()})
	if err != nil || out.Waiting == nil {
		t.Fatalf("%+v %v", out, err)
	}
	tells := func() bool {
		t.Helper()
		list := webtest.Must(h.Approvals.List(h.other.Ctx))
		i := slices.IndexFunc(list, func(r approval.Request) bool { return r.UID == out.Waiting.UID })
		return slices.ContainsFunc(list[i].Told(), func(p fault.Phrase) bool { return p.Key == "approval.told.blocked" })
	}
	read := h.Read(h.other.Ctx, out.Waiting.UID)
	if tells() {
		t.Error("nobody has blocked anybody")
	}
	if err := h.Identity.Block(h.With("head", h.School).Ctx, teacher.UID, "Left without notice"); err != nil {
		t.Fatal(err)
	}
	if !tells() {
		t.Error("whoever agrees is not told")
	}
	if _, err := h.Approvals.Approve(h.other.Ctx, out.Waiting.UID, read); faulttest.Of(t, err).Key != approval.Anew {
		t.Error(err)
	}
}

// Nothing comes true between what is told and what is done: who enters a likeness at the same
// moment comes after it, or is told of.
func TestTRIC1_NothingComesBetweenWhatIsToldAndWhatIsDone(t *testing.T) {
	h := newHouse(t)
	head := h.With("head", h.School)
	for round := range 6 {
		p := identity.Person{Family: "Жаңыбаев" + strings.Repeat("а", round), Given: "Улан"}
		out, err := h.Identity.Appoint(h.by.Ctx, identity.NewAppointment{Person: p, Role: "auditor", Unit: h.Root, AnotherPerson: true, IdentifiedBy: "passport", Order: h.order()})
		if err != nil || out.Waiting == nil {
			t.Fatalf("%+v %v", out, err)
		}
		read := h.Read(h.other.Ctx, out.Waiting.UID)
		agreed, made := both(
			func() error { _, err := h.Approvals.Approve(h.other.Ctx, out.Waiting.UID, read); return err },
			func() error {
				_, err := h.Identity.Appoint(head.Ctx, identity.NewAppointment{Person: p, Role: "teacher", Unit: h.School, IdentifiedBy: "passport", Order: h.order()})
				return err
			})
		if (agreed == nil) == (made == nil) {
			t.Errorf("round %d: agreed to %v, entered %v", round, agreed, made)
		}
	}
}
