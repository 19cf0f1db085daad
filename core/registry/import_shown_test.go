package registry_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/jobs"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/transfer"
)

// moved are the rows of an import that came out otherwise than its preview showed.
func moved(d *desk, ctx context.Context, i *transfer.Import) []string {
	d.world.t.Helper()
	found, _, err := d.t.FindingsOf(ctx, i.UID, transfer.Moved, 0)
	ok(d.world.t, err)
	var out []string
	for _, f := range found {
		name := fmt.Sprint(f.Args["Name"])
		out = append(out, fmt.Sprintf("%d %s %v %v", f.Line, f.Key, name, f.By != "" && !f.At.IsZero()))
	}
	return out
}

// What is entered is what the preview showed: where a record of it has moved since, nothing
// is entered, and the rows are named and judged anew.
func TestWhatIsEnteredIsWhatThePreviewShowed(t *testing.T) {
	file := trCodes + "900150;Var;ilkokul;Çankaya;özel;;12\n900151;Denk;ilkokul;Çankaya;resmi;;\n900152;Yeni;ilkokul;Çankaya;resmi;;\n"
	type world struct {
		d          *desk
		ctx        context.Context // of a colleague
		var1, same registry.Institution
	}
	for name, c := range map[string]struct {
		meanwhile func(w world) error
		moved     []string
		after     transfer.Counts
	}{
		"nothing happened": {func(world) error { return nil }, nil, transfer.Counts{Rows: 3, New: 1, Changed: 1, Unchanged: 1}},
		"somebody changed the same field": {func(w world) error {
			_, err := w.d.s.Update(w.ctx, w.var1.UID, w.var1.Version, map[string]any{"classrooms": 44})
			return err
		}, []string{"2 import.row.moved map[tr:Var] true"}, transfer.Counts{Rows: 3, New: 1, Changed: 1, Unchanged: 1}},
		"somebody changed another field": {func(w world) error {
			_, err := w.d.s.Update(w.ctx, w.var1.UID, w.var1.Version, map[string]any{"capacity": 44})
			return err
		}, []string{"2 import.row.moved map[tr:Var] true"}, transfer.Counts{Rows: 3, New: 1, Changed: 1, Unchanged: 1}},
		"somebody entered what the file says": {func(w world) error {
			_, err := w.d.s.Update(w.ctx, w.var1.UID, w.var1.Version, map[string]any{"ownership": "private", "classrooms": 12})
			return err
		}, []string{"2 import.row.moved map[tr:Var] true"}, transfer.Counts{Rows: 3, New: 1, Unchanged: 2}},
		"somebody changed what the file leaves as it was": {func(w world) error {
			_, err := w.d.s.Update(w.ctx, w.same.UID, w.same.Version, map[string]any{"ownership": "private"})
			return err
		}, []string{"3 import.row.moved map[tr:Denk] true"}, transfer.Counts{Rows: 3, New: 1, Changed: 2}},
		"somebody changed what the file says nothing of": {func(w world) error {
			_, err := w.d.s.Update(w.ctx, w.same.UID, w.same.Version, map[string]any{"capacity": 44})
			return err
		}, nil, transfer.Counts{Rows: 3, New: 1, Changed: 1, Unchanged: 1}},
		"somebody entered the new one": {func(w world) error {
			w.d.school("900152", "Yeni", "ilkokul", w.d.byCode["1231"], map[string]any{"ownership": "public"})
			return nil
		}, []string{"4 import.row.entered map[tr:Yeni] false"}, transfer.Counts{Rows: 3, Changed: 1, Unchanged: 2}},
		"another has got the name of the new one": {func(w world) error {
			other := w.d.school("900153", "Başka", "ilkokul", w.d.byCode["1231"], map[string]any{"ownership": "public"})
			return w.d.s.Rename(w.d.ctx, other.UID, map[string]string{"tr": "Yeni"}, registry.Act{
				Version: other.Version, Since: day(2026, 3, 1), Order: audit.Order{Number: "1", Date: day(2026, 2, 1)},
			})
		}, []string{"4 import.row.doubtful <nil> false"}, transfer.Counts{Rows: 3, Changed: 1, Unchanged: 1, Duplicate: 1}},
		"the record is gone and can be entered": {func(w world) error {
			return w.d.db.Tenant(w.d.ctx, func(ctx context.Context, _ *db.Tx) error {
				return w.d.tree.RemoveMany(ctx, []int64{w.same.ID})
			})
		}, []string{"3 import.row.vanished <nil> false"}, transfer.Counts{Rows: 3, New: 2, Changed: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "tr")
			w := world{d: d, ctx: d.as("tenant_admin", d.root)}
			w.var1 = d.school("900150", "Var", "ilkokul", d.byCode["1231"], map[string]any{"ownership": "public"})
			w.same = d.school("900151", "Denk", "ilkokul", d.byCode["1231"], map[string]any{"ownership": "public"})
			i := d.preview(d.ctx, file)
			if i.Counts != (transfer.Counts{Rows: 3, New: 1, Changed: 1, Unchanged: 1}) {
				t.Fatalf("%+v %v", i.Counts, told(d, d.ctx, i))
			}
			ok(t, c.meanwhile(w))
			before, err := d.s.Get(d.ctx, w.var1.UID)
			ok(t, err)
			i, run := d.step(d.ctx, i, d.t.Apply)
			c.after.Moved, c.after.Findings = len(c.moved), i.Counts.Findings
			if i.Counts != c.after {
				t.Errorf("%+v", i.Counts)
			}
			if c.moved == nil {
				if run.State != jobs.Done || i.State != transfer.Applied {
					t.Fatalf("%s %v, then %s", run.State, run.Fault, i.State)
				}
				return
			}
			if run.State != jobs.Failed || run.Fault.Key != "import.moved" || i.State != transfer.Checked {
				t.Fatalf("%s %v, then %s", run.State, run.Fault, i.State)
			}
			if diff := cmp.Diff(c.moved, moved(d, d.ctx, i)); diff != "" {
				t.Error(diff)
			}
			if now, err := d.s.Get(d.ctx, w.var1.UID); err != nil || cmp.Diff(before.Fields, now.Fields) != "" {
				t.Errorf("overwritten: %v %v", now.Fields, err)
			}
			// What is shown now may be entered.
			if i.Counts.New+i.Counts.Changed > 0 {
				if i, run = d.step(d.ctx, i, d.t.Apply); run.State != jobs.Done || i.State != transfer.Applied || i.Counts.Moved > 0 {
					t.Errorf("%s %v, then %s %+v", run.State, run.Fault, i.State, i.Counts)
				}
			}
		})
	}
}

