package calendar_test

import (
	"context"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"mektep/core/calendar"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
)

// ends is somebody who gives extensions of one window, and what was announced of them.
type ends struct {
	*world
	by     context.Context
	base   calendar.Extension
	types  []string // two that the same directorate oversees, in the order of the profile
	mu     sync.Mutex
	queued []calendar.Announcement
}

func newEnds(t *testing.T, country, section string) *ends {
	t.Helper()
	w := &ends{world: newWorld(t, country)}
	w.cal.Set(calendar.Announcing{Later: func(_ context.Context, _ *db.Tx, a calendar.Announcement) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.queued = append(w.queued, a)
		return nil
	}})
	directorate, _ := w.overseen(t)
	w.base = w.extension(t, section, "overseer")
	for _, id := range w.p.OverseenBy(directorate) {
		if len(w.types) < 2 && w.p.TypeAt(id, w.clock.Today(w.p.Zone)) != nil {
			w.types = append(w.types, id)
		}
	}
	if len(w.types) < 2 {
		t.Fatalf("%s oversees %v", directorate, w.types)
	}
	w.by = w.as("directorate_officer", "directorate", directorate)
	return w
}

// end is so many days after the window closes by the calendar.
func (w *ends) end(days int) time.Time {
	return w.clock.Now().Add(-time.Minute).AddDate(0, 0, days).In(w.p.Zone)
}

// gives has an extension given that must be stored and announced.
func (w *ends) gives(t *testing.T, by context.Context, days int, types ...string) calendar.Extension {
	t.Helper()
	before := len(w.queued)
	e := w.base
	e.Until, e.Types = w.end(days), types
	given, err := w.cal.Extend(by, e)
	if err != nil || len(w.queued) != before+1 {
		t.Fatalf("%d days for %v: %v %v, announced %d", days, types, err, faulttest.Of(t, err), len(w.queued)-before)
	}
	return given
}

// refused has an extension given that holds nothing open longer than days held, for those
// types (nil: for all alike): it is neither stored nor announced, and that end is named.
func (w *ends) refused(t *testing.T, by context.Context, until time.Time, types []string, held int, of []string, next string) *fault.Error {
	t.Helper()
	stored, before := w.stored(t), len(w.queued)
	e := w.base
	e.Until, e.Types = until, types
	f := faulttest.Of(t, second(w.cal.Extend(by, e)))
	if f == nil || f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != "until" || f.Rule == "" && w.p.ID == "tr" || f.Law == "" {
		t.Fatalf("until %s for %v: %v, rule %q, law %q, fields %+v", until, types, f, f.Rule, f.Law, f.Fields)
	}
	if end, _ := f.Fields[0].Args["Closes"].(fault.End); !time.Time(end).Equal(w.end(held)) || time.Time(end).Location() != w.p.Zone {
		t.Errorf("until %s for %v: the end that holds is said to be %s, it is %s", until, types, end, w.end(held))
	}
	var names fault.List
	for _, id := range of {
		names = append(names, fault.Text(w.p.Type(id).Name))
	}
	if got, _ := f.Fields[0].Args["Types"].(fault.List); !reflect.DeepEqual(got, names) {
		t.Errorf("until %s for %v: it names %v, want %v", until, types, got, names)
	}
	if got := ""; next != "" || f.Next != nil {
		if f.Next != nil {
			got = f.Next.Key
		}
		if got != next {
			t.Errorf("until %s for %v: next %q, want %q", until, types, got, next)
		}
	}
	if len(w.stored(t)) != len(stored) || len(w.queued) != before {
		t.Errorf("until %s for %v: refused, and stored or announced", until, types)
	}
	return f
}

// stored are the extensions of the window that hold.
func (w *ends) stored(t *testing.T) []calendar.Extension {
	t.Helper()
	windows, err := w.cal.Windows(w.world.base, w.p.SchoolYear(w.base.Year))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(windows, func(x calendar.Window) bool { return x.ID == w.base.Window })
	return windows[i].Extensions
}

const (
	takeBack  = "window.next.take_back"
	takenBack = "window.next.taken_back"
)

