package registry_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/registry"
	"mektep/core/unit"
)

// onOrder is an act from a day on, made from what a unit is now.
func (w *world) onOrder(u unit.Unit, since time.Time) registry.Act {
	w.t.Helper()
	return registry.Act{Version: w.now(u).Version, Since: since, Order: audit.Order{Number: "17", Date: day(2026, 2, 1)}}
}

func (w *world) now(u unit.Unit) unit.Unit {
	w.t.Helper()
	now, err := w.tree.Get(w.ctx, u.UID)
	ok(w.t, err)
	return now
}

func (w *world) names(name string) map[string]string {
	out := map[string]string{}
	for _, tag := range w.profile.Languages.Official {
		out[tag] = name
	}
	return out
}

// place enters a district by an administrator's hand.
func (w *world) place(ctx context.Context, parent unit.Unit, code, name string, since time.Time) unit.Unit {
	w.t.Helper()
	a := w.onOrder(parent, since)
	u, err := w.s.Territory.Create(ctx, registry.NewUnit{Parent: parent.UID, Level: unit.District, Code: code, Name: w.names(name), Act: a})
	if err != nil {
		w.t.Fatalf("%v %+v", err, faulttest.Of(w.t, err).Fields)
	}
	return u
}

// done is what the trail has of a unit, newest first: actions with the order they rest on.
func (w *world) done(u unit.Unit) []string {
	w.t.Helper()
	h, err := w.s.Territory.History(w.ctx, u.UID, "")
	ok(w.t, err)
	var out []string
	last := int64(0)
	for _, c := range h.Changes {
		if c.ID != last {
			out = append(out, strings.TrimSpace(c.Action+" "+c.Order.Number))
			last = c.ID
		}
	}
	return out
}

func fieldOf(f *fault.Error) string {
	if len(f.Fields) == 0 {
		return ""
	}
	return f.Fields[0].Name + " " + f.Fields[0].Key
}

func TestAPlaceIsCreatedRenamedMovedAndClosedOnAnOrder(t *testing.T) {
	for _, country := range []string{"kg", "tr"} {
		w := newWorld(t, country)
		admin, ter := w.as("tenant_admin", w.root), w.s.Territory
		here, there := *w.parent(firstDistrict(w)), *w.parent(otherDistrict(w))
		u := w.place(admin, here, "T-1", "Жаңы район", day(2000, 1, 1))
		if u.Level != unit.District || u.Code != "T-1" || !unit.Within(u.Path, here.Path) {
			t.Fatalf("%+v", u)
		}
		found, err := w.tree.Find(w.ctx, "Жаңы рай", 5, nil)
		if err != nil || len(found) == 0 || found[0].UID != u.UID {
			t.Errorf("search: %v %v", found, err)
		}
		i := w.school("700001", "Бир", w.typ(), u, nil)
		ok(t, ter.Rename(admin, u.UID, w.names("Башка район"), w.onOrder(u, day(2026, 2, 20))))
		ok(t, ter.Recode(admin, u.UID, "T-2", w.onOrder(u, time.Time{})))
		ok(t, ter.Move(admin, u.UID, there.UID, w.onOrder(u, day(2026, 2, 25))))
		now := w.now(u)
		if now.Name[w.profile.Main()] != "Башка район" || now.Code != "T-2" || !unit.Within(now.Path, there.Path) || !unit.Within(w.reread(i).Path, now.Path) {
			t.Fatalf("%+v", now)
		}
		// It does not end while something lies in it, and what lies in it is named.
		f := wants(t, ter.Close(admin, u.UID, nil, w.onOrder(u, day(2026, 3, 1))), fault.Invalid, "unit.invalid")
		if fieldOf(f) != "rest unit.goes_where" || len(f.Fields[0].Args["Names"].(fault.List)) != 1 {
			t.Fatalf("%+v", f.Fields)
		}
		end := w.onOrder(u, day(2026, 3, 1))
		end.Rest = otherDistrict(w).UID
		ok(t, ter.Close(admin, u.UID, nil, end))
		if now = w.now(u); now.Until == nil || !unit.Within(w.reread(i).Path, otherDistrict(w).Path) {
			t.Fatalf("%+v, the school at %s", now, w.reread(i).Path)
		}
		h, err := w.s.History(w.ctx, i.UID, "")
		ok(t, err)
		if h.Changes[0].Action != "move" || h.Changes[0].Order.Number != "17" || h.Changes[0].Law == "" {
			t.Errorf("the school's history: %+v", h.Changes[0])
		}
		if got := w.done(u); !slices.Equal(got, []string{"close 17", "move 17", "update 17", "rename 17", "create 17"}) {
			t.Errorf("history %v", got)
		}
		// What is over stays as it was, and takes nobody in.
		for name, err := range map[string]error{
			"rename": ter.Rename(admin, u.UID, w.names("Дагы"), w.onOrder(u, day(2026, 3, 1))),
			"close":  ter.Close(admin, u.UID, nil, w.onOrder(u, day(2026, 3, 2))),
		} {
			if f := wants(t, err, fault.Locked, "unit.closed"); f.Next == nil || f.Next.URL != "/units/"+u.UID+"/act/reopen" {
				t.Errorf("%s: %+v", name, f)
			}
		}
		// Taken back, what left by it comes back.
		ok(t, ter.Reopen(admin, u.UID, w.onOrder(u, day(2026, 3, 2))))
		if !unit.Within(w.reread(i).Path, w.now(u).Path) {
			t.Errorf("the school stays at %s", w.reread(i).Path)
		}
	}
}

