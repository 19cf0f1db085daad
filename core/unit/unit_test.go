package unit_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/unit"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func named(s string) map[string]string { return map[string]string{"tr": s} }

type world struct {
	db                         *db.DB
	tree                       *unit.Tree
	clock                      *clock.Clock
	ctx                        context.Context
	root, east, west, district unit.Unit
}

// newWorld plants a ministry, two regions and a district in the eastern one.
func newWorld(t *testing.T) *world {
	t.Helper()
	d := dbtest.New(t)
	w := &world{db: d, clock: &clock.Clock{}, ctx: dbtest.Tenant(t, d, "one", "tr")}
	w.clock.Set(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
	w.tree = unit.NewTree(d, w.clock, func(context.Context) string { return "tr" })
	w.root = w.add(t, nil, unit.Ministry, "", "Bakanlık")
	w.east = w.add(t, &w.root, unit.Region, "1", "Doğu")
	w.west = w.add(t, &w.root, unit.Region, "2", "Batı")
	w.district = w.add(t, &w.east, unit.District, "11", "Merkez")
	return w
}

func (w *world) add(t *testing.T, parent *unit.Unit, level, code, name string) unit.Unit {
	t.Helper()
	u, err := w.tree.Create(w.ctx, unit.New{Parent: parent, Level: level, Name: named(name), Code: code, Since: day("2000-01-01")})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (w *world) school(t *testing.T, name, code string) unit.Unit {
	t.Helper()
	return w.add(t, &w.district, unit.Institution, code, name)
}

func (w *world) again(t *testing.T, u unit.Unit) unit.Unit {
	t.Helper()
	v, err := w.tree.Get(w.ctx, u.UID)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func wantField(t *testing.T, err error, field, key string) {
	t.Helper()
	for _, f := range faulttest.Of(t, err).Fields {
		if f.Name == field && f.Key == key {
			return
		}
	}
	t.Errorf("want %s at %s, got %v", key, field, err)
}

func TestBelowIsASubtreeAndNothingElse(t *testing.T) {
	b := unit.Below("1.5.")
	for path, in := range map[string]bool{"1.5.": true, "1.5.7.": true, "1.50.": false, "1.": false, "1.6.": false, "1.4z.": false} {
		if b.Holds(path) != in {
			t.Errorf("%s: holds = %v", path, !in)
		}
	}
}

func TestMergeDropsWhatLiesWithin(t *testing.T) {
	got := unit.Merge([]string{"1.5.7.", "1.5.", "1.50.", "1.5."})
	if len(got) != 2 || got[0] != "1.5." && got[1] != "1.5." {
		t.Errorf("got %v", got)
	}
}

func TestLevelsFitBelowTheirParents(t *testing.T) {
	w := newWorld(t)
	_, err := w.tree.Create(w.ctx, unit.New{Parent: &w.district, Level: unit.Region, Name: named("X"), Since: day("2001-01-01")})
	wantField(t, err, "level", "unit.wrong_level")
	_, err = w.tree.Create(w.ctx, unit.New{Parent: &w.district, Level: unit.Institution, Name: named(""), Since: day("1999-01-01")})
	wantField(t, err, "name", "field.required")
	wantField(t, err, "since", "unit.before_parent")
}

func TestACodeIsTakenOnlyOnce(t *testing.T) {
	w := newWorld(t)
	w.school(t, "Atatürk İlkokulu", "751929")
	_, err := w.tree.Create(w.ctx, unit.New{Parent: &w.district, Level: unit.Institution, Name: named("Başka"), Code: "751929", Since: day("2001-01-01")})
	if fault.KindOf(err) != fault.Conflict {
		t.Fatalf("got %v", err)
	}
	wantField(t, err, "code", "unit.code_taken")
}

func TestARenameKeepsTheOldName(t *testing.T) {
	w := newWorld(t)
	u := w.school(t, "Eski Adı", "1")
	if err := w.tree.Rename(w.ctx, u, named("Yeni Adı"), day("2026-09-01"), "12/3"); err != nil {
		t.Fatal(err)
	}
	now := w.again(t, u)
	if now.Name["tr"] != "Yeni Adı" || now.Version != u.Version+1 || now.SortKey == u.SortKey {
		t.Fatalf("got %+v", now)
	}
	life, err := w.tree.Life(w.ctx, now)
	if err != nil {
		t.Fatal(err)
	}
	if len(life.Names) != 2 || life.Names[0].Order != "12/3" || life.At(now, day("2020-01-01")).Name["tr"] != "Eski Adı" {
		t.Fatalf("got %+v", life.Names)
	}
	// Both the current name and no longer the old one can be searched.
	for typed, want := range map[string]int{"yeni": 1, "eski": 0} {
		if n := w.found(t, typed); n != want {
			t.Errorf("search %q: %d", typed, n)
		}
	}
}

func TestAFutureNameWaitsForItsDay(t *testing.T) {
	w := newWorld(t)
	u := w.school(t, "Bugün", "1")
	if err := w.tree.Rename(w.ctx, u, named("Yarın"), day("2026-12-01"), ""); err != nil {
		t.Fatal(err)
	}
	if w.again(t, u).Name["tr"] != "Bugün" {
		t.Fatal("the new name came too early")
	}
	w.clock.Set(time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC))
	n, err := w.tree.Refresh(w.ctx)
	if err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	if w.again(t, u).Name["tr"] != "Yarın" {
		t.Fatal("the new name did not come")
	}
}

func TestASaveOverAnothersIsRefused(t *testing.T) {
	w := newWorld(t)
	u := w.school(t, "Okul", "1")
	if err := w.tree.Rename(w.ctx, u, named("Birinci"), day("2026-01-01"), ""); err != nil {
		t.Fatal(err)
	}
	err := w.tree.Rename(w.ctx, u, named("İkinci"), day("2026-02-01"), "")
	if !errors.Is(err, fault.New(fault.Conflict, "unit.changed_meanwhile")) {
		t.Fatalf("got %v", err)
	}
}

func TestAMoveTakesTheSubtreeAlong(t *testing.T) {
	w := newWorld(t)
	u := w.school(t, "Okul", "1")
	var from, to string
	w.tree.OnMove(func(_ context.Context, _ *db.Tx, f, t string) error { from, to = f, t; return nil })
	if err := w.tree.Move(w.ctx, w.district, w.west, day("2026-01-01"), "7"); err != nil {
		t.Fatal(err)
	}
	if got := w.again(t, u).Path; !unit.Within(got, w.west.Path) || unit.Within(got, w.east.Path) {
		t.Fatalf("path %s", got)
	}
	if from != w.district.Path || !unit.Within(to, w.west.Path) {
		t.Fatalf("told of %s to %s", from, to)
	}
	err := w.tree.Move(w.ctx, w.again(t, w.west), w.again(t, w.district), day("2026-02-01"), "")
	wantField(t, err, "parent", "unit.cycle")
}

func TestAUnitWithOpenUnitsBelowCannotClose(t *testing.T) {
	w := newWorld(t)
	u := w.school(t, "Okul", "1")
	if err := w.tree.Close(w.ctx, w.district, day("2026-06-30"), "9"); fault.KindOf(err) != fault.Conflict {
		t.Fatalf("got %v", err)
	}
	heir := w.school(t, "Devralan", "2")
	if err := w.tree.Close(w.ctx, u, day("2026-06-30"), "9", heir); err != nil {
		t.Fatal(err)
	}
	life, err := w.tree.Life(w.ctx, heir)
	if err != nil || len(life.Predecessors) != 1 || life.Predecessors[0].Unit.UID != u.UID {
		t.Fatalf("%+v, %v", life.Predecessors, err)
	}
	if closed := w.again(t, u); closed.OpenOn(day("2026-06-30")) || !closed.OpenOn(day("2026-06-29")) {
		t.Fatalf("until %v", closed.Until)
	}
}

// found counts the institutions that a typed search finds.
func (w *world) found(t *testing.T, typed string) int {
	t.Helper()
	units, err := w.tree.Find(w.ctx, typed, 1000, nil)
	if err != nil {
		t.Fatal(err)
	}
	return len(slices.DeleteFunc(units, func(u unit.Unit) bool { return u.Level != unit.Institution }))
}

func TestSearchUnderstandsScriptsAndOneMistake(t *testing.T) {
	w := newWorld(t)
	w.school(t, "Atatürk İlkokulu", "751929")
	w.school(t, "Şehit Işık Ortaokulu", "112243")
	w.school(t, "Өзгөн шаарындагы № 3 мектеп-гимназия", "300003")
	for typed, want := range map[string]int{
		"ilk ata":       1, // any order, beginnings
		"ATATÜRK":       1,
		"ataturk":       1,
		"atatrük":       1, // two letters swapped
		"atatrk":        1, // one missing
		"işik":          1,
		"isik sehit":    1,
		"özgön":         1, // Latin for Cyrillic
		"озгон":         1, // without the Kyrgyz letters
		"gimnaziya ozg": 1,
		"751929":        1,
		"kolej":         0,
		"atatürk orta":  0, // both words must be there
	} {
		if got := w.found(t, typed); got != want {
			t.Errorf("%q: found %d, want %d", typed, got, want)
		}
	}
}
