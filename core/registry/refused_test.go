package registry_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/unit"
)

// wantsOne fails unless an error names one field, with a key.
func wantsOne(t *testing.T, what string, err error, field, key string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: done, want %s at %s", what, key, field)
	} else if f := faulttest.Of(t, err); f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != field || f.Fields[0].Key != key {
		t.Errorf("%s: %v, want %s at %s", what, err, key, field)
	}
}

// What is wrong with a new institution is said at its field, whoever enters it, and nothing
// of it is entered.
func TestKGER1_WhatIsWrongWithANewInstitutionIsSaid(t *testing.T) {
	w := newWorld(t, "kg")
	parent := firstDistrict(w)
	for what, c := range map[string]struct {
		change     func(n *registry.Entry)
		field, key string
	}{
		"no day":                  {func(n *registry.Entry) { n.Since = time.Time{} }, "since", "field.required"},
		"a day to come":           {func(n *registry.Entry) { n.Since = on.AddDate(0, 0, 1) }, "since", "institution.future"},
		"no type":                 {func(n *registry.Entry) { n.Type = "" }, "type", "field.required"},
		"a type that is none":     {func(n *registry.Entry) { n.Type = "castle" }, "type", "institution.no_type"},
		"below the ministry":      {func(n *registry.Entry) { n.Parent = w.root.UID }, "parent", "institution.wrong_parent"},
		"below nothing":           {func(n *registry.Entry) { n.Parent = "nothing" }, "parent", "institution.no_parent"},
		"a code without end":      {func(n *registry.Entry) { n.Code = strings.Repeat("7", 65) }, "code", "field.too_long"},
		"a code of no text":       {func(n *registry.Entry) { n.Code = "7\u202e1" }, "code", "field.plain"},
		"an order to come":        {func(n *registry.Entry) { n.Order.Date = on.AddDate(0, 0, 1) }, "order.date", "identity.order_date_future"},
		"a field that is none":    {func(n *registry.Entry) { n.Fields["towers"] = 4 }, "towers", "field.unknown"},
		"no name in the main one": {func(n *registry.Entry) { delete(n.Name, "ky") }, "name.ky", "field.required"},
		"a name of no letters":    {func(n *registry.Entry) { n.Name["ru"] = "77" }, "name.ru", "field.no_letter"},
	} {
		n := registry.Entry{
			Parent: parent.UID, Type: "secondary_school", Name: w.names("№1 мектеп"), Code: "700001", Since: day(2001, 9, 1),
			Fields: map[string]any{"ownership": w.profile.ItemsAt("ownership", on)[0].Code}, Order: audit.Order{Number: "1", Date: day(2020, 1, 2)},
		}
		c.change(&n)
		_, err := w.s.Create(w.ctx, n)
		wantsOne(t, what, err, c.field, c.key)
	}
	tr := newWorld(t, "tr") // where the country says what a code looks like
	for code, key := range map[string]string{"": "field.required", "99923": "field.identifier"} {
		_, err := tr.s.Create(tr.ctx, registry.Entry{
			Parent: firstDistrict(tr).UID, Type: "ilkokul", Name: tr.names("Okul"), Code: code, Since: day(2001, 9, 1),
			Fields: map[string]any{"ownership": "public"}, Order: audit.Order{Number: "1", Date: day(2020, 1, 2)},
		})
		wantsOne(t, "the code "+code, err, "code", key)
	}
	if p, err := w.s.List(w.ctx, record.Query{State: record.All}); err != nil || len(p.Items) != 0 {
		t.Errorf("%d were entered, %v", len(p.Items), err)
	}
}

// An institution is of a type that there is: it becomes none that there is not, and a fact of
// it is put right to none. What is not closed is not reopened, and a reason is a text that a
// trail can keep.
func TestAnInstitutionIsPutIntoNoStateThatIsNone(t *testing.T) {
	w := newWorld(t, "kg")
	i := w.school("700001", "№1 мектеп", "secondary_school", firstDistrict(w), nil)
	wantsOne(t, "another type", w.s.Retype(w.ctx, i.UID, "castle", w.deed(i, day(2026, 2, 2))), "type", "institution.no_type")
	wants(t, w.s.Reopen(w.ctx, i.UID, w.deed(i, day(2026, 2, 2))), fault.Conflict, "institution.open_already")

	ok(t, w.s.Retype(w.ctx, i.UID, "school_gymnasium", w.deed(i, day(2026, 2, 2))))
	wantsOne(t, "put right", w.s.Correct(w.ctx, i.UID, registry.Correction{Slip: w.slip(i, unit.TypeFact, day(2026, 2, 2)), Type: "castle"}), "type", "institution.no_type")
	for key, reason := range map[string]string{"field.too_long": strings.Repeat("жа ", 1000), "field.plain": "жаңы\u202eылыш"} {
		s := w.slip(i, unit.TypeFact, day(2026, 2, 2))
		s.Reason = reason
		wantsOne(t, "taken back", w.s.Withdraw(w.ctx, i.UID, s), "reason", key)
	}
	begun := registry.Correction{Slip: w.slip(i, unit.OpeningFact, i.Since), Since: on.AddDate(0, 0, 1)}
	wantsOne(t, "opened on a day to come", w.s.Correct(w.ctx, i.UID, begun), "since", "institution.future")
	if now := w.reread(i); now.Type != "school_gymnasium" || now.Until != nil {
		t.Errorf("it is now %+v", now.Unit)
	}
}

