package registry_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/jobs"
	"mektep/core/once"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/transfer"
)

func TestTRDR6_AnUndoTakesWhatTheImportTook(t *testing.T) {
	d := newDesk(t, "tr")
	school := d.school("100009", "Işık İlkokulu", "ilkokul", d.byCode["1231"], map[string]any{"capacity": 100})
	// Somebody who serves two provinces imports into the second.
	officer := d.known(d.as("province_statistics_officer", d.byCode["34"]))
	second := caller.From(d.as("province_statistics_officer", d.byCode["06"]))
	only := *caller.From(officer)
	caller.From(officer).Assignments = append(caller.From(officer).Assignments, second.Assignments...)
	i := d.enter(officer, "code;name;type;district_code;ownership;capacity\n100009;Işık İlkokulu;ilkokul;1231;;250\n")
	j := d.enter(officer, "code;name;type;district_code;ownership\n100001;A;ilkokul;1231;resmi\n")

	// The right to imports is also theirs who bring staff in at the same place.
	staff := d.known(d.as("province_e_personel_officer", d.byCode["34"]))
	_, err := d.t.Undo(staff, i.UID, i.Version)
	wants(t, err, fault.Denied, "")

	// Nor are they taken back by who has left that province meanwhile.
	left := d.known(caller.With(context.Background(), &only))
	for _, i := range []*transfer.Import{i, j} {
		i, run := d.step(left, i, d.t.Undo)
		if run.State != jobs.Failed || run.Fault.Rule != "TR-DR-6" || i.State != transfer.Applied {
			t.Errorf("%s %v, then %s", run.State, run.Fault, i.State)
		}
	}
	now, err := d.s.Get(d.ctx, school.UID)
	ok(t, err)
	if now.Fields["capacity"] != 250.0 {
		t.Errorf("%v", now.Fields)
	}
	d.known(officer)
	for _, i := range []*transfer.Import{j, i} {
		if i, err = d.t.Import(officer, i.UID); err != nil {
			t.Fatal(err)
		}
		if i, run := d.step(officer, i, d.t.Undo); run.State != jobs.Done || i.State != transfer.Undone {
			t.Errorf("%s %v, then %s", run.State, run.Fault, i.State)
		}
	}
}

func TestAnImportIsNotLostWithWhoWorkedOnIt(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.enter(d.ctx, "code;name;type;district_code;ownership\n100001;A;ilkokul;1421;resmi\n")
	// Blocked between asking and doing: the job finds nobody to act for.
	blocked := d.as("tenant_admin", d.root)
	i, err := d.t.Undo(blocked, i.UID, i.Version)
	ok(t, err)
	if run := d.over(d.ctx, i.Job); run.State != jobs.Failed {
		t.Fatalf("%s", run.State)
	}
	colleague := d.known(d.as("tenant_admin", d.root))
	i, err = d.t.Import(colleague, i.UID)
	ok(t, err)
	if i.State != transfer.Applied {
		t.Fatalf("for others it is %s", i.State)
	}
	if i, err = d.t.Undo(colleague, i.UID, i.Version); err != nil {
		t.Fatal(err)
	}
	if run := d.over(d.ctx, i.Job); run.State != jobs.Done {
		t.Errorf("%s %v", run.State, run.Fault)
	}
}

func TestAllOrNothing(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.preview(d.ctx, "code;name;type;district_code;ownership\n100001;A;ilkokul;1421;resmi\n100002;B;ilkokul;1421;resmi\n100003;C;ilkokul;1421;resmi\n")
	// Meanwhile one of the codes goes to an institution that is closed at once.
	x := d.school("100002", "Kapalı", "ilkokul", d.byCode["1231"], nil)
	ok(t, d.s.Close(d.ctx, x.UID, nil, registry.Act{Version: 1, Since: day(2020, 1, 1), Order: audit.Order{Number: "1", Date: day(2020, 1, 2)}}))
	i, run := d.step(d.ctx, i, d.t.Apply)
	if run.State != jobs.Failed || run.Fault == nil || run.Fault.Key != "import.changed_meanwhile" {
		t.Fatalf("%s %v", run.State, run.Fault)
	}
	if i.State != transfer.Checked || i.Counts.Faulty != 1 {
		t.Errorf("%s %+v", i.State, i.Counts)
	}
	if p := list(t, d.world, d.ctx, record.Query{}); p.Total != 0 {
		t.Errorf("entered in part: %v", names(d.world, p))
	}
	found, _, err := d.t.Findings(d.ctx, i.UID, 0)
	ok(t, err)
	if len(found) != 1 || found[0].Key != "institution.closed" || found[0].Line != 3 || found[0].Column != 1 || found[0].Record != x.UID || found[0].Next == nil {
		t.Errorf("%+v", found)
	}
}

