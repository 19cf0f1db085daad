package identity_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/identity"
	"mektep/core/locale"
	"mektep/core/web/webtest"
)

// What changes what the holder of a guarded role may do takes two, whatever the post: its
// guardrails bind them in the guarded role too. So does ending it.
func TestTRIC1_EveryPostOfAGuardedHolderTakesTwo(t *testing.T) {
	for _, c := range []struct{ country, typ string }{{"kg", "secondary_school"}, {"tr", "ilkokul"}} {
		w := webtest.New(t, c.country, c.typ)
		admin, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
		for i := range w.Profile.Roles {
			guarded := &w.Profile.Roles[i]
			if !guarded.Guarded {
				continue
			}
			who := w.With(guarded.ID, w.Root)
			for j := range w.Profile.Roles {
				other := &w.Profile.Roles[j]
				if other.Guarded || other.Level != "ministry" || len(other.Offices) > 0 {
					continue
				}
				name := fmt.Sprintf("%s %s + %s", c.country, guarded.ID, other.ID)
				n := identity.NewAppointment{
					Account: who.UID, Role: other.ID, Unit: w.Root, IdentifiedBy: "passport",
					Order: identity.Order{Number: "1", Date: w.Clock.Now().AddDate(0, 0, -1)},
				}
				tried, err := w.Identity.Rehearse(admin.Ctx, n)
				if err != nil {
					if fault.KindOf(err) != fault.Denied {
						t.Errorf("%s: %v", name, err)
					}
					continue // excluded, or not the administrator's to give
				}
				out, err := w.Identity.Appoint(admin.Ctx, n)
				if err != nil || out.Waiting == nil || out.Waiting.Offer || !tried.Second {
					t.Errorf("%s: given by one: %+v %v", name, out, err)
					continue
				}
				if _, err := w.Agree(second.Ctx, out.Waiting.UID); err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				page := webtest.Must(w.Identity.Person(admin.Ctx, who.UID))
				k := slices.IndexFunc(page.Appointments, func(a identity.Appointment) bool { return a.Role == other.ID })
				r := waits(t, name, w.Identity.Dismiss(admin.Ctx, page.Appointments[k].UID, identity.End{Order: n.Order}))
				if _, err := w.Agree(second.Ctx, r.UID); err != nil {
					t.Errorf("%s: ended: %v", name, err)
				}
			}
		}
	}
}

// Who may not see a person learns nothing of them by giving them a post: not their name,
// nor what it would take away, in no answer and no list, before they have said yes.
func TestKGER6d_AStrangerStaysOneUntilTheyAccept(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	head := w.With("head", w.School)
	for i := range w.Profile.Roles {
		r := &w.Profile.Roles[i]
		at := w.Root
		switch {
		case r.Level == "institution" && len(r.Institutions) == 0:
			at = w.Elsewhere
		case r.Level != "ministry" || len(r.Offices) > 0:
			continue
		}
		who := w.With(r.ID, at)
		account := webtest.Must(w.Identity.Mine(who.Ctx)).Account
		n := teacherHere(w, who.UID)
		tried, err := w.Identity.Rehearse(head.Ctx, n)
		if fault.KindOf(err) == fault.Denied {
			continue // the limits forbid it
		}
		out, err := w.Identity.Appoint(head.Ctx, n)
		if err != nil || out.Waiting == nil {
			t.Fatalf("%s: %v", r.ID, err)
		}
		answers := []any{tried, out, *out.Waiting, webtest.Must(w.Approvals.List(head.Ctx))}
		found, err := w.Identity.Find(head.Ctx, w.School, account.Email)
		if err != nil {
			t.Fatal(err)
		}
		request, _, err := w.Approvals.Payload(head.Ctx, out.Waiting.UID)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range append(answers, found, request) {
			if text := fmt.Sprintf("%+v", x); strings.Contains(text, account.Family) || strings.Contains(text, "approval.told") || strings.Contains(text, account.Email) {
				t.Errorf("%s: gives away: %s", r.ID, text)
			}
		}
		for _, l := range w.Words.Languages() {
			w.Words.Localizer(l.Tag).T(out.Waiting.Key, out.Waiting.Args)
		}
		if r.Guarded {
			out.Waiting = agreed(t, w, who, out.Waiting)
		}
		told(t, w, who, "approval.notice.offered")
		if _, err := w.Agree(who.Ctx, out.Waiting.UID); err != nil {
			t.Fatal(err)
		}
		if p := webtest.Must(w.Identity.Person(head.Ctx, who.UID)); p.Family != account.Family {
			t.Errorf("%s: after their yes they are called %q", r.ID, p.Family)
		}
	}
}

