package registry_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/jobs"
	"mektep/core/registry"
	"mektep/core/transfer"
)

// number is a valid tax number: they are told apart by n.
func number(n int) string { return fmt.Sprintf("011032025%05d", n) }

func taxed(n int) map[string]any { return map[string]any{"legal_inn": number(n)} }

// M1: what the profile says is unique no two records of a ministry share, whoever
// writes; the conflict names the other to those who may see it, and to nobody else.
func TestNoTwoRecordsShareAUniqueValue(t *testing.T) {
	w := newWorld(t, "kg")
	here, there := firstDistrict(w), otherDistrict(w)
	typ := w.profile.TypesAt(on)[0].ID
	for _, x := range w.profile.TypesAt(on) {
		if x.ID == "general_secondary_school" {
			typ = x.ID
		}
	}
	first := w.school("", "Биринчи", typ, here, taxed(1))
	second := w.school("", "Экинчи", typ, there, nil)

	// Updated, by one who sees the other record and by one who does not.
	_, err := w.s.Update(w.ctx, second.UID, second.Version, taxed(1))
	f := wants(t, err, fault.Conflict, "record.taken")
	if len(f.Fields) != 1 || f.Fields[0].Name != "legal_inn" || f.Fields[0].Key != "field.taken_by" || !strings.Contains(fmt.Sprint(f.Fields[0].Args["Record"]), "Биринчи") {
		t.Errorf("the other record is not named to who sees it: %+v", f.Fields)
	}
	_, err = w.s.Update(w.as("district_officer", there), second.UID, second.Version, taxed(1))
	f = wants(t, err, fault.Conflict, "record.taken")
	if len(f.Fields) != 1 || f.Fields[0].Key != "field.taken" || strings.Contains(fmt.Sprint(f.Fields[0].Args), "Биринчи") {
		t.Errorf("the other record is named to who may not see it: %+v", f.Fields)
	}
	// Created.
	_, err = w.s.Create(w.ctx, registry.Entry{
		Parent: there.UID, Type: typ, Name: map[string]string{"ky": "Үчүнчү", "ru": "Третья"}, Since: founded,
		Fields: map[string]any{"ownership": w.profile.ItemsAt("ownership", on)[0].Code, "legal_inn": number(1)},
		Order:  audit.Order{Number: "1", Date: on.AddDate(0, 0, -1)},
	})
	wants(t, err, fault.Conflict, "record.taken")
	// Let go, it is free; kept, it stays one's own.
	first, err = w.s.Update(w.ctx, first.UID, first.Version, taxed(1))
	ok(t, err)
	first, err = w.s.Update(w.ctx, first.UID, first.Version, taxed(2))
	ok(t, err)
	second, err = w.s.Update(w.ctx, second.UID, second.Version, taxed(1))
	ok(t, err)
	_, err = w.s.Update(w.ctx, first.UID, first.Version, taxed(1))
	wants(t, err, fault.Conflict, "record.taken")
	// Another ministry has its own numbers.
	other := newWorld(t, "kg")
	other.school("", "Башка", typ, firstDistrict(other), taxed(1))
}

func TestOfTwoAtOnceOneHasTheValue(t *testing.T) {
	w := newWorld(t, "kg")
	typ := w.profile.TypesAt(on)[0].ID
	a := w.school("", "Биринчи", typ, firstDistrict(w), nil)
	b := w.school("", "Экинчи", typ, firstDistrict(w), nil)
	for n := 1; n <= 12; n++ {
		var group sync.WaitGroup
		errs := make([]error, 2)
		for k, i := range []*registry.Institution{&a, &b} {
			group.Go(func() {
				next, err := w.s.Update(w.ctx, i.UID, i.Version, taxed(n))
				if errs[k] = err; err == nil {
					*i = next
				}
			})
		}
		group.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				wants(t, err, fault.Conflict, "record.taken")
			}
		}
		if won != 1 {
			t.Fatalf("round %d: %d have the value", n, won)
		}
	}
}