func TestUndoUntilSomethingElseTouchesIt(t *testing.T) {
	for name, touch := range map[string]func(d *desk, uid string){
		"nothing": func(*desk, string) {},
		"a save": func(d *desk, uid string) {
			_, err := d.s.Update(d.ctx, uid, 1, map[string]any{"capacity": 5})
			ok(d.world.t, err)
		},
		"a successor": func(d *desk, uid string) {
			x := d.school("100009", "Eski", "ilkokul", d.byCode["1421"], nil)
			ok(d.world.t, d.s.Close(d.ctx, x.UID, []string{uid}, registry.Act{Version: 1, Since: day(2026, 3, 2), Order: audit.Order{Number: "1", Date: day(2020, 1, 2)}}))
		},
		"a closing": func(d *desk, uid string) {
			ok(d.world.t, d.s.Close(d.ctx, uid, nil, registry.Act{Version: 1, Since: day(2026, 3, 2), Order: audit.Order{Number: "1", Date: day(2020, 1, 2)}}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "tr")
			i := d.enter(d.ctx, "code;name;type;district_code;ownership\n100001;A;ilkokul;1421;resmi\n100002;B;ilkokul;1421;resmi\n")
			p := list(t, d.world, d.ctx, record.Query{})
			touch(d, p.Items[0].UID)
			i, run := d.step(d.ctx, i, d.t.Undo)
			left := list(t, d.world, d.ctx, record.Query{State: record.All, Types: []string{"ilkokul"}, Words: "10000"})
			if name == "nothing" {
				if run.State != jobs.Done || i.State != transfer.Undone || left.Total != 0 {
					t.Errorf("%s %v %s, %d left", run.State, run.Fault, i.State, left.Total)
				}
				var beside int
				ok(t, d.db.Tenant(d.ctx, func(ctx context.Context, tx *db.Tx) error {
					return tx.PGX().QueryRow(ctx, `SELECT (SELECT count(*) FROM unit_token t WHERE NOT EXISTS (SELECT FROM unit u WHERE u.tenant_id = t.tenant_id AND u.id = t.id))
						+ (SELECT count(*) FROM institution_value v WHERE NOT EXISTS (SELECT FROM institution i WHERE i.tenant_id = v.tenant_id AND i.id = v.id))`).Scan(&beside)
				}))
				if beside > 0 {
					t.Errorf("%d words and values outlived what the import had entered", beside)
				}
				gone := recorded(d.world, audit.Filter{Action: "delete", Object: "institution"})
				if len(gone) != 2 {
					t.Errorf("%d removals recorded", len(gone))
				}
				return
			}
			if run.State != jobs.Failed || run.Fault.Kind != fault.Conflict || run.Fault.Next == nil || i.State != transfer.Applied || left.Total < 2 {
				t.Errorf("%s %v %s, %d left", run.State, run.Fault, i.State, left.Total)
			}
		})
	}
}

func TestASecondClickAppliesOnce(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.preview(d.ctx, "code;name;type;district_code;ownership\n100001;A;ilkokul;1421;resmi\n")
	key := once.With(d.ctx, once.Key{Name: "apply-form-key"})
	first, err := d.t.Apply(key, i.UID, i.Version)
	ok(t, err)
	again, err := d.t.Apply(once.With(d.ctx, once.Key{Name: "apply-form-key"}), i.UID, i.Version)
	ok(t, err)
	if again.Job != first.Job {
		t.Errorf("two jobs: %s, %s", first.Job, again.Job)
	}
	_, err = d.t.Apply(d.ctx, i.UID, i.Version)
	wants(t, err, fault.Conflict, "")
	d.over(d.ctx, first.Job)
	if p := list(t, d.world, d.ctx, record.Query{}); p.Total != 1 {
		t.Errorf("%d institutions", p.Total)
	}
}

