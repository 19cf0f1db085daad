package record_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/record"
)

// seenNow are records with the versions that somebody sees now.
func (s subject) seenNow(t *testing.T, ctx context.Context, uids ...string) []record.Versioned { //nolint:revive // t first
	t.Helper()
	out := make([]record.Versioned, len(uids))
	for k, uid := range uids {
		r, err := s.records.Get(ctx, uid)
		ok(t, err)
		out[k] = record.Versioned{UID: uid, Version: r.Version}
	}
	return out
}

// Several records are changed alike, all or none, by who may change each of them; before,
// it is said of each what becomes of it or why it can't be so.
func TestSeveralAreChangedAlikeOrNone(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		inspector, _ := w.as("inspector", w.north)
		south, _ := w.as("inspector", w.south)
		clerk, _ := w.as("clerk", w.north)
		var ids []string
		for _, name := range []string{"Puffin", "Razorbill", "Fulmar"} {
			uid, err := s.enter(inspector, true, name, map[string]any{s.number: 1})
			ok(t, err)
			ids = append(ids, uid)
		}
		ok(t, s.update(inspector, ids[2], map[string]any{s.number: 77}))
		far, err := s.enter(south, false, "Petrel", map[string]any{s.number: 1})
		ok(t, err)
		change := map[string]any{s.number: 77}

		edits, err := s.records.PreviewSeveral(inspector, append([]string{ids[0], ids[0], "nobody", far}, ids[1:]...), change)
		ok(t, err)
		if s.everywhere { // who may look at all of them may change those of their own territory
			k := 1
			if edits[k].UID != far || fault.KindOf(edits[k].Why) != fault.Denied || len(edits[k].Changes) > 0 {
				t.Errorf("of another territory: %+v", edits[k])
			}
			edits = append(edits[:k], edits[k+1:]...)
		}
		if len(edits) != 3 || edits[0].UID != ids[0] || len(edits[0].Changes) == 0 || edits[0].Changes[0].Field != s.number || len(edits[1].Changes) == 0 || len(edits[2].Changes) != 0 || edits[2].Why != nil {
			t.Fatalf("%+v", edits)
		}
		// What stands in a group that somebody may not see shows by nothing that would become of it.
		for _, guess := range []any{1, 77, ""} {
			edits, err := s.records.PreviewSeveral(clerk, ids, map[string]any{s.number: guess})
			ok(t, err)
			for _, e := range edits {
				if fault.KindOf(e.Why) != fault.Denied || len(e.Changes) > 0 {
					t.Errorf("one who may not see it, guessing %v: %+v", guess, e)
				}
			}
		}
		_, err = s.records.UpdateSeveral(clerk, s.seenNow(t, clerk, ids...), change)
		denied(t, "by one who may not", err)

		// One that somebody else has changed, or that is another's, keeps all as they are.
		of := s.seenNow(t, inspector, ids...)
		of[1].Version--
		if _, err := s.records.UpdateSeveral(inspector, of, change); faulttest.Key(err) != "record.several.meanwhile" {
			t.Errorf("changed meanwhile: %v", err)
		}
		others := append(s.seenNow(t, inspector, ids...), s.seenNow(t, south, far)...)
		_, err = s.records.UpdateSeveral(inspector, others, change)
		if err == nil {
			t.Error("another territory's was changed")
		}
		for _, uid := range ids[:2] {
			r, err := s.records.Get(inspector, uid)
			ok(t, err)
			if r.Fields[s.number] != float64(1) {
				t.Errorf("half of it was saved: %v", r.Fields)
			}
		}

		n, err := s.records.UpdateSeveral(inspector, s.seenNow(t, inspector, ids...), change)
		ok(t, err)
		if n != 2 {
			t.Errorf("%d were changed", n)
		}
		for _, uid := range ids {
			h, err := s.records.History(inspector, uid, "")
			ok(t, err)
			if h.Changes[0].Field != s.number || string(h.Changes[0].New) != "77" {
				t.Errorf("history: %+v", h.Changes[0])
			}
		}
		// A value that is none is one for nobody.
		edits, err = s.records.PreviewSeveral(inspector, ids, map[string]any{s.number: "many"})
		ok(t, err)
		for _, e := range edits {
			if f := faulttest.Fields(e.Why); len(f) != 1 || f[0].Name != s.number {
				t.Errorf("%v", e.Why)
			}
		}
		for what, ids := range map[string][]string{"record.several.none": nil, "record.several.most": make([]string, record.MostAtOnce+1)} {
			if _, err := s.records.PreviewSeveral(inspector, ids, change); faulttest.Key(err) != what {
				t.Errorf("%s: %v", what, err)
			}
			if _, err := s.records.UpdateSeveral(inspector, make([]record.Versioned, len(ids)), change); faulttest.Key(err) != what {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

// Two who change the same records at once: one of them is told, and nothing is mixed.
func TestTwoWhoChangeSeveralAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		inspector, _ := w.as("inspector", w.north)
		var ids []string
		for _, name := range []string{"Tern", "Gull", "Skua"} {
			uid, err := s.enter(inspector, true, name, map[string]any{s.number: 1})
			ok(t, err)
			ids = append(ids, uid)
		}
		for round := range 12 {
			of := s.seenNow(t, inspector, ids...)
			turned := []record.Versioned{of[2], of[1], of[0]}
			errs := together(func(k int) error {
				_, err := s.records.UpdateSeveral(inspector, [][]record.Versioned{of, turned}[k], map[string]any{s.number: 100 + 2*round + k})
				return err
			})
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("round %d: %v, %v", round, errs[0], errs[1])
			}
			var stands []any
			for _, uid := range ids {
				r, err := s.records.Get(inspector, uid)
				ok(t, err)
				stands = append(stands, r.Fields[s.number])
			}
			if stands[0] != stands[1] || stands[1] != stands[2] {
				t.Fatalf("round %d: %v", round, stands)
			}
		}
	})
}

