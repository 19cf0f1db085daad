package registry_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/registry"
	"mektep/core/unit"
)

// slip is a correction of a fact of i as it stands now.
func (w *world) slip(i registry.Institution, k unit.Kind, on time.Time) registry.Slip {
	w.t.Helper()
	now, err := w.s.Get(w.ctx, i.UID)
	ok(w.t, err)
	return registry.Slip{Fact: k, On: on, Version: now.Version, Reason: "Жылы жаңылыш жазылган"}
}

func (w *world) deed(i registry.Institution, since time.Time) registry.Act {
	w.t.Helper()
	now, err := w.s.Get(w.ctx, i.UID)
	ok(w.t, err)
	return registry.Act{Version: now.Version, Since: since, Order: audit.Order{Number: "5", Date: day(2026, 2, 1)}}
}

// ago is a deed of a day long before its order, which is meant.
func (w *world) ago(i registry.Institution, since time.Time) registry.Act {
	a := w.deed(i, since)
	a.Far = since
	return a
}

func (w *world) reread(i registry.Institution) registry.Institution {
	w.t.Helper()
	now, err := w.s.Get(w.ctx, i.UID)
	ok(w.t, err)
	return now
}

func (w *world) recorded(i registry.Institution, action, field string) string {
	w.t.Helper()
	h, err := w.s.History(w.ctx, i.UID, "")
	ok(w.t, err)
	for _, c := range h.Changes {
		if c.Action == action && c.Field == field {
			return string(c.Old) + ">" + string(c.New)
		}
	}
	return ""
}

// entered is an institution of Kyrgyzstan with one change of every kind that a slip of the
// pen put into the far future.
func entered(t *testing.T) (*world, registry.Institution, map[unit.Kind]func(registry.Act) error) {
	w := newWorld(t, "kg")
	i := w.school("700001", "№1 мектеп", "secondary_school", firstDistrict(w), nil)
	return w, i, map[unit.Kind]func(registry.Act) error{
		unit.NameFact: func(a registry.Act) error {
			return w.s.Rename(w.ctx, i.UID, map[string]string{"ky": "Нур", "ru": "Нур"}, a)
		},
		unit.TypeFact:  func(a registry.Act) error { return w.s.Retype(w.ctx, i.UID, "school_gymnasium", a) },
		unit.PlaceFact: func(a registry.Act) error { return w.s.Move(w.ctx, i.UID, otherDistrict(w).UID, a) },
	}
}

// 1926 for 2026, 1950 for 2050: a day long before the order that it holds by is asked about,
// and taken where it is meant.
func TestADayLongBeforeItsOrderIsAskedAbout(t *testing.T) {
	w, i, acts := entered(t)
	for k, do := range acts {
		before := day(2025, 1, 31) // a year and a day before the order
		f := wants(t, do(w.deed(i, before)), fault.Invalid, "institution.invalid")
		if len(f.Fields) != 1 || f.Fields[0].Name != "since" || f.Fields[0].Key != "institution.far_before" {
			t.Errorf("%s: %+v", k, f.Fields)
		}
		ok(t, do(w.deed(i, before.AddDate(0, 0, 1))))
		ok(t, w.s.Withdraw(w.ctx, i.UID, w.slip(i, k, before.AddDate(0, 0, 1))))
		ok(t, do(w.ago(i, before)))
		ok(t, w.s.Withdraw(w.ctx, i.UID, w.slip(i, k, before)))
	}
}

