package registry_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/profile"
	"mektep/core/registry"
	"mektep/core/unit"
)

// file gives the ministry another territory.csv.
func (w *world) file(change func(rows []profile.Area) []profile.Area) {
	p := *w.profile
	p.Territory = change(slices.Clone(p.Territory))
	w.profile = &p
}

func rowOf(rows []profile.Area, code string) *profile.Area {
	for i := range rows {
		if rows[i].Code == code && rows[i].Until == 0 {
			return &rows[i]
		}
	}
	return nil
}

// A changed territory.csv changes nothing by itself: each difference is accepted or
// declined, and stays declined until the file says something else.
func TestAChangedTerritoryFileBecomesProposals(t *testing.T) {
	w := newWorld(t, "kg")
	ter := w.s.Territory
	admin, special, officer := w.as("tenant_admin", w.root), w.as("special_administrator", w.root), w.as("district_officer", firstDistrict(w))
	waiting := func() map[string]registry.Proposal {
		all, err := ter.Proposals(admin)
		ok(t, err)
		out := map[string]registry.Proposal{}
		for _, p := range all {
			if p.Declined == nil {
				out[p.Do+" "+p.Code] = p
			}
		}
		return out
	}
	for key := range waiting() { // offices are not planted here
		if w.profile.Directorate(key[len("create "):]) == nil {
			t.Fatalf("planted from the file, and it proposes %s", key)
		}
	}
	offices := len(waiting())
	moved, gone := firstDistrict(w), otherDistrict(w)
	region := *w.parent(moved)
	to := *w.parent(gone)
	heir := w.place(w.ctx, to, "H-1", "Мураскер", day(2000, 1, 1))
	w.file(func(rows []profile.Area) []profile.Area {
		rowOf(rows, moved.Code).Parent = to.Code
		rowOf(rows, region.Code).Name = w.names("Башка облус")
		last := rowOf(rows, gone.Code)
		last.Until, last.Successor = profile.DateOf(day(2026, 2, 28)), []string{"H-1"}
		rows = append(rows, profile.Area{Code: "N-1", Level: unit.District, Parent: to.Code, Name: w.names("Жаңы"), Period: profile.Period{Since: profile.DateOf(day(2026, 4, 1))}})
		return append(rows, profile.Area{Code: "H-1", Level: unit.District, Parent: to.Code, Name: w.names("Мураскер")})
	})
	got := waiting()
	if len(got) != offices+4 || got["move "+moved.Code].Parent.ID != to.ID || got["rename "+region.Code].Name["ky"] != "Башка облус" ||
		!got["close "+gone.Code].Since.Equal(day(2026, 3, 1)) || got["close "+gone.Code].Heirs[0].ID != heir.ID || !got["create N-1"].Since.Equal(day(2026, 4, 1)) {
		t.Fatalf("%+v", got)
	}
	// Nothing has happened, and nobody without the right is asked or answers.
	if now := w.now(moved); now.Path != moved.Path || w.now(gone).Until != nil || w.now(region).Name["ky"] == "Башка облус" {
		t.Error("the file alone changed the territory")
	}
	_, err := ter.Proposals(officer)
	wants(t, err, fault.Denied, "")
	wants(t, ter.Decline(officer, got["create N-1"].ID), fault.Denied, "")
	if _, err = ter.Accept(special, got["move "+moved.Code].ID, registry.Act{Order: audit.Order{Number: "1", Date: day(2026, 2, 1)}}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a move by who may not move: %v", err)
	}
	// Declined, it stays so until the file changes again.
	ok(t, ter.Decline(admin, got["rename "+region.Code].ID))
	wants(t, ter.Decline(admin, got["rename "+region.Code].ID), fault.Conflict, "unit.declined_already")
	said, err := ter.Proposal(admin, got["rename "+region.Code].ID)
	ok(t, err)
	if said.By == "" || said.Order.Number != "" {
		t.Errorf("who declined is not told: %+v", said)
	}
	ok(t, ter.Forget(w.ctx))
	if _, still := waiting()["rename "+region.Code]; still {
		t.Error("declined, and proposed again")
	}
	same := w.profile
	w.file(func(rows []profile.Area) []profile.Area {
		rowOf(rows, region.Code).Name = w.names("Үчүнчү облус")
		return rows
	})
	if _, again := waiting()["rename "+region.Code]; !again {
		t.Error("the file says something else, and nobody is asked")
	}
	ok(t, ter.Forget(w.ctx))
	w.profile = same
	if _, again := waiting()["rename "+region.Code]; !again {
		t.Error("the file changed there and back, and nobody is asked")
	}
	// Accepted, on an order: the act itself, and the difference is gone.
	act := registry.Act{Order: audit.Order{Number: "31", Date: day(2026, 2, 1)}}
	_, err = ter.Accept(admin, got["move "+moved.Code].ID, act)
	if f := wants(t, err, fault.Invalid, "unit.invalid"); fieldOf(f) != "since field.required" { // the file names no day
		t.Errorf("%+v", f.Fields)
	}
	for key, p := range waiting() {
		if p.Level == unit.Directorate {
			continue
		}
		a := act
		if p.Since.IsZero() {
			a.Since = day(2026, 2, 15)
		}
		if _, err := ter.Accept(admin, p.ID, a); err != nil {
			t.Errorf("%s: %v %+v", key, err, faulttest.Of(t, err).Fields)
		}
	}
	if left := waiting(); len(left) != offices {
		t.Errorf("left: %+v", left)
	}
	if now := w.now(moved); !unit.Within(now.Path, to.Path) || w.now(gone).Until == nil || w.now(region).Name["ky"] != "Башка облус" || w.done(moved)[0] != "move 31" {
		t.Errorf("%+v", now)
	}
	// An office of the profile comes in the same way, with the rights that hang on it.
	for _, p := range waiting() {
		a := act
		a.Since = day(2026, 2, 15)
		u, err := ter.Accept(admin, p.ID, a)
		if err != nil || u.Level != unit.Directorate || u.Type != w.profile.Directorate(u.Code).Kind {
			t.Errorf("%+v %v", u, err)
		}
	}
}

