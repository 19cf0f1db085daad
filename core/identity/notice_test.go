package identity

import (
	"testing"

	"mektep/core/fault"
)

// Every word that notices and letters need is there, in every language.
func TestNoticesCanBeReadInEveryLanguage(t *testing.T) {
	w := newWorld(t)
	officer := w.with("district_officer", w.chuy)
	head := w.with("head", w.school)
	p := w.with("teacher", w.school)
	w.signIn(p)
	a := w.attempt(p, goodPassword)
	a.Remote = abroad
	get(w.s.Door.SignIn(w.anonymous(), a))
	spec := get(w.s.Appoint(head.ctx, w.appointment("responsible_specialist", w.school)))
	ok(t, w.s.Dismiss(head.ctx, spec.Appointment.UID, End{Order: Order{Number: "1", Date: w.clock.Now()}}))
	n := w.appointment("responsible_specialist", w.school)
	n.Account, n.Person = p.UID, Person{}
	get(w.s.Appoint(head.ctx, n))
	seen := map[string]bool{}
	for _, who := range []somebody{officer, p} {
		items, _, err := w.inbox.Inbox(who.ctx, "")
		ok(t, err)
		for _, item := range items {
			seen[item.Key] = true
			for _, l := range strict().Languages() {
				if s := strict().Localizer(l.Tag).T(item.Key, item.Args); s == "" {
					t.Errorf("%s %s is empty", l.Tag, item.Key)
				}
			}
		}
	}
	for _, key := range []string{"identity.notice.appointed", "identity.notice.dismissed", "identity.notice.sharing", "identity.notice.your_appointment"} {
		if !seen[key] {
			t.Errorf("nobody was told %s", key)
		}
	}
	for _, l := range strict().Languages() {
		for _, kind := range Identifications {
			strict().Localizer(l.Tag).T("identity.document." + kind)
		}
		for _, letter := range []string{"invite", "reset"} {
			for _, part := range []string{"subject", "body", "button"} {
				strict().Localizer(l.Tag).T("identity.mail."+letter+"."+part, fault.Args{"Name": "A", "Until": w.clock.Now()})
			}
		}
	}
}
