package registry_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mektep/core/record"
	"mektep/core/registry"
)

// Lengths of lists and counts are remembered, and whatever changes one is seen at once.
func TestWhatIsCountedFollowsTheRegister(t *testing.T) {
	w := newWorld(t, "kg")
	here, there := firstDistrict(w), otherDistrict(w)
	private := record.Query{Filter: []record.Filter{{Field: "ownership", Any: []string{"private"}}}}
	type numbers struct {
		Total, Private             int
		Types, Regions, Ownerships map[string]int
	}
	read := func() (n numbers) {
		t.Helper()
		for q, into := range map[*record.Query]*int{{}: &n.Total, &private: &n.Private} {
			q.Limit = 1
			page, err := w.s.List(w.ctx, *q)
			ok(t, err)
			*into = page.Total
		}
		for by, into := range map[record.By]*map[string]int{record.ByType: &n.Types, record.ByRegion: &n.Regions, "ownership": &n.Ownerships} {
			tallies, err := w.s.Counts(w.ctx, by, record.Query{})
			ok(t, err)
			*into = map[string]int{}
			for _, x := range tallies {
				(*into)[x.Value] = x.Count
			}
		}
		return n
	}
	public := w.profile.ItemsAt("ownership", on)[0].Code
	one := w.school("", "Бир", "secondary_school", here, nil)
	w.school("", "Эки", "secondary_school", here, map[string]any{"ownership": "private"})
	ofHere, ofThere := regionOf(w, here).UID, regionOf(w, there).UID
	want := numbers{2, 1, map[string]int{"secondary_school": 2}, map[string]int{ofHere: 2}, map[string]int{public: 1, "private": 1}}
	holds := func(after string) {
		t.Helper()
		for range 2 { // read, and remembered
			if d := cmp.Diff(want, read()); d != "" {
				t.Fatalf("%s: %s", after, d)
			}
		}
	}
	holds("at first")
	act := func(since time.Time) registry.Act {
		i, err := w.s.Get(w.ctx, one.UID)
		ok(t, err)
		return w.deed(i, since)
	}
	_, err := w.s.Update(w.ctx, one.UID, one.Version, map[string]any{"ownership": "private"})
	ok(t, err)
	want.Private, want.Ownerships = 2, map[string]int{"private": 2}
	holds("a field")
	ok(t, w.s.Retype(w.ctx, one.UID, "school_gymnasium", act(day(2026, 1, 1))))
	want.Types = map[string]int{"secondary_school": 1, "school_gymnasium": 1}
	holds("another type")
	ok(t, w.s.Move(w.ctx, one.UID, there.UID, act(day(2026, 1, 2))))
	want.Regions = map[string]int{ofHere: 1, ofThere: 1}
	holds("another district")
	ok(t, w.s.Close(w.ctx, one.UID, nil, act(day(2026, 1, 3))))
	want = numbers{1, 1, map[string]int{"secondary_school": 1}, map[string]int{ofHere: 1}, map[string]int{"private": 1}}
	holds("a closing")
	ok(t, w.s.Reopen(w.ctx, one.UID, act(day(2026, 1, 4))))
	want = numbers{2, 2, map[string]int{"secondary_school": 1, "school_gymnasium": 1}, map[string]int{ofHere: 1, ofThere: 1}, map[string]int{"private": 2}}
	holds("a reopening")
	// What it lies in moves, and it with that.
	place, err := w.tree.Get(w.ctx, there.UID)
	ok(t, err)
	ok(t, w.tree.Move(w.ctx, place, regionOf(w, here), day(2026, 1, 5), "1"))
	want.Regions = map[string]int{ofHere: 2}
	holds("a district in another region")
	// And what is to come is there when its day has come.
	ok(t, w.s.Retype(w.ctx, one.UID, "secondary_school", act(day(2026, 3, 9))))
	holds("what is to come")
	w.clock.Set(on.AddDate(0, 0, 8))
	_, err = w.tree.Refresh(w.ctx)
	ok(t, err)
	want.Types = map[string]int{"secondary_school": 2}
	holds("its day")
}