// Of two answers to one proposal at once one is done.
func TestAProposalIsAcceptedOnce(t *testing.T) {
	w := newWorld(t, "kg")
	ter, admin := w.s.Territory, w.as("tenant_admin", w.root)
	region := *w.parent(firstDistrict(w))
	w.file(func(rows []profile.Area) []profile.Area {
		rowOf(rows, region.Code).Name = w.names("Башка облус")
		return append(rows, profile.Area{Code: "N-1", Level: unit.District, Parent: region.Code, Name: w.names("Жаңы")})
	})
	all, err := ter.Proposals(admin)
	ok(t, err)
	for _, p := range all {
		if p.Level == unit.Directorate {
			continue
		}
		errs := make([]error, 2)
		var both sync.WaitGroup
		for n := range 2 {
			both.Go(func() {
				_, errs[n] = ter.Accept(admin, p.ID, registry.Act{Since: day(2026, 2, 1), Order: audit.Order{Number: "1", Date: day(2026, 2, 1)}})
			})
		}
		both.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("%s: %v", p.Do, errs)
		}
	}
}

// What the ministry decides on an order, otherwise than its country's profile, is not
// proposed to be undone: it stands among what was declined, until the profile says something
// new of it.
func TestWhatTheMinistryDecidesIsNotProposedToBeUndone(t *testing.T) {
	w := newWorld(t, "kg")
	ter, admin := w.s.Territory, w.as("tenant_admin", w.root)
	count := func() (waiting, declined int) {
		all, err := ter.Proposals(admin)
		ok(t, err)
		for _, p := range all {
			if p.Declined == nil {
				waiting++
			} else {
				declined++
			}
		}
		return waiting, declined
	}
	was, _ := count()
	district := firstDistrict(w)
	made := w.place(w.ctx, *w.parent(district), "N-9", "Жаңы", day(2026, 2, 10))
	ok(t, ter.Rename(w.ctx, district.UID, w.names("Башкача район"), w.onOrder(district, day(2026, 2, 11))))
	ok(t, ter.Move(w.ctx, district.UID, w.parent(otherDistrict(w)).UID, w.onOrder(w.now(district), day(2026, 2, 12))))
	if waiting, declined := count(); waiting != was || declined != 3 {
		t.Errorf("%d wait, %d before; %d were decided", waiting, was, declined)
	}
	all, err := ter.Proposals(admin)
	ok(t, err)
	for _, p := range all {
		if p.Declined != nil && p.Order.Number == "" {
			t.Errorf("%s %s: on which order it was decided is not told", p.Do, p.Code)
		}
	}
	ok(t, ter.Forget(w.ctx))
	w.file(func(rows []profile.Area) []profile.Area {
		rowOf(rows, district.Code).Name = w.names("Үчүнчү район")
		return append(rows, profile.Area{Code: made.Code, Level: unit.District, Parent: w.parent(district).Code, Name: w.names("Жаңы")})
	})
	if waiting, _ := count(); waiting == was {
		t.Error("the profile says something new, and nobody is asked")
	}
}

