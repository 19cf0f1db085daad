package record_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/unit"
)

// In a relation to a record its groups are seen and written as the policy says of that
// relation, and only as long as it holds.
func TestARelationOpensWhatItSays(t *testing.T) {
	w := newWorld(t)
	s := w.subjects()[1]
	inspector, _ := w.as("inspector", w.north)
	uid, err := s.enter(inspector, true, "Gull", map[string]any{s.number: 4711})
	ok(t, err)
	school, err := w.tree.ByCode(w.ctx, unit.Institution, "school0101")
	ok(t, err)
	coach, crew := w.as("coach", school)
	parent, ward := w.as("parent", school)
	denied(t, "before", func() error { _, err := s.records.Get(coach, uid); return err }())
	w.relate("boat_crew", uid, crew)
	w.relate("boat_ward", uid, ward)

	r, err := s.records.Get(coach, uid)
	ok(t, err)
	if r.Fields["debt"] != nil || r.Name["en"] != "Gull" {
		t.Errorf("coach: %v %v", r.Name, r.Fields)
	}
	ok(t, s.update(coach, uid, map[string]any{s.open: 3}))
	denied(t, "coach writes papers", s.update(coach, uid, map[string]any{s.number: 1}))
	denied(t, "coach filters by papers", func() error {
		_, err := s.records.List(coach, record.Query{Filter: []record.Filter{{Field: s.number, From: "1"}}})
		return err
	}())
	if r, err = s.records.Get(parent, uid); err != nil || fmt.Sprint(r.Fields["debt"]) != "4711" {
		t.Errorf("parent: %v, %v", r.Fields, err)
	}
	denied(t, "parent writes", s.update(parent, uid, map[string]any{s.open: 4}))
	if got := uids(t, s, parent, record.Query{Filter: []record.Filter{{Field: s.number, From: "4711", To: "4711"}}}); !slices.Equal(got, []string{uid}) {
		t.Errorf("parent filters: %v", got)
	}
	other, err := s.enter(inspector, true, "Tern", map[string]any{s.number: 815})
	ok(t, err)
	sel, err := s.records.Select(inspector, "view", record.Query{})
	ok(t, err)
	if items, rows, err := s.records.Portion(parent, sel, nil, 10); err != nil || len(items) != 2 || fmt.Sprint(rows[0]["debt"]) != "4711" || len(rows[1]) > 0 || len(items[1].Name) > 0 || items[1].UID != other {
		t.Errorf("what a parent takes out of others' selection: %v %v, %v", items, rows, err)
	}
	if got := uids(t, s, coach, record.Query{Words: "gul"}); !slices.Equal(got, []string{uid}) {
		t.Errorf("coach searches: %v", got)
	}
	ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "DELETE FROM boat_crew WHERE tenant_id = $1", tx.Tenant())
		return err
	}))
	denied(t, "after", func() error { _, err := s.records.Get(coach, uid); return err }())
}

// What a record is called stands in a field, and is as hidden as its group: in lists and
// records, in search, in the cursor of a page, in the conflict over a value.
func TestWhatARecordIsCalledIsAsHiddenAsItsField(t *testing.T) {
	w := newWorld(t)
	s := w.subjects()[1]
	inspector, _ := w.as("inspector", w.north)
	counter, _ := w.as("counter", w.north) // sees boats, not what they are
	var last string
	for _, name := range []string{"Albatross", "Gull", "Tern"} {
		uid, err := s.enter(inspector, true, name, map[string]any{s.unique: "H-" + name})
		ok(t, err)
		last = uid
	}
	p, err := s.records.List(counter, record.Query{Limit: 2})
	ok(t, err)
	for _, i := range p.Items {
		if len(i.Name) > 0 || i.SortKey != "" {
			t.Errorf("%+v", i.Head)
		}
	}
	if p.Total != 3 || strings.Count(p.Next, ".") != 2 || !strings.HasSuffix(p.Next, ".") {
		t.Errorf("%d, cursor %q", p.Total, p.Next)
	}
	if next, err := s.records.List(counter, record.Query{Limit: 2, After: p.Next}); err != nil || len(next.Items) != 1 || next.Items[0].UID != last {
		t.Errorf("%+v, %v", next, err)
	}
	if r, err := s.records.Get(counter, last); err != nil || len(r.Name) > 0 || r.SortKey != "" || len(r.Fields) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
	for _, words := range []string{"tern", "tarn"} {
		if p, err := s.records.List(counter, record.Query{Words: words}); err == nil && (len(p.Items) > 0 || len(p.Corrected) > 0) {
			t.Errorf("%s: %+v", words, p)
		}
	}
	if p, err := s.records.List(inspector, record.Query{Words: "tarn"}); err != nil || len(p.Items) != 1 || p.Corrected["tarn"] == "" {
		t.Errorf("%+v, %v", p, err)
	}
	// Who may write the value, but not see the record that has it, is not told what it is called.
	elsewhere, _ := w.as("inspector", w.south)
	_, err = s.enter(elsewhere, false, "Petrel", map[string]any{s.unique: "H-Gull"})
	if f := faulttest.Of(t, err); f.Kind != fault.Conflict || strings.Contains(fmt.Sprint(f.Fields), "Gull") {
		t.Errorf("%v %v", err, f.Fields)
	}
	_, err = s.enter(inspector, true, "Petrel", map[string]any{s.unique: "H-Gull"})
	if f := faulttest.Of(t, err); f.Kind != fault.Conflict || !strings.Contains(fmt.Sprint(f.Fields), "Gull") {
		t.Errorf("%v %v", err, f.Fields)
	}
	// The name follows the field, in lists and in search.
	ok(t, s.update(inspector, last, map[string]any{"called": "Auk"}))
	if got := uids(t, s, inspector, record.Query{}); got[1] != last {
		t.Errorf("the order is %v, want %s behind Albatross", got, last)
	}
	if got := uids(t, s, inspector, record.Query{Words: "auk"}); !slices.Equal(got, []string{last}) {
		t.Errorf("found %v", got)
	}
	if got := uids(t, s, inspector, record.Query{Words: "tern"}); len(got) > 0 {
		t.Errorf("found %v", got)
	}
}

