package identity_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/clock"
	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// besides is what is told of a request, but for from when until when, and that other posts stay.
func besides(r approval.Request) []fault.Phrase {
	return slices.DeleteFunc(r.Told(), func(p fault.Phrase) bool {
		return strings.HasPrefix(p.Key, "approval.told.since") || p.Key == "approval.told.until" || p.Key == "approval.told.posts_stay"
	})
}

// shown is what who decides reads of a request, with what is told besides.
func (h house) shown(p *webtest.Person, uid string) string {
	h.T.Helper()
	for _, r := range webtest.Must(h.Approvals.List(p.Ctx)) {
		if r.UID != uid {
			continue
		}
		x := h.Words.Localizer("en")
		text := []string{x.T(r.Key, r.Args)}
		for _, told := range r.Told() {
			text = append(text, x.T(told.Key, told.Args))
		}
		return strings.Join(text, " ")
	}
	h.T.Fatalf("%s is not shown", uid)
	return ""
}

// What whoever agrees is shown is what happens: on the day that was named, or, where none
// was, on the day on which they agree, which is not the day on which it was asked for.
func TestTRIC1_WhatIsAskedForWithoutADayHappensOnTheDayOfTheYes(t *testing.T) {
	const later = 3
	for _, named := range []bool{false, true} {
		h := newHouse(t)
		asked := clock.Day(h.Clock.Now())
		var on, until time.Time
		want := asked.AddDate(0, 0, later)
		if named {
			on, until = asked.AddDate(0, 0, 5), asked.AddDate(0, 3, 0)
			want = on
		}
		auditor, officer := h.With("auditor", h.Root), h.With("ministry_officer", h.Root)
		head, teacher := h.With("head", h.School), h.With("teacher", h.Elsewhere)
		ends := waits(t, "Dismiss", h.Identity.Dismiss(h.by.Ctx, auditor.Appointment.UID, identity.End{On: on, Order: h.order()}))
		give := func(by *webtest.Person, n identity.NewAppointment) approval.Request {
			t.Helper()
			n.Since, n.Until = on, until
			out, err := h.Identity.Appoint(by.Ctx, n)
			if err != nil || out.Waiting == nil {
				t.Fatalf("%+v %v", out, err)
			}
			return *out.Waiting
		}
		gives := give(h.by, identity.NewAppointment{Account: officer.UID, Role: "auditor", Unit: h.Root, IdentifiedBy: "passport"})
		offers := give(head, teacherHere(h.World, teacher.UID))
		h.Clock.Set(h.Clock.Now().AddDate(0, 0, later))
		for _, c := range []struct {
			what    string
			r       approval.Request
			decides *webtest.Person
			whose   string
			role    string
			begins  bool
		}{
			{"the end", ends, h.other, auditor.UID, "auditor", false},
			{"the role", gives, h.other, officer.UID, "auditor", true},
			{"the offer", offers, teacher, teacher.UID, "teacher", true},
		} {
			text := h.shown(c.decides, c.r.UID)
			day := h.Words.Localizer("en").Date(want)
			if strings.Contains(text, day) != named || strings.Contains(text, "from the day on which") == named {
				t.Errorf("%s, on %s, named %t: %s", c.what, day, named, text)
			}
			if _, err := h.Agree(c.decides.Ctx, c.r.UID); err != nil {
				t.Fatalf("%s: %v", c.what, err)
			}
			all := webtest.Must(h.Identity.Person(h.Ctx, c.whose)).Appointments
			i := slices.IndexFunc(all, func(a identity.Appointment) bool {
				return a.Role == c.role && (!c.begins || !a.Since.Before(asked.AddDate(0, 0, 1)))
			})
			if i < 0 {
				t.Fatalf("%s: %+v", c.what, all)
			}
			got := all[i].Until
			if c.begins {
				got = all[i].Since
				if !all[i].Until.Equal(until) {
					t.Errorf("%s is until %s, shown %s", c.what, all[i].Until, until)
				}
			}
			if !got.Equal(want) {
				t.Errorf("%s is on %s, shown %s", c.what, got, want)
			}
		}
	}
}