// parent is the unit above.
func (w *world) parent(u unit.Unit) *unit.Unit {
	w.t.Helper()
	p, err := w.tree.ByID(w.ctx, *u.ParentID)
	ok(w.t, err)
	return &p
}

func (w *world) typ() string {
	for _, t := range w.profile.TypesAt(on) {
		if slices.Contains(w.profile.ParentsOf(t), unit.District) {
			return t.ID
		}
	}
	w.t.Fatal("no type")
	return ""
}

// A merger takes everything along, a split says where each goes, and who is left out is named.
func TestWhatLiesInAPlaceGoesWhereTheActSays(t *testing.T) {
	w := newWorld(t, "kg")
	admin, ter := w.as("tenant_admin", w.root), w.s.Territory
	old, region := firstDistrict(w), *w.parent(firstDistrict(w))
	a := w.school("700001", "№1 мектеп", "secondary_school", old, nil)
	b := w.school("700002", "№2 мектеп", "secondary_school", old, nil)
	one := w.place(admin, region, "S-1", "Биринчи", day(2000, 1, 1))
	two := w.place(admin, region, "S-2", "Экинчи", day(2000, 1, 1))
	split := func(into map[string]string, rest string) error {
		act := w.onOrder(old, day(2026, 3, 1))
		act.Into, act.Rest = into, rest
		return ter.Close(admin, old.UID, []string{one.UID, two.UID}, act)
	}
	later := w.place(admin, region, "S-3", "Кийинки", day(2026, 5, 1))
	for field, err := range map[string]error{
		"rest unit.goes_where":              split(map[string]string{a.UID: one.UID}, ""),
		"rest unit.no_goal":                 split(nil, old.UID),
		"into." + a.UID + " unit.no_goal":   split(map[string]string{a.UID: later.UID}, two.UID),
		"into." + a.UID + " unit.not_taken": split(map[string]string{a.UID: w.root.UID}, two.UID),
		"into.x unit.not_below":             split(map[string]string{"x": one.UID}, two.UID),
	} {
		if f := wants(t, err, fault.Invalid, "unit.invalid"); fieldOf(f) != field {
			t.Errorf("%s: %+v", field, f.Fields)
		}
	}
	ok(t, split(map[string]string{a.UID: one.UID}, two.UID))
	if !unit.Within(w.reread(a).Path, w.now(one).Path) || !unit.Within(w.reread(b).Path, w.now(two).Path) {
		t.Fatalf("%s %s", w.reread(a).Path, w.reread(b).Path)
	}
	// Whose post is at the heir reaches what came there; whose was at the old place no more.
	if w.gate.Can(w.as("district_officer", w.now(old)), "update", w.s.Target(w.reread(b).Unit, "general")) ||
		!w.gate.Can(w.as("district_officer", w.now(two)), "update", w.s.Target(w.reread(b).Unit, "general")) {
		t.Error("rights did not follow")
	}
	// The day is put right with all that went by it; what left on an order of its own stays.
	fact := registry.Slip{Fact: unit.ClosingFact, On: day(2026, 3, 1), Version: w.now(old).Version, Reason: "Күнү ката"}
	for _, since := range []time.Time{day(2026, 2, 20), day(2026, 2, 27)} {
		ok(t, ter.Correct(admin, old.UID, registry.Correction{Slip: fact, Since: since}))
		life, err := w.tree.Life(w.ctx, a.Unit)
		ok(t, err)
		if !life.Parents[0].Since.Equal(since) || !w.now(old).Until.Equal(since) {
			t.Fatalf("%s: %+v", since, life.Parents[0])
		}
		fact.On, fact.Version = since, w.now(old).Version
	}
	ok(t, w.s.Move(w.ctx, b.UID, one.UID, w.deed(b, day(2026, 3, 1))))
	ok(t, ter.Reopen(admin, old.UID, w.onOrder(old, day(2026, 3, 2))))
	if !unit.Within(w.reread(a).Path, w.now(old).Path) || !unit.Within(w.reread(b).Path, w.now(one).Path) {
		t.Fatalf("%s %s", w.reread(a).Path, w.reread(b).Path)
	}
}

