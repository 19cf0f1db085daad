package record_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/profile"
	"mektep/core/record"
)

// holding is somebody as they are, with other assignments.
func holding(ctx context.Context, held ...caller.Assignment) context.Context {
	c := *caller.From(ctx)
	c.Assignments = held
	return caller.With(context.Background(), &c)
}

func idsOf(fields []*profile.Field) (out []string) {
	for _, f := range fields {
		out = append(out, f.ID)
	}
	return out
}

// A column shows a value only of a record where its reader may see the group: that they may
// see it somewhere opens it nowhere else.
func TestAColumnShowsAValueOnlyWhereItsReaderMaySeeIt(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		north, _ := w.as("inspector", w.north)
		south, _ := w.as("clerk", w.south)
		both := holding(north, append(slices.Clone(caller.From(north).Assignments), caller.From(south).Assignments...)...)
		own, err := s.enter(w.ctx, true, "Teal", map[string]any{s.number: 11})
		ok(t, err)
		far, err := s.enter(w.ctx, false, "Smew", map[string]any{s.number: 22})
		ok(t, err)
		page, err := s.records.List(both, record.Query{})
		ok(t, err)
		values, err := s.records.Values(both, page.Items)
		ok(t, err)
		seen := map[string]map[string]any{}
		for k, i := range page.Items {
			seen[i.UID] = values[k]
		}
		for uid, own := range map[string]bool{own: true, far: false} {
			if _, held := seen[uid][s.number]; held != own || len(seen[uid]) == 0 { // what is open is shown of both
				t.Errorf("of one's own place %t: %v", own, seen[uid])
			}
		}
	})
}

// What is sealed is no column, and neither is a long text: for who may see them all, too.
func TestWhatIsSealedOrLongIsNoColumn(t *testing.T) {
	w := newWorld(t)
	inspector, _ := w.as("inspector", w.north)
	rs := w.schools.Records
	all, err := rs.Columns(inspector)
	ok(t, err)
	some, err := rs.Choosable(inspector)
	ok(t, err)
	if !slices.Contains(idsOf(some), "hidden_number") {
		t.Errorf("%v", idsOf(some))
	}
	for _, id := range []string{"sealed_text", "sealed_number", "hidden_long"} {
		if !slices.Contains(idsOf(all), id) || slices.Contains(idsOf(some), id) {
			t.Errorf("%s: to be had %t, as a column %t", id, slices.Contains(idsOf(all), id), slices.Contains(idsOf(some), id))
		}
		f := faulttest.Fields(rs.ChooseColumns(inspector, []string{id}))
		if len(f) != 1 || f[0].Key != "view.no_column" {
			t.Errorf("%s: %v", id, f)
		}
	}
}

// Eight columns are the most.
func TestAListHasEightColumnsAtMost(t *testing.T) {
	w := newWorld(t)
	inspector, _ := w.as("inspector", w.north)
	rs := w.schools.Records
	some, err := rs.Choosable(inspector)
	ok(t, err)
	if len(some) <= record.MostColumns {
		t.Fatalf("%v", idsOf(some))
	}
	f := faulttest.Fields(rs.ChooseColumns(inspector, idsOf(some[:record.MostColumns+1])))
	if len(f) != 1 || f[0].Key != "view.columns_most" {
		t.Errorf("%v", f)
	}
	ok(t, rs.ChooseColumns(inspector, idsOf(some[:record.MostColumns])))
}

// Whoever may not look at a register makes nothing of its list.
func TestWhoMayNotLookKeepsNothingOfAList(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		inspector, _ := w.as("inspector", w.north)
		ok(t, s.records.SaveView(inspector, "Big", "q=big"))
		before, err := s.records.Views(inspector)
		ok(t, err)
		nobody := holding(inspector)
		for what, err := range map[string]error{
			"saves":   s.records.SaveView(nobody, "Small", "q=small"),
			"drops":   s.records.DropView(nobody, before.Saved[0].UID),
			"chooses": s.records.ChooseColumns(nobody, nil),
		} {
			denied(t, what, err)
		}
		w.seesViews(s.records, inspector, nil, "Big")
	})
}

// seesViews fails unless somebody has made this of a list.
func (w *world) seesViews(rs *record.Records, ctx context.Context, columns []string, names ...string) { //nolint:revive // as the others
	w.t.Helper()
	v, err := rs.Views(ctx)
	ok(w.t, err)
	var saved []string
	for _, one := range v.Saved {
		saved = append(saved, one.Name)
	}
	if !slices.Equal(v.Columns, columns) || !slices.Equal(saved, names) {
		w.t.Errorf("%v %v, want %v %v", v.Columns, saved, columns, names)
	}
}

// What somebody made of one register's list is not another's, for them either.
func TestWhatIsMadeOfOneListIsNotAnothers(t *testing.T) {
	w := newWorld(t)
	inspector, _ := w.as("inspector", w.north)
	schools := w.schools.Records
	ok(t, w.boats.ChooseColumns(inspector, []string{"seats"}))
	ok(t, w.boats.SaveView(inspector, "Big", "q=big"))
	w.seesViews(schools, inspector, nil)
	ok(t, schools.SaveView(inspector, "Big", "q=other")) // the name is free there
	ok(t, schools.SaveView(inspector, "Old", "q=old"))
	w.seesViews(schools, inspector, nil, "Big", "Old")
	w.seesViews(w.boats, inspector, []string{"seats"}, "Big")
	v, err := w.boats.Views(inspector)
	ok(t, err)
	if err := schools.DropView(inspector, v.Saved[0].UID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("dropped from another list: %v", err)
	}
	w.seesViews(w.boats, inspector, []string{"seats"}, "Big")
}