// Of two who enter the same list at once one does; the other is told that it is there, in
// each round and in whatever order. The same for two who change the same record.
func TestTwoWhoEnterTheSameListAtOnce(t *testing.T) {
	for name, list := range map[string]string{
		"new ones":              trCodes + "900101;A;ilkokul;Çankaya;resmi;;\n900102;B;ilkokul;Çankaya;resmi;;\n",
		"new ones without code": trCodes + ";A;ilkokul;Çankaya;resmi;;\n;B;ilkokul;Çankaya;resmi;;\n",
		"what is there":         trCodes + "900150;Var;ilkokul;Çankaya;özel;;\n",
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "tr")
			for round := range 4 { // twelve in all
				school := d.school("900150", "Var", "ilkokul", d.byCode["1231"], map[string]any{"ownership": "public"})
				one, two := d.preview(d.ctx, list), d.preview(d.ctx, list)
				one, err := d.t.Apply(d.ctx, one.UID, one.Version)
				ok(t, err)
				two, err = d.t.Apply(d.ctx, two.UID, two.Version)
				ok(t, err)
				var states []transfer.State
				for _, i := range []*transfer.Import{one, two} {
					run := d.over(d.ctx, i.Job)
					if i, err = d.t.Import(d.ctx, i.UID); err != nil {
						t.Fatal(err)
					}
					states = append(states, i.State)
					if i.State == transfer.Checked && (run.Fault == nil || run.Fault.Key != "import.moved" || len(moved(d, d.ctx, i)) == 0) {
						t.Fatalf("round %d: %v %+v", round, run.Fault, i.Counts)
					}
				}
				slices.Sort(states)
				if !slices.Equal(states, []transfer.State{transfer.Applied, transfer.Checked}) {
					t.Fatalf("round %d: %v", round, states)
				}
				p := listed(t, d, strings.Contains(name, "new"))
				ok(t, d.db.Tenant(d.ctx, func(ctx context.Context, _ *db.Tx) error {
					return d.tree.RemoveMany(ctx, append(p, school.ID))
				}))
			}
		})
	}
}

