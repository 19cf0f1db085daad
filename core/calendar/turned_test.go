package calendar_test

import (
	"testing"

	"mektep/core/audit"
	"mektep/core/fault/faulttest"
	"mektep/core/registry"
	"mektep/core/unit"
)

// Whoever fills in anything at an institution is told when another type that is entered for it
// closes a section sooner than it was said to: at the entering, and when its day is put forward;
// not when it is put off, nor whom it does not concern.
func TestTRIC8_WhoIsConcernedIsToldThatATypeClosesASectionSooner(t *testing.T) {
	w := newTold(t)
	if _, err := w.Calendar.Extend(w.officer.Ctx, w.extension); err != nil {
		t.Fatalf("%v %v", err, faulttest.Of(t, err).Fields)
	}
	w.Clock.Set(w.window.ClosesAt().AddDate(0, 0, 1))
	today, other := w.Clock.Today(w.Profile.Zone), ""
	for _, x := range w.Profile.TypesAt(today) {
		if x.ID != w.School.Type && w.window.For(x.ID) {
			other = x.ID
		}
	}
	act := func(u unit.Unit, days int) registry.Act {
		return registry.Act{Version: w.version(u), Since: today.AddDate(0, 0, days), Order: audit.Order{Number: "7", Date: today.AddDate(0, 0, -1)}}
	}
	told := func(when string, ends, closed int) {
		t.Helper()
		for key, want := range map[string]int{"window.notice.turned": ends, "window.notice.turned_closed": closed} {
			if n := w.notices(w.head, key); n != want {
				t.Errorf("%s: the head was told %d times of %s, not %d", when, n, key, want)
			}
			if n := w.notices(w.elsewhere, key) + w.notices(w.teacher, key); n != 0 {
				t.Errorf("%s: others were told of %s", when, key)
			}
		}
	}
	if err := w.Registry.Retype(w.Ctx, w.School.UID, other, act(w.School, 3)); err != nil {
		t.Fatalf("%v %+v", err, faulttest.Of(t, err).Fields)
	}
	told("entered", 1, 0)
	put := func(from, to int) {
		t.Helper()
		a := act(w.School, to)
		err := w.Registry.Correct(w.Ctx, w.School.UID, registry.Correction{
			Slip:  registry.Slip{Version: a.Version, Fact: unit.TypeFact, On: today.AddDate(0, 0, from), Reason: "slip"},
			Since: a.Since, Order: a.Order, Type: other,
		})
		if err != nil {
			t.Fatalf("%v %+v", err, faulttest.Of(t, err).Fields)
		}
	}
	put(3, 4)
	told("put off", 1, 0)
	put(4, 2)
	told("put forward", 2, 0)
	put(2, 0)
	told("today", 2, 1)
}

func (w *told) version(u unit.Unit) int {
	now, err := w.Tree.Get(w.Ctx, u.UID)
	if err != nil {
		w.T.Fatal(err)
	}
	return now.Version
}