// What has ended, or ends on a day to come, takes nothing in by any way, and nothing begins
// before the place it lies in.
func TestAPlaceThatEndsTakesNothingIn(t *testing.T) {
	w := newWorld(t, "kg")
	admin, ter := w.as("tenant_admin", w.root), w.s.Territory
	region := *w.parent(firstDistrict(w))
	u := w.place(admin, region, "E-1", "Бүтөт", day(2000, 1, 1))
	i := w.school("700001", "№1 мектеп", "secondary_school", u, nil)
	ok(t, w.s.Move(w.ctx, i.UID, otherDistrict(w).UID, w.ago(i, day(2025, 1, 1))))
	young := w.place(admin, region, "E-2", "Жаш", day(2025, 6, 1))
	for _, until := range []time.Time{day(2026, 2, 1), day(2026, 9, 1)} { // over, and to come
		ok(t, ter.Close(admin, u.UID, nil, w.onOrder(u, until)))
		_, err := w.s.Create(w.ctx, registry.Entry{
			Parent: u.UID, Type: "secondary_school", Name: w.names("Жаңы"), Code: "700009", Since: day(2020, 9, 1),
			Fields: map[string]any{"ownership": "public"}, Order: audit.Order{Number: "1", Date: day(2020, 1, 2)},
		})
		withdrawn := w.s.Withdraw(w.ctx, i.UID, w.slip(i, unit.PlaceFact, day(2025, 1, 1)))
		put := w.s.Correct(w.ctx, i.UID, registry.Correction{Slip: w.slip(i, unit.PlaceFact, day(2025, 1, 1)), Parent: u.UID})
		late := w.s.Correct(w.ctx, i.UID, registry.Correction{Slip: w.slip(i, unit.PlaceFact, day(2025, 1, 1)), Since: day(2026, 10, 1)})
		if f := wants(t, err, fault.Invalid, ""); !strings.HasPrefix(fieldOf(f), "parent import.row.place_") {
			t.Errorf("founding: %+v", f.Fields)
		}
		for name, err := range map[string]error{
			"moving": w.s.Move(w.ctx, i.UID, u.UID, w.deed(i, day(2026, 3, 1))), "withdrawing": withdrawn, "correcting": put, "leaving later": late,
		} {
			if f := wants(t, err, fault.Invalid, ""); fieldOf(f) != "parent unit.place_closed" {
				t.Errorf("%s: %+v", name, f.Fields)
			}
		}
		ok(t, ter.Reopen(admin, u.UID, w.onOrder(u, day(2026, 3, 2))))
	}
	// A closing before what lay in it left is none.
	early := w.onOrder(u, day(2024, 1, 1))
	early.Far = early.Since
	f := wants(t, ter.Close(admin, u.UID, nil, early), fault.Invalid, "")
	if fieldOf(f) != "rest unit.goes_where" {
		t.Errorf("%+v", f.Fields)
	}
	// An opening is put right back to what lay in it first, no further.
	slip := registry.Slip{Fact: unit.OpeningFact, On: day(2000, 1, 1), Version: w.now(u).Version, Reason: "Күнү ката"}
	f = wants(t, ter.Correct(admin, u.UID, registry.Correction{Slip: slip, Since: day(2005, 1, 1)}), fault.Invalid, "")
	if fieldOf(f) != "since unit.after_below" {
		t.Errorf("%+v", f.Fields)
	}
	ok(t, ter.Correct(admin, u.UID, registry.Correction{Slip: slip, Since: day(2001, 1, 1)}))
	f = wants(t, w.s.Move(w.ctx, i.UID, young.UID, w.deed(i, day(2025, 3, 1))), fault.Invalid, "")
	if fieldOf(f) != "since unit.before_parent" {
		t.Errorf("%+v", f.Fields)
	}
}

