package identity_test

import (
	"testing"
	"time"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// An appointment that begins long before the order by which it is given, or far ahead, is asked about
// as the acts of institutions are, by every door; once it is said that the day is meant it is given,
// also where somebody else has to say yes first.
func TestADayFarFromItsOrderIsAskedAboutOfAppointments(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	head := w.With("head", w.School)
	today := w.Clock.Now().Truncate(24 * time.Hour)
	for name, c := range map[string]struct {
		since time.Time
		key   string
	}{
		"the day of the order":  {teacherHere(w, "").Order.Date, ""},
		"some months before it": {teacherHere(w, "").Order.Date.AddDate(0, -8, 0), ""},
		"long before it":        {time.Date(1999, 9, 1, 0, 0, 0, 0, time.UTC), "institution.far_before"},
		"next year":             {today.AddDate(0, 11, 0), ""},
		"far ahead":             {today.AddDate(3, 0, 0), "institution.far_ahead"},
	} {
		t.Run(name, func(t *testing.T) {
			n := teacherHere(w, "")
			n.Person = identity.Person{Family: "Асанов" + name[:3], Given: name}
			n.AnotherPerson, n.Since = true, c.since
			_, tried := w.Identity.Rehearse(head.Ctx, n)
			_, err := w.Identity.Appoint(head.Ctx, n)
			if c.key == "" {
				done(t, tried)
				done(t, err)
				return
			}
			for _, err := range []error{tried, err} {
				if f := faulttest.Of(t, err); len(f.Fields) != 1 || f.Fields[0].Name != "since" || f.Fields[0].Key != c.key {
					t.Errorf("%+v", f)
				}
			}
			n.Far = c.since.AddDate(-1, 0, 0)
			if _, err = w.Identity.Appoint(head.Ctx, n); len(faulttest.Of(t, err).Fields) != 1 || faulttest.Of(t, err).Fields[0].Args[fault.MarkArg] != c.since.Format(time.DateOnly) {
				t.Errorf("the word was of another day: %v", err)
			}
			n.Far = c.since
			_, err = w.Identity.Appoint(head.Ctx, n)
			done(t, err)
		})
	}
	who := w.With("teacher", w.Elsewhere)
	n := teacherHere(w, who.UID)
	n.Since = time.Date(1999, 9, 1, 0, 0, 0, 0, time.UTC)
	n.Far = n.Since
	out, err := w.Identity.Appoint(head.Ctx, n)
	if err != nil || out.Waiting == nil {
		t.Fatalf("%+v %v", out, err)
	}
	_, err = w.Approvals.Approve(who.Ctx, out.Waiting.UID, webtest.Must(w.Approvals.List(who.Ctx))[0].Read)
	done(t, err)
}
