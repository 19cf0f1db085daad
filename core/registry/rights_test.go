package registry_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/once"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/unit"
)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// recorded returns the trail's entries of an outcome, newest first.
func recorded(w *world, f audit.Filter) []audit.Record {
	w.t.Helper()
	entries, _, err := w.trail.Search(w.ctx, f, "")
	ok(w.t, err)
	return entries
}

func TestKGER6c_ADistrictOfficerEditsInTheDistrictOnly(t *testing.T) {
	w := newWorld(t, "kg")
	here, there := firstDistrict(w), otherDistrict(w)
	mine, other := w.school("", "Биздин мектеп", "secondary_school", here, nil), w.school("", "Башка мектеп", "secondary_school", there, nil)
	officer := w.as("district_officer", here)
	if _, err := w.s.Update(officer, mine.UID, 1, map[string]any{"ownership": "private"}); err != nil {
		t.Fatalf("in the district: %v", err)
	}
	_, err := w.s.Update(officer, other.UID, 1, map[string]any{"ownership": "private"})
	f := wants(t, err, fault.Denied, "gate.elsewhere")
	if f.Rule != "KG-ER-6c" || f.Law == "" || f.Next == nil {
		t.Errorf("the refusal names rule %q, law %q and a next step %v", f.Rule, f.Law, f.Next)
	}
	_, err = w.s.Create(officer, registry.Entry{
		Parent: there.UID, Type: "secondary_school", Name: map[string]string{"ky": "Жаңы", "ru": "Новая"}, Since: day(2020, 1, 1),
		Fields: map[string]any{"ownership": "private"},
	})
	wants(t, err, fault.Denied, "gate.elsewhere")
	wants(t, w.s.Rename(officer, other.UID, map[string]string{"ky": "Х", "ru": "Х"}, registry.Act{Version: 1, Since: day(2026, 1, 1), Order: audit.Order{Number: "1", Date: day(2020, 1, 2)}}), fault.Denied, "")
	if _, err := w.s.Get(officer, other.UID); fault.KindOf(err) != fault.Denied {
		t.Errorf("another district's passport was shown: %v", err)
	}
	i, err := w.s.Get(w.ctx, other.UID)
	ok(t, err)
	if i.Fields["ownership"] == "private" || i.Version != 1 {
		t.Errorf("a refused save changed something: %v", i.Fields)
	}
	if n := len(recorded(w, audit.Filter{Outcome: audit.Deny, Target: other.UID})); n != 3 {
		t.Errorf("%d refusals of that school stand in the trail, not 3", n)
	}
}

func TestKGER6a_MinistryOfficerCountsAndEditsNothing(t *testing.T) {
	w := newWorld(t, "kg")
	here, there := firstDistrict(w), otherDistrict(w)
	i := w.school("", "Бир", "secondary_school", here, map[string]any{"ownership": "private"})
	w.school("", "Эки", "secondary_school", here, nil)
	w.school("", "Үч", "school_gymnasium", there, nil)
	officer := w.as("ministry_officer", w.root)

	counts := func(by record.By, q record.Query) map[string]int {
		tallies, err := w.s.Counts(officer, by, q)
		ok(t, err)
		out := map[string]int{}
		for _, x := range tallies {
			out[x.Value] = x.Count
		}
		return out
	}
	for _, c := range []struct {
		by   record.By
		q    record.Query
		want map[string]int
	}{
		{record.ByType, record.Query{}, map[string]int{"secondary_school": 2, "school_gymnasium": 1}},
		{record.ByDistrict, record.Query{}, map[string]int{here.UID: 2, there.UID: 1}},
		{record.ByRegion, record.Query{Under: here.UID}, map[string]int{regionOf(w, here).UID: 2}},
		{"ownership", record.Query{Types: []string{"secondary_school"}}, map[string]int{"private": 1, w.profile.ItemsAt("ownership", on)[0].Code: 1}},
	} {
		if d := cmp.Diff(c.want, counts(c.by, c.q)); d != "" {
			t.Errorf("by %s: %s", c.by, d)
		}
	}
	if _, err := w.s.Counts(officer, "capacity", record.Query{}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("counted by what cannot be counted by: %v", err)
	}

	if w.gate.Can(officer, "update", w.s.Target(i.Unit, "general")) {
		t.Error("an edit button would be shown")
	}
	_, err := w.s.Update(officer, i.UID, 1, map[string]any{"ownership": "private"})
	if f := wants(t, err, fault.Denied, ""); f.Next == nil {
		t.Errorf("the refusal says nothing of what to do: %+v", f)
	}
	_, err = w.s.Create(officer, registry.Entry{Parent: here.UID, Type: "secondary_school", Name: map[string]string{"ky": "Х", "ru": "Х"}, Since: day(2020, 1, 1)})
	wants(t, err, fault.Denied, "")

	// Numbers only of one's own part of the country.
	local := w.as("district_officer", here)
	tallies, err := w.s.Counts(local, record.ByType, record.Query{})
	ok(t, err)
	if len(tallies) != 1 || tallies[0].Count != 2 {
		t.Errorf("a district officer counts %v", tallies)
	}
	_, err = w.s.Counts(w.as("teacher", here), record.ByType, record.Query{})
	wants(t, err, fault.Denied, "")
}