// What is entered today into a place that ends later goes with what lies there, and comes
// back with it: also where the heir ends in its turn.
func TestWhatIsEnteredIntoAPlaceThatEndsGoesOnWithIt(t *testing.T) {
	w := newWorld(t, "kg")
	admin, ter := w.as("tenant_admin", w.root), w.s.Territory
	region := *w.parent(firstDistrict(w))
	old, heir, last := w.place(admin, region, "G-1", "Эски", day(2000, 1, 1)), w.place(admin, region, "G-2", "Жаңы", day(2000, 1, 1)), w.place(admin, region, "G-3", "Акыркы", day(2000, 1, 1))
	closing := w.onOrder(old, day(2026, 9, 1))
	ok(t, ter.Close(admin, old.UID, []string{heir.UID}, closing))
	rest := w.onOrder(heir, day(2026, 12, 1))
	rest.Rest = last.UID
	w.school("700001", "№1 мектеп", "secondary_school", heir, nil)
	ok(t, ter.Close(admin, heir.UID, nil, rest))
	i := w.school("700002", "№2 мектеп", "secondary_school", old, nil)
	for _, c := range []struct {
		on   time.Time
		lies unit.Unit
	}{{day(2026, 3, 2), old}, {day(2026, 9, 1), heir}, {day(2026, 12, 1), last}} {
		w.clock.Set(c.on)
		_, err := w.tree.Refresh(w.ctx)
		ok(t, err)
		if !unit.Within(w.reread(i).Path, w.now(c.lies).Path) {
			t.Fatalf("on %s it does not lie in %s", c.on, c.lies.Code)
		}
	}
	w.clock.Set(on)
	ok(t, ter.Reopen(admin, old.UID, w.onOrder(old, day(2026, 3, 2))))
	life, err := w.tree.Life(w.ctx, i.Unit)
	ok(t, err)
	if len(life.Parents) < 2 || life.Parents[len(life.Parents)-1].Parent.ID != old.ID || life.Parents[len(life.Parents)-2].Since.Equal(day(2026, 9, 1)) {
		t.Errorf("the closing is taken back, and %+v", life.Parents)
	}
}

// Whoever is to take over from a place stands on that day, in whichever order the two are
// decided, corrections included; and of two neither takes over from the other.
func TestAnHeirStandsOnTheDayOnWhichItTakesOver(t *testing.T) {
	w := newWorld(t, "kg")
	admin, ter := w.as("tenant_admin", w.root), w.s.Territory
	region := *w.parent(firstDistrict(w))
	old, heir, last := w.place(admin, region, "H-1", "Эски", day(2000, 1, 1)), w.place(admin, region, "H-2", "Жаңы", day(2000, 1, 1)), w.place(admin, region, "H-3", "Акыркы", day(2000, 1, 1))
	ok(t, ter.Close(admin, old.UID, []string{heir.UID}, w.onOrder(old, day(2026, 9, 1))))
	refused := func(err error, field string) {
		t.Helper()
		if f := wants(t, err, fault.Invalid, ""); fieldOf(f) != field {
			t.Errorf("%+v, want %s", f.Fields, field)
		}
	}
	for _, early := range []time.Time{day(2026, 8, 30), day(2026, 9, 1)} {
		refused(ter.Close(admin, heir.UID, []string{last.UID}, w.onOrder(heir, early)), "since unit.takes_over")
	}
	refused(ter.Close(admin, heir.UID, []string{old.UID}, w.onOrder(heir, day(2026, 8, 30))), "since unit.takes_over") // a circle
	ok(t, ter.Close(admin, heir.UID, []string{last.UID}, w.onOrder(heir, day(2026, 12, 1))))
	slip := func(u unit.Unit, on time.Time) registry.Slip {
		return registry.Slip{Fact: unit.ClosingFact, On: on, Version: w.now(u).Version, Reason: "Күнү ката"}
	}
	refused(ter.Correct(admin, heir.UID, registry.Correction{Slip: slip(heir, day(2026, 12, 1)), Since: day(2026, 8, 1)}), "since unit.takes_over")
	refused(ter.Correct(admin, old.UID, registry.Correction{Slip: slip(old, day(2026, 9, 1)), Since: day(2027, 1, 1)}), "since unit.heir_ends")
	ok(t, ter.Correct(admin, heir.UID, registry.Correction{Slip: slip(heir, day(2026, 12, 1)), Since: day(2026, 11, 1)}))
	ok(t, ter.Reopen(admin, old.UID, w.onOrder(old, day(2026, 3, 2))))
	ok(t, ter.Correct(admin, heir.UID, registry.Correction{Slip: slip(heir, day(2026, 11, 1)), Since: day(2026, 8, 1)}))
}