// What a change of one group works out in another, or comes into the way of there, is told to
// who sees that one; others hear that something is in the way, and who can change it.
func TestWhatFollowsElsewhereIsNotTold(t *testing.T) {
	w := newWorld(t)
	s := w.subjects()[1]
	inspector, _ := w.as("inspector", w.north)
	clerk, _ := w.as("clerk", w.north)
	uid, err := s.enter(inspector, true, "Puffin", map[string]any{"seats": 6, "risk": "flood", "debt": 4711, "plate": "KG 1"})
	ok(t, err)
	look := func(ctx context.Context, seats int) record.Edit {
		t.Helper()
		edits, err := s.records.PreviewSeveral(ctx, []string{uid}, map[string]any{"seats": seats})
		ok(t, err)
		return edits[0]
	}
	fields := func(e record.Edit) (out []string) {
		for _, c := range e.Changes {
			out = append(out, c.Field)
		}
		return out
	}
	if got := fields(look(inspector, 7)); !slices.Equal(got, []string{"seats", "worth"}) {
		t.Errorf("one who sees it is shown %v", got)
	}
	if got := fields(look(clerk, 7)); !slices.Equal(got, []string{"seats"}) {
		t.Errorf("one who may not see it is shown %v", got)
	}
	r, err := s.records.Get(inspector, uid)
	ok(t, err)
	for who, ctx := range map[string]context.Context{"inspector": inspector, "clerk": clerk} {
		_, single := s.records.Update(ctx, uid, r.Version, map[string]any{"seats": 5})
		for door, err := range map[string]error{"one": single, "several": look(ctx, 5).Why} {
			f := faulttest.Of(t, err)
			told := fmt.Sprintf("%+v", f.Fields)
			switch {
			case f.Kind != fault.Invalid || len(f.Fields) != 1:
				t.Errorf("%s, %s: %v", who, door, err)
			case who == "inspector" && (f.Fields[0].Key != "record.depends" || !strings.Contains(told, "Plate") || !strings.Contains(told, "Papers")):
				t.Errorf("%s, %s: %s", who, door, told)
			case who == "clerk" && (f.Fields[0].Key != "record.depends_hidden" || f.Fields[0].Name != "seats" || strings.Contains(told, "late") || f.Next == nil || f.Next.Key != "gate.next.ask_role"):
				t.Errorf("%s, %s: %s, %+v", who, door, told, f.Next)
			}
		}
	}
}