// A correction names no order where that stays: it is judged by the one that the fact holds by.
func TestACorrectionToADayLongBeforeTheFactsOwnOrderIsAskedAbout(t *testing.T) {
	w, i, acts := entered(t)
	acts[unit.ClosingFact] = func(a registry.Act) error { return w.s.Close(w.ctx, i.UID, nil, a) }
	for _, k := range []unit.Kind{unit.NameFact, unit.TypeFact, unit.PlaceFact, unit.ClosingFact} {
		on := day(2026, 2, 1)
		ok(t, acts[k](w.deed(i, on)))
		long, order := day(2025, 1, 31), audit.Order{Number: "6", Date: day(2026, 1, 15)}
		for what, c := range map[string]registry.Correction{
			"by the fact's order": {Slip: w.slip(i, k, on), Since: long},
			"by the one named":    {Slip: w.slip(i, k, on), Since: day(2025, 1, 14), Order: order},
		} {
			f := wants(t, w.s.Correct(w.ctx, i.UID, c), fault.Invalid, "institution.invalid")
			if len(f.Fields) != 1 || f.Fields[0].Name != "since" || f.Fields[0].Key != "institution.far_before" {
				t.Errorf("%s, %s: %+v", k, what, f.Fields)
			}
		}
		// By another order it is another question, and the new one is the fact's then.
		ok(t, w.s.Correct(w.ctx, i.UID, registry.Correction{Slip: w.slip(i, k, on), Since: long, Order: order}))
		f := wants(t, w.s.Correct(w.ctx, i.UID, registry.Correction{Slip: w.slip(i, k, long), Since: day(2025, 1, 14)}), fault.Invalid, "institution.invalid")
		if len(f.Fields) != 1 || f.Fields[0].Key != "institution.far_before" {
			t.Errorf("%s, by the order named before: %+v", k, f.Fields)
		}
		ok(t, w.s.Correct(w.ctx, i.UID, registry.Correction{Slip: w.slip(i, k, long), Since: day(2025, 1, 14), Far: day(2025, 1, 14)}))
		if k != unit.ClosingFact {
			ok(t, w.s.Withdraw(w.ctx, i.UID, w.slip(i, k, day(2025, 1, 14))))
		}
	}
}

func TestADayFarAheadIsAskedAboutWhateverIsDone(t *testing.T) {
	w, i, acts := entered(t)
	acts[unit.ClosingFact] = func(a registry.Act) error { return w.s.Close(w.ctx, i.UID, nil, a) }
	for k, do := range acts {
		a := w.deed(i, day(2062, 11, 28))
		f := wants(t, do(a), fault.Invalid, "institution.invalid")
		if len(f.Fields) != 1 || f.Fields[0].Name != "since" || f.Fields[0].Key != "institution.far_ahead" || f.Fields[0].Args["Year"] != 2026 {
			t.Errorf("%s: %+v", k, f.Fields)
		}
		a.Since = day(2027, 3, 2) // a year ahead is nothing unusual
		if k != unit.ClosingFact {
			ok(t, do(a))
			ok(t, w.s.Withdraw(w.ctx, i.UID, w.slip(i, k, a.Since)))
		}
		a = w.deed(i, day(2062, 11, 28))
		a.Far = day(2061, 11, 28)
		wants(t, do(a), fault.Invalid, "institution.invalid") // the word was of another day
		a.Far = a.Since
		if k != unit.ClosingFact {
			ok(t, do(a))
			c := registry.Correction{Slip: w.slip(i, k, a.Since), Since: day(2061, 1, 1), Far: a.Since}
			wants(t, w.s.Correct(w.ctx, i.UID, c), fault.Invalid, "institution.invalid")
			ok(t, w.s.Withdraw(w.ctx, i.UID, w.slip(i, k, a.Since)))
		}
	}
}

func TestAFactEnteredByMistakeIsTakenBackAndStaysInTheHistory(t *testing.T) {
	w, i, acts := entered(t)
	before, err := w.s.History(w.ctx, i.UID, "")
	ok(t, err)
	for k, do := range acts {
		for _, since := range []time.Time{day(2025, 9, 1), day(2026, 9, 1)} {
			ok(t, do(w.deed(i, since)))
			// Nothing is put in its place without a word.
			if since.After(on) {
				f := faulttest.Of(t, do(w.deed(i, since)))
				if len(f.Fields) != 1 || f.Fields[0].Key != "unit.later_fact" || f.Next == nil || f.Next.URL != "/institutions/"+i.UID+"/correct" {
					t.Errorf("%s: once more on that day: %+v", k, f)
				}
			}
			for name, spoil := range map[string]func(*registry.Slip){
				"reason": func(s *registry.Slip) { s.Reason = " \u00a0" },
				"on":     func(s *registry.Slip) { s.On = s.On.AddDate(0, 0, 1) },
				"fact":   func(s *registry.Slip) { s.Fact = unit.OpeningFact; s.On = i.Since },
			} {
				s := w.slip(i, k, since)
				spoil(&s)
				if f := wants(t, w.s.Withdraw(w.ctx, i.UID, s), fault.Invalid, ""); len(f.Fields) != 1 || f.Fields[0].Name != name {
					t.Errorf("%s without its %s: %+v", k, name, f.Fields)
				}
			}
			ok(t, w.s.Withdraw(w.ctx, i.UID, w.slip(i, k, since)))
			now := w.reread(i)
			if now.Name["ky"] != i.Name["ky"] || now.Type != i.Type || now.Path != i.Path {
				t.Errorf("%s from %s taken back, and it is %+v", k, since, now.Unit)
			}
			if w.recorded(i, "withdraw", string(k)) == "" || !strings.Contains(w.recorded(i, "withdraw", "reason"), "жаңылыш") ||
				!strings.Contains(w.recorded(i, "withdraw", "entered_from"), since.Format(time.DateOnly)) {
				t.Errorf("%s: the history says nothing", k)
			}
		}
		// The first of its kind has nothing before it.
		f := wants(t, w.s.Withdraw(w.ctx, i.UID, w.slip(i, k, i.Since)), fault.Invalid, "")
		if len(f.Fields) != 1 || f.Fields[0].Key != "unit.first_fact" {
			t.Errorf("%s: the first: %+v", k, f.Fields)
		}
	}
	after, err := w.s.History(w.ctx, i.UID, "")
	ok(t, err)
	if len(after.Life.Names)+len(after.Life.Types)+len(after.Life.Parents) != len(before.Life.Names)+len(before.Life.Types)+len(before.Life.Parents) {
		t.Errorf("left over: %+v", after.Life)
	}
}

