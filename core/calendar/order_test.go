package calendar_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// Two school years are decided about one after the other, since each is judged by its
// neighbours too: who asks for one, or agrees to it, waits while somebody is deciding about
// another.
func TestTRIC1_OneYearIsDecidedAboutAfterTheOther(t *testing.T) {
	for _, what := range []string{"asked for", "put in force"} {
		t.Run(what, func(t *testing.T) {
			w := newOffice(t)
			p := w.next()
			act := func() error {
				_, err := w.Calendar.Propose(w.first.Ctx, p)
				return err
			}
			if what == "put in force" {
				r := webtest.Must(w.Calendar.Propose(w.first.Ctx, p))
				act = func() error {
					_, err := w.Agree(w.second.Ctx, r.UID)
					return err
				}
			}
			err := w.whileDeciding(t, act)
			if t.Failed() {
				return
			}
			if in := w.profile().SchoolYear("2027-2028") != nil; err != nil || in != (what == "put in force") {
				t.Errorf("afterwards: %v, in force %t", err, in)
			}
		})
	}
}

// whileDeciding does something while a decision about another school year is open, fails
// where it does not wait for it, and returns what came of it.
func (w *office) whileDeciding(t *testing.T, act func() error) error {
	t.Helper()
	done := make(chan error, 1)
	err := w.DB.Tenant(w.Ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.PGX().Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", fmt.Sprintf("school years %d", tx.Tenant())); err != nil {
			return err
		}
		go func() { done <- act() }()
		for waits := false; !waits; time.Sleep(5 * time.Millisecond) {
			select {
			case err := <-done:
				t.Errorf("done while another year is being decided about: %v", err)
				done <- err
				return nil
			default:
			}
			if err := tx.PGX().QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))").Scan(&waits); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return <-done
}

// A proposal that was made from a year which is not there is told so, and not that another
// version is in force.
func TestTRIC8_NothingIsMadeFromAYearThatIsNotThere(t *testing.T) {
	w := newOffice(t)
	p := w.next()
	p.Of = w.change("2025-2026", nil).Of
	_, err := w.Calendar.Propose(w.first.Ctx, p)
	f := faulttest.Of(t, err)
	if f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != "of" || f.Fields[0].Key != "year.unknown" || f.Law == "" {
		t.Errorf("%v %+v", err, f.Fields)
	}
}

// What is asked for about something else is shown as no calendar.
func TestTRIC1_ARequestOfAnotherKindIsNoCalendar(t *testing.T) {
	w := newOffice(t)
	admin, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	out, err := w.Identity.Appoint(admin.Ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Жаңы", Given: "Текшерүүчү"}, Role: "auditor", Unit: w.Root, IdentifiedBy: "passport",
	})
	if err != nil || out.Waiting == nil {
		t.Fatalf("%+v %v", out, err)
	}
	_, _, _, err = w.Calendar.Proposed(second.Ctx, out.Waiting.UID)
	refusal(t, err, fault.NotFound, "approval.unknown")
	r := webtest.Must(w.Calendar.Propose(w.first.Ctx, w.next()))
	if p, _, wrong, err := w.Calendar.Proposed(w.second.Ctx, r.UID); err != nil || wrong != nil || p.Year["id"] != "2027-2028" {
		t.Errorf("%+v, %v, %v", p, wrong, err)
	}
}

// An extension ends once: nobody is told a second time that it has.
func TestTRIC8_AnExtensionEndsOnce(t *testing.T) {
	w := newTold(t)
	e := webtest.Must(w.Calendar.Extend(w.officer.Ctx, w.extension))
	if err := w.Calendar.Cancel(w.officer.Ctx, e.UID); err != nil {
		t.Fatal(err)
	}
	w.queued = nil
	refusal(t, w.Calendar.Cancel(w.officer.Ctx, e.UID), fault.Conflict, "window.cancelled_already")
	if len(w.queued) != 0 {
		t.Errorf("announced once more: %+v", w.queued)
	}
	if n := w.Count("audit_entry WHERE tenant_id = $1 AND object = 'extension' AND action = 'cancel' AND outcome = 'allow'"); n != 1 {
		t.Errorf("it ended %d times", n)
	}
}
