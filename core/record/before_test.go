package record_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/record"
	"mektep/core/unit"
)

// Whoever may see that a record is there, but not the group in which it says what it is
// called, is not told that by the conflict over a value either.
func TestAConflictNamesARecordToWhoMaySeeItsTitle(t *testing.T) {
	w := newWorld(t)
	s := w.subjects()[1]
	there, _ := w.as("inspector", w.south)
	_, err := s.enter(there, false, "Gull", map[string]any{s.unique: "H-1"})
	ok(t, err)
	for role, named := range map[string]bool{"counter": false, "clerk": true} {
		ctx, _ := w.as("inspector", w.north)
		more, _ := w.as(role, w.south)
		c := *caller.From(ctx)
		c.Assignments = append(c.Assignments, caller.From(more).Assignments...)
		_, err := s.enter(caller.With(context.Background(), &c), true, "Petrel", map[string]any{s.unique: "H-1"})
		f := faulttest.Of(t, err)
		if f.Kind != fault.Conflict || len(f.Fields) != 1 || f.Fields[0].Name != s.unique || strings.Contains(fmt.Sprint(f.Fields), "Gull") != named {
			t.Errorf("as %s there too: %v %+v", role, err, f.Fields)
		}
	}
}

// What was wrong with a record before - here an entry that its list no longer has - refuses no
// change of something else, and stays; whoever touches the field must put it right.
func TestWhatWasWrongBeforeRefusesNoChangeOfSomethingElse(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		inspector, _ := w.as("inspector", w.north)
		uid, err := s.enter(inspector, true, "Heron", nil)
		ok(t, err)
		ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.PGX().Exec(ctx, "UPDATE "+s.name+" SET fields = fields || jsonb_build_object($2::text, 'gone') WHERE tenant_id = $1", tx.Tenant(), s.word)
			return err
		}))
		ok(t, s.update(inspector, uid, map[string]any{s.open: s.some}))
		r, err := s.records.Get(inspector, uid)
		ok(t, err)
		if r.Fields[s.word] != "gone" || fmt.Sprint(r.Fields[s.open]) != fmt.Sprint(s.some) {
			t.Errorf("it is now %v", r.Fields)
		}
		for _, fields := range []map[string]any{{s.word: "gone"}, {s.open: s.some, s.word: "nowhere"}} {
			f := faulttest.Of(t, s.update(inspector, uid, fields))
			if f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != s.word {
				t.Errorf("%v: %+v", fields, f)
			}
		}
	})
}

// Into a unit that is closed on the day from which it is to be there no record is entered.
func TestNoRecordIsEnteredIntoAClosedUnit(t *testing.T) {
	w := newWorld(t)
	w.subjects()
	school, err := w.tree.ByCode(w.ctx, unit.Institution, "school0101")
	ok(t, err)
	ok(t, w.tree.Close(w.ctx, school, on.AddDate(0, 0, -10), "1"))
	for days, open := range map[int]bool{-11: true, -10: false, 0: false} {
		_, err := w.boats.Create(w.ctx, record.Entry{Parent: school.UID, Since: on.AddDate(0, 0, days), Fields: map[string]any{"called": "Gull", "seats": 2}})
		if open {
			ok(t, err)
			continue
		}
		if f := faulttest.Of(t, err); f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != "parent" || f.Fields[0].Key != "record.unit_closed" {
			t.Errorf("%d days from today: %v %+v", days, err, f.Fields)
		}
	}
}