func TestAFactIsPutRight(t *testing.T) {
	w, i, acts := entered(t)
	for _, k := range []unit.Kind{unit.NameFact, unit.TypeFact, unit.PlaceFact} {
		ok(t, acts[k](w.deed(i, day(2026, 9, 1))))
		c := registry.Correction{Slip: w.slip(i, k, day(2026, 9, 1)), Since: day(2025, 9, 1)}
		ok(t, w.s.Correct(w.ctx, i.UID, c))
		if got := w.recorded(i, "correct", "holds_from"); got != `"2026-09-01">"2025-09-01"` {
			t.Errorf("%s: recorded %s", k, got)
		}
		early := registry.Correction{Slip: w.slip(i, k, day(2025, 9, 1)), Since: day(2001, 9, 1), Far: day(2001, 9, 1)}
		if f := wants(t, w.s.Correct(w.ctx, i.UID, early), fault.Invalid, ""); len(f.Fields) != 1 || f.Fields[0].Key != "unit.before_earlier" {
			t.Errorf("%s: before the one before: %+v", k, f.Fields)
		}
	}
	now := w.reread(i)
	if now.Name["ky"] != "Нур" || now.Type != "school_gymnasium" || !unit.Within(now.Path, otherDistrict(w).Path) {
		t.Fatalf("what has come is not what stands: %+v", now.Unit)
	}
	c := registry.Correction{Slip: w.slip(i, unit.NameFact, day(2025, 9, 1)), Name: map[string]string{"ky": "Нур мектеби", "ru": "Нур"}, Order: audit.Order{Number: "6", Date: day(2025, 8, 1)}}
	ok(t, w.s.Correct(w.ctx, i.UID, c))
	c = registry.Correction{Slip: w.slip(i, unit.PlaceFact, day(2025, 9, 1)), Parent: firstDistrict(w).UID}
	ok(t, w.s.Correct(w.ctx, i.UID, c))
	c = registry.Correction{Slip: w.slip(i, unit.OpeningFact, i.Since), Since: day(1998, 9, 1)}
	ok(t, w.s.Correct(w.ctx, i.UID, c))
	now = w.reread(i)
	if now.Name["ky"] != "Нур мектеби" || now.Path != i.Path || !now.Since.Equal(day(1998, 9, 1)) {
		t.Fatalf("%+v", now.Unit)
	}
	h, err := w.s.History(w.ctx, i.UID, "")
	ok(t, err)
	if h.Life.Names[0].Order != "6" || !h.Life.Names[1].Since.Equal(now.Since) || !h.Life.Types[1].Since.Equal(now.Since) {
		t.Errorf("%+v", h.Life)
	}
	for _, since := range []time.Time{day(2025, 9, 1), day(2027, 1, 1)} { // later than the renaming; in the future
		wants(t, w.s.Correct(w.ctx, i.UID, registry.Correction{Slip: w.slip(i, unit.OpeningFact, now.Since), Since: since}), fault.Invalid, "")
	}
}

