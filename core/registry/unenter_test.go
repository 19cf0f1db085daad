package registry_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/profile"
	"mektep/core/registry"
	"mektep/core/unit"
)

// A second place of one name below one place is asked about, whichever act would make it:
// entered, renamed, moved, corrected, taken back, opened again, brought along by a merger,
// or accepted from the profile. Said to be meant, it is done.
func TestASecondPlaceOfOneNameIsAskedAbout(t *testing.T) {
	w := newWorld(t, "tr")
	admin, ter := w.as("tenant_admin", w.root), w.s.Territory
	here, there := *w.parent(firstDistrict(w)), *w.parent(otherDistrict(w))
	tr := func(name string) map[string]string { return map[string]string{"tr": name} }
	make := func(parent unit.Unit, code, name string) unit.Unit {
		t.Helper()
		return w.place(admin, parent, code, name, day(2000, 1, 1))
	}
	make(here, "K-1", "Kızılçay")
	gone := make(here, "K-2", "Kapanan")
	ok(t, ter.Close(admin, gone.UID, nil, w.onOrder(gone, day(2026, 2, 1))))
	make(here, "K-3", "Kapanan")
	renamed := make(here, "K-4", "Eski Ad")
	ok(t, ter.Rename(admin, renamed.UID, tr("Yeni Ad"), w.onOrder(renamed, day(2026, 2, 1))))
	make(here, "K-5", "Eski Ad") // from which day on nobody is called so any more
	moving := make(there, "K-6", "kizilcay")
	other := make(here, "K-7", "Başka")
	region, err := ter.Create(admin, registry.NewUnit{Parent: w.root.UID, Level: unit.Region, Code: "R-9", Name: tr("Biten"), Act: w.onOrder(w.root, day(2000, 1, 1))})
	ok(t, err)
	make(region, "K-8", "KIZILÇAY")
	w.file(func(rows []profile.Area) []profile.Area {
		return append(rows, profile.Area{Code: "K-9", Level: unit.District, Parent: here.Code, Name: tr("Kızılçay")})
	})
	proposal := ""
	all, err := ter.Proposals(admin)
	ok(t, err)
	for _, p := range all {
		if p.Code == "K-9" {
			proposal = p.ID
		}
	}
	since := day(2026, 3, 1)
	acts := map[string]func(meant bool) error{
		"create": func(meant bool) error {
			a := w.onOrder(here, since)
			a.SameName = meant
			_, err := ter.Create(admin, registry.NewUnit{Parent: here.UID, Level: unit.District, Code: "K-0", Name: tr("KIZILÇAY"), Act: a})
			return err
		},
		"rename": func(meant bool) error {
			a := w.onOrder(other, day(2026, 6, 1)) // also on a day to come
			a.SameName = meant
			return ter.Rename(admin, other.UID, tr("Kızılçay"), a)
		},
		"move": func(meant bool) error {
			a := w.onOrder(moving, since)
			a.SameName = meant
			return ter.Move(admin, moving.UID, here.UID, a)
		},
		"reopen": func(meant bool) error {
			a := w.onOrder(gone, since)
			a.SameName = meant
			return ter.Reopen(admin, gone.UID, a)
		},
		"withdraw": func(meant bool) error {
			slip := registry.Slip{Fact: unit.NameFact, On: day(2026, 2, 1), Version: w.now(renamed).Version, Reason: "Yanlış", SameName: meant}
			return ter.Withdraw(admin, renamed.UID, slip)
		},
		"correct": func(meant bool) error {
			u := w.byCodeNow("K-7")
			slip := registry.Slip{Fact: unit.NameFact, On: u.Since, Version: u.Version, Reason: "Yanlış", SameName: meant}
			return ter.Correct(admin, u.UID, registry.Correction{Slip: slip, Name: tr("Kapanan")})
		},
		"merge": func(meant bool) error {
			a := w.onOrder(region, since)
			a.SameName = meant
			return ter.Close(admin, region.UID, []string{here.UID}, a)
		},
		"accept": func(meant bool) error {
			_, err := ter.Accept(admin, proposal, registry.Act{Since: since, Order: audit.Order{Number: "1", Date: day(2026, 2, 1)}, SameName: meant})
			return err
		},
	}
	for name, act := range acts {
		f := wants(t, act(false), fault.Invalid, "unit.invalid")
		if len(f.Fields) == 0 || f.Fields[0].Name != "same_name" || f.Fields[0].Key != "unit.same_name" || !strings.HasPrefix(f.Fields[0].Args["Code"].(string), "K-") {
			t.Errorf("%s: %+v", name, f.Fields)
		}
		if f.Rule != "" || f.Law != "" {
			t.Errorf("%s: by the rule %s, %s", name, f.Rule, f.Law)
		}
	}
	for name, act := range acts {
		if err := act(true); err != nil {
			t.Errorf("%s, meant: %v %+v", name, err, faulttest.Of(t, err).Fields)
		}
	}
	for _, act := range ter.Acts() {
		if acts[act] == nil && act != "close" && act != "update" { // nothing comes to bear a name by them
			t.Errorf("%s is not tried", act)
		}
	}
	// In another place, on another level, or after the other is gone, a name is no second one.
	make(there, "L-1", "Başka")
	if _, err := ter.Create(admin, registry.NewUnit{Parent: w.root.UID, Level: unit.Region, Code: "R-8", Name: tr("Kızılçay"), Act: w.onOrder(w.root, since)}); err != nil {
		t.Error(err)
	}
}