// What is no place is not changed as one: the ministry stands, an office keeps the code on
// which rights hang, and no level is made that the country does not have.
func TestTheTerritoryIsOfPlacesAndOffices(t *testing.T) {
	w := newWorld(t, "kg")
	admin, ter := w.as("tenant_admin", w.root), w.s.Territory
	act := func(u unit.Unit) registry.Act { return w.onOrder(u, day(2026, 2, 2)) }
	wants(t, ter.Rename(admin, w.root.UID, w.names("Жаңы"), act(w.root)), fault.Conflict, "unit.ministry_stands")
	for _, level := range []string{unit.Institution, unit.Ministry, "galaxy"} {
		_, err := ter.Create(admin, registry.NewUnit{Parent: w.root.UID, Level: level, Code: "Z-1", Name: w.names("Жаңы"), Act: act(w.root)})
		if f := wants(t, err, fault.Invalid, ""); !slices.ContainsFunc(f.Fields, func(f fault.Field) bool { return f.Name == "level" && f.Key == "unit.wrong_level" }) {
			t.Errorf("%s: %+v", level, f.Fields)
		}
	}
	u, z := firstDistrict(w), w.place(admin, *w.parent(firstDistrict(w)), "Z-2", "Экинчи", day(2000, 1, 1))
	for what, c := range map[string]struct {
		change     func(n *registry.NewUnit)
		field, key string
	}{
		"no level":              {func(n *registry.NewUnit) { n.Level = "" }, "level", "field.required"},
		"a district below one":  {func(n *registry.NewUnit) { n.Parent, n.Act = u.UID, act(u) }, "parent", "unit.wrong_place"},
		"no code":               {func(n *registry.NewUnit) { n.Code = "" }, "code", "field.required"},
		"a code that is none":   {func(n *registry.NewUnit) { n.Code = "? ?" }, "code", "unit.code_form"},
		"no day":                {func(n *registry.NewUnit) { n.Since = time.Time{} }, "since", "field.required"},
		"below nothing":         {func(n *registry.NewUnit) { n.Parent = "nothing" }, "parent", "unit.no_parent"},
		"a year without a word": {func(n *registry.NewUnit) { n.Since = day(2062, 1, 1) }, "since", "institution.far_ahead"},
	} {
		n := registry.NewUnit{Parent: w.parent(u).UID, Level: unit.District, Code: "Z-3", Name: w.names("Үчүнчү"), Act: act(*w.parent(u))}
		c.change(&n)
		_, err := ter.Create(admin, n)
		wantsOne(t, what, err, c.field, c.key)
	}
	wantsOne(t, "into nothing", ter.Move(admin, z.UID, "nothing", act(z)), "parent", "unit.no_parent")
	wantsOne(t, "into another district", ter.Move(admin, z.UID, u.UID, act(z)), "parent", "unit.wrong_place")
	slip := registry.Slip{Fact: unit.NameFact, On: z.Since, Version: w.now(z).Version, Reason: "Жаңылыш"}
	undated, typed := slip, slip
	undated.On, typed.Fact = time.Time{}, unit.TypeFact
	wantsOne(t, "put right, of no day", ter.Withdraw(admin, z.UID, undated), "on", "field.required")
	wantsOne(t, "put right, of no fact", ter.Withdraw(admin, z.UID, typed), "fact", "institution.no_fact")
	office, err := w.tree.Create(w.ctx, unit.New{Parent: &w.root, Level: unit.Directorate, Code: w.profile.Directorates[0].ID, Name: w.names("Башкармалык"), Since: founded})
	ok(t, err)
	wantsOne(t, "an office", ter.Recode(admin, office.UID, "other", act(office)), "code", "unit.code_of_profile")
}

// A place is shown to who may see places, and an institution is none.
func TestAPlaceIsShownToWhoMaySeeIt(t *testing.T) {
	w := newWorld(t, "kg")
	u := firstDistrict(w)
	i := w.school("700001", "№1 мектеп", "secondary_school", u, nil)
	if got, way, err := w.s.Territory.Get(w.as("tenant_admin", w.root), u.UID); err != nil || got.UID != u.UID || len(way) == 0 {
		t.Errorf("%+v %v %v", got, way, err)
	}
	_, _, err := w.s.Territory.Get(w.ctx, i.UID)
	wants(t, err, fault.NotFound, "unit.not_found")
	_, err = w.s.Territory.History(w.ctx, i.UID, "")
	wants(t, err, fault.NotFound, "unit.not_found")
	none := *caller.From(w.as("teacher", w.root))
	none.Assignments = nil
	ctx := caller.With(context.Background(), &none)
	_, _, err = w.s.Territory.Get(ctx, u.UID)
	wants(t, err, fault.Denied, "")
	_, err = w.s.Territory.History(ctx, u.UID, "")
	wants(t, err, fault.Denied, "")
}

// What is kept for an export is judged before it is kept: types that there are, conditions of
// a length that somebody may have typed. What an export wrote is opened as that, and nothing else is.
func TestWhatAnExportKeepsIsJudged(t *testing.T) {
	d := newDesk(t, "kg")
	officer := d.known(d.as("district_officer", firstDistrict(d.world)))
	_, err := d.t.Export(officer, record.Query{Types: []string{"castle"}}, "csv")
	wantsOne(t, "a type that is none", err, "type", "institution.no_type")
	_, err = d.t.Export(officer, record.Query{Filter: []record.Filter{{Field: "ownership", Any: slices.Repeat([]string{d.profile.ItemsAt("ownership", on)[0].Code}, 100)}}}, "csv")
	wantsOne(t, "a condition without end", err, "filter", "field.too_long")
	waits, err := d.t.Export(officer, record.Query{}, "csv")
	ok(t, err)
	_, err = d.t.OpenExport(officer, waits.UID)
	wants(t, err, fault.NotFound, "job.file_not_found")
}