func regionOf(w *world, u unit.Unit) unit.Unit {
	for _, r := range w.byCode {
		if u.ParentID != nil && r.ID == *u.ParentID {
			return r
		}
	}
	w.t.Fatal("no region")
	return unit.Unit{}
}

func TestTRIC8_AClosedPassportIsNotWritten(t *testing.T) {
	w := newWorld(t, "tr")
	district := w.byCode["1421"]
	i := w.school("100001", "Atatürk İlkokulu", "ilkokul", district, nil)
	officer := w.as("district_statistics_officer", district)
	update := func(fields map[string]any) error {
		now, err := w.s.Get(w.ctx, i.UID)
		ok(t, err)
		_, err = w.s.Update(officer, i.UID, now.Version, fields)
		return err
	}
	ok(t, update(map[string]any{"classrooms": 12}))
	w.clock.Set(time.Date(2026, 1, 20, 9, 0, 0, 0, time.UTC)) // between the autumn and the spring window
	f := wants(t, update(map[string]any{"classrooms": 13}), fault.Locked, "")
	if f.Check != "window" || f.Rule != "TR-IC-8" || f.Law == "" || f.Next == nil {
		t.Errorf("check %q, rule %q, law %q, next %v", f.Check, f.Rule, f.Law, f.Next)
	}
	ok(t, update(map[string]any{"short_name": "Atatürk İO"})) // general data is always open
	now, err := w.s.Get(w.ctx, i.UID)
	ok(t, err)
	if now.Fields["classrooms"] != 12.0 {
		t.Errorf("written while closed: %v", now.Fields["classrooms"])
	}
}

func TestASaveOverAnothersShowsBoth(t *testing.T) {
	w := newWorld(t, "kg")
	i := w.school("", "Бир", "secondary_school", firstDistrict(w), map[string]any{"ownership": "private"})
	first, err := w.s.Update(w.ctx, i.UID, i.Version, map[string]any{"address": "Ленин көчөсү 1"})
	ok(t, err)
	_, err = w.s.Update(w.ctx, i.UID, i.Version, map[string]any{"address": "Чүй проспектиси 2"})
	wants(t, err, fault.Conflict, "unit.changed_meanwhile")
	stale, is := record.AsStale(err)
	if !is || stale.Version != first.Version {
		t.Fatalf("%v", err)
	}
	want := []record.Difference{{Field: "address", Now: "Ленин көчөсү 1", Yours: "Чүй проспектиси 2"}}
	if d := cmp.Diff(want, stale.Fields); d != "" {
		t.Error(d)
	}
	now, err := w.s.Get(w.ctx, i.UID)
	ok(t, err)
	if now.Fields["address"] != "Ленин көчөсү 1" {
		t.Errorf("overwritten: %v", now.Fields["address"])
	}
	_, err = w.s.Update(w.ctx, i.UID, stale.Version, map[string]any{"address": "Чүй проспектиси 2"})
	ok(t, err)
}