func (w *world) byCodeNow(code string) unit.Unit {
	w.t.Helper()
	u, err := w.tree.ByCode(w.ctx, unit.District, code)
	ok(w.t, err)
	return u
}

// Of two at once that would bear one name one is asked about.
func TestOfTwoPlacesOfOneNameAtOnceOneIsAskedAbout(t *testing.T) {
	w := newWorld(t, "kg")
	region := *w.parent(firstDistrict(w))
	other := w.place(w.ctx, region, "T-2", "Башка", day(2000, 1, 1))
	act := w.onOrder(other, day(2026, 1, 1))
	errs := make([]error, 2)
	var both sync.WaitGroup
	both.Go(func() {
		_, errs[0] = w.s.Territory.Create(w.ctx, registry.NewUnit{Parent: region.UID, Level: unit.District, Code: "T-1", Name: w.names("Эгиз"), Act: act})
	})
	both.Go(func() { errs[1] = w.s.Territory.Rename(w.ctx, other.UID, w.names("Эгиз"), act) })
	both.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("two of one name: %v", errs)
	}
}

// A place entered by mistake is taken back as a whole while nothing hangs on it: it is in
// no list and found by no search, its code is free, and its page and history stay.
func TestAPlaceEnteredByMistakeIsTakenBack(t *testing.T) {
	w := newWorld(t, "kg")
	admin, ter := w.as("tenant_admin", w.root), w.s.Territory
	region := *w.parent(firstDistrict(w))
	for _, since := range []string{"past", "to come"} {
		from := day(2000, 1, 1)
		if since == "to come" {
			from = day(2026, 12, 1)
		}
		back := func(ctx context.Context, u unit.Unit) error {
			return ter.Withdraw(ctx, u.UID, registry.Slip{Fact: unit.OpeningFact, On: u.Since, Version: w.now(u).Version, Reason: "Ката киргизилген"})
		}
		u, err := ter.Create(admin, registry.NewUnit{Parent: w.root.UID, Level: unit.Region, Code: "M-1", Name: w.names("Жаңылыш"), Act: w.onOrder(w.root, from)})
		ok(t, err)
		wants(t, back(w.as("ministry_officer", w.root), u), fault.Denied, "")
		f := wants(t, ter.Withdraw(admin, u.UID, registry.Slip{Fact: unit.OpeningFact, On: from, Version: u.Version}), fault.Invalid, "")
		if fieldOf(f) != "reason field.required" {
			t.Errorf("%+v", f.Fields)
		}
		// What hangs on it is named, gone since or not; what was taken back itself is nothing.
		below := w.place(admin, u, "M-2", "Ичинде", from)
		f = wants(t, back(admin, u), fault.Conflict, "unit.hangs")
		if f.Next == nil || len(f.Args["Names"].(fault.List)) != 1 {
			t.Errorf("%+v", f)
		}
		if since == "past" {
			school := w.place(admin, region, "M-3", "Мектеби бар", from)
			i := w.school("700001", "№1 мектеп", "secondary_school", school, nil)
			wants(t, back(admin, school), fault.Conflict, "unit.hangs")
			ok(t, w.s.Move(w.ctx, i.UID, otherDistrict(w).UID, w.deed(i, day(2026, 2, 1))))
			wants(t, back(admin, school), fault.Conflict, "unit.hangs") // it lay there
			heir, old := w.place(admin, region, "M-4", "Мураскер", from), w.place(admin, region, "M-5", "Эски", from)
			ok(t, ter.Close(admin, old.UID, []string{heir.UID}, w.onOrder(old, day(2026, 2, 1))))
			wants(t, back(admin, heir), fault.Conflict, "unit.hangs") // it took over
			wants(t, back(admin, old), fault.Locked, "unit.closed")
			w.posts = func(x unit.Unit) []string {
				if x.ID == below.ID {
					return []string{"district_officer"}
				}
				return nil
			}
			wants(t, back(admin, below), fault.Conflict, "unit.hangs_posts")
			w.posts = nil
		}
		ok(t, back(admin, below))
		code := w.now(u).Code
		ok(t, back(admin, u))
		now := w.now(u)
		if !now.Withdrawn || now.Code != "" || now.OpenOn(from) || now.OpenOn(day(2027, 1, 1)) {
			t.Fatalf("%+v", now)
		}
		all, err := w.tree.Territory(w.ctx)
		ok(t, err)
		children, err := w.tree.Children(w.ctx, w.root.ID)
		ok(t, err)
		found, err := w.tree.Find(w.ctx, now.Name["ky"], 5, nil)
		ok(t, err)
		in, err := w.tree.Below(w.ctx, w.root, day(2026, 1, 1))
		ok(t, err)
		for _, l := range in {
			children = append(children, l.Unit)
		}
		if slices.ContainsFunc(slices.Concat(all, children, found), func(x unit.Unit) bool { return x.ID == u.ID }) {
			t.Errorf("%s: it stands in a list", since)
		}
		if got := w.done(u); got[0] != "withdraw" || got[len(got)-1] != "create 17" {
			t.Errorf("history %v", got)
		}
		// It takes nothing in and is changed no more; its code and its name are free.
		_, inside := ter.Create(admin, registry.NewUnit{Parent: u.UID, Level: unit.District, Code: "M-9", Name: w.names("Ичинде"), Act: w.onOrder(u, day(2026, 12, 2))})
		meant := w.onOrder(u, from)
		meant.Far = meant.Since
		for name, err := range map[string]error{
			"create": inside, "rename": ter.Rename(admin, u.UID, w.names("Дагы"), meant), "reopen": ter.Reopen(admin, u.UID, meant),
			"again": ter.Withdraw(admin, u.UID, registry.Slip{Fact: unit.OpeningFact, On: from, Version: now.Version, Reason: "Ката"}),
		} {
			if f := wants(t, err, fault.Locked, "unit.withdrawn"); f.Next == nil || f.Rule == "" {
				t.Errorf("%s: %+v", name, f)
			}
		}
		again, err := ter.Create(admin, registry.NewUnit{Parent: w.root.UID, Level: unit.Region, Code: code, Name: now.Name, Act: w.onOrder(w.root, from)})
		ok(t, err)
		ok(t, back(admin, again))
		if _, err := w.tree.Refresh(w.ctx); err != nil {
			t.Error(err)
		}
	}
}

