package identity_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/clock"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/registry"
	"mektep/core/web/webtest"
)

// lostWorld is an offer of a head's post at the school of another district, by that district.
type lostWorld struct {
	house
	giver, who *webtest.Person
	uid        string
}

func newLost(t *testing.T, since, until int) lostWorld {
	t.Helper()
	h := house{World: webtest.New(t, "kg", "secondary_school")}
	x := lostWorld{house: h, giver: h.With("district_officer", h.There), who: h.With("teacher", h.School)}
	today := clock.Day(h.Clock.Now())
	n := identity.NewAppointment{Account: x.who.UID, Role: "head", Unit: h.Elsewhere, IdentifiedBy: "passport", Order: h.order()}
	if since != 0 {
		n.Since = today.AddDate(0, 0, since)
	}
	if until != 0 {
		n.Until = today.AddDate(0, 0, until)
	}
	out, err := h.Identity.Appoint(x.giver.Ctx, n)
	if err != nil || out.Waiting == nil || !out.Waiting.Offer {
		t.Fatalf("%v, %+v", err, out.Waiting)
	}
	x.uid = out.Waiting.UID
	return x
}

// moves enters that the school of the offer lies in the other district, or is a lyceum, so many days from now.
func (x lostWorld) moves(in int) {
	x.T.Helper()
	must(x.T.(*testing.T), x.Registry.Move(x.Ctx, x.Elsewhere.UID, x.Here.UID, x.act(in)))
}

func (x lostWorld) retypes(in int) {
	x.T.Helper()
	must(x.T.(*testing.T), x.Registry.Retype(x.Ctx, x.Elsewhere.UID, "professional_lyceum", x.act(in)))
}

func (x lostWorld) act(in int) registry.Act {
	return registry.Act{
		Version: webtest.Must(x.Tree.Get(x.Ctx, x.Elsewhere.UID)).Version, Since: clock.Day(x.Clock.Now()).AddDate(0, 0, in), Order: x.order(),
	}
}

// lost is what the offer's page tells of a right that is gone, in English.
func (x lostWorld) lost() string {
	x.T.Helper()
	for _, p := range webtest.Must(x.Approvals.Get(x.who.Ctx, x.uid)).Told() {
		if p.Key == "approval.told.lost_offer" {
			for _, l := range x.Words.Languages() {
				if said := x.Words.Localizer(l.Tag).T(p.Key, p.Args); strings.Contains(said, "{{") || strings.Contains(said, "identity.") {
					x.T.Errorf("%s: %s", l.Tag, said)
				}
			}
			return x.Words.Localizer("en").T(p.Key, p.Args)
		}
	}
	return ""
}

// An offer is given as whoever made it. Where what is entered since has put the post out of their
// right for good, that can be put right by nobody: whoever it is made to is told so before they
// answer, and is sent to decline it and to who could make it anew.
func TestKGER6c_AnOfferWhoseGiverHasLostTheRightIsDeclinedAndMadeByWhoHasIt(t *testing.T) {
	for name, c := range map[string]struct {
		since, until int
		change       func(x lostWorld)
		who          string // may make it anew
	}{
		"another place":             {10, 0, func(x lostWorld) { x.moves(5) }, "Special administrator"},
		"another place, from today": {0, 0, func(x lostWorld) { x.moves(5) }, "Special administrator"},
		"another type":              {10, 0, func(x lostWorld) { x.retypes(5) }, "Special administrator"},
		"the giver has left": {10, 0, func(x lostWorld) {
			must(x.T.(*testing.T), x.Identity.Dismiss(x.Ctx, x.giver.Appointment.UID, identity.End{}))
		}, "District or city education officer"},
	} {
		t.Run(name, func(t *testing.T) {
			x := newLost(t, c.since, c.until)
			if said := x.lost(); said != "" {
				t.Errorf("told before: %s", said)
			}
			c.change(x)
			said := x.lost()
			_, err := x.Agree(x.who.Ctx, x.uid)
			f := faulttest.Of(t, err)
			if f.Key != "approval.askers_refusal" || f.Rule == "" || f.Next == nil || f.Next.Key != "approval.next.lost_offer" {
				t.Fatalf("%v, next %+v", err, f.Next)
			}
			next := x.Words.Localizer("en").Fault(f).NextText
			if strings.Contains(next, x.giver.Name) || said == "" || !strings.HasSuffix(said, next) {
				t.Errorf("told %q, sent on by %q", said, next)
			}
			if !strings.Contains(next, c.who) {
				t.Errorf("%q does not name %s", next, c.who)
			}
			must(t, x.Approvals.Reject(x.who.Ctx, x.uid, "жок"))
		})
	}
}

