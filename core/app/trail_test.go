package app

import (
	"context"
	"testing"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/identity"
	"mektep/core/jobs"
)

// What a person takes back and whose names they read leaves its entry, whatever door
// it goes through.
func TestWhatIsCancelledAndWhoseNamesAreReadIsRecorded(t *testing.T) {
	s := newStillSite(t)
	inside := s.inside("kg")
	admin := s.acting("kg", "admin")
	var run *jobs.Run
	err := s.DB.Tenant(admin, func(ctx context.Context, tx *db.Tx) (err error) {
		run, err = s.Jobs.Enqueue(ctx, tx, jobMail, nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Jobs.Cancel(admin, run.UID); err != nil {
		t.Fatal(err)
	}
	s.recorded(inside, audit.Filter{Object: "job", Action: "cancel", Target: run.UID}, 1)

	root, err := s.Tree.Root(inside)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.People.Appoint(admin, identity.NewAppointment{
		Person: identity.Person{Family: "Токтогулов", Given: "Жеңиш", Email: "second@kg.example"}, Role: identity.AuditorRole,
		Unit: root, IdentifiedBy: "passport",
	}); err != nil {
		t.Fatal(err)
	}
	for _, login := range []string{"admin", "admin2"} { // one's own request names nobody else
		if _, err := s.Approvals.List(s.acting("kg", login)); err != nil {
			t.Fatal(err)
		}
	}
	s.recorded(inside, audit.Filter{Object: "approval", Action: "view"}, 1)
}

func (s *site) recorded(ctx context.Context, f audit.Filter, want int) {
	s.t.Helper()
	found, _, err := s.Trail.Search(ctx, f, "")
	if err != nil || len(found) != want {
		s.t.Errorf("%s %s left %d entries, want %d (%v)", f.Action, f.Object, len(found), want, err)
	}
}

// acting returns a context in which an account of the demo has signed in with its
// second factor.
func (s *site) acting(ministry, login string) context.Context {
	s.t.Helper()
	inside := s.inside(ministry)
	var id int64
	err := s.DB.Tenant(inside, func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, "SELECT id FROM account WHERE tenant_id = $1 AND login = $2", tx.Tenant(), login).Scan(&id)
	})
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := s.People.ResolveAccount(inside, caller.From(inside).Tenant, id)
	if err != nil {
		s.t.Fatal(err)
	}
	c.Session, c.SecondFactor = "test", true
	return caller.With(context.Background(), c)
}