// What comes to a place while it is taken back finds it gone, or stops it.
func TestOfTakingBackAndComingInOneIsDone(t *testing.T) {
	w := newWorld(t, "kg")
	admin, ter := w.as("tenant_admin", w.root), w.s.Territory
	u := w.place(admin, *w.parent(firstDistrict(w)), "M-1", "Жаңылыш", day(2026, 1, 1))
	i := w.school("700001", "№1 мектеп", "secondary_school", otherDistrict(w), nil)
	slip, deed := registry.Slip{Fact: unit.OpeningFact, On: day(2026, 1, 1), Version: u.Version, Reason: "Ката"}, w.deed(i, day(2026, 2, 1))
	errs := make([]error, 2)
	var both sync.WaitGroup
	both.Go(func() { errs[0] = ter.Withdraw(admin, u.UID, slip) })
	both.Go(func() { errs[1] = w.s.Move(w.ctx, i.UID, u.UID, deed) })
	both.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("%v", errs)
	}
}

// Wrong data is refused by no rule of who may do it: each act of the territory, sent empty
// or absurd, says what is wrong, and names the rule that asks for an order, or none.
func TestWrongDataOfTheTerritoryIsRefusedByNoRuleOfOffice(t *testing.T) {
	for _, country := range []string{"kg", "tr"} {
		w := newWorld(t, country)
		admin, ter, u := w.as("tenant_admin", w.root), w.s.Territory, firstDistrict(w)
		far := registry.Act{Version: u.Version, Since: day(2062, 1, 1), Order: audit.Order{Number: "1", Date: day(2026, 2, 1)}}
		soon := far
		soon.Since = day(2026, 2, 2)
		slip := registry.Slip{Fact: unit.NameFact, On: u.Since, Version: u.Version, Reason: "?"}
		opening := slip
		opening.Fact = unit.OpeningFact
		closed := w.place(admin, *w.parent(u), "Z-1", "Жабык", day(2000, 1, 1))
		ok(t, ter.Close(admin, closed.UID, nil, w.onOrder(closed, day(2026, 2, 1))))
		wrong := map[string][]error{}
		add := func(act string, errs ...error) { wrong[act] = append(wrong[act], errs...) }
		_, empty := ter.Create(admin, registry.NewUnit{Parent: w.root.UID})
		_, nowhere := ter.Create(admin, registry.NewUnit{Parent: "x", Level: unit.Region, Code: "1", Name: w.names("Х"), Act: soon})
		_, late := ter.Create(admin, registry.NewUnit{Parent: u.UID, Level: unit.District, Code: "Z-9", Name: w.names("Х"), Act: far})
		add("create", empty, nowhere, late)
		add("rename", ter.Rename(admin, u.UID, nil, registry.Act{}), ter.Rename(admin, u.UID, w.names("1"), soon), ter.Rename(admin, u.UID, w.names("Х"), far))
		add("move", ter.Move(admin, u.UID, "", soon), ter.Move(admin, u.UID, u.UID, soon))
		add("merge", ter.Close(admin, u.UID, []string{u.UID}, soon), ter.Close(admin, u.UID, []string{closed.UID}, soon))
		add("close", ter.Close(admin, u.UID, nil, registry.Act{}), ter.Close(admin, u.UID, nil, far))
		add("reopen", ter.Reopen(admin, closed.UID, registry.Act{}))
		add("update", ter.Recode(admin, u.UID, "? ?", soon))
		add("correct", ter.Correct(admin, u.UID, registry.Correction{}), ter.Correct(admin, u.UID, registry.Correction{Slip: opening, Type: "x"}))
		add("withdraw", ter.Withdraw(admin, u.UID, slip), ter.Withdraw(admin, u.UID, registry.Slip{}))
		for _, act := range ter.Acts() {
			if len(wrong[act]) == 0 {
				t.Errorf("%s is not tried", act)
			}
			for n, err := range wrong[act] {
				f := wants(t, err, fault.Invalid, "")
				rule := ""
				if slices.ContainsFunc(f.Fields, func(f fault.Field) bool { return strings.HasPrefix(f.Name, "order.") }) {
					rule = "platform §orders"
				}
				if f.Rule != rule || f.Law != rule || len(f.Fields) == 0 {
					t.Errorf("%s %s %d: rule %q, law %q, %+v", country, act, n, f.Rule, f.Law, f.Fields)
				}
			}
		}
	}
}