// What the giver can put right stays theirs to put right, and what is theirs on all its days is given.
func TestKGER6c_AnOfferWhoseGiverHasTheRightOnAllItsDaysIsGiven(t *testing.T) {
	x := newLost(t, 0, 4)
	x.moves(5)
	if said := x.lost(); said != "" {
		t.Errorf("told: %s", said)
	}
	exec(x.World, "UPDATE account SET totp_sealed = NULL, totp_at = NULL WHERE tenant_id = $1 AND id = $2", x.giver.ID)
	_, err := x.Agree(x.who.Ctx, x.uid)
	if f := faulttest.Of(t, err); f.Key != "approval.askers_refusal" || f.Next == nil || f.Next.Key != "approval.next.askers_offer" || x.lost() != "" {
		t.Errorf("%v, told %q", err, x.lost())
	}
	exec(x.World, "UPDATE account SET totp_sealed = '\\x00', totp_at = $3 WHERE tenant_id = $1 AND id = $2", x.giver.ID, time.Now())
	webtest.Must(x.Agree(x.who.Ctx, x.uid))
}

// What two people decide says it too: whoever asked may no longer, and who asks anew.
func TestTRIC1_WhatWhoAskedMayNoLongerIsSaidToWhoDecides(t *testing.T) {
	h := newHouse(t)
	out := webtest.Must(h.Identity.Appoint(h.by.Ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Эч", Given: "Окшошпогон"}, AnotherPerson: true, Role: "auditor", Unit: h.Root, IdentifiedBy: "passport", Order: h.order(),
	}))
	told := func(p *webtest.Person, key string) bool {
		return slices.ContainsFunc(webtest.Must(h.Approvals.Get(p.Ctx, out.Waiting.UID)).Told(), func(p fault.Phrase) bool {
			for _, l := range h.Words.Languages() {
				h.Words.Localizer(l.Tag).T(p.Key, p.Args)
			}
			return p.Key == key
		})
	}
	if told(h.other, "approval.told.lost") {
		t.Error("told before")
	}
	exec(h.World, "UPDATE appointment SET stopped_at = now() WHERE tenant_id = $1 AND account_id = $2", h.by.ID)
	if !told(h.other, "approval.told.lost") {
		t.Error("whoever decides is not told")
	}
	_, err := h.Agree(h.other.Ctx, out.Waiting.UID)
	f := faulttest.Of(t, err)
	if f.Key != "approval.askers_refusal" || f.Next == nil || f.Next.Key != "approval.next.lost" {
		t.Errorf("%v, next %+v", err, f.Next)
	}
	if !strings.Contains(h.Words.Localizer("en").Fault(f).NextText, "System administrator") {
		t.Errorf("%s", h.Words.Localizer("en").Fault(f).NextText)
	}
	must(t, h.Approvals.Reject(h.other.Ctx, out.Waiting.UID, "жок"))
}