// Records go with the unit that they lie in: whoever looks after the new place sees them,
// whoever looked after the old one does not, and they are counted by its type.
func TestRecordsGoWithTheirUnit(t *testing.T) {
	w := newWorld(t)
	s := w.subjects()[1]
	uid, err := s.enter(w.ctx, true, "Gull", nil)
	ok(t, err)
	north, _ := w.as("clerk", w.north)
	south, _ := w.as("clerk", w.south)
	school, err := w.tree.ByCode(w.ctx, unit.Institution, "school0101")
	ok(t, err)
	ok(t, w.schools.Move(w.ctx, school.UID, w.far.UID, registry.Act{Version: school.Version, Since: on, Order: audit.Order{Number: "1", Date: on}}))
	denied(t, "the old place", func() error { _, err := s.records.Get(north, uid); return err }())
	if r, err := s.records.Get(south, uid); err != nil || len(r.Place) == 0 || r.Place[len(r.Place)-1].UID != school.UID {
		t.Errorf("%+v, %v", r, err)
	}
	if got := uids(t, s, south, record.Query{Under: w.far.UID}); !slices.Equal(got, []string{uid}) {
		t.Errorf("below the new district: %v", got)
	}
	school, err = w.tree.Get(w.ctx, school.UID)
	ok(t, err)
	ok(t, w.tree.Retype(w.ctx, school, "club", on, ""))
	if tallies, err := s.records.Counts(w.ctx, record.ByType, record.Query{}); err != nil || len(tallies) != 1 || tallies[0].Value != "club" {
		t.Errorf("by type: %+v, %v", tallies, err)
	}
	tallies, err := s.records.Counts(w.ctx, record.ByDistrict, record.Query{})
	ok(t, err)
	if len(tallies) != 1 || tallies[0].Place == nil || tallies[0].Place.UID != w.far.UID || tallies[0].Count != 1 {
		t.Errorf("%+v", tallies)
	}
}

// What is wrong with a new record is said at once, and nothing of it is written.
func TestEverythingWrongWithANewRecordIsSaid(t *testing.T) {
	w := newWorld(t)
	s := w.subjects()[1]
	school, err := w.tree.ByCode(w.ctx, unit.Institution, "school0101")
	ok(t, err)
	_, err = w.boats.Create(w.ctx, record.Entry{
		Parent: school.UID, Since: on.AddDate(0, 0, 1), Code: strings.Repeat("x", 65), Fields: map[string]any{"seats": 12, "nothing": 1},
	})
	var named []string
	for _, f := range faulttest.Of(t, err).Fields {
		named = append(named, f.Name)
	}
	slices.Sort(named)
	if want := []string{"called", "code", "nothing", "seats", "since"}; !slices.Equal(named, want) {
		t.Errorf("%v, want %v", named, want)
	}
	_, err = w.boats.Create(w.ctx, record.Entry{Parent: "nobody", Fields: map[string]any{"called": "Gull", "seats": 2}})
	if f := faulttest.Of(t, err); f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != "parent" {
		t.Errorf("%v", err)
	}
	entry := record.Entry{Parent: school.UID, Since: on, Code: "7", Fields: map[string]any{"called": "Gull", "seats": 2}}
	_, err = w.boats.Create(w.ctx, entry)
	ok(t, err)
	_, err = w.boats.Create(w.ctx, entry)
	if f := faulttest.Of(t, err); f.Kind != fault.Conflict || len(f.Fields) != 1 || f.Fields[0].Name != "code" {
		t.Errorf("%v", err)
	}
	if n := len(uids(t, s, w.ctx, record.Query{State: record.All})); n != 1 {
		t.Errorf("%d boats", n)
	}
	r, err := w.boats.Get(w.ctx, uids(t, s, w.ctx, record.Query{})[0])
	ok(t, err)
	ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "UPDATE boat SET until = $2 WHERE tenant_id = $1", tx.Tenant(), on.Truncate(24*time.Hour))
		return err
	}))
	if _, err := w.boats.Update(w.ctx, r.UID, r.Version, map[string]any{"seats": 3}); fault.KindOf(err) != fault.Conflict || faulttest.Of(t, err).Next == nil {
		t.Errorf("a boat that is no more: %v", err)
	}
	for state, want := range map[record.State]int{record.Open: 0, record.Closed: 1, record.All: 1} {
		if got := uids(t, s, w.ctx, record.Query{State: state}); len(got) != want {
			t.Errorf("%s: %v", state, got)
		}
	}
}