// Of two at once one is done, whichever it is, and nothing lies in what has ended.
func TestOfTwoChangesOfTheTerritoryAtOnceNothingIsLost(t *testing.T) {
	w := newWorld(t, "kg")
	admin, ter := w.as("tenant_admin", w.root), w.s.Territory
	region := *w.parent(firstDistrict(w))
	for n, against := range []func(u unit.Unit, i registry.Institution) error{
		func(u unit.Unit, _ registry.Institution) error {
			_, err := w.s.Create(w.ctx, registry.Entry{
				Parent: u.UID, Type: "secondary_school", Name: w.names("Жаңы"), Code: "7100" + strconv.Itoa(10+len(u.Code)), Since: day(2020, 9, 1),
				Fields: map[string]any{"ownership": "public"}, Order: audit.Order{Number: "1", Date: day(2020, 1, 2)},
			})
			return err
		},
		func(u unit.Unit, i registry.Institution) error {
			return w.s.Move(w.ctx, i.UID, u.UID, w.deed(i, day(2026, 2, 1)))
		},
		func(u unit.Unit, i registry.Institution) error {
			return w.s.Withdraw(w.ctx, i.UID, w.slip(i, unit.PlaceFact, day(2025, 1, 1)))
		},
		func(u unit.Unit, _ registry.Institution) error {
			return ter.Close(admin, u.UID, nil, w.onOrder(u, day(2026, 2, 2)))
		},
		func(u unit.Unit, _ registry.Institution) error {
			return ter.Rename(admin, u.UID, w.names("Башка "+u.Code), w.onOrder(u, day(2026, 2, 2)))
		},
	} {
		u := w.place(admin, region, strings.Repeat("x", n+1), "Бүтөт "+strconv.Itoa(n), day(2000, 1, 1))
		i := w.school("70000"+strconv.Itoa(n), "Мектеп "+strconv.Itoa(n), "secondary_school", u, nil)
		ok(t, w.s.Move(w.ctx, i.UID, otherDistrict(w).UID, w.ago(i, day(2025, 1, 1))))
		act := w.onOrder(u, day(2026, 3, 1))
		errs := make([]error, 2)
		var both sync.WaitGroup
		both.Go(func() { errs[0] = ter.Close(admin, u.UID, nil, act) })
		both.Go(func() { errs[1] = against(u, i) })
		both.Wait()
		if errs[0] == nil && errs[1] == nil && n != 4 {
			t.Errorf("%d: both were done", n)
		}
		now := w.now(u)
		in, err := w.tree.Below(w.ctx, now, day(2026, 3, 1))
		ok(t, err)
		if now.Until != nil && len(in) > 0 {
			t.Errorf("%d: closed, with %v in it", n, in)
		}
		for _, err := range errs {
			if kind := fault.KindOf(err); err != nil && kind != fault.Invalid && kind != fault.Conflict && kind != fault.Locked {
				t.Errorf("%d: %v", n, err)
			}
		}
	}
	// Two districts of one code at once.
	errs := make([]error, 2)
	var both sync.WaitGroup
	for n := range 2 {
		both.Go(func() {
			_, errs[n] = ter.Create(admin, registry.NewUnit{Parent: region.UID, Level: unit.District, Code: "T-T", Name: w.names("Эки"), Act: registry.Act{Since: day(2026, 1, 1), Order: audit.Order{Number: "1", Date: day(2026, 1, 1)}}})
		})
	}
	both.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("two of one code: %v", errs)
	}
}