// What waits says besides that another post of the person, or a closing, stands against it, as the
// answer would, to the person and to who decides; to whoever made an offer nothing of what the person
// holds. And nobody is sent to make again what would be refused again.
func TestKGER6a_WhatStandsAgainstWhatWaitsIsSaidBeforeTheAnswer(t *testing.T) {
	today := func(w *webtest.World) time.Time { return clock.Day(w.Clock.Now()) }
	said := func(w *webtest.World, p *webtest.Person, uid, key string) string {
		t.Helper()
		for _, x := range webtest.Must(w.Approvals.Get(p.Ctx, uid)).Told() {
			if x.Key == key {
				for _, l := range w.Words.Languages() {
					if s := w.Words.Localizer(l.Tag).T(x.Key, x.Args); strings.Contains(s, "{{") || strings.Contains(s, "identity.") {
						t.Errorf("%s: %s", l.Tag, s)
					}
				}
				return w.Words.Localizer("en").T(x.Key, x.Args)
			}
		}
		return ""
	}
	t.Run("an offer, another post", func(t *testing.T) {
		x := newLost(t, 10, 0)
		webtest.Must(x.Identity.Appoint(x.Ctx, identity.NewAppointment{Account: x.who.UID, Role: "ministry_officer", Unit: x.Root, Since: today(x.World).AddDate(0, 0, 4)}))
		got := said(x.World, x.who, x.uid, "approval.told.excluded_offer")
		_, err := x.Agree(x.who.Ctx, x.uid)
		f := faulttest.Of(t, err)
		if f.Key != "identity.roles_exclude" || got == "" || !strings.HasSuffix(got, x.Words.Localizer("en").Fault(f).NextText) {
			t.Errorf("told %q, refused %v %q", got, err, x.Words.Localizer("en").Fault(f).NextText)
		}
		for _, p := range webtest.Must(x.Approvals.Get(x.giver.Ctx, x.uid)).Told() {
			if strings.HasPrefix(p.Key, "approval.told.excluded") {
				t.Errorf("its giver is told %s", p.Key)
			}
		}
	})
	t.Run("an offer, a closing", func(t *testing.T) {
		x := newLost(t, 10, 0)
		must(t, x.Registry.Close(x.Ctx, x.Elsewhere.UID, nil, x.act(5)))
		_, err := x.Agree(x.who.Ctx, x.uid)
		f := faulttest.Of(t, err)
		next := x.Words.Localizer("en").Fault(f).NextText
		if f.Key != "approval.overtaken" || strings.Contains(next, "makes it again") || !strings.Contains(next, "Give the post from a day before") {
			t.Errorf("%v: %q", err, next)
		}
		if got := said(x.World, x.who, x.uid, approval.OvertakenElse); !strings.Contains(got, "Give the post from a day before") {
			t.Errorf("the person reads %q", got)
		}
	})
	t.Run("what two decide, another post", func(t *testing.T) {
		h := newHouse(t)
		who := h.With("teacher", h.School)
		out := webtest.Must(h.Identity.Appoint(h.by.Ctx, identity.NewAppointment{
			Account: who.UID, Role: "special_administrator", Unit: h.Root, Since: today(h.World).AddDate(0, 0, 4), SecondHolder: "x", IdentifiedBy: "passport", Order: h.order(),
		}))
		if out.Waiting == nil {
			t.Fatal("it does not wait")
		}
		if got := said(h.World, h.other, out.Waiting.UID, "approval.told.excluded"); got != "" {
			t.Errorf("told before: %s", got)
		}
		webtest.Must(h.Identity.Appoint(h.Ctx, identity.NewAppointment{Account: who.UID, Role: "head", Unit: h.Elsewhere, Since: today(h.World).AddDate(0, 0, 19)}))
		got := said(h.World, h.other, out.Waiting.UID, "approval.told.excluded")
		_, err := h.Agree(h.other.Ctx, out.Waiting.UID)
		f := faulttest.Of(t, err)
		if f.Key != "identity.roles_exclude" || got == "" || !strings.HasSuffix(got, h.Words.Localizer("en").Fault(f).NextText) {
			t.Errorf("told %q, refused %v", got, err)
		}
		if said(h.World, h.by, out.Waiting.UID, "approval.told.excluded_own") == "" {
			t.Error("whoever asked is not told")
		}
	})
}
