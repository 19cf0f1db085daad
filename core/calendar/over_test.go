package calendar_test

import (
	"testing"
	"time"

	"mektep/core/calendar"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/profile"
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
