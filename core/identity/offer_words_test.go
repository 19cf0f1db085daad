package identity_test

import (
	"strings"
	"testing"
	"time"

	"mektep/core/fault/faulttest"
	"mektep/core/web/webtest"
)

// An offer speaks as one to its end: who is offered a post, who offered it, by inbox and mail,
// read which post it is, of an offer that was taken back as well; what is over says so, and no
// more what a yes would do.
func TestAnOfferSpeaksAsOneToItsEnd(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	head, who := w.With("head", w.School), w.With("teacher", w.Elsewhere)
	offer := func() string {
		t.Helper()
		n := teacherHere(w, who.UID)
		n.Order.Number = "78-к"
		out, err := w.Identity.Appoint(head.Ctx, n)
		if err != nil || out.Waiting == nil {
			t.Fatalf("%+v, %v", out, err)
		}
		return out.Waiting.UID
	}
	reads := func(p *webtest.Person, key string) {
		t.Helper()
		toldOnScreen(t, w, p, key)
		items, _, err := w.Notify.Inbox(p.Ctx, "")
		if err != nil || items[0].Key != key {
			t.Fatalf("%+v, %v", items, err)
		}
		for _, l := range w.Words.Languages() {
			words := w.Words.Localizer(l.Tag)
			text := words.T(items[0].Key, items[0].Args)
			for _, part := range []string{words.Text(w.School.Name), "78-к"} {
				if !strings.Contains(text, part) || strings.Contains(text, "{{") || strings.Contains(text, "<no value>") {
					t.Errorf("%s: %s does not say %q: %s", l.Tag, key, part, text)
				}
			}
		}
	}
	letters := func(key string) int {
		return w.Count("mail_outbox WHERE tenant_id = $1 AND body_key = '" + key + "'")
	}
	over := func(uid, state string) {
		t.Helper()
		for _, p := range []*webtest.Person{head, who} {
			r := webtest.Must(w.Approvals.Get(p.Ctx, uid))
			if len(r.Told()) > 0 || r.StateKey() != state {
				t.Errorf("%s: %+v", r.StateKey(), r.Told())
			}
		}
		f := faulttest.Of(t, w.Approvals.Reject(who.Ctx, uid, "жок"))
		if f.Key != "approval.offer_not_waiting" || f.Next == nil || f.Next.URL != "/approvals" {
			t.Errorf("%+v", f)
		}
	}

	for n := range 2 { // the second comes by inbox alone, and goes so
		uid := offer()
		reads(who, "approval.notice.offered")
		if err := w.Approvals.Cancel(head.Ctx, uid); err != nil {
			t.Fatal(err)
		}
		reads(who, "approval.notice.taken_back")
		over(uid, "approval.state.cancelled")
		if offered, back := letters("approval.notice.offered"), letters("approval.notice.taken_back"); offered != 1 || back != 1 {
			t.Errorf("round %d: %d letters of offers, %d of offers taken back", n, offered, back)
		}
	}
	w.Clock.Set(w.Clock.Now().Add(24 * time.Hour))
	uid := offer()
	if err := w.Approvals.Reject(who.Ctx, uid, "жок"); err != nil {
		t.Fatal(err)
	}
	reads(head, "approval.notice.declined")
	over(uid, "approval.state.declined")
	uid = offer()
	if _, err := w.Agree(who.Ctx, uid); err != nil {
		t.Fatal(err)
	}
	reads(head, "approval.notice.accepted")
	over(uid, "approval.state.accepted")
	if letters("approval.notice.declined") != 1 || letters("approval.notice.accepted") != 1 {
		t.Error("no letters of the answers")
	}
}
