package identity_test

import (
	"testing"
	"time"

	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// Roles that exclude each other may follow each other: what counts is whether one person
// would hold both on some day.
func TestKGER7c_RolesThatExcludeEachOtherMayFollowEachOther(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	special := w.With("special_administrator", w.Root)
	officer := w.With("district_officer", w.There)
	order := teacherHere(w, "").Order
	last := w.Clock.Now().AddDate(0, 0, 30)
	if err := w.Identity.Dismiss(special.Ctx, officer.Appointment.UID, identity.End{On: last, Order: order}); err != nil {
		t.Fatal(err)
	}
	head := func(since, until time.Time) string {
		_, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{Account: officer.UID, Role: "head", Unit: w.School, Since: since, Until: until, IdentifiedBy: "passport", Order: order})
		return faulttest.Key(err)
	}
	for _, c := range []struct{ since, until time.Time }{
		{}, {since: last.AddDate(0, 0, -1)}, {until: last.AddDate(0, 0, -5)}, {since: w.Clock.Now().AddDate(0, -1, 0), until: w.Clock.Now().AddDate(0, 0, 1)},
	} {
		if got := head(c.since, c.until); got != "identity.roles_exclude" {
			t.Errorf("from %s until %s: %q", c.since, c.until, got)
		}
	}
	if got := head(last, time.Time{}); got != "" {
		t.Errorf("on the day on which the other is over: %q", got)
	}
	// And the other way round: what begins later counts for what is given now without end.
	teacher := w.With("teacher", w.School)
	if _, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{Account: teacher.UID, Role: "district_officer", Unit: w.There, Since: last, IdentifiedBy: "passport", Order: order}); err != nil {
		t.Fatal(err)
	}
	officer = teacher
	if got := head(time.Time{}, time.Time{}); got != "identity.roles_exclude" {
		t.Errorf("without end: %q", got)
	}
	if got := head(time.Time{}, last); got != "" {
		t.Errorf("until the day on which the other begins: %q", got)
	}
}

// Days that are over are no days on which one person would hold both: what was in force
// before is written down late without harm, and given for the days to come.
func TestKGER7c_DaysThatAreOverExcludeNothing(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	special := w.With("special_administrator", w.Root)
	officer := w.With("district_officer", w.There)
	order := teacherHere(w, "").Order
	ends := w.Clock.Now().AddDate(0, 0, 3)
	if err := w.Identity.Dismiss(special.Ctx, officer.Appointment.UID, identity.End{On: ends, Order: order}); err != nil {
		t.Fatal(err)
	}
	n := identity.NewAppointment{Account: officer.UID, Role: "head", Unit: w.School, Since: w.Clock.Now(), IdentifiedBy: "passport", Order: order}
	w.Clock.Set(ends.AddDate(0, 0, -1))
	if _, err := w.Identity.Appoint(w.Ctx, n); faulttest.Key(err) != "identity.roles_exclude" {
		t.Errorf("a day on which both would be held is to come: %v", err)
	}
	w.Clock.Set(ends)
	if _, err := w.Identity.Appoint(w.Ctx, n); err != nil {
		t.Errorf("the other is over: %v", err)
	}
}