// F8: what closes on a day to come is open until then.
func TestAClosingToComeIsNoClosingYet(t *testing.T) {
	w, i, acts := entered(t)
	heir := w.school("700002", "№2 мектеп", "secondary_school", firstDistrict(w), nil)
	ok(t, w.s.Close(w.ctx, i.UID, []string{heir.UID}, w.deed(i, day(2026, 12, 1))))
	for k, do := range acts {
		if err := do(w.deed(i, day(2026, 3, 1))); err != nil {
			t.Errorf("%s before the closing: %v %+v", k, err, faulttest.Of(t, err).Fields)
		}
	}
	f := wants(t, w.s.Close(w.ctx, i.UID, nil, w.deed(i, day(2026, 11, 1))), fault.Conflict, "institution.closing_stands")
	if f.Next == nil || f.Next.Key != "institution.next.correct_closing" {
		t.Errorf("no way on: %+v", f)
	}
	ok(t, w.s.Correct(w.ctx, i.UID, registry.Correction{Slip: w.slip(i, unit.ClosingFact, day(2026, 12, 1)), Since: day(2026, 11, 1)}))
	h, err := w.s.History(w.ctx, i.UID, "")
	ok(t, err)
	if now := w.reread(i); !now.Until.Equal(day(2026, 11, 1)) || !h.Life.Successors[0].Since.Equal(day(2026, 11, 1)) {
		t.Fatalf("%v %+v", now.Until, h.Life.Successors)
	}
	// A day on which something begins is none to close on.
	if f := wants(t, w.s.Correct(w.ctx, i.UID, registry.Correction{Slip: w.slip(i, unit.ClosingFact, day(2026, 11, 1)), Since: day(2026, 3, 1)}), fault.Invalid, ""); len(f.Fields) != 1 || f.Fields[0].Key != "unit.later_fact" {
		t.Errorf("%+v", f.Fields)
	}
	ok(t, w.s.Correct(w.ctx, i.UID, registry.Correction{Slip: w.slip(i, unit.ClosingFact, day(2026, 11, 1)), Since: day(2026, 3, 2)}))
	for k, do := range acts { // closed since today
		wants(t, do(w.deed(i, day(2026, 3, 1))), fault.Locked, "institution.closed")
		wants(t, w.s.Withdraw(w.ctx, i.UID, w.slip(i, k, day(2026, 3, 1))), fault.Locked, "institution.closed")
	}
	ok(t, w.s.Correct(w.ctx, i.UID, registry.Correction{Slip: w.slip(i, unit.ClosingFact, day(2026, 3, 2)), Since: day(2026, 6, 1)}))
	ok(t, w.s.Reopen(w.ctx, i.UID, w.deed(i, day(2026, 3, 2))))
}

// Whoever may not enter a fact may not put it right either, nor put it where their right
// does not reach.
func TestAFactIsPutRightByWhoMayEnterIt(t *testing.T) {
	w, i, acts := entered(t)
	here, there := firstDistrict(w), otherDistrict(w)
	officer, stranger, ministry := w.as("district_officer", here), w.as("district_officer", there), w.as("ministry_officer", w.root)
	for k, do := range acts {
		ok(t, do(w.deed(i, day(2026, 9, 1))))
		for _, who := range []context.Context{stranger, ministry} {
			wants(t, w.s.Withdraw(who, i.UID, w.slip(i, k, day(2026, 9, 1))), fault.Denied, "")
			wants(t, w.s.Correct(who, i.UID, registry.Correction{Slip: w.slip(i, k, day(2026, 9, 1)), Since: day(2026, 8, 1)}), fault.Denied, "")
		}
		err := w.s.Withdraw(officer, i.UID, w.slip(i, k, day(2026, 9, 1)))
		if k == unit.PlaceFact { // the other district is not theirs
			wants(t, err, fault.Denied, "")
			ok(t, w.s.Withdraw(w.ctx, i.UID, w.slip(i, k, day(2026, 9, 1)))) // on that day nothing of it would be theirs
			continue
		}
		ok(t, err)
	}
	wants(t, w.s.Correct(officer, i.UID, registry.Correction{Slip: w.slip(i, unit.PlaceFact, i.Since), Parent: there.UID}), fault.Denied, "")
	for _, k := range w.s.Facts() {
		wants(t, w.s.Correct(ministry, i.UID, registry.Correction{Slip: w.slip(i, k, i.Since)}), fault.Denied, "")
	}
	// A type that would put posts held there under others is no way round.
	w.gate.Set(gate.Checks{Retyped: func(context.Context, string, string, time.Time, *time.Time) error {
		return fault.New(fault.Denied, "identity.retype_posts")
	}})
	wants(t, w.s.Correct(w.ctx, i.UID, registry.Correction{Slip: w.slip(i, unit.TypeFact, i.Since), Type: "school_gymnasium"}), fault.Denied, "identity.retype_posts")
}

