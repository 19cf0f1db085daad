package registry_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/policy"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/policies"
)

// ruled gives the world the country's rules with some rows taken out and others added.
func (w *world) ruled(country string, out func(row string) bool, in ...string) {
	w.t.Helper()
	files := fstest.MapFS{}
	ok(w.t, fs.WalkDir(policies.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(policies.FS, path)
		if path == country+"/rules.csv" {
			var kept []string
			for _, row := range strings.Split(string(raw), "\n") {
				if !strings.HasPrefix(row, "p,") || !out(strings.Join(strings.Fields(row), " ")) {
					kept = append(kept, row)
				}
			}
			raw = []byte(strings.Join(append(kept, in...), "\n") + "\n")
		}
		files[path] = &fstest.MapFile{Data: raw}
		return err
	}))
	e, wrong := policy.Load(files, gate.Vocabulary(w.profile), nil)
	if err := wrong.Err(); err != nil {
		w.t.Fatal(err)
	}
	s, err := policy.NewSnapshot(e)
	ok(w.t, err)
	w.policy = s
}

func order() audit.Order { return audit.Order{Number: "1", Date: day(2020, 1, 2)} }

// Whoever moves an institution needs the right at both places.
func TestTRDR6_AMoveAsksAtBothPlaces(t *testing.T) {
	w := newWorld(t, "tr")
	here, there := w.byCode["1421"], w.byCode["1110"]
	i := w.school("100001", "Bir", "ilkokul", here, nil)
	officer := w.as("province_statistics_officer", regionOf(w, here))
	by := registry.Act{Version: 1, Since: day(2026, 1, 1), Order: order()}
	if f := wants(t, w.s.Move(officer, i.UID, there.UID, by), fault.Denied, "gate.elsewhere"); f.Rule == "" || f.Next == nil {
		t.Errorf("%+v", f)
	}
	for _, d := range w.byCode {
		if d.Level == unit.District && d.ID != here.ID && *d.ParentID == *here.ParentID {
			ok(t, w.s.Move(officer, i.UID, d.UID, by))
			return
		}
	}
}

// What a file enters asks for what entering by hand asks for.
func TestAnImportAsksToCreate(t *testing.T) {
	d := newDesk(t, "tr")
	officer := d.known(d.as("province_statistics_officer", regionOf(d.world, d.byCode["1421"])))
	const file = "code;name;type;district_code;ownership\n100001;A;ilkokul;1421;resmi\n"
	if i := d.preview(officer, file); i.Counts.New != 1 {
		t.Fatalf("%+v", i.Counts)
	}
	for _, action := range []string{"create", "import"} {
		d.ruled("tr", func(row string) bool { return strings.HasPrefix(row, "p, common.statistics, institution, "+action+",") })
		i, err := d.t.Upload(officer, "list.csv", strings.NewReader(file))
		if err != nil { // without "import" already the door is shut
			wants(t, err, fault.Denied, "")
			continue
		}
		if i, _ = d.step(officer, i, d.t.Preview); i.Counts.New != 0 || i.Counts.Faulty != 1 {
			t.Errorf("without %s: %+v", action, i.Counts)
		}
	}
}

// Whoever changes a type needs the right for what it was and for what it becomes.
func TestARetypeAsksForBothTypes(t *testing.T) {
	w := newWorld(t, "tr")
	i := w.school("100001", "Bir", "ilkokul", w.byCode["1421"], nil)
	was := w.profile.Type("ilkokul")
	w.ruled("tr", func(string) bool { return false }, "p, directorate_officer, institution, retype, overseen, allow, tr-2019-16 §6")
	officer := w.as("directorate_officer", unit.Unit{ID: 9, UID: "d", Path: "1.9.", Level: unit.Directorate, Code: was.Overseer})
	by := registry.Act{Version: 1, Since: day(2026, 1, 1), Order: order()}
	tried := 0
	for _, typ := range w.profile.TypesAt(on) {
		if typ.Overseer != "" && typ.Overseer != was.Overseer {
			tried++
			wants(t, w.s.Retype(officer, i.UID, typ.ID, by), fault.Denied, "")
		}
	}
	if tried == 0 {
		t.Error("all types are overseen by one directorate")
	}
	for _, typ := range w.profile.TypesAt(on) {
		if typ.Overseer == was.Overseer && typ.ID != was.ID {
			ok(t, w.s.Retype(officer, i.UID, typ.ID, by))
			return
		}
	}
}

// So does whoever puts a change of type right that was entered wrong: the type that stands
// there by mistake is no more theirs for it.
func TestARetypeIsPutRightByWhoHasBothTypes(t *testing.T) {
	w := newWorld(t, "tr")
	i := w.school("100001", "Bir", "ilkokul", w.byCode["1421"], nil)
	was := w.profile.Type("ilkokul")
	own, foreign := "", ""
	for _, typ := range w.profile.TypesAt(on) {
		switch {
		case typ.Overseer == was.Overseer && typ.ID != was.ID:
			own = typ.ID
		case typ.Overseer != "" && typ.Overseer != was.Overseer:
			foreign = typ.ID
		}
	}
	w.ruled("tr", func(string) bool { return false }, "p, directorate_officer, institution, retype, overseen, allow, tr-2019-16 §6")
	officer := w.as("directorate_officer", unit.Unit{ID: 9, UID: "d", Path: "1.9.", Level: unit.Directorate, Code: was.Overseer})
	since := day(2026, 9, 1) // until then it is of a type of theirs, whatever is entered
	to := func(typ string) error {
		return w.s.Correct(officer, i.UID, registry.Correction{Slip: w.slip(i, unit.TypeFact, since), Type: typ})
	}
	ok(t, w.s.Retype(w.ctx, i.UID, own, w.deed(i, since)))
	if f := wants(t, to(foreign), fault.Denied, ""); f.Rule == "" && f.Law == "" || f.Next == nil {
		t.Errorf("to another's: %+v", f)
	}
	ok(t, to(was.ID))
	ok(t, to(own))
	ok(t, w.s.Correct(w.ctx, i.UID, registry.Correction{Slip: w.slip(i, unit.TypeFact, since), Type: foreign}))
	wants(t, to(own), fault.Denied, "")
}
