package calendar_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/calendar"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
)

// foreign is an extension of grades for types of which another directorate oversees some:
// own is the officer's, theirs are two that another directorate oversees.
type foreign struct {
	*world
	officer     context.Context
	own         string
	theirs      []string
	directorate string // which oversees them
	e           calendar.Extension
}

func newForeign(t *testing.T, country, section string) *foreign {
	t.Helper()
	w := &foreign{world: newWorld(t, country)}
	directorate, own := w.overseen(t)
	w.own, w.e = own, w.extension(t, section, "overseer", own)
	w.officer = w.as("directorate_officer", "directorate", directorate)
	today := w.clock.Today(w.p.Zone)
	for _, x := range w.p.TypesAt(today) {
		if x.Overseer == "" || x.Overseer == directorate || len(w.theirs) == 2 {
			continue
		}
		both := slices.DeleteFunc(w.p.OverseenBy(x.Overseer), func(id string) bool { return w.p.TypeAt(id, today) == nil })
		if len(both) > 1 {
			w.directorate, w.theirs = x.Overseer, both[:2]
		}
	}
	if len(w.theirs) < 2 {
		t.Fatal("no other directorate oversees two types")
	}
	return w
}

func (w *foreign) refused(t *testing.T, by context.Context, types ...string) *fault.Error {
	t.Helper()
	w.e.Types = types
	f := faulttest.Of(t, second(w.cal.Extend(by, w.e)))
	if f.Kind != fault.Denied || f.Next == nil {
		t.Fatalf("%v: %v", types, f)
	}
	return f
}

// What keeps somebody from their post keeps them from it whatever else is wrong: they are not
// sent to name other types.
func TestTRIC8_WhatKeepsAPersonFromTheirPostIsSaidFirst(t *testing.T) {
	w := newForeign(t, "tr", "grades")
	w.gate.Set(gate.Checks{BeforeUse: func(context.Context, *caller.Caller, caller.Assignment, string) error {
		return fault.New(fault.Denied, "consent.undertaking_first").WithCheck("undertaking").WithNext("consent.next.sign", "/me", nil)
	}})
	if len(w.p.Role("directorate_officer").BeforeUse) == 0 {
		t.Fatal("nothing is demanded of the role")
	}
	if f := w.refused(t, w.officer, w.own, w.theirs[0]); f.Key != "consent.undertaking_first" || f.Next.Key != "consent.next.sign" {
		t.Errorf("%v, next %v", f, f.Next)
	}
}

// Whoever may give nothing of an extension is sent to who may give the whole of it, where
// there is somebody; each role is named once.
func TestTRIC8_WhoeverMayGiveTheWholeIsNamedOnce(t *testing.T) {
	for country, c := range map[string]struct {
		section, next string
		roles         []string
	}{
		"kg": {"enrolment", "gate.next.ask_role", []string{"special_administrator"}}, // who stands above the directorates
		"tr": {"grades", "window.next.each_type", []string{"directorate_officer", "directorate_officer"}},
	} {
		w := newForeign(t, country, c.section)
		head := w.as("head", "institution", "")
		if f := w.refused(t, head, w.own, w.theirs[0], w.theirs[1]); f.Next.Key != c.next || !w.names(f, c.roles...) {
			t.Errorf("%s: next %s %v", country, f.Next.Key, f.Next.Args)
		}
		// Both of another directorate's: it gives the whole, and is named once.
		f := w.refused(t, w.officer, w.theirs...)
		roles := []string{"directorate_officer"}
		if country == "kg" {
			roles = append(roles, "special_administrator")
		}
		if f.Next.Key != "gate.next.ask_role" || !w.names(f, roles...) {
			t.Errorf("%s: of one directorate: next %s %v", country, f.Next.Key, f.Next.Args)
		}
		f = w.refused(t, w.officer, w.own, w.theirs[0], w.theirs[1])
		if f.Next.Key != "window.next.leave_out" || !w.names(f, roles...) {
			t.Errorf("%s: with one's own: next %s %v", country, f.Next.Key, f.Next.Args)
		}
	}
}