// A place is put right by whoever may move from it and to it.
func TestAPlaceIsPutRightWithinTheRightOfWhoDoes(t *testing.T) {
	w := newWorld(t, "tr")
	i := w.school("700001", "Atatürk İlkokulu", "ilkokul", firstDistrict(w), nil)
	officer := w.as("district_statistics_officer", firstDistrict(w))
	ok(t, w.s.Move(w.ctx, i.UID, otherDistrict(w).UID, w.deed(i, day(2026, 9, 1))))
	wants(t, w.s.Withdraw(officer, i.UID, w.slip(i, unit.PlaceFact, day(2026, 9, 1))), fault.Denied, "")
	ok(t, w.s.Withdraw(w.ctx, i.UID, w.slip(i, unit.PlaceFact, day(2026, 9, 1))))
	wants(t, w.s.Correct(officer, i.UID, registry.Correction{Slip: w.slip(i, unit.PlaceFact, i.Since), Parent: otherDistrict(w).UID}), fault.Denied, "")
	ok(t, w.s.Correct(officer, i.UID, registry.Correction{Slip: w.slip(i, unit.PlaceFact, i.Since), Order: audit.Order{Number: "9", Date: day(2026, 2, 1)}}))
}

// Of two at once one is done, and what is left is whole.
func TestOfTwoCorrectionsAtOnceOneIsDone(t *testing.T) {
	w, i, acts := entered(t)
	for k, do := range acts {
		ok(t, do(w.deed(i, day(2026, 9, 1))))
		slip := w.slip(i, k, day(2026, 9, 1))
		errs := make([]error, 2)
		var both sync.WaitGroup
		both.Go(func() { errs[0] = w.s.Withdraw(w.ctx, i.UID, slip) })
		both.Go(func() { errs[1] = w.s.Correct(w.ctx, i.UID, registry.Correction{Slip: slip, Since: day(2026, 8, 1)}) })
		both.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("%s: %v", k, errs)
		}
		if errs[0] != nil {
			wants(t, errs[0], fault.Conflict, "unit.changed_meanwhile")
			ok(t, w.s.Withdraw(w.ctx, i.UID, w.slip(i, k, day(2026, 8, 1))))
			continue
		}
		wants(t, errs[1], fault.Conflict, "unit.changed_meanwhile")
	}
}

// Two that take each other over at once do not both end.
func TestOfTwoMergersIntoEachOtherOneIsDone(t *testing.T) {
	w := newWorld(t, "kg")
	a := w.school("700001", "№1 мектеп", "secondary_school", firstDistrict(w), nil)
	b := w.school("700002", "№2 мектеп", "secondary_school", firstDistrict(w), nil)
	errs := make([]error, 2)
	deeds := []registry.Act{w.deed(a, day(2026, 3, 1)), w.deed(b, day(2026, 3, 1))}
	var both sync.WaitGroup
	both.Go(func() { errs[0] = w.s.Close(w.ctx, a.UID, []string{b.UID}, deeds[0]) })
	both.Go(func() { errs[1] = w.s.Close(w.ctx, b.UID, []string{a.UID}, deeds[1]) })
	both.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("%v", errs)
	}
}

// Another closing day may open again what is closed, and so it takes the right to open it: not
// from who closed it, once it is over; before that it is theirs to put right.
func TestAClosingThatIsOverIsPutRightByWhoMayReopen(t *testing.T) {
	w := newWorld(t, "kg")
	i := w.school("700001", "№1 мектеп", "secondary_school", firstDistrict(w), nil)
	officer, special := w.as("district_officer", firstDistrict(w)), w.as("special_administrator", w.root)
	to := func(ctx context.Context, from, since time.Time) error {
		return w.s.Correct(ctx, i.UID, registry.Correction{Slip: w.slip(i, unit.ClosingFact, from), Since: since})
	}
	ok(t, w.s.Close(officer, i.UID, nil, w.deed(i, day(2026, 3, 10))))
	ok(t, to(officer, day(2026, 3, 10), day(2026, 3, 5)))
	w.clock.Set(on.AddDate(0, 0, 7))
	f := wants(t, to(officer, day(2026, 3, 5), day(2026, 6, 1)), fault.Denied, "")
	if f.Law == "" || f.Next == nil {
		t.Errorf("%+v", f)
	}
	ok(t, to(special, day(2026, 3, 5), day(2026, 6, 1)))
}
