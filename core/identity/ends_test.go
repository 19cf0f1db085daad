package identity

import (
	"testing"
	"time"

	"mektep/core/clock"
	"mektep/core/fault"
)

// The end of a post is called by its last day: by who is told, who has it, and who is asked.
func TestTheEndOfAPostIsCalledByItsLastDay(t *testing.T) {
	w := newWorld(t)
	officer, head := w.with("district_officer", w.chuy), w.with("head", w.school)
	today := clock.Day(w.clock.Now())
	last := today.AddDate(0, 0, 9)
	for when, c := range map[string]struct{ on, says time.Time }{
		"in ten days": {today.AddDate(0, 0, 10), last}, "at once": {today, today},
	} {
		out := get(w.s.Appoint(head.ctx, w.appointment("responsible_specialist", w.school)))
		ok(t, w.s.Dismiss(head.ctx, out.Appointment.UID, End{On: c.on, Order: Order{Number: "1", Date: w.clock.Now()}}))
		items, _, err := w.inbox.Inbox(officer.ctx, "")
		ok(t, err)
		told := false
		for _, item := range items {
			if item.Key != "identity.notice.dismissed" {
				continue
			}
			told = true
			for _, lang := range strict().Languages() {
				l := strict().Localizer(lang.Tag)
				if got, want := l.Value(item.Args["Until"]), l.Date(c.says); got != want {
					t.Errorf("%s, %s: it ends on %s, not %s", when, lang.Tag, got, want)
				}
			}
			break // the latest
		}
		if !told {
			t.Errorf("%s: nobody was told", when)
		}
	}
	if end, is := lastDay(today.AddDate(0, 0, 1), today).(fault.End); !is || !time.Time(end).Equal(today.AddDate(0, 0, 1)) {
		t.Error("who ends tomorrow has today as the last day")
	}
}