// What holds nothing open longer is no extension: it would be announced as a new closing
// that is none. Judged by what holds for each of the types, and not by the calendar.
func TestTRIC8_AnExtensionLiesAfterTheEndThatHoldsForEachOfItsTypes(t *testing.T) {
	w := newEnds(t, "tr", "grades")
	a, b := w.types[:1], w.types[1:]
	w.refused(t, w.by, w.end(0), a, 0, nil, "")
	long := w.gives(t, w.by, 20, a...)
	w.refused(t, w.by, w.end(5), a, 20, a, takeBack)
	w.refused(t, w.by, w.end(20), a, 20, a, takeBack)
	w.refused(t, w.by, w.end(20).Add(time.Nanosecond), a, 20, a, takeBack)
	w.refused(t, w.by, w.end(5), w.types, 20, a, takeBack)

	w.gives(t, w.by, 10, b...)
	w.refused(t, w.by, w.end(15), w.types, 20, a, takeBack)
	w.refused(t, w.by, w.end(10), b, 10, b, takeBack)
	w.gives(t, w.by, 20, b...)
	w.refused(t, w.by, w.end(20), []string{b[0], a[0]}, 20, w.types, takeBack)

	if err := w.cal.Cancel(w.by, long.UID); err != nil {
		t.Fatal(err)
	}
	w.gives(t, w.by, 5, a...)
	w.gives(t, w.by, 21, w.types...)
}

// Of what is for all types: it lies after the end of every one, and what one type is given
// lies after it. Who may not take it back is told who may.
func TestTRIC8_AnExtensionForAllLiesAfterTheEndOfEveryType(t *testing.T) {
	w := newEnds(t, "kg", "enrolment")
	a := w.types[:1]
	special := w.as("special_administrator", "ministry", "")
	one := w.gives(t, w.by, 10, a...)
	w.refused(t, special, w.end(10), nil, 10, a, takeBack)
	all := w.gives(t, special, 15)
	f := w.refused(t, w.by, w.end(12), a, 15, nil, takenBack)
	if !w.names(f, "special_administrator") {
		t.Errorf("who takes back what is for all is said to be %+v", f.Next)
	}
	w.refused(t, special, w.end(15), nil, 15, nil, takeBack)
	if err := w.cal.Cancel(w.by, all.UID); fault.KindOf(err) != fault.Denied {
		t.Errorf("a directorate took back what is for all: %v", err)
	}
	for _, uid := range []string{all.UID, one.UID} {
		if err := w.cal.Cancel(special, uid); err != nil {
			t.Fatal(err)
		}
	}
	w.gives(t, w.by, 3, a...)
}

func TestTRIC8_TypesAreKeptOnceInTheOrderOfTheProfile(t *testing.T) {
	w := newEnds(t, "tr", "grades")
	given := w.gives(t, w.by, 3, w.types[1], w.types[0], w.types[1])
	if stored := w.stored(t); len(stored) != 1 || !slices.Equal(stored[0].Types, w.types) || !slices.Equal(given.Types, w.types) {
		t.Errorf("given %v, stored %+v", given.Types, stored)
	}
}

// atOnce does something twice at the same time, and counts how often it was done; what was
// not, must be refused as it should be.
func atOnce(t *testing.T, refused fault.Kind, do func() error) (done int) {
	t.Helper()
	var both sync.WaitGroup
	var mu sync.Mutex
	for range 2 {
		both.Go(func() {
			err := do()
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				done++
			case fault.KindOf(err) != refused:
				t.Error(err)
			}
		})
	}
	both.Wait()
	return done
}

func TestTRIC8_OfTheSameExtensionTwiceAtOnceOneIsGivenAndOneTakenBack(t *testing.T) {
	w := newEnds(t, "tr", "grades")
	for i := range 12 {
		e := w.base
		e.Until, e.Types = w.end(i+1), w.types
		if n := atOnce(t, fault.Invalid, func() error { return second(w.cal.Extend(w.by, e)) }); n != 1 {
			t.Errorf("round %d: given %d times", i, n)
		}
		stored := w.stored(t)
		if len(stored) != 1 || len(w.queued) != 2*i+1 {
			t.Fatalf("round %d: %d stored, %d announced", i, len(stored), len(w.queued))
		}
		if n := atOnce(t, fault.Conflict, func() error { return w.cal.Cancel(w.by, stored[0].UID) }); n != 1 || len(w.queued) != 2*i+2 {
			t.Fatalf("round %d: taken back %d times, %d announced", i, n, len(w.queued))
		}
	}
}