// Who takes back what holds a window open is who may for every type of it; where nobody may
// for all, that is said.
func TestTRIC8_WhoMayForEveryTypeTakesBack(t *testing.T) {
	w := newEnds(t, "tr", "grades")
	directorate, _ := w.overseen(t)
	other := ""
	for _, x := range w.p.TypesAt(w.clock.Today(w.p.Zone)) {
		if x.Overseer != "" && x.Overseer != directorate {
			other = x.ID
		}
	}
	long := w.base
	long.Types, long.Until = []string{w.types[0], other}, w.end(20)
	w.lay(t, long) // given while one directorate oversaw both
	f := w.refused(t, w.by, w.end(5), w.types[:1], 20, []string{w.types[0]}, "gate.next.nobody")
	if f.Next.Args != nil {
		t.Errorf("nobody may, and these are named: %v", f.Next.Args)
	}
}

// lay puts an extension in the table, as it was given when other things held.
func (w *ends) lay(t *testing.T, e calendar.Extension) {
	t.Helper()
	_, err := dbtest.Super(t, w.db).Exec(t.Context(), `INSERT INTO window_extension (tenant_id, uid, year, window_id, types, until, reason, order_number, order_date, given_by, given_as, given_at)
		VALUES ($1, $2, $3, $4, $5, $6, 'sel', '15', '2026-01-01', 'x', 'x', $7)`, caller.From(w.world.base).Tenant.ID, db.NewUID(), e.Year, e.Window, e.Types, e.Until, e.Until.AddDate(0, 0, -9))
	if err != nil {
		t.Fatal(err)
	}
}

// What the calendar has come to hold open as long is held open by nobody's extension: it is
// not sent to take one back, and types are not told apart.
func TestTRIC8_WhatEndsWithTheCalendarHoldsNothingOpen(t *testing.T) {
	w := newEnds(t, "tr", "grades")
	e := w.base
	e.Until, e.Types = w.end(0), w.types[:1]
	w.lay(t, e)
	f := faulttest.Of(t, second(w.cal.Extend(w.by, e)))
	if len(f.Fields) != 1 || f.Fields[0].Key != "window.not_longer" || f.Next != nil {
		t.Errorf("%+v, next %+v", f.Fields, f.Next)
	}
}

// Who comes to be concerned after an announcement was told to all is not told by it: it is no
// news by then, and a run that is started again tells nobody.
func TestWhatWasToldToAllIsToldToNobodyAgain(t *testing.T) {
	w := newTold(t)
	if _, err := w.Calendar.Extend(w.officer.Ctx, w.extension); err != nil {
		t.Fatal(err)
	}
	again := slices.Clone(w.queued)
	w.run()
	late := w.With("head", w.Elsewhere)
	w.queued = again
	w.run()
	if n := w.notices(late, extended); n != 0 {
		t.Errorf("told %d times", n)
	}
	if n := w.notices(w.head, extended); n != 1 {
		t.Errorf("the head was told %d times", n)
	}
}

// The end that people are told of is one of the ministry's clock: midnight there is no
// evening of the day before.
func TestAnAnnouncedEndIsOfTheMinistrysClock(t *testing.T) {
	w := newTold(t)
	closes := w.window.ClosesAt()
	w.extension.Until = time.Date(closes.Year(), closes.Month(), closes.Day()+6, 0, 0, 0, 0, w.Profile.Zone)
	if _, err := w.Calendar.Extend(w.officer.Ctx, w.extension); err != nil {
		t.Fatal(err)
	}
	w.run()
	items, _, err := w.Notify.Inbox(w.head.Ctx, "")
	if err != nil || len(items) == 0 {
		t.Fatal(items, err)
	}
	got := w.Words.Localizer("ru").T(items[0].Key, items[0].Args)
	want := w.Words.Localizer("ru").T(items[0].Key, with(items[0].Args, "Until", fault.End(w.extension.Until)))
	if got != want || strings.Contains(got, "⟦") {
		t.Errorf("told %q, want %q", got, want)
	}
}

func with(args fault.Args, name string, v any) fault.Args {
	out := fault.Args{}
	for k, x := range args {
		out[k] = x
	}
	out[name] = v
	return out
}

// The order is kept as it is read: without what was typed around it.
func TestTRIC8_TheOrderOfAProposalIsKeptTidied(t *testing.T) {
	w := newOffice(t)
	p := w.next()
	tidy := p.Order
	p.Order.Number = "  55 "
	r, err := w.Calendar.Propose(w.first.Ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	kept, _, wrong, err := w.Calendar.Proposed(w.second.Ctx, r.UID)
	if err != nil || wrong != nil || !reflect.DeepEqual(kept.Order.Number, tidy.Number) {
		t.Errorf("kept %q, want %q: %v %v", kept.Order.Number, tidy.Number, wrong, err)
	}
}