// Records that shared a value before it was forbidden: the index is filled, nothing
// fails, they can be edited, and how many they are is told.
func TestTwinsFromBeforeAreToldAndStay(t *testing.T) {
	w := newWorld(t, "kg")
	typ := w.profile.TypesAt(on)[0].ID
	w.school("", "Биринчи", typ, firstDistrict(w), taxed(1))
	b := w.school("", "Экинчи", typ, firstDistrict(w), taxed(2))
	ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, sql := range []string{
			`UPDATE institution SET fields = jsonb_set(fields, '{legal_inn}', to_jsonb('` + number(1) + `'::text)) WHERE tenant_id = $1 AND fields ? 'legal_inn'`,
			"DELETE FROM institution_unique WHERE tenant_id = $1", "DELETE FROM record_unique_field WHERE tenant_id = $1",
		} {
			if _, err := tx.PGX().Exec(ctx, sql, caller.From(w.ctx).Tenant.ID); err != nil {
				return err
			}
		}
		return nil
	}))
	b, err := w.s.Update(w.ctx, b.UID, b.Version, map[string]any{"short_name": "Э", "legal_inn": number(1)})
	ok(t, err)
	twins, err := w.s.Twins(w.ctx)
	ok(t, err)
	if twins["legal_inn"] != 1 {
		t.Errorf("%v", twins)
	}
	c := w.school("", "Үчүнчү", typ, firstDistrict(w), nil)
	_, err = w.s.Update(w.ctx, c.UID, c.Version, taxed(1))
	wants(t, err, fault.Conflict, "record.taken")
	_, err = w.s.Update(w.ctx, b.UID, b.Version, taxed(3))
	ok(t, err)
	if twins, err = w.s.Twins(w.ctx); err != nil || len(twins) != 0 {
		t.Errorf("mended, and still %v (%v)", twins, err)
	}
}

// Imports say it by row, twice in one file or against the register; an undo that would
// give a value back that somebody else has by now is refused.
func TestImportsKeepUniqueValuesApart(t *testing.T) {
	d := newDesk(t, "kg")
	district := firstDistrict(d.world)
	typ := d.profile.TypesAt(on)[0].ID
	own := d.profile.ItemsAt("ownership", on)[0].Code
	old := d.school("100001", "Эски", typ, district, taxed(1))
	head := "name;type;district_code;ownership;legal_inn\n"
	row := func(name string, n int) string {
		return fmt.Sprintf("%s;%s;%s;%s;%s\n", name, typ, district.Code, own, number(n))
	}
	i := d.preview(d.ctx, head+row("Жаңы бир", 1)+row("Жаңы эки", 5)+row("Жаңы үч", 5))
	found, _, err := d.t.Findings(d.ctx, i.UID, 0)
	ok(t, err)
	if len(found) != 2 || found[0].Key != "import.row.taken_by" || found[0].Line != 2 || found[0].Target != "legal_inn" || found[1].Key != "import.row.taken_file" || found[1].Line != 4 {
		t.Fatalf("%+v", found)
	}
	// An import changes the old one's number; somebody takes the number that it had.
	i = d.enter(d.ctx, "code;"+head+"100001;"+row("Эски", 7))
	if i.Counts.Changed != 1 {
		t.Fatalf("%+v", i.Counts)
	}
	d.school("", "Кийинки", typ, district, taxed(1))
	i, run := d.step(d.ctx, i, d.t.Undo)
	if run.State != jobs.Failed || run.Fault.Key != "import.undo_taken_by" || i.State != transfer.Applied {
		t.Errorf("%s %v, then %s", run.State, run.Fault, i.State)
	}
	if now, err := d.s.Get(d.ctx, old.UID); err != nil || now.Fields["legal_inn"] != number(7) {
		t.Errorf("%v, %v", now.Fields, err)
	}
}

// A field that the profile calls unique no longer keeps no values: were it called so again,
// what nobody has any more would be taken.
func TestAFieldThatIsUniqueNoLongerIsForgotten(t *testing.T) {
	w := newWorld(t, "kg")
	i := w.school("", "Биринчи", w.profile.TypesAt(on)[0].ID, firstDistrict(w), taxed(1))
	left := func() (n int) {
		ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
			return tx.PGX().QueryRow(ctx, `SELECT (SELECT count(*) FROM institution_unique WHERE tenant_id = $1 AND field = 'short_name')
				+ (SELECT count(*) FROM record_unique_field WHERE tenant_id = $1 AND field = 'short_name')`, caller.From(w.ctx).Tenant.ID).Scan(&n)
		}))
		return n
	}
	ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error { // as when the profile said it of short names too
		for _, sql := range []string{
			"INSERT INTO record_unique_field (tenant_id, register, field) VALUES ($1, 'institution', 'short_name')",
			"INSERT INTO institution_unique (tenant_id, field, value, id) SELECT $1, 'short_name', 'Б', id FROM institution WHERE tenant_id = $1",
		} {
			if _, err := tx.PGX().Exec(ctx, sql, caller.From(w.ctx).Tenant.ID); err != nil {
				return err
			}
		}
		return nil
	}))
	if left() != 2 {
		t.Fatal("there is nothing to forget")
	}
	_, err := w.s.Update(w.ctx, i.UID, i.Version, taxed(2))
	ok(t, err)
	if n := left(); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	j := w.school("", "Экинчи", w.profile.TypesAt(on)[0].ID, firstDistrict(w), nil)
	_, err = w.s.Update(w.ctx, j.UID, j.Version, taxed(2))
	wants(t, err, fault.Conflict, "record.taken") // what is unique is kept
}
