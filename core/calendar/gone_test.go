package calendar_test

import (
	"context"
	"testing"

	"mektep/core/calendar"
	"mektep/core/db"
	"mektep/core/fault/faulttest"
	"mektep/core/unit"
)

// An extension whose window has left the profile since can still be taken back.
func TestTRIC8_AnExtensionOfAWindowThatIsGoneCanBeTakenBack(t *testing.T) {
	w := newTold(t)
	e, err := w.Calendar.Extend(w.officer.Ctx, w.extension)
	if err != nil {
		t.Fatalf("%v %v", err, faulttest.Of(t, err).Fields)
	}
	was := w.window.ID // of the country that all tests of the package read
	t.Cleanup(func() { w.window.ID = was })
	w.window.ID = "another"
	if err := w.Calendar.Cancel(w.officer.Ctx, e.UID); err != nil {
		t.Error(err)
	}
}

// An extension concerns those who work at institutions: nobody is looked for who enters
// the same from an office above.
func TestTRIC8_WhomAnExtensionConcernsWorksAtAnInstitution(t *testing.T) {
	w := newTold(t)
	var roles []string
	w.Calendar.Set(calendar.Announcing{
		Notify: w.Notify,
		Later: func(_ context.Context, _ *db.Tx, a calendar.Announcement) error {
			w.queued = append(w.queued, a)
			return nil
		},
		Holders: func(_ context.Context, _ *db.Tx, q calendar.Holders) ([]int64, error) {
			roles = q.Roles
			return nil, nil
		},
	})
	if _, err := w.Calendar.Extend(w.officer.Ctx, w.extension); err != nil {
		t.Fatal(err)
	}
	w.queued = w.queued[:1]
	if err := w.Calendar.Announce(w.Ctx, w.queued[0]); err != nil {
		t.Fatal(err)
	}
	if len(roles) == 0 {
		t.Fatal("nobody is looked for")
	}
	for _, id := range roles {
		if r := w.Profile.Role(id); r.Level != unit.Institution {
			t.Errorf("%s of a %s is looked for", id, r.Level)
		}
	}
}
