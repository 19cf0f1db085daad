package registry_test

import (
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/jobs"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/transfer"
)

// keeps fails unless an undo was refused by a check, with nothing undone.
func (d *desk) keeps(i *transfer.Import, run *jobs.Run, check, what string) {
	d.world.t.Helper()
	if run.State != jobs.Failed || run.Fault == nil || run.Fault.Check != check || i.State != transfer.Applied {
		d.world.t.Errorf("%s: %s %v, then %s", what, run.State, run.Fault, i.State)
	}
}

// Who takes an import back writes the passport again: not through a window that has closed.
func TestTRIC8_AnUndoWritesThroughNoClosedWindow(t *testing.T) {
	d := newDesk(t, "tr")
	school := d.school("100009", "Işık İlkokulu", "ilkokul", d.byCode["1421"], map[string]any{"classrooms": 10, "capacity": 100})
	officer := d.known(d.as("province_statistics_officer", d.byCode["34"]))
	d.clock.Set(time.Date(2025, 12, 30, 9, 0, 0, 0, time.UTC))
	i := d.enter(officer, "code;name;type;district_code;ownership;classrooms\n100009;Işık İlkokulu;ilkokul;1421;;25\n")
	d.clock.Set(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)) // between the autumn and the spring window
	i, run := d.step(officer, i, d.t.Undo)
	d.keeps(i, run, "window", "the passport is closed")
	if run.Fault != nil && (run.Fault.Kind != fault.Locked || run.Fault.Next == nil) {
		t.Errorf("%v", run.Fault)
	}
	now, err := d.s.Get(d.ctx, school.UID)
	ok(t, err)
	if now.Fields["classrooms"] != 25.0 {
		t.Errorf("written while closed: %v", now.Fields["classrooms"])
	}
}

// What an import has made or coded is taken back by who may make and code, not by who may
// bring in files alone.
func TestTRDR6_AnUndoAsksForEachRightThatItTakes(t *testing.T) {
	d := newDesk(t, "tr")
	officer := d.known(d.as("province_statistics_officer", d.byCode["34"]))
	made := d.enter(officer, "code;name;type;district_code;ownership\n100001;A;ilkokul;1421;resmi\n")
	d.enter(d.ctx, "name;type;district_code;ownership\nKodsuz İlkokulu;ilkokul;1421;resmi\n")
	coded := d.enter(officer, "code;name;type;district_code;ownership\n100002;Kodsuz İlkokulu;ilkokul;1421;resmi\n")
	if n := list(t, d.world, d.ctx, record.Query{Words: "100002"}); n.Total != 1 || coded.Counts.New != 0 {
		t.Fatalf("no code was given: %+v", coded.Counts)
	}
	all := d.policy
	for action, i := range map[string]*transfer.Import{"create": made, "update": coded} {
		d.ruled("tr", func(row string) bool {
			return strings.HasPrefix(row, "p, common.statistics, institution, "+action+",")
		})
		i, err := d.t.Import(officer, i.UID)
		ok(t, err)
		i, run := d.step(officer, i, d.t.Undo)
		d.keeps(i, run, "policy", "without "+action)
		d.policy = all
		if i, run = d.step(officer, i, d.t.Undo); run.State != jobs.Done || i.State != transfer.Undone {
			t.Errorf("with %s: %s %v", action, run.State, run.Fault)
		}
	}
}

// What an undo writes and deletes stands in the trail with the law by which it was done.
func TestTRDR6_AnUndoNamesItsLaw(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("100009", "Işık İlkokulu", "ilkokul", d.byCode["1421"], map[string]any{"classrooms": 10, "capacity": 100})
	officer := d.known(d.as("province_statistics_officer", d.byCode["34"]))
	i := d.enter(officer, "code;name;type;district_code;ownership;classrooms\n100009;Işık İlkokulu;ilkokul;1421;;25\n100001;A;ilkokul;1421;resmi;5\n")
	before := map[string]int{}
	for _, action := range []string{"update", "delete"} {
		before[action] = len(d.entries(audit.Filter{Object: registry.Institutions, Action: action}))
	}
	if i, run := d.step(officer, i, d.t.Undo); run.State != jobs.Done {
		t.Fatalf("%s %v", i.State, run.Fault)
	}
	for action, n := range before {
		all := d.entries(audit.Filter{Object: registry.Institutions, Action: action})
		if len(all) != n+1 || all[0].Law == "" {
			t.Errorf("%s: %d entries, %d before, by %q", action, len(all), n, all[0].Law)
		}
	}
}
