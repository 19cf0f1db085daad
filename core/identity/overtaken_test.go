package identity_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"mektep/core/approval"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// Every act that two people do, asked for and agreed to when the world has changed since, is
// done, or refused with something that whoever decides can do: no field is marked, since
// there is none before them. What the account's change has overtaken is over by itself.
func TestTRIC1_WhateverWasAskedForBeforeTheWorldChangedHasAWayOut(t *testing.T) {
	h := newHolder(t, "kg", "secondary_school", "auditor")
	second, box := h.With("tenant_admin", h.Root), "newcomer@mail.example"
	asked := map[string]approval.Request{}
	names := slices.Sorted(maps.Keys(acts))
	for _, name := range names {
		if err := acts[name](h, h.by.Ctx); fault.KindOf(err) == fault.Accepted { // of two that cannot wait at once the second is refused
			asked[name] = waits(t, name, err)
		}
	}
	if len(asked) < 6 {
		t.Fatalf("only %d wait", len(asked))
	}
	appoint := func(by *webtest.Person, n identity.NewAppointment) approval.Request {
		t.Helper()
		n.Role, n.Unit, n.IdentifiedBy = "auditor", h.Root, "passport"
		out, err := h.Identity.Appoint(by.Ctx, n)
		if err != nil || out.Waiting == nil {
			t.Fatalf("%+v %v", out, err)
		}
		return *out.Waiting
	}
	officer := h.With("ministry_officer", h.Root)
	asked["a newcomer"] = appoint(h.by, identity.NewAppointment{Person: stranger(box)})
	asked["somebody"] = appoint(h.by, identity.NewAppointment{Account: officer.UID})
	asked["until a day"] = appoint(h.by, identity.NewAppointment{Person: identity.Person{Family: "Убактылуу", Given: "Адам"}, Until: h.Clock.Now().AddDate(0, 0, 2)})

	// The newcomer has come, people are called otherwise and have other addresses, days have
	// passed, and a post has been given and ended.
	other := appoint(second, identity.NewAppointment{Person: stranger("x+" + box)})
	third := h.With("tenant_admin", h.Root)
	before := h.Read(second.Ctx, asked["a newcomer"].UID)
	if _, err := h.Agree(third.Ctx, other.UID); err != nil {
		t.Fatal(err)
	}
	for _, uid := range []string{h.whom.UID, h.invited} {
		p := webtest.Must(h.Identity.Person(h.Ctx, uid))
		if err := h.Identity.Correct(h.Ctx, uid, p.Version, identity.Person{Family: "Башкача", Given: "Аталган", Email: "other." + uid + "@mail.example"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Identity.Appoint(h.Ctx, identity.NewAppointment{Account: officer.UID, Role: "auditor", Unit: h.Root}); err != nil {
		t.Fatal(err)
	}
	h.Clock.Set(h.Clock.Now().AddDate(0, 0, 5))

	over, why := 0, map[string]error{}
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		read := h.Read(second.Ctx, asked[name].UID)
		if name == "a newcomer" {
			read = before
		}
		_, err := h.Approvals.Approve(second.Ctx, asked[name].UID, read)
		if err == nil {
			continue
		}
		over++
		why[name] = err
		f := faulttest.Of(t, err)
		if f.Kind != fault.Conflict && f.Kind != fault.Denied || len(f.Fields) > 0 {
			t.Errorf("%s: %v", name, err)
		}
		for _, l := range h.Words.Languages() {
			if said := h.Words.Localizer(l.Tag).Fault(f); said.NextText == "" || said.Reason == "" {
				t.Errorf("%s, %s: %+v", name, l.Tag, said)
			}
		}
		if f.Key == "approval.overtaken" {
			if err := h.Approvals.Reject(second.Ctx, asked[name].UID, "башкача"); err != nil {
				t.Errorf("%s: what is said to be next cannot be done: %v", name, err)
			}
		}
	}
	if over < 5 {
		t.Errorf("only %d had been overtaken: the world has not changed enough", over)
	}
	for name, want := range map[string]string{"a newcomer": approval.Anew, "until a day": "identity.until_before"} {
		if !strings.Contains(fmt.Sprint(why[name]), want) {
			t.Errorf("%s: %v, want %s", name, why[name], want)
		}
	}
	for _, name := range []string{"Correct", "PrintCode"} {
		for _, r := range webtest.Must(h.Approvals.List(h.by.Ctx)) {
			if r.UID == asked[name].UID && r.State != approval.Cancelled {
				t.Errorf("%s is %s", name, r.State)
			}
		}
	}
	toldOnScreen(t, h.World, h.by, "approval.notice.overtaken")
}

// Whoever asks an operator to confirm an address waits no longer once somebody of the
// ministry has confirmed it.
func TestTRIC1_AnAddressThatIsConfirmedMeanwhileWaitsForNobody(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	h := house{World: w, by: w.With("tenant_admin", w.Root)}
	p := h.With("ministry_officer", h.Root)
	h.types(h.by.Ctx, p.UID, typed)
	webtest.Must(w.Cosign(w.Ctx, h.asksFor(h.by, p.UID).UID, "operator"))
	exec(w, "UPDATE account_hand SET confirmed_at = NULL WHERE tenant_id = $1 AND account_id = $2", p.ID)
	asked := waits(t, "ConfirmAddress", h.confirms(h.by.Ctx, p.UID))
	if err := h.confirms(w.With("tenant_admin", w.Root).Ctx, p.UID); err != nil {
		t.Fatal(err)
	}
	for _, r := range webtest.Must(w.Approvals.List(h.by.Ctx)) {
		if r.UID == asked.UID && r.State != approval.Cancelled {
			t.Errorf("it is %s", r.State)
		}
	}
	toldOnScreen(t, w, h.by, "approval.notice.overtaken")
}