// listed are the ids of A and B, each of which is there once where they are wanted.
func listed(t *testing.T, d *desk, wanted bool) (ids []int64) {
	t.Helper()
	page := list(t, d.world, d.ctx, record.Query{})
	for _, i := range page.Items {
		if name := i.Name["tr"]; name == "A" || name == "B" {
			ids = append(ids, i.ID)
		}
	}
	if wanted && len(ids) != 2 || !wanted && len(ids) != 0 {
		t.Fatalf("%v", names(d.world, page))
	}
	return ids
}

// Whoever brought an import is told what a colleague does with it, and what they do
// themself is no news.
func TestWhoBroughtAnImportIsToldWhatOthersDoWithIt(t *testing.T) {
	d := newDesk(t, "tr")
	owner, colleague := d.known(d.as("tenant_admin", d.root)), d.known(d.as("tenant_admin", d.root))
	news := func(ctx context.Context) (out []string) {
		page, _, err := d.inbox.Inbox(ctx, "")
		ok(t, err)
		for _, n := range page {
			out = append(out, n.Key+" "+n.Link)
		}
		return out
	}
	i := d.preview(owner, trCodes+"900101;A;ilkokul;Çankaya;resmi;;\n")
	i, _ = d.step(colleague, i, d.t.Apply)
	_, _ = d.step(colleague, i, d.t.Undo)
	j := d.preview(owner, trCodes+"900102;B;ilkokul;Çankaya;resmi;;\n")
	_, err := d.t.Cancel(colleague, j.UID, j.Version)
	ok(t, err)
	k := d.preview(owner, trCodes+"900103;C;ilkokul;Çankaya;resmi;;\n")
	k, _ = d.step(owner, k, d.t.Apply)
	_, _ = d.step(owner, k, d.t.Undo)
	at := " /institutions/import/"
	want := []string{"import.notice.cancelled" + at + j.UID, "import.notice.undone" + at + i.UID, "import.notice.applied" + at + i.UID}
	if diff := cmp.Diff(want, news(owner)); diff != "" {
		t.Error(diff)
	}
	if got := news(colleague); len(got) > 0 {
		t.Errorf("told of what they did: %v", got)
	}
}

// An undo looks and takes back in one: what somebody saves in between is not lost.
func TestWhatIsSavedDuringAnUndoStays(t *testing.T) {
	d := newDesk(t, "tr")
	school := d.school("900150", "Var", "ilkokul", d.byCode["1231"], map[string]any{"ownership": "public"})
	i := d.enter(d.ctx, trCodes+"900150;Var;ilkokul;Çankaya;özel;;\n")
	held, release, done := make(chan error), make(chan bool), make(chan error)
	go func() {
		done <- d.db.Tenant(d.ctx, func(ctx context.Context, _ *db.Tx) error {
			_, err := d.s.Update(ctx, school.UID, 2, map[string]any{"capacity": 44})
			held <- err
			<-release
			return err
		})
	}()
	ok(t, <-held)
	i, err := d.t.Undo(d.ctx, i.UID, i.Version)
	ok(t, err)
	d.waits()
	close(release)
	ok(t, <-done)
	run := d.over(d.ctx, i.Job)
	if run.State != jobs.Failed || run.Fault.Kind != fault.Conflict {
		t.Errorf("%s %v", run.State, run.Fault)
	}
	if now, err := d.s.Get(d.ctx, school.UID); err != nil || now.Fields["capacity"] == nil {
		t.Errorf("lost: %v %v", now.Fields, err)
	}
}
