package identity_test

import (
	"strings"
	"testing"
	"time"

	"mektep/core/clock"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/webtest"
)

// denied is what giving a post is refused with, and the next step in English.
func denied(t *testing.T, w *webtest.World, p *webtest.Person, role string, at unit.Unit, since time.Time) (*fault.Error, string) {
	t.Helper()
	_, err := w.Identity.Appoint(p.Ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Кыдыргычев", Given: "Алмаз"}, AnotherPerson: true, Role: role, Unit: webtest.Must(w.Tree.Get(w.Ctx, at.UID)),
		Since: since, IdentifiedBy: "passport", Order: identity.Order{Number: "1", Date: w.Clock.Now().AddDate(0, 0, -1)},
	})
	f := faulttest.Of(t, err)
	if f.Kind != fault.Denied || f.Law == "" || f.Next == nil {
		t.Fatalf("%v, %+v", err, f)
	}
	for _, l := range w.Words.Languages() {
		if x := w.Words.Localizer(l.Tag).Fault(f); x.NextText == "" || strings.Contains(x.NextText, "{{") {
			t.Errorf("%s: %+v", l.Tag, x)
		}
	}
	return f, w.Words.Localizer("en").Fault(f).NextText
}

// Who is named to whom a post for days to come is refused may give it on all those days: not the
// district that the school has left by then, nor, for a day before, the one to which it comes.
func TestKGER6c_WhoIsNamedForAPostToComeMayGiveItThen(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	leaves, comes := w.With("district_officer", w.Here), w.With("district_officer", w.There)
	today := clock.Day(w.Clock.Now())
	turn := today.AddDate(0, 0, 5)
	must(t, w.Registry.Move(w.Ctx, w.School.UID, w.There.UID, registry.Act{
		Version: webtest.Must(w.Tree.Get(w.Ctx, w.School.UID)).Version, Since: turn, Order: identity.Order{Number: "1", Date: w.Clock.Now().AddDate(0, 0, -1)},
	}))
	for who, p := range map[string]*webtest.Person{"leaves": leaves, "comes": comes} {
		for _, since := range []time.Time{turn, turn.AddDate(0, 0, 5)} {
			if _, next := denied(t, w, p, "head", w.School, since); next != "It can be done by: Special administrator." {
				t.Errorf("%s: %s", who, next)
			}
		}
	}
	// What ends before it goes is the district's today, and it is named.
	_, err := w.Identity.Appoint(comes.Ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Кыдыргычев", Given: "Алмаз"}, Role: "head", Unit: webtest.Must(w.Tree.Get(w.Ctx, w.School.UID)),
		Until: turn, IdentifiedBy: "passport", Order: identity.Order{Number: "1", Date: w.Clock.Now().AddDate(0, 0, -1)},
	})
	if next := w.Words.Localizer("en").Fault(faulttest.Of(t, err)).NextText; !strings.Contains(next, "District or city education officer (Hither)") {
		t.Errorf("until then: %s", next)
	}
}

// A post that is given by an office of the school itself is nobody's to give while nobody holds that
// office: it comes first, and who gives it is named.
func TestKGER6d_WhatAHeadGivesWaitsForAHead(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	special := w.With("special_administrator", w.Root)
	must(t, w.Tree.Retype(w.Ctx, webtest.Must(w.Tree.Get(w.Ctx, w.School.UID)), "professional_lyceum", clock.Day(w.Clock.Now()), "1"))
	for _, role := range []string{"responsible_specialist", "teacher"} {
		f, next := denied(t, w, special, role, w.School, time.Time{})
		if f.Next.Key != "identity.next.office_first" || !strings.Contains(next, "Head of institution") || !strings.Contains(next, "given by: Special administrator") {
			t.Errorf("%s: %s", role, next)
		}
	}
	w.With("head", w.School)
	for _, role := range []string{"responsible_specialist", "teacher"} {
		if f, next := denied(t, w, special, role, w.School, time.Time{}); f.Next.Key != "gate.next.ask_role" || !strings.Contains(next, "Head of institution (Hither School)") {
			t.Errorf("%s, with a head: %s", role, next)
		}
	}
}

// A post for the far side of a move is given by nobody before the day: it is said from when on it is,
// and by whom.
func TestKGER6c_APostThatNobodyMayGiveYetIsSaidToBeWhoseFromTheDay(t *testing.T) {
	w := webtest.New(t, "tr", "ilkokul")
	today := clock.Day(w.Clock.Now())
	turn := today.AddDate(0, 0, 5)
	far := webtest.Must(w.Tree.Create(w.Ctx, unit.New{Parent: &w.Root, Level: unit.Region, Code: "42", Since: w.Region.Since, Name: map[string]string{w.Profile.Main(): "Konya", "en": "Konya"}}))
	here, there := w.With("province_mebbis_manager", w.Region), w.With("province_mebbis_manager", far)
	must(t, w.Tree.Move(w.Ctx, webtest.Must(w.Tree.Get(w.Ctx, w.Here.UID)), far, turn, "1"))
	for who, p := range map[string]*webtest.Person{"the province that it leaves": here, "the province that it comes to": there} {
		f, next := denied(t, w, p, "district_mebbis_manager", w.Here, turn.AddDate(0, 0, 5))
		if f.Next.Key != "gate.next.from_day" || f.Next.Args["Day"] != turn || !strings.Contains(next, "(Konya)") {
			t.Errorf("%s: %s", who, next)
		}
	}
	// Before the day it is the province's of today.
	if _, next := denied(t, w, there, "district_mebbis_manager", w.There, time.Time{}); strings.Contains(next, "Konya") {
		t.Errorf("what does not move: %s", next)
	}
	w.Clock.Set(turn.Add(9 * time.Hour))
	webtest.Must(w.Tree.Refresh(w.Ctx))
	webtest.Must(w.Identity.Appoint(w.As(there.ID), identity.NewAppointment{
		Person: identity.Person{Family: "Yılmaz", Given: "Ayşe"}, Role: "district_mebbis_manager", Unit: webtest.Must(w.Tree.Get(w.Ctx, w.Here.UID)),
		IdentifiedBy: "passport", Order: identity.Order{Number: "1", Date: w.Clock.Now().AddDate(0, 0, -1)},
	}))
}