func TestASecondClickDoesNothingTwice(t *testing.T) {
	w := newWorld(t, "kg")
	d := firstDistrict(w)
	entry := registry.Entry{
		Parent: d.UID, Type: "secondary_school", Name: map[string]string{"ky": "Бир", "ru": "Один"}, Since: day(2020, 9, 1),
		Fields: map[string]any{"ownership": "private"}, Order: audit.Order{Number: "1", Date: day(2020, 8, 1)},
	}
	var first string
	for range 3 {
		i, err := w.s.Create(once.With(w.ctx, once.Key{Name: "key-of-the-form"}), entry)
		ok(t, err)
		if first == "" {
			first = i.UID
		}
		if i.UID != first || i.Name["ky"] != "Бир" {
			t.Errorf("again: %+v", i)
		}
	}
	if p := list(t, w, w.ctx, record.Query{}); p.Total != 1 {
		t.Errorf("%d institutions", p.Total)
	}
}

func TestWhatHappenedToAnInstitution(t *testing.T) {
	w := newWorld(t, "kg")
	here, there := firstDistrict(w), otherDistrict(w)
	i, heir := w.school("", "№1 мектеп", "secondary_school", here, nil), w.school("", "№2 мектеп", "secondary_school", there, nil)
	version := func() int {
		now, err := w.s.Get(w.ctx, i.UID)
		ok(t, err)
		return now.Version
	}
	act := func(since time.Time, order string) registry.Act {
		return registry.Act{Version: version(), Since: since, Order: audit.Order{Number: order, Date: since}}
	}
	ok(t, w.s.Rename(w.ctx, i.UID, map[string]string{"ky": "Айтматов мектеби", "ru": "Школа им. Айтматова"}, act(day(2010, 5, 1), "10")))
	ok(t, w.s.Retype(w.ctx, i.UID, "school_gymnasium", act(day(2015, 5, 1), "15")))
	ok(t, w.s.Move(w.ctx, i.UID, there.UID, act(day(2018, 5, 1), "18")))
	_, err := w.s.Update(w.ctx, i.UID, version(), map[string]any{"address": "Ош көчөсү 3"})
	ok(t, err)
	ok(t, w.s.Close(w.ctx, i.UID, []string{heir.UID}, act(day(2025, 7, 1), "25")))

	h, err := w.s.History(w.ctx, i.UID, "")
	ok(t, err)
	type fact struct{ Is, Order string }
	var facts []fact
	for _, f := range h.Life.Names {
		facts = append(facts, fact{f.Name["ky"], f.Order})
	}
	for _, f := range h.Life.Types {
		facts = append(facts, fact{f.Type, f.Order})
	}
	for _, f := range h.Life.Parents {
		facts = append(facts, fact{f.Parent.UID, f.Order})
	}
	want := []fact{{"Айтматов мектеби", "10"}, {"№1 мектеп", "1"}, {"school_gymnasium", "15"}, {"secondary_school", "1"}, {there.UID, "18"}, {here.UID, "1"}}
	if d := cmp.Diff(want, facts); d != "" {
		t.Errorf("dated facts, latest first:\n%s", d)
	}
	if len(h.Life.Successors) != 1 || h.Life.Successors[0].Unit.UID != heir.UID {
		t.Errorf("who took over: %v", h.Life.Successors)
	}
	var acts []string
	for _, c := range h.Changes {
		if len(acts) == 0 || acts[len(acts)-1] != c.Action {
			acts = append(acts, c.Action)
		}
	}
	if d := cmp.Diff([]string{"merge", "update", "move", "retype", "rename", "create"}, acts); d != "" {
		t.Errorf("acts, newest first:\n%s", d)
	}
	for _, c := range h.Changes {
		if c.Field == "address" && c.Action == "update" && (string(c.New) != `"Ош көчөсү 3"` || c.Old != nil) {
			t.Errorf("the address: from %s to %s", c.Old, c.New)
		}
	}
	_, err = w.s.Update(w.ctx, i.UID, version(), map[string]any{"address": "Х"})
	wants(t, err, fault.Locked, "institution.closed")
	if next := faulttest.Of(t, err).Next; next == nil || next.Key != "institution.next.reopen_yourself" {
		t.Errorf("who may reopen is told %+v", next)
	}
	if then := h.Life.At(i.Unit, day(2012, 1, 1)); then.Name["ky"] != "Айтматов мектеби" || then.Type != "secondary_school" {
		t.Errorf("in 2012 it was %s, a %s", then.Name["ky"], then.Type)
	}
	ok(t, w.s.Reopen(w.ctx, i.UID, act(day(2025, 8, 1), "26")))
	_, err = w.s.History(w.as("district_officer", here), i.UID, "")
	wants(t, err, fault.Denied, "") // it has moved to another district
}