// What home counts at every view is remembered, and forgotten the moment it changes: by a
// deed, an answer, the profile.
func TestDifferencesAreRememberedUntilTheyChange(t *testing.T) {
	w := newWorld(t, "kg")
	ter, admin := w.s.Territory, w.as("tenant_admin", w.root)
	count := func() int {
		t.Helper()
		n, err := ter.Proposed(admin)
		ok(t, err)
		return n
	}
	region := *w.parent(firstDistrict(w))
	w.file(func(rows []profile.Area) []profile.Area {
		rowOf(rows, region.Code).Name = w.names("Башка облус")
		return append(rows, profile.Area{Code: "N-1", Level: unit.District, Parent: region.Code, Name: w.names("Жаңы")})
	})
	was := count()
	// Behind the service's back nothing is seen: it was not read again.
	behind := func(sql string) {
		t.Helper()
		ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.PGX().Exec(ctx, sql, tx.Tenant(), region.ID)
			return err
		}))
	}
	behind("UPDATE unit SET name = '{\"ky\": \"Башка облус\", \"ru\": \"Башка облус\"}' WHERE tenant_id = $1 AND id = $2")
	if n := count(); n != was {
		t.Errorf("%d, remembered were %d: it is read at every view", n, was)
	}
	all, err := ter.Proposals(admin)
	ok(t, err)
	for _, p := range all {
		if p.Do == "create" && p.Code == "N-1" {
			ok(t, ter.Decline(admin, p.ID))
		}
	}
	if n := count(); n != was-2 { // and the name, which the answer has made it read
		t.Errorf("answered, and %d wait of %d", n, was)
	}
	same := w.profile
	w.file(func(rows []profile.Area) []profile.Area {
		return append(rows, profile.Area{Code: "N-2", Level: unit.District, Parent: region.Code, Name: w.names("Дагы")})
	})
	if n := count(); n != was-1 {
		t.Errorf("the profile says one thing more, and %d wait", n)
	}
	act := w.onOrder(region, day(2026, 2, 1))
	all, err = ter.Proposals(admin)
	ok(t, err)
	for _, p := range all {
		if p.Code == "N-2" {
			_, err := ter.Accept(admin, p.ID, registry.Act{Since: act.Since, Order: act.Order})
			ok(t, err)
		}
	}
	if n := count(); n != was-2 {
		t.Errorf("accepted, and %d wait", n)
	}
	w.profile = same
	ok(t, ter.Forget(w.ctx))
	count()
}

// What stands in the file no longer is proposed to be closed, as what ends in it is.
func TestAPlaceTakenOutOfTheFileIsADifference(t *testing.T) {
	w := newWorld(t, "kg")
	admin, gone := w.as("tenant_admin", w.root), otherDistrict(w)
	w.file(func(rows []profile.Area) []profile.Area {
		return slices.DeleteFunc(rows, func(a profile.Area) bool { return a.Code == gone.Code })
	})
	all, err := w.s.Territory.Proposals(admin)
	ok(t, err)
	if !slices.ContainsFunc(all, func(p registry.Proposal) bool { return p.Do == "close" && p.Code == gone.Code && p.Declined == nil }) {
		t.Errorf("%+v", all)
	}
}