// A post's guardrails bind the person in all their posts: what it would take away is said
// before the yes, and computed from the policy (KG-ER-6a).
func TestKGER6a_AnOfferSaysWhatThePostTakesAway(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	head, admin := w.With("head", w.School), w.With("tenant_admin", w.Root)
	officer := w.With("ministry_officer", w.Root)
	may := func() bool {
		c := webtest.Must(w.Identity.ResolveAccount(w.Ctx, caller.From(w.Ctx).Tenant, officer.ID))
		c.SecondFactor = true
		return w.Gate.Can(caller.With(w.Ctx, c), "update", gate.Target{Object: "calendar"})
	}
	if !may() {
		t.Fatal("the officer plans no calendar: choose another right")
	}
	if tried := webtest.Must(w.Identity.Rehearse(admin.Ctx, identity.NewAppointment{Account: officer.UID, Role: "auditor", Unit: w.Root, IdentifiedBy: "passport", Order: teacherHere(w, "").Order})); !tried.Second || tried.Offer {
		t.Errorf("%+v", tried)
	}
	out, err := w.Identity.Appoint(head.Ctx, teacherHere(w, officer.UID))
	if err != nil || out.Waiting == nil {
		t.Fatal(err)
	}
	mine := webtest.Must(w.Approvals.List(officer.Ctx))
	if len(mine) != 1 || len(besides(mine[0])) != 1 {
		t.Fatalf("%+v", mine)
	}
	p := besides(mine[0])[0]
	for _, l := range w.Words.Languages() {
		text := w.Words.Localizer(l.Tag).T(p.Key, p.Args)
		if calendar := w.Words.Localizer(l.Tag).T("object.calendar"); !strings.Contains(strings.ToLower(text), strings.ToLower(calendar)) {
			t.Errorf("%s: %s", l.Tag, text)
		}
	}
	if _, err := w.Agree(officer.Ctx, out.Waiting.UID); err != nil || may() {
		t.Errorf("%v: and they still may", err)
	}
}