func TestKGER7c_WhatIsMissingInAPassport(t *testing.T) {
	w := newWorld(t, "tr")
	d := newDeskFor(t, w)
	i := d.enter(w.ctx, "kurum adı;tür;il;ilçe;mülkiyet\nAdsız İlkokulu;ilkokul;Ankara;Çankaya;özel\n")
	if i.Counts.New != 1 || i.Counts.Uncoded != 1 {
		t.Fatalf("%+v", i.Counts)
	}
	p := list(t, w, w.ctx, record.Query{})
	got, err := w.s.Get(w.ctx, p.Items[0].UID)
	ok(t, err)
	c, err := w.s.Completeness(w.ctx, got)
	ok(t, err)
	if !c.NoCode || c.Complete() || c.Required < 2 {
		t.Errorf("without a code: %+v", c)
	}
	ok(t, w.s.Recode(w.ctx, got.UID, "112770", registry.Act{Version: got.Version, Order: audit.Order{Number: "7", Date: day(2020, 1, 2)}}))
	got, err = w.s.Get(w.ctx, got.UID)
	ok(t, err)
	if c, err = w.s.Completeness(w.ctx, got); err != nil || c.NoCode || !c.Complete() {
		t.Errorf("with a code: %+v %v", c, err)
	}
	if p := list(t, w, w.ctx, record.Query{Words: "112770"}); p.Total != 1 {
		t.Error("not found by its new code")
	}
	wants(t, w.s.Recode(w.ctx, got.UID, "12", registry.Act{Version: got.Version, Order: audit.Order{Number: "7", Date: day(2020, 1, 2)}}), fault.Invalid, "institution.invalid")
}

func TestNobodyWithoutAppointmentSeesTheRegister(t *testing.T) {
	w := newWorld(t, "kg")
	c := *caller.From(w.as("district_officer", firstDistrict(w)))
	c.Assignments[0].Until = day(2026, 3, 2)
	_, err := w.s.List(caller.With(context.Background(), &c), record.Query{})
	wants(t, err, fault.Denied, "gate.no_appointment")
	_, err = w.s.List(caller.With(context.Background(), &caller.Caller{Tenant: c.Tenant}), record.Query{})
	wants(t, err, fault.Unauthenticated, "")
}

// What a new record brings beyond what it cannot lack is written as by an update, by
// every door: the windows and the duties of who enters it bind.
func TestTRIC8_ANewRecordBringsNothingThroughAClosedWindow(t *testing.T) {
	d := newDesk(t, "tr")
	district := d.byCode["1421"]
	officer := d.known(d.as("district_statistics_officer", district))
	entry := func(code string, fields map[string]any) registry.Entry {
		fields["ownership"] = d.profile.ItemsAt("ownership", on)[0].Code
		return registry.Entry{
			Parent: district.UID, Type: "ilkokul", Name: map[string]string{"tr": "Okul " + code}, Code: code, Since: day(2020, 9, 1),
			Fields: fields, Order: audit.Order{Number: "1", Date: day(2020, 1, 2)},
		}
	}
	enter := func(code string, fields map[string]any) error {
		_, err := d.s.Create(officer, entry(code, fields))
		return err
	}
	file := "code;name;type;district_code;ownership;classrooms\n"
	ok(t, enter("100001", map[string]any{"classrooms": 12}))
	if i := d.preview(officer, file+"100002;B;ilkokul;1421;resmi;8\n"); i.Counts.New != 1 || i.Counts.Faulty != 0 {
		t.Errorf("while open: %+v", i.Counts)
	}
	d.clock.Set(time.Date(2026, 1, 20, 9, 0, 0, 0, time.UTC)) // between the autumn and the spring window
	f := wants(t, enter("100003", map[string]any{"classrooms": 12}), fault.Locked, "")
	if f.Check != "window" || f.Rule != "TR-IC-8" || f.Law == "" || f.Next == nil {
		t.Errorf("check %q, rule %q, law %q, next %v", f.Check, f.Rule, f.Law, f.Next)
	}
	ok(t, enter("100004", map[string]any{})) // a school may be founded on any day
	if i := d.preview(officer, file+"100005;B;ilkokul;1421;resmi;8\n100006;C;ilkokul;1421;resmi;\n"); i.Counts.New != 1 || i.Counts.Faulty != 1 {
		t.Errorf("while closed: %+v", i.Counts)
	}
}