func TestOldFilesGo(t *testing.T) {
	d := newDesk(t, "tr")
	applied := d.enter(d.ctx, "code;name;type;district_code;ownership\n100001;A;ilkokul;1421;resmi\n")
	left := d.upload(d.ctx, "x.csv", "a;b\n1;2\n")
	d.clock.Set(on.AddDate(0, 0, 40))
	fresh := d.upload(d.ctx, "y.csv", "a;b\n1;2\n")
	n, err := d.t.Sweep(d.ctx, on.AddDate(0, 0, 30))
	ok(t, err)
	if n != 2 {
		t.Errorf("%d files went", n)
	}
	for i, want := range map[*transfer.Import]transfer.State{applied: transfer.Applied, left: transfer.Cancelled, fresh: transfer.Matching} {
		now, err := d.t.Import(d.ctx, i.UID)
		ok(t, err)
		if now.State != want {
			t.Errorf("%s, not %s", now.State, want)
		}
	}
	now, err := d.t.Import(d.ctx, applied.UID)
	ok(t, err)
	if now, run := d.step(d.ctx, now, d.t.Undo); run.State != jobs.Done || now.State != transfer.Undone {
		t.Errorf("an import without its file cannot be undone: %v", run.Fault)
	}
}

// What bars an undo is what others did since, not what was itself taken back: two imports of
// one school are undone one after the other, and one that was corrected by hand to what the
// import had left is as it left it.
func TestAnUndoIsNotBarredByWhatWasUndone(t *testing.T) {
	d := newDesk(t, "tr")
	school := d.school("990007", "Işık İlkokulu", "ilkokul", d.byCode["1231"], map[string]any{"capacity": 100})
	list := func(capacity string) string {
		return "code;name;type;district_code;ownership;capacity\n990007;Işık İlkokulu;ilkokul;1231;;" + capacity + "\n990008;Yeni;ilkokul;1231;resmi;" + capacity + "\n"
	}
	first := d.enter(d.ctx, list("101"))
	second := d.enter(d.ctx, list("102"))
	if first.Counts.New != 1 || first.Counts.Changed != 1 || second.Counts.Changed != 2 {
		t.Fatalf("%+v %+v", first.Counts, second.Counts)
	}
	undone := func(i *transfer.Import, want transfer.State) {
		t.Helper()
		if now, run := d.step(d.ctx, i, d.t.Undo); now.State != want {
			t.Errorf("%s %v, then %s", run.State, run.Fault, now.State)
		}
	}
	undone(first, transfer.Applied) // the second stands on it
	first, err := d.t.Import(d.ctx, first.UID)
	ok(t, err)
	_, run := d.step(d.ctx, first, d.t.Undo)
	if at, _ := run.Fault.Next.Args["At"].(time.Time); run.Fault.Key != "import.undo_later" || at.Location().String() != caller.From(d.ctx).Tenant.Zone.String() {
		t.Errorf("%+v", run.Fault.Next) // when that was, as the ministry's clocks show it
	}
	undone(second, transfer.Undone)
	now, err := d.s.Get(d.ctx, school.UID)
	ok(t, err)
	if now.Fields["capacity"] != 101.0 {
		t.Fatalf("%v", now.Fields)
	}
	now, err = d.s.Update(d.ctx, school.UID, now.Version, map[string]any{"capacity": 300})
	ok(t, err)
	first, err = d.t.Import(d.ctx, first.UID)
	ok(t, err)
	undone(first, transfer.Applied) // somebody's change would be lost
	_, err = d.s.Update(d.ctx, school.UID, now.Version, map[string]any{"capacity": 101})
	ok(t, err)
	first, err = d.t.Import(d.ctx, first.UID)
	ok(t, err)
	undone(first, transfer.Undone)
	now, err = d.s.Get(d.ctx, school.UID)
	ok(t, err)
	if now.Fields["capacity"] != 100.0 {
		t.Errorf("%v", now.Fields)
	}
}

