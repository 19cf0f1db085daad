package calendar_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"mektep/core/calendar"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/profile"
	"mektep/core/web/webtest"
)

// over fails unless a proposal is refused at its end because that day is over.
func (w *office) over(t *testing.T, what string, p calendar.Proposal, day profile.Date) {
	t.Helper()
	_, err := w.Calendar.Propose(w.first.Ctx, p)
	f := faulttest.Of(t, err)
	if f.Kind != fault.Invalid || f.Law == "" {
		t.Fatalf("%s: %v", what, err)
	}
	for _, x := range f.Fields {
		if at, _ := x.Args["Day"].(time.Time); x.Name == "end" && x.Key == "year.over" && at.Equal(day.Time()) {
			return
		}
	}
	t.Errorf("%s: %+v, want that %s is over", what, f.Fields, day.Time().Format(time.DateOnly))
}

// A school year that is over stays as it was: it is neither put to an end that is to come,
// nor entered late as a new one.
func TestTRIC8_AYearThatIsOverStaysAsItWas(t *testing.T) {
	w := newOffice(t)
	years := w.profile().SchoolYears()
	last, next := years[len(years)-1], w.next()
	w.Clock.Set(last.End.Time().AddDate(0, 0, 2))
	again := w.change(last.ID, nil)
	again.Year["end"] = last.End.Time().AddDate(0, 0, 30).Format(time.DateOnly)
	w.over(t, "prolonged after its end", again, last.End)

	end := last.Next().End
	w.Clock.Set(end.Time().AddDate(0, 0, 2))
	w.over(t, "entered after its end", next, end)
	if n := w.Count("school_year"); n != 0 {
		t.Errorf("%d are in force", n)
	}
}

// Two school years are decided about one after the other, since each is judged by its
// neighbours too: who agrees to one waits while somebody is deciding about another.
func TestTRIC1_OneYearIsDecidedAboutAfterTheOther(t *testing.T) {
	w := newOffice(t)
	r := webtest.Must(w.Calendar.Propose(w.first.Ctx, w.next()))
	agreed := make(chan error, 1)
	err := w.DB.Tenant(w.Ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.PGX().Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", fmt.Sprintf("school years %d", tx.Tenant())); err != nil {
			return err
		}
		go func() {
			_, err := w.Approvals.Approve(w.second.Ctx, r.UID)
			agreed <- err
		}()
		for waits := false; !waits; time.Sleep(5 * time.Millisecond) {
			select {
			case err := <-agreed:
				t.Errorf("put in force while another year is being decided about: %v", err)
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
	if t.Failed() {
		return
	}
	if err := <-agreed; err != nil || w.profile().SchoolYear("2027-2028") == nil {
		t.Errorf("afterwards: %v", err)
	}
}