func TestKGER6b_WhoEntersARecordWritesOnlyTheirOwnGroups(t *testing.T) {
	d := newDesk(t, "kg")
	district := firstDistrict(d.world)
	special := d.known(d.as("special_administrator", d.root))
	enter := func(name string, fields map[string]any) error {
		fields["ownership"] = "private"
		_, err := d.s.Create(special, registry.Entry{
			Parent: district.UID, Type: "secondary_school", Name: map[string]string{"ky": name, "ru": name}, Since: day(2020, 9, 1),
			Fields: fields, Order: audit.Order{Number: "1", Date: day(2020, 1, 2)},
		})
		return err
	}
	ok(t, enter("Бир", map[string]any{"capacity": 400}))
	f := wants(t, enter("Эки", map[string]any{"computers": 44}), fault.Denied, "")
	if f.Law == "" || f.Next == nil {
		t.Errorf("%+v", f)
	}
	file := "name;type;district_code;ownership;computers\n"
	i := d.preview(special, file+"Үч;secondary_school;"+district.Code+";private;44\nТөрт;secondary_school;"+district.Code+";private;\n")
	if i.Counts.New != 1 || i.Counts.Faulty != 1 {
		t.Errorf("%+v", i.Counts)
	}
}

// Another type may put posts under other superiors.
func TestARetypeAsksAboutThePostsHeldThere(t *testing.T) {
	w := newWorld(t, "tr")
	district := w.byCode["1421"]
	i := w.school("100001", "Okul", "ilkokul", district, nil)
	asked := []string{}
	w.gate.Set(gate.Checks{Retyped: func(_ context.Context, uid, typ string, _ time.Time, _ *time.Time) error {
		asked = append(asked, uid+" "+typ)
		return fault.New(fault.Denied, "identity.retype_posts")
	}})
	by := registry.Act{Version: 1, Since: day(2026, 1, 1), Order: audit.Order{Number: "1", Date: day(2020, 1, 2)}}
	wants(t, w.s.Retype(w.ctx, i.UID, "ortaokul", by), fault.Denied, "identity.retype_posts")
	if d := cmp.Diff([]string{i.UID + " ortaokul"}, asked); d != "" {
		t.Error(d)
	}
}

// Who closes an institution in favour of others reaches those, too.
func TestTRDR6_SuccessorsLieWithinTheRight(t *testing.T) {
	w := newWorld(t, "tr")
	here, there := w.byCode["1421"], w.byCode["1110"]
	if regionOf(w, here).UID == regionOf(w, there).UID {
		t.Fatal("the two districts must lie in different provinces")
	}
	closing := w.school("100001", "Bir", "ilkokul", here, nil)
	near, far := w.school("100002", "İki", "ilkokul", here, nil), w.school("100003", "Üç", "ilkokul", there, nil)
	officer := w.as("district_statistics_officer", here)
	by := registry.Act{Version: 1, Since: day(2026, 1, 1), Order: audit.Order{Number: "1", Date: day(2020, 1, 2)}}
	f := wants(t, w.s.Close(officer, closing.UID, []string{near.UID, far.UID}, by), fault.Denied, "gate.elsewhere")
	if f.Rule == "" || f.Next == nil {
		t.Errorf("%+v", f)
	}
	ok(t, w.s.Close(officer, closing.UID, []string{near.UID}, by))
}