// Names that differ by capitals alone are one, as their reader's language has them.
func TestFiltersOfOneNameInOtherCapitalsAreTheSame(t *testing.T) {
	w := newWorld(t)
	for language, names := range map[string]map[string]bool{
		"en": {"big": true, "BIG": true, "Bigger": false}, // Big
		"tr": {"BİG": true, "big": true, "BIG": false},
		"ru": {"bIG": true},
	} {
		reader, _ := w.as("inspector", w.north)
		caller.From(reader).Language = language
		ok(t, w.boats.SaveView(reader, "Big", "q=big"))
		for name, taken := range names {
			err := w.boats.SaveView(reader, name, "q=other")
			if !taken {
				ok(t, err)
				continue
			}
			if f := faulttest.Of(t, err); f.Kind != fault.Conflict || f.Key != "view.name_taken" || f.Args["Name"] != "Big" || len(f.Fields) != 1 {
				t.Errorf("%s, %s: %+v", language, name, f)
			}
		}
		ok(t, w.boats.ChooseColumns(reader, []string{"seats"}))
		ok(t, w.boats.ChooseColumns(reader, []string{}))
	}
}

// Dropping saved filters takes no columns away.
func TestDroppingFiltersTakesNoColumns(t *testing.T) {
	w := newWorld(t)
	inspector, account := w.as("inspector", w.north)
	ok(t, w.boats.ChooseColumns(inspector, []string{"seats"}))
	var uid string
	ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, "SELECT uid FROM list_view WHERE tenant_id = $1 AND account_id = $2 AND name = ''", tx.Tenant(), account).Scan(&uid)
	}))
	if err := w.boats.DropView(inspector, uid); fault.KindOf(err) != fault.NotFound {
		t.Errorf("%v", err)
	}
	w.seesViews(w.boats, inspector, []string{"seats"})
}

// What stands in a group that somebody may change and not see shows by nothing that would
// become of it: they learn neither what stands there nor whether a guess is right.
func TestWhoChangesBlindlyIsToldNothingOfWhatStands(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		purser, _ := w.as("purser", w.north)
		uid, err := s.enter(w.ctx, true, "Knot", map[string]any{s.number: 4711})
		ok(t, err)
		for _, guess := range []any{1, 4711, "", "many"} {
			edits, err := s.records.PreviewSeveral(purser, []string{uid}, map[string]any{s.number: guess})
			ok(t, err)
			if len(edits) != 1 || fault.KindOf(edits[0].Why) != fault.Denied || len(edits[0].Changes) > 0 {
				t.Errorf("guessing %v: %+v", guess, edits)
			}
		}
		ok(t, s.update(purser, uid, map[string]any{s.number: 1})) // it was not because they may not change it
	})
}

// Whoever changes what they may not see gets none of it back: neither from the save nor from a
// conflict, nor from entering a record.
func TestWhoWritesBlindlyGetsNothingBack(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		purser, _ := w.as("purser", w.north)
		uid, err := s.enter(w.ctx, true, "Knot", map[string]any{s.number: 4711})
		ok(t, err)
		blind := func(what string, r record.Record) {
			t.Helper()
			if v, told := r.Fields[s.number]; told || slices.Contains(r.Groups, s.held) {
				t.Errorf("%s: %v of %v", what, v, r.Groups)
			}
		}
		was, err := s.records.Get(w.ctx, uid)
		ok(t, err)
		r, err := s.records.Update(purser, uid, was.Version, map[string]any{s.number: 12})
		ok(t, err)
		blind("saved", r)
		same, err := s.records.Update(purser, uid, r.Version, map[string]any{s.number: 12})
		ok(t, err)
		blind("saved anew", same)
		stands, err := s.records.Get(w.ctx, uid)
		ok(t, err)
		if fmt.Sprint(stands.Fields[s.number]) != "12" {
			t.Errorf("there stands %v", stands.Fields)
		}
		_, err = s.records.Update(purser, uid, was.Version, map[string]any{s.number: 13})
		stale, is := record.AsStale(err)
		if !is || stale.Version != r.Version || len(stale.Fields) != 1 {
			t.Fatalf("a save over another's: %v", err)
		}
		for _, d := range stale.Fields {
			if d.Field != s.number || d.Now != nil || fmt.Sprint(d.Yours) != "13" {
				t.Errorf("of a conflict they are told %+v", d)
			}
		}
		_, err = s.records.Update(w.ctx, uid, was.Version, map[string]any{s.number: 13})
		if stale, is := record.AsStale(err); !is || !slices.ContainsFunc(stale.Fields, func(d record.Difference) bool { return d.Field == s.number && fmt.Sprint(d.Now) == "12" }) {
			t.Errorf("who may see it: %v, %+v", err, stale.Fields)
		}
	})
}

// What the look before a change refuses names the law, as the refusal of the save does.
func TestTheLookNamesTheLawOfWhatItRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		inspector, _ := w.as("inspector", w.north)
		uid, err := s.enter(w.ctx, true, "Ruff", nil)
		ok(t, err)
		wrong := map[string]any{s.number: "many"}
		saved := faulttest.Of(t, s.update(inspector, uid, wrong))
		edits, err := s.records.PreviewSeveral(inspector, []string{uid}, wrong)
		ok(t, err)
		if f := faulttest.Of(t, edits[0].Why); f.Kind != fault.Invalid || f.Law == "" || f.Rule != saved.Rule || f.Law != saved.Law {
			t.Errorf("by %q, %q; saved by %q, %q", f.Rule, f.Law, saved.Rule, saved.Law)
		}
	})
}