// Who may change the territory stands in the policies, of both countries.
func TestTheTerritoryIsChangedByWhomThePolicyNames(t *testing.T) {
	for country, roles := range map[string]map[string][]string{
		"kg": {"tenant_admin": {"create", "rename", "move", "close"}, "special_administrator": {"create", "rename"}, "ministry_officer": nil, "district_officer": nil},
		"tr": {"tenant_admin": {"create", "rename", "move", "close"}, "it_group": {"create", "rename", "move", "close"}, "district_statistics_officer": nil},
	} {
		w := newWorld(t, country)
		ter, region := w.s.Territory, *w.parent(firstDistrict(w))
		for role, may := range roles {
			at := w.root
			if strings.HasPrefix(role, "district") {
				at = firstDistrict(w)
			}
			if role == "it_group" {
				var err error
				at, err = w.tree.Create(w.ctx, unit.New{Parent: &w.root, Level: unit.Directorate, Type: "it", Code: "bigb", Name: w.names("IT"), Since: founded})
				ok(t, err)
			}
			who := w.as(role, at)
			u := w.place(w.ctx, region, "R-"+role, "Жаңы "+role, day(2000, 1, 1))
			for do, err := range map[string]error{
				"create": func() error {
					_, err := ter.Create(who, registry.NewUnit{Parent: region.UID, Level: unit.District, Code: "C-" + role, Name: w.names("Дагы " + role), Act: w.onOrder(region, day(2026, 2, 1))})
					return err
				}(),
				"rename": ter.Rename(who, u.UID, w.names("Башка "+role), w.onOrder(u, day(2026, 2, 1))),
				"move":   ter.Move(who, u.UID, w.parent(otherDistrict(w)).UID, w.onOrder(u, day(2026, 2, 1))),
				"close":  ter.Close(who, u.UID, nil, w.onOrder(u, day(2026, 2, 2))),
			} {
				if slices.Contains(may, do) {
					if err != nil {
						t.Errorf("%s %s %s: %v %+v", country, role, do, err, faulttest.Of(t, err).Fields)
					}
					continue
				}
				wants(t, err, fault.Denied, "")
			}
		}
	}
}

// Whatever comes to a place while it is being closed waits, and finds it closed.
func TestWhatComesWhileAPlaceIsClosedWaitsForIt(t *testing.T) {
	w := newWorld(t, "kg")
	u := w.place(w.ctx, *w.parent(firstDistrict(w)), "W-1", "Бүтөт", day(2000, 1, 1))
	i := w.school("700001", "№1 мектеп", "secondary_school", otherDistrict(w), nil)
	act, move := w.onOrder(u, day(2026, 3, 1)), w.deed(i, day(2026, 2, 1))
	come := []func() error{
		func() error {
			_, err := w.s.Create(w.ctx, registry.Entry{
				Parent: u.UID, Type: "secondary_school", Name: w.names("Жаңы"), Code: "700009", Since: day(2020, 9, 1),
				Fields: map[string]any{"ownership": "public"}, Order: audit.Order{Number: "1", Date: day(2020, 1, 2)},
			})
			return err
		},
		func() error { return w.s.Move(w.ctx, i.UID, u.UID, move) },
	}
	errs := make(chan error, len(come))
	ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, _ *db.Tx) error {
		if err := w.s.Territory.Close(ctx, u.UID, nil, act); err != nil {
			return err
		}
		for _, do := range come {
			go func() { errs <- do() }()
		}
		for deadline := time.Now().Add(time.Minute); ; { // both wait, or are done already
			var waiting int
			err := w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error { // a transaction sees one moment
				return tx.PGX().QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting)
			})
			if err != nil {
				return err
			}
			if waiting+len(errs) >= len(come) || time.Now().After(deadline) {
				return nil
			}
		}
	}))
	for range come {
		if err := <-errs; err == nil || fieldOf(faulttest.Of(t, err)) != "parent unit.place_closed" {
			t.Errorf("it came to what is closed: %v", err)
		}
	}
}

