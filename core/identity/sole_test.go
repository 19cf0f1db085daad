package identity_test

import (
	"strings"
	"testing"
	"time"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/unit"
	"mektep/core/web/webtest"
)

// Of every post that a country says one person holds, a second holder is asked about before
// there are two; a hand-over by its days is none, and a post of many asks nothing.
func TestKGER6c_ASecondHolderOfOnePersonsPostIsAskedAbout(t *testing.T) {
	for _, country := range []string{"kg", "tr"} {
		w := webtest.New(t, country, map[string]string{"kg": "secondary_school", "tr": "ilkokul"}[country])
		sole := 0
		for i := range w.Profile.Roles {
			r := &w.Profile.Roles[i]
			if r.Level != "institution" || len(r.GrantedBy) == 0 || r.Guarded || len(r.Institutions) > 0 {
				continue
			}
			giver := w.With(r.GrantedBy[0].Role, at(w, r.GrantedBy[0].Role))
			post := func(n int, since, until time.Time, second bool) error {
				a := identity.NewAppointment{
					Person: identity.Person{Family: "Асанов" + r.ID[:2] + strings.Repeat("а", n), Given: strings.Repeat("Ж", n+1)}, Role: r.ID, Unit: w.School,
					Since: since, Until: until, SecondHolder: second, AnotherPerson: true, IdentifiedBy: "passport", Order: teacherHere(w, "").Order,
				}
				_, tried := w.Identity.Rehearse(giver.Ctx, a)
				_, err := w.Identity.Appoint(giver.Ctx, a)
				if fault.KindOf(tried) != fault.KindOf(err) {
					t.Errorf("%s %s: rehearsed %v, done %v", country, r.ID, tried, err)
				}
				return err
			}
			today := w.Clock.Now().Truncate(24 * time.Hour)
			handed := today.AddDate(0, 2, 0)
			done(t, post(1, time.Time{}, handed, false))
			err := post(2, time.Time{}, time.Time{}, false)
			if !r.OneHolder {
				if err != nil {
					t.Errorf("%s %s: %v", country, r.ID, err)
				}
				continue
			}
			sole++
			f := faulttest.Of(t, err)
			if len(f.Fields) != 1 || f.Fields[0].Name != "second_holder" || f.Fields[0].Key != "identity.second_holder" {
				t.Fatalf("%s %s: %+v", country, r.ID, err)
			}
			if said := w.Words.Localizer("en").T(f.Fields[0].Key, f.Fields[0].Args); !strings.Contains(said, "Асанов") {
				t.Errorf("it does not say who: %s", said)
			}
			done(t, post(3, handed, time.Time{}, false)) // handed over by its days
			if err := post(4, handed.AddDate(0, 0, -1), handed, false); err == nil {
				t.Errorf("%s %s: a day with two was not asked about", country, r.ID)
			}
			done(t, post(4, handed.AddDate(0, 0, -1), handed, true))
			done(t, post(5, time.Time{}, time.Time{}, true))
		}
		if sole == 0 {
			t.Errorf("%s has no post of one person", country)
		}
	}
}

func done(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%v %+v", err, faulttest.Fields(err))
	}
}

// at is the unit of the world's school chain where a role is held.
func at(w *webtest.World, role string) unit.Unit {
	switch w.Profile.Role(role).Level {
	case unit.Institution:
		return w.School
	case unit.District:
		return w.Here
	case unit.Region:
		return w.Region
	}
	return w.Root
}

// Who has been given the post since it was asked is said to whoever agrees, and nothing is
// given; a second one that was meant is told of.
func TestKGER6c_ASecondHolderSinceItWasAskedIsToldToWhoAgrees(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	officer, who := w.With("district_officer", w.Here), w.With("teacher", w.Elsewhere)
	n := teacherHere(w, who.UID)
	n.Role = "head"
	out, err := w.Identity.Appoint(officer.Ctx, n)
	if err != nil || out.Waiting == nil {
		t.Fatalf("%+v %v", out, err)
	}
	head := w.With("head", w.School)
	_, err = w.Approvals.Approve(who.Ctx, out.Waiting.UID)
	if f := faulttest.Of(t, err); f.Kind != fault.Conflict || !strings.Contains(w.Words.Localizer("en").Fault(f).Reason, "one person") {
		t.Errorf("%+v", err)
	}
	if held := webtest.Must(w.Identity.Mine(who.Ctx)).Appointments; len(held) != 1 {
		t.Errorf("%+v", held)
	}
	done(t, w.Approvals.Cancel(officer.Ctx, out.Waiting.UID))
	n.SecondHolder = true
	out, err = w.Identity.Appoint(officer.Ctx, n)
	if err != nil || out.Waiting == nil {
		t.Fatalf("%+v %v", out, err)
	}
	if told := besides(webtest.Must(w.Approvals.List(who.Ctx))[0]); len(told) != 1 || told[0].Key != "approval.told.second_holder" {
		t.Errorf("told %+v", told)
	}
	if _, err := w.Approvals.Approve(who.Ctx, out.Waiting.UID); err != nil {
		t.Errorf("%v beside %s", err, head.UID)
	}
}