// What an import made and was renamed since would be lost with its order, though it is called
// as before.
func TestAnUndoTakesNoRenamingAlong(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.enter(d.ctx, "code;name;type;district_code;ownership\n100001;A;ilkokul;1421;resmi\n")
	p := list(t, d.world, d.ctx, record.Query{})
	ok(t, d.s.Rename(d.ctx, p.Items[0].UID, map[string]string{"tr": "B"}, registry.Act{Version: 1, Since: day(2026, 3, 20), Order: audit.Order{Number: "1", Date: day(2020, 1, 2)}}))
	if i, run := d.step(d.ctx, i, d.t.Undo); run.State != jobs.Failed || i.State != transfer.Applied {
		t.Errorf("%s %v, then %s", run.State, run.Fault, i.State)
	}
}

// An undo that people stand in the way of names the institutions to which they belong.
func TestAnUndoNamesWhatIsInUse(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.enter(d.ctx, "code;name;type;district_code;ownership\n100001;A;ilkokul;1421;resmi\n100002;B;ilkokul;1421;resmi\n")
	ok(t, d.db.Tenant(d.ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, `WITH a AS (INSERT INTO account (tenant_id, uid, family, sort_key, created_at) VALUES ($1, 'x', 'x', 'x', now()) RETURNING tenant_id, id)
			INSERT INTO appointment (tenant_id, uid, account_id, role, unit_id, since, granted_at) SELECT a.tenant_id, 'y', a.id, 'teacher', u.id, '2026-03-01', now()
			FROM a JOIN unit u ON u.tenant_id = a.tenant_id AND u.code = '100002'`, tx.Tenant())
		return err
	}))
	i, run := d.step(d.ctx, i, d.t.Undo)
	if run.State != jobs.Failed || run.Fault.Key != "import.undo_in_use" || i.State != transfer.Applied || run.Fault.Next == nil {
		t.Fatalf("%s %v %s", run.State, run.Fault, i.State)
	}
	if names := fmt.Sprint(run.Fault.Next.Args["Names"]); run.Fault.Next.Key != "import.next.by_hand_these" || !strings.Contains(names, "100002") || strings.Contains(names, "100001") {
		t.Errorf("%+v", run.Fault.Next)
	}
	if left := list(t, d.world, d.ctx, record.Query{Words: "10000"}); left.Total != 2 {
		t.Errorf("%d left", left.Total)
	}
}

// An undo that a value bars, as another institution has got it meanwhile, names whose value it
// was, and who has it now as far as that may be seen.
func TestAnUndoNamesWhoHasTheValueNow(t *testing.T) {
	d := newDesk(t, "kg")
	here := firstDistrict(d.world)
	a := d.school("100001", "Мектеп А", "secondary_school", here, taxed(1))
	b := d.school("100002", "Мектеп Б", "secondary_school", here, taxed(2))
	first, third := fmt.Sprint(taxed(1)["legal_inn"]), fmt.Sprint(taxed(3)["legal_inn"])
	i := d.enter(d.ctx, "code;legal_inn\n100001;"+third+"\n")
	now, err := d.s.Get(d.ctx, b.UID)
	ok(t, err)
	_, err = d.s.Update(d.ctx, b.UID, now.Version, map[string]any{"legal_inn": first})
	ok(t, err)
	_, run := d.step(d.ctx, i, d.t.Undo)
	if f := run.Fault; f == nil || f.Key != "import.undo_taken_by" || f.Args["Value"] != first || f.Args["Field"] == nil ||
		!strings.Contains(fmt.Sprint(f.Args["Name"]), a.Name["ky"]) || !strings.Contains(fmt.Sprint(f.Args["Holder"]), b.Name["ky"]) {
		t.Errorf("%+v", run.Fault)
	}
}