// What is decided for later stays: a renaming enters the languages that are given over the
// names of its day, and what changes nothing on it is none. A form says all that is wrong.
func TestARenamingLeavesWhatIsDecidedForLater(t *testing.T) {
	w := newWorld(t, "kg")
	admin, ter := w.as("tenant_admin", w.root), w.s.Territory
	u := w.place(admin, *w.parent(firstDistrict(w)), "R-1", "Эски", day(2000, 1, 1))
	ok(t, ter.Rename(admin, u.UID, map[string]string{"ru": "Вторая"}, w.onOrder(u, day(2026, 12, 5))))
	ok(t, ter.Rename(admin, u.UID, map[string]string{"ru": "Третья"}, w.onOrder(u, day(2026, 12, 20))))
	ok(t, ter.Rename(admin, u.UID, map[string]string{"ky": "Жаңы"}, w.onOrder(u, day(2026, 12, 25))))
	names := func() map[string]string {
		life, err := w.tree.Life(w.ctx, u)
		ok(t, err)
		return life.Names[0].Name
	}
	if got := names(); got["ru"] != "Третья" || got["ky"] != "Жаңы" {
		t.Errorf("%v", got)
	}
	ok(t, ter.Rename(admin, u.UID, map[string]string{"ru": ""}, w.onOrder(u, day(2026, 12, 26))))
	if got := names(); len(got) != 1 || got["ky"] != "Жаңы" {
		t.Errorf("%v", got)
	}
	f := wants(t, ter.Rename(admin, u.UID, map[string]string{"ky": "Жаңы"}, w.onOrder(u, day(2026, 12, 27))), fault.Invalid, "")
	if fieldOf(f) != "name.ky unit.name_as_then" {
		t.Errorf("%+v", f.Fields)
	}
	f = wants(t, ter.Rename(admin, u.UID, map[string]string{"ky": "Жа?ы", "ru": "77"}, registry.Act{Since: day(2062, 1, 1)}), fault.Invalid, "")
	if len(f.Fields) != 5 { // both names, the day, the order's number and date
		t.Errorf("%+v", f.Fields)
	}
	// The same of institutions: their type and place too.
	i := w.school("700001", "№1 мектеп", "secondary_school", firstDistrict(w), nil)
	ok(t, w.s.Move(w.ctx, i.UID, otherDistrict(w).UID, w.deed(i, day(2026, 12, 5))))
	i.Version++
	for want, err := range map[string]error{
		"parent unit.lies_then":         w.s.Move(w.ctx, i.UID, otherDistrict(w).UID, w.deed(i, day(2026, 12, 6))),
		"type institution.type_as_then": w.s.Retype(w.ctx, i.UID, "secondary_school", w.deed(i, day(2026, 12, 6))),
	} {
		if f := wants(t, err, fault.Invalid, ""); fieldOf(f) != want {
			t.Errorf("%s: %+v", want, f.Fields)
		}
	}
}

// An office that the profile has oversee types of institution is not closed, by whatever
// act: their rights hang on it. One that oversees nothing is.
func TestTRIC8_AnOfficeThatOverseesIsNotClosed(t *testing.T) {
	w := newWorld(t, "kg")
	admin := w.as("tenant_admin", w.root)
	code := w.profile.Type("secondary_school").Overseer
	idle := ""
	for i := range w.profile.Directorates {
		if d := w.profile.Directorates[i].ID; len(w.profile.Oversees(d, 0)) == 0 {
			idle = d
		}
	}
	for _, c := range []struct {
		code string
		open bool
	}{{code, true}, {idle, false}} {
		if c.code == "" {
			continue
		}
		u, err := w.tree.ByCode(w.ctx, unit.Directorate, c.code)
		if err != nil {
			u, err = w.tree.Create(w.ctx, unit.New{Parent: &w.root, Level: unit.Directorate, Code: c.code, Name: w.names(c.code), Since: founded})
			ok(t, err)
		}
		err = w.s.Territory.Close(admin, u.UID, nil, w.onOrder(u, day(2026, 3, 2)))
		if fault.KindOf(err) == fault.Accepted || err == nil {
			if c.open {
				t.Errorf("%s is closed: %v", c.code, err)
			}
			continue
		}
		f := faulttest.Of(t, err)
		if !c.open || f.Kind != fault.Conflict || !strings.HasPrefix(f.Key, "unit.oversees") || f.Args["Types"] == nil {
			t.Errorf("%s: %+v", c.code, f)
		}
	}
}
