package identity_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"mektep/core/db"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// stops a post, as a block within somebody's reach does.
func stops(w *webtest.World, p *webtest.Person) {
	w.T.Helper()
	exec(w, "UPDATE appointment SET stopped_at = $3, stopped_note = 'x' WHERE tenant_id = $1 AND uid = $2", p.Appointment.UID, w.Clock.Now())
}

func resumes(w *webtest.World, p *webtest.Person) {
	w.T.Helper()
	exec(w, "UPDATE appointment SET stopped_at = NULL, stopped_note = '' WHERE tenant_id = $1 AND uid = $2", p.Appointment.UID)
}

// Whose post is stopped keeps no role alive: the other is the last holder.
func TestKGER6c_AStoppedPostIsNoHolder(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	last, other := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	stops(w, other)
	end := func() string {
		err := w.DB.Tenant(w.Ctx, func(ctx context.Context, tx *db.Tx) error {
			return tx.Rehearse(ctx, func(ctx context.Context) error { return w.Identity.Dismiss(ctx, last.Appointment.UID, identity.End{}) })
		})
		return faulttest.Key(err)
	}
	if got := end(); got != "identity.last_holder" {
		t.Errorf("the only one at work leaves: %q", got)
	}
	if got := webtest.Must(w.Identity.Holders(last.Ctx))["tenant_admin"]; got != 1 {
		t.Errorf("%d holders are counted", got)
	}
	resumes(w, other)
	if got := end(); got != "" {
		t.Errorf("with another at work: %q", got)
	}
}

// Nor is a stopped administrator the second person: an operator is, as where there is none.
func TestTRIC1_AStoppedAdministratorIsNoSecondPerson(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	by, second, whom := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root), w.With("auditor", w.Root)
	waits(t, "Block", w.Identity.Block(by.Ctx, whom.UID, "x"))
	shown := func() int { return len(webtest.Must(w.Approvals.ForOperator(w.Ctx))) }
	if n := shown(); n != 0 {
		t.Errorf("%d are shown to operators though there is a second", n)
	}
	stops(w, second)
	if n := shown(); n != 1 {
		t.Errorf("%d are shown to operators, and nobody else can decide", n)
	}
}

// What is announced to those who work somewhere is not told to whose post there is stopped.
func TestTRIC8_AnAnnouncementGoesToWhoIsAtWork(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	head, teacher := w.With("head", w.School), w.With("teacher", w.School)
	stops(w, teacher)
	var got []int64
	err := w.DB.Tenant(w.Ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		got, err = identity.HoldersAt(ctx, tx, []string{"head", "teacher"}, nil, 0, w.Clock.Now(), 0, 10)
		return err
	})
	if err != nil || !slices.Equal(got, []int64{head.ID}) {
		t.Errorf("%v %v, want %d", got, err, head.ID)
	}
}

// The district is told of an appointment in the person of officers who are at work.
func TestKGER6d_AStoppedOfficerIsToldNothing(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	officer, away, head := w.With("district_officer", w.Here), w.With("district_officer", w.Here), w.With("head", w.School)
	stops(w, away)
	order := identity.Order{Number: "7", Date: w.Clock.Now().AddDate(0, 0, -1)}
	_, err := w.Identity.Appoint(head.Ctx, identity.NewAppointment{
		Person: stranger(""), Role: "responsible_specialist", Unit: w.School, IdentifiedBy: "passport", Order: order,
	})
	if err != nil {
		t.Fatal(err)
	}
	for p, want := range map[*webtest.Person]int{officer: 1, away: 0} {
		if n := w.Count("notice WHERE tenant_id = $1 AND key = 'identity.notice.appointed' AND account_id = " + fmt.Sprint(p.ID)); n != want {
			t.Errorf("%s was told %d times", p.Name, n)
		}
	}
}