// One open offer of a post to a person, also of two at the same moment: each comes with a
// letter. Once it is answered it can be made again.
func TestKGER6d_AnOfferIsMadeOnce(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	one, two := w.With("head", w.School), w.With("head", w.School)
	who := w.With("teacher", w.Elsewhere)
	for round := range 12 {
		w.Clock.Set(w.Clock.Now().Add(24 * time.Hour))
		before := w.Count("mail_outbox WHERE tenant_id = $1 AND body_key = 'approval.notice.offered'")
		var uids []string
		var mu sync.Mutex
		var wg sync.WaitGroup
		for _, p := range []*webtest.Person{one, two} {
			wg.Go(func() {
				out, err := w.Identity.Appoint(p.Ctx, teacherHere(w, who.UID))
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					uids = append(uids, out.Waiting.UID)
				case faulttest.Key(err) != "identity.offered_already" || faulttest.Of(t, err).Next == nil:
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		wg.Wait()
		letters := w.Count("mail_outbox WHERE tenant_id = $1 AND body_key = 'approval.notice.offered'") - before
		if len(uids) != 1 || letters != 1 {
			t.Fatalf("round %d: %d offers, %d letters", round, len(uids), letters)
		}
		if err := w.Approvals.Reject(who.Ctx, uids[0], "жок"); err != nil {
			t.Fatal(err)
		}
	}
}

// An offer that is taken back may be made again, and writes to nobody without end: one
// letter a day, and a bound; also of several posts, of two at the same moment.
func TestKGER6d_OffersTakenBackDoNotFloodAnybody(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	one, two := w.With("head", w.School), w.With("head", w.School)
	who := w.With("teacher", w.Elsewhere)
	letters := func() int {
		return w.Count("mail_outbox WHERE tenant_id = $1 AND body_key = 'approval.notice.offered'")
	}
	for day := range 3 {
		begun, made := letters(), 0
		for range 6 {
			var mu sync.Mutex
			var wg sync.WaitGroup
			for _, p := range []*webtest.Person{one, two} {
				wg.Go(func() {
					out, err := w.Identity.Appoint(p.Ctx, teacherHere(w, who.UID))
					mu.Lock()
					defer mu.Unlock()
					switch key := faulttest.Key(err); {
					case err == nil:
						made++
						if err := w.Approvals.Cancel(p.Ctx, out.Waiting.UID); err != nil {
							t.Error(err)
						}
					case key != "identity.offered_already" && key != "identity.offered_often" || faulttest.Of(t, err).Next == nil:
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		if n := letters() - begun; made != 3 || n != 1 {
			t.Errorf("day %d: %d offers and %d letters", day, made, n)
		}
		w.Clock.Set(w.Clock.Now().Add(24 * time.Hour))
	}
}

// What waits for a second person shields nobody: while the guarded role is not held, who
// answers for the person keeps them out at once (KG-ER-6c). What opens their account waits.
func TestKGER6c_ARequestForAGuardedRoleShieldsNobody(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	admin := w.With("tenant_admin", w.Root)
	w.With("tenant_admin", w.Root)
	officer, who := w.With("head", w.School), w.With("teacher", w.School)
	ask := func() {
		out, err := w.Identity.Appoint(admin.Ctx, identity.NewAppointment{Account: who.UID, Role: "special_administrator", Unit: w.Root, IdentifiedBy: "passport", Order: teacherHere(w, "").Order})
		if err != nil || out.Waiting == nil || out.Waiting.State != approval.Waiting {
			t.Fatalf("%+v %v", out, err)
		}
	}
	ask()
	if _, err := w.Identity.RevokeSessions(officer.Ctx, who.UID, ""); err != nil {
		t.Errorf("sessions: %v", err)
	}
	if err := w.Identity.Block(officer.Ctx, who.UID, "x"); err != nil {
		t.Errorf("block: %v", err)
	}
	waits(t, "Unblock", w.Identity.Unblock(officer.Ctx, who.UID))
	_, err := w.Identity.PrintCode(officer.Ctx, w.With("teacher", w.School).UID, identity.Reset{IdentifiedBy: "passport"})
	if err != nil {
		t.Errorf("of somebody about whom nothing waits: %v", err)
	}
}

// Whoever decides about a guarded role for somebody new is told who looks like them, and
// the trail keeps that they were (TR-DR-8).
func TestTRDR8_WhoDecidesIsToldWhoLooksLikeTheNewPerson(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	admin := w.With("tenant_admin", w.Root)
	ask := func(p identity.Person) approval.Request {
		out, err := w.Identity.Appoint(admin.Ctx, identity.NewAppointment{Person: p, AnotherPerson: true, Role: "auditor", Unit: w.Root, IdentifiedBy: "passport", Order: teacherHere(w, "").Order})
		if err != nil || out.Waiting == nil {
			t.Fatal(err)
		}
		return *out.Waiting
	}
	if r := ask(identity.Person{Family: "Эч", Given: "Окшошпогон"}); len(besides(r)) != 0 {
		t.Errorf("%+v", r.Told())
	}
	me := webtest.Must(w.Identity.Mine(admin.Ctx)).Account
	ask(identity.Person{Family: me.Family + " " + "Бек", Given: me.Given})
	n := 0
	for _, r := range webtest.Must(w.Approvals.List(w.With("tenant_admin", w.Root).Ctx)) {
		for _, p := range besides(r) {
			n++
			for _, l := range w.Words.Languages() {
				text := w.Words.Localizer(l.Tag).T(p.Key, p.Args)
				if !strings.Contains(text, me.Name) || !strings.Contains(text, w.Words.Localizer(l.Tag).T("identity.alike.similar")) {
					t.Errorf("%s: %s", l.Tag, text)
				}
			}
		}
	}
	if n != 1 {
		t.Errorf("told %d times", n)
	}
	if n := w.Count("audit_entry WHERE tenant_id = $1 AND object = 'approval' AND action = 'create' AND 'alike' = ANY(fields)"); n != 1 {
		t.Errorf("recorded %d times", n)
	}
}

// What was not yet so when it was asked is told to whoever decides later: an account made
// since, and one whose address differs by its reader's own mark only (TR-DR-8).
func TestTRDR8_WhoDecidesIsToldWhoLooksLikeThePersonByThen(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	admin, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	out, err := w.Identity.Appoint(admin.Ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Эч", Given: "Окшошпогон", Email: "nobody+audit@kg.example"}, Role: "auditor", Unit: w.Root,
		IdentifiedBy: "passport", Order: teacherHere(w, "").Order,
	})
	if err != nil || out.Waiting == nil || len(besides(*out.Waiting)) != 0 {
		t.Fatalf("%+v %v", out.Waiting, err)
	}
	told := func() (all []string) {
		for _, r := range webtest.Must(w.Approvals.List(second.Ctx)) {
			for _, p := range besides(r) {
				all = append(all, w.Words.Localizer("en").T(p.Key, p.Args))
			}
		}
		return all
	}
	if got := told(); len(got) != 0 {
		t.Errorf("before: %v", got)
	}
	if _, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Башка", Given: "Бирөө", Email: "nobody@kg.example"}, Role: "teacher", Unit: w.School,
	}); err != nil {
		t.Fatal(err)
	}
	if got := told(); len(got) != 1 || !strings.Contains(got[0], "Башка") || !strings.Contains(got[0], "the same mailbox") {
		t.Errorf("since: %v", got)
	}
	// The giver is asked as for any other likeness.
	_, err = w.Identity.Appoint(w.With("head", w.School).Ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Үчүнчү", Given: "Киши", Email: "Nobody+3@kg.example"}, Role: "teacher", Unit: w.School, IdentifiedBy: "passport", Order: teacherHere(w, "").Order,
	})
	if f := faulttest.Of(t, err); len(f.Fields) != 1 || f.Fields[0].Key != "identity.looks_like" {
		t.Errorf("%+v", err)
	}
}

// Whoever may send an invitation again may know why there is none: it was accepted, or the
// account is blocked; and what to do then.
func TestAnInvitationSaysWhyThereIsNone(t *testing.T) {
	h := newHouse(t)
	p := h.With("ministry_officer", h.Root)
	for _, want := range []string{"identity.accepted_already", "identity.invitation_blocked"} {
		_, err := h.Identity.Reinvite(h.by.Ctx, p.UID)
		for _, err := range []error{err, h.Identity.CancelInvitation(h.by.Ctx, p.UID)} {
			f := faulttest.Of(t, err)
			if f.Kind != fault.Conflict || f.Key != want {
				t.Errorf("%v, want %s", err, want)
				continue
			}
			for _, l := range h.Words.Languages() {
				if x := h.Words.Localizer(l.Tag).Fault(f); x.NextText == "" || x.NextText == locale.NextOf(want) {
					t.Errorf("%s in %s: %+v", want, l.Tag, x)
				}
			}
		}
		if err := h.Identity.Block(h.by.Ctx, p.UID, "left"); err != nil && want != "identity.invitation_blocked" {
			t.Fatal(err)
		}
	}
	// Nobody is invited to nothing, nor is an account opened of which there is no use.
	if err := h.Identity.Dismiss(h.Ctx, p.Appointment.UID, identity.End{}); err != nil {
		t.Fatal(err)
	}
	_, err := h.Identity.Reinvite(h.by.Ctx, p.UID)
	for _, err := range []error{err, h.Identity.Unblock(h.by.Ctx, p.UID)} {
		if f := faulttest.Of(t, err); f.Kind != fault.Conflict || f.Key != "identity.without_post" {
			t.Errorf("%v", err)
		}
	}
}

// Who could not say yes is asked nothing: who has not accepted an invitation elsewhere yet,
// and whose account is blocked.
func TestKGER6d_NobodyIsAskedWhoCouldNotSayYes(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	head, blocked := w.With("head", w.School), w.With("teacher", w.Elsewhere)
	invited, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{Person: stranger(""), AnotherPerson: true, Role: "teacher", Unit: w.Elsewhere})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Identity.Block(w.Ctx, blocked.UID, "x"); err != nil {
		t.Fatal(err)
	}
	for name, uid := range map[string]string{"invited": invited.Account.UID, "blocked": blocked.UID} {
		out, err := w.Identity.Appoint(head.Ctx, teacherHere(w, uid))
		if f := faulttest.Of(t, err); f.Kind != fault.Conflict || f.Key != "identity.not_active" {
			t.Errorf("%s: %+v %v", name, out.Waiting, err)
		}
	}
	if n := w.Count("approval WHERE tenant_id = $1"); n != 0 {
		t.Errorf("%d wait for somebody who cannot come", n)
	}
}

// An offer that somebody's own other post stands against says so to them, and what they can do:
// nothing is wrong on the side of who made it.
func TestKGER6a_AnOfferAgainstOnesOwnOtherPostSaysWhatToDo(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	officer := w.With("district_officer", w.Here)
	who := w.With("teacher", w.Elsewhere)
	offer := teacherHere(w, who.UID)
	offer.Role = "head"
	out, err := w.Identity.Appoint(officer.Ctx, offer)
	if err != nil || out.Waiting == nil || !out.Waiting.Offer {
		t.Fatalf("%+v %v", out, err)
	}
	if _, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{Account: who.UID, Role: "ministry_officer", Unit: w.Root}); err != nil {
		t.Fatal(err)
	}
	_, err = w.Agree(who.Ctx, out.Waiting.UID)
	f := faulttest.Of(t, err)
	if f.Key != "identity.roles_exclude" || f.Rule == "" || f.Law == "" || f.Next == nil || f.Next.Key != "identity.next.own_post" {
		t.Fatalf("%+v", f)
	}
	page := webtest.Must(w.Identity.Person(w.Ctx, who.UID))
	k := slices.IndexFunc(page.Appointments, func(a identity.Appointment) bool { return a.Role == "ministry_officer" })
	if err := w.Identity.Dismiss(w.Ctx, page.Appointments[k].UID, identity.End{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Agree(who.Ctx, out.Waiting.UID); err != nil {
		t.Errorf("what it says to do next does not help: %v", err)
	}
}
