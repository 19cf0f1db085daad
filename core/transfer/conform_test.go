package transfer_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"mektep/core/fault"
	"mektep/core/jobs"
	"mektep/core/record"
	"mektep/core/transfer"
)

// What a list says is entered as it says, changes what it changes, and is taken back whole.
func TestAListIsEnteredChangedAndTakenBack(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		inspector := w.as("inspector", w.north)
		first := w.enter(inspector, s, s.list(s.open+";"+s.held, s.row("1001", "Gull", true)+";"+s.some+";7", s.row("1002", "Tern", true)+";;"))
		if first.Counts.New != 2 || first.Counts.Findings != 0 {
			t.Fatalf("%+v %+v", first.Counts, w.findings(inspector, s, first))
		}
		gull, there := w.byCode(inspector, s, "1001")
		if !there || gull.Name["en"] != "Gull" || fmt.Sprint(gull.Fields[s.held]) != "7" || gull.Fields[s.open] != s.some {
			t.Fatalf("%v %+v", there, gull)
		}
		again := w.preview(inspector, s, s.list("", s.row("1009", "Auk", true)))
		if fresh, _, err := s.t.FindingsOf(inspector, again.UID, transfer.Fresh, 0); err != nil || len(fresh) != 1 || fresh[0].Entering == nil || fresh[0].Entering.Title+fresh[0].Entering.Names["en"] != "Auk" || len(fresh[0].Entering.Places) == 0 || fresh[0].Entering.Code != "1009" {
			t.Errorf("to be entered: %v %+v", err, fresh)
		}
		second := w.enter(inspector, s, s.list(s.held, s.row("1001", "Gull", true)+";8", s.row("1002", "Tern", true)+";", s.row("1003", "Skua", true)+";9"))
		if c := second.Counts; c.New != 1 || c.Changed != 1 || c.Unchanged != 1 {
			t.Fatalf("%+v", c)
		}
		changes, _, err := s.t.FindingsOf(inspector, second.UID, transfer.Matches, 0)
		ok(t, err)
		if len(changes) != 2 || changes[0].Record != gull.UID {
			t.Errorf("met: %+v", changes)
		}
		// The first cannot be taken back while the second stands on it, and says so.
		_, run := w.step(inspector, s, first, s.t.Undo)
		if run.State != jobs.Failed || run.Fault == nil || run.Fault.Key != "import.undo_later" {
			t.Fatalf("%v %+v", run.State, run.Fault)
		}
		for _, i := range []*transfer.Import{second, first} {
			i, err := s.t.Import(inspector, i.UID)
			ok(t, err)
			i, run := w.step(inspector, s, i, s.t.Undo)
			if i.State != transfer.Undone {
				t.Fatalf("%s: %+v", i.State, run.Fault)
			}
			if i.UID == second.UID {
				r, _ := w.byCode(inspector, s, "1001")
				if _, there := w.byCode(inspector, s, "1003"); there || fmt.Sprint(r.Fields[s.held]) != "7" {
					t.Errorf("undone: %v %+v", there, r.Fields)
				}
			}
		}
		if _, there := w.byCode(inspector, s, "1001"); there {
			t.Error("it is still there")
		}
	})
}

// Somebody else's work on what an import entered is not taken along when it is taken back.
func TestWhatWasSavedSinceIsNotTakenBack(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		inspector := w.as("inspector", w.north)
		i := w.enter(inspector, s, s.list("", s.row("1001", "Gull", true)))
		gull, _ := w.byCode(inspector, s, "1001")
		_, err := s.records.Update(w.as("inspector", w.north), gull.UID, gull.Version, map[string]any{s.held: 3})
		ok(t, err)
		_, run := w.step(inspector, s, i, s.t.Undo)
		if run.Fault == nil || run.Fault.Key != "import.undo_touched" || run.Fault.Next == nil {
			t.Fatalf("%+v", run.Fault)
		}
		if _, there := w.byCode(inspector, s, "1001"); !there {
			t.Error("it is gone")
		}
	})
}

// One faulty row keeps all from being entered, and says where it is wrong.
func TestOneFaultyRowKeepsAllOut(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		inspector := w.as("inspector", w.north)
		i := w.preview(inspector, s, s.list(s.held, s.row("1001", "Gull", true)+";1", s.row("1002", "Tern", true)+";many"))
		f := w.findings(inspector, s, i)
		if i.Counts.Faulty != 1 || len(f) != 1 || f[0].Line != 3 || f[0].Target != s.held || f[0].Value != "many" {
			t.Fatalf("%+v %+v", i.Counts, f)
		}
		_, err := s.t.Apply(inspector, i.UID, i.Version)
		if fault.KindOf(err) != fault.Conflict {
			t.Error(err)
		}
	})
}

// A list writes nothing elsewhere than its bringer may, and says who may.
func TestAListReachesAsFarAsItsBringer(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		inspector := w.as("inspector", w.north)
		i := w.preview(inspector, s, s.list("", s.row("1001", "Gull", true), s.row("1002", "Tern", false)))
		f := w.findings(inspector, s, i)
		if i.Counts.New != 1 || i.Counts.Faulty != 1 || len(f) != 1 || f[0].Line != 3 || f[0].Next == nil && f[0].Rule == "" && f[0].Law == "" {
			t.Fatalf("%+v %+v", i.Counts, f)
		}
	})
}

// A field group that somebody may not see is written by none of their lists, told by none of
// their findings, and stands in none of their files; a right guess and a wrong one are alike.
func TestAHiddenGroupIsInNoList(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		inspector, clerk := w.as("inspector", w.north), w.as("clerk", w.north)
		w.enter(inspector, s, s.list(s.held+";"+s.unique, s.row("1001", "Gull", true)+";4711;H-1"))
		for _, guess := range []string{"4711", "4712"} {
			i := w.preview(clerk, s, s.list(s.held, s.row("1001", "Gull", true)+";"+guess))
			f := w.findings(clerk, s, i)
			if i.Counts.Faulty != 1 || !slices.ContainsFunc(f, func(f transfer.Finding) bool { return f.Target == s.held && !f.Warning }) {
				t.Errorf("%s: %+v %+v", guess, i.Counts, f)
			}
			if said := fmt.Sprint(f); strings.Contains(strings.ReplaceAll(said, guess, ""), "471") {
				t.Errorf("%s: %s", guess, said)
			}
		}
		var told []string
		for _, guess := range []string{"H-1", "H-2"} { // nobody is met by what they may not see
			i := w.preview(clerk, s, s.list(s.unique, s.row("", "Tern", true)+";"+guess))
			if i.Counts.Changed+i.Counts.Unchanged > 0 || i.Counts.Faulty != 1 {
				t.Errorf("%s: %+v %+v", guess, i.Counts, w.findings(clerk, s, i))
			}
			all, _, err := s.t.FindingsOf(clerk, i.UID, transfer.Matches, 0)
			ok(t, err)
			all = append(all, w.findings(clerk, s, i)...)
			for k := range all {
				all[k].Next = nil // the same for all rows, at an address of its own
			}
			told = append(told, strings.ReplaceAll(fmt.Sprint(i.Counts, all), guess, ""))
		}
		if told[0] != told[1] {
			t.Errorf("a right guess is told from a wrong one: %s", told)
		}
		for ctx, sees := range map[context.Context]bool{clerk: false, inspector: true} {
			if got := fmt.Sprint(cells(t, "csv", w.export(ctx, s, "csv"))); strings.Contains(got, "4711") != sees || !strings.Contains(got, "Gull") {
				t.Errorf("sees %v: %s", sees, got)
			}
		}
	})
}

// A file that was taken out and comes back changes nothing, in every format.
func TestWhatWasTakenOutChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		inspector := w.as("inspector", w.north)
		w.enter(inspector, s, s.list(s.open+";"+s.held, s.row("1001", "Gull", true)+";"+s.some+";7", s.row("1002", "Tern", true)+";;0"))
		for _, format := range []string{"csv", "xlsx"} {
			i, err := s.t.Upload(inspector, "back."+format, strings.NewReader(w.export(inspector, s, format)))
			ok(t, err)
			i, _ = w.step(inspector, s, i, s.t.Preview)
			if c := i.Counts; c.Unchanged != c.Rows || c.Rows < 2 || c.Faulty+c.New+c.Changed > 0 {
				t.Errorf("%s: %+v %+v %+v", format, c, i.Columns, w.findings(inspector, s, i))
			}
		}
	})
}

// The template's headings are known again, and its example is left out.
func TestTheTemplateIsKnownAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		inspector := w.as("inspector", w.north)
		var b strings.Builder
		ok(t, s.t.Template(inspector, "xlsx", &b))
		i, err := s.t.Upload(inspector, "template.xlsx", strings.NewReader(b.String()))
		ok(t, err)
		for _, c := range i.Columns {
			if c.Target == "" {
				t.Errorf("%q is not known", c.Heading)
			}
		}
		i, _ = w.step(inspector, s, i, s.t.Preview)
		if i.Counts.Rows != 0 {
			t.Errorf("%+v %+v", i.Counts, w.findings(inspector, s, i))
		}
	})
}

// Two lists that enter the same at once: one does, and nothing is there twice.
func TestTwoListsOfTheSame(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		inspector := w.as("inspector", w.north)
		for round := range 6 {
			code, name := fmt.Sprint(2000+round), fmt.Sprintf("Gull %c", 'A'+round)
			if round%2 == 1 { // by what it is called alone
				code = ""
			}
			text := s.list("", s.row(code, name, true))
			both := [2]*transfer.Import{w.preview(inspector, s, text), w.preview(inspector, s, text)}
			var wg sync.WaitGroup
			for k := range both {
				wg.Go(func() {
					i, err := s.t.Apply(inspector, both[k].UID, both[k].Version)
					if err == nil {
						w.over(inspector, i.Job)
					}
				})
			}
			wg.Wait()
			applied := 0
			for _, i := range both {
				i, err := s.t.Import(inspector, i.UID)
				ok(t, err)
				if i.State == transfer.Applied {
					applied++
				}
			}
			p, err := s.records.List(inspector, record.Query{Limit: 200})
			ok(t, err)
			n := 0
			for _, i := range p.Items {
				if i.Name["en"] == name {
					n++
				}
			}
			if applied != 1 || n != 1 {
				t.Fatalf("round %d: %d applied, %d there", round, applied, n)
			}
		}
	})
}

// What was saved between preview and entering is shown, and nothing is entered.
func TestNothingIsEnteredThatWasNotShown(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		inspector := w.as("inspector", w.north)
		w.enter(inspector, s, s.list("", s.row("1001", "Gull", true)))
		i := w.preview(inspector, s, s.list(s.held, s.row("1001", "Gull", true)+";5"))
		gull, _ := w.byCode(inspector, s, "1001")
		_, err := s.records.Update(inspector, gull.UID, gull.Version, map[string]any{s.held: 3})
		ok(t, err)
		i, run := w.step(inspector, s, i, s.t.Apply)
		if i.State != transfer.Checked || run.Fault == nil || run.Fault.Key != "import.moved" {
			t.Fatalf("%s %+v", i.State, run.Fault)
		}
		gull, _ = w.byCode(inspector, s, "1001")
		if fmt.Sprint(gull.Fields[s.held]) != "3" {
			t.Errorf("%v", gull.Fields)
		}
	})
}

// An import of one register is none of another's.
func TestAnImportIsOfItsRegister(t *testing.T) {
	w, subjects := newWorld(t)
	inspector := w.as("inspector", w.north)
	for k, s := range subjects {
		i, err := s.t.Upload(inspector, "list.csv", strings.NewReader(s.list("", s.row("1001", "Gull", true))))
		ok(t, err)
		other := subjects[1-k].t
		if _, err := other.Import(inspector, i.UID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v", s.name, err)
		}
		if _, err := other.Cancel(inspector, i.UID, i.Version); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v", s.name, err)
		}
		list, _, err := other.Imports(inspector, "")
		ok(t, err)
		if slices.ContainsFunc(list, func(o *transfer.Import) bool { return o.UID == i.UID }) {
			t.Errorf("%s is listed", s.name)
		}
	}
}

// of is the register of a name among those of a world.
func of(t *testing.T, name string, subjects []subject) subject {
	t.Helper()
	for _, s := range subjects {
		if s.name == name {
			return s
		}
	}
	t.Fatal(name)
	return subject{}
}

// keys are what was found in each line of a list.
func keys(found []transfer.Finding) (out []string) {
	for _, f := range found {
		out = append(out, fmt.Sprintf("%d %s %s", f.Line, f.Target, f.Key))
	}
	return out
}

// A record without anything of its own is met by its code, by a value that no two share, and by
// what it is called in its institution; what could be one of several is asked about, and so is a
// second row that says the same.
func TestAPlainRecordIsMet(t *testing.T) {
	w, subjects := newWorld(t)
	s := of(t, "boat", subjects)
	inspector := w.as("inspector", w.north)
	w.enter(inspector, s, "called;unit;seats;hull\nGull;8001;4;H-1\nTern;Harbour school;4;\nTwin;8001;4;H-2\nOther twin;8001;4;H-3\n")
	for list, want := range map[string]string{
		"called;unit;seats;hull\nA new name;8001;4;H-1\n":        "", // the same boat, by its hull
		"called;unit;seats\nTERN;Harbour School;3\n":             "",
		"called;unit;seats\nNew;8001;4\nnew;8001;4\n":            "3 called import.row.twin_record_file",
		"code;called;unit;seats\n7;One;8001;4\n7;Other;8001;4\n": "3 code import.row.code_twice",
		"called;unit;seats\nGull;nowhere;4\n":                    "2 unit import.row.unknown_unit",
		"called;unit;seats\nGull;;4\n":                           "2 unit field.required",
		"called;unit;seats\nGull;8002;4\n":                       "2 unit gate.elsewhere",
		"called;unit;seats;since\nNew;8001;4;2010-01-01\n":       "2 unit record.unit_closed",
		"called;unit;seats;since\nNew;8001;4;2030-01-01\n":       "2 since record.future",
	} {
		i := w.preview(inspector, s, list)
		if got := strings.Join(keys(w.findings(inspector, s, i)), "; "); got != want {
			t.Errorf("%s: %s, want %s", list, got, want)
		}
		if want == "" && i.Counts.Changed != 1 {
			t.Errorf("%s: %+v", list, i.Counts)
		}
	}
	for _, code := range []string{"H-2", "H-3"} { // two of one name
		r, err := s.records.List(inspector, record.Query{Filter: nil, Limit: 200})
		ok(t, err)
		for _, item := range r.Items {
			b, err := s.records.Get(inspector, item.UID)
			ok(t, err)
			if b.Fields[s.unique] == code {
				_, err = s.records.Update(inspector, b.UID, b.Version, map[string]any{"called": "Both"})
				ok(t, err)
			}
		}
	}
	i := w.preview(inspector, s, "called;unit;seats\nBoth;8001;5\n")
	if got := keys(w.findings(inspector, s, i)); len(got) != 1 || got[0] != "2 called import.row.twin_record_many" {
		t.Error(got)
	}
	// A record of another institution stays there: no file moves it.
	i = w.preview(w.ctx, s, "called;unit;seats;hull\nGull;8002;4;H-1\n")
	if got := keys(w.findings(w.ctx, s, i)); len(got) != 1 || got[0] != "2 unit import.row.dated_unit" || i.Counts.Dated != 1 {
		t.Error(got, i.Counts)
	}
}

// Of a record that lies where somebody may see nothing their list is told that its number is
// taken, and no more.
func TestAListIsToldNothingOfWhatLiesElsewhere(t *testing.T) {
	w, subjects := newWorld(t)
	s := of(t, "boat", subjects)
	w.enter(w.as("inspector", w.south), s, s.list(s.open, s.row("1005", "Skua", false)+";"+s.some))
	north := w.as("inspector", w.north)
	for _, guess := range []string{s.some, "1999-01-02"} {
		i := w.preview(north, s, s.list(s.open, s.row("1005", "Skua", true)+";"+guess))
		f := w.findings(north, s, i)
		if len(f) != 1 || f[0].Key != "import.row.taken_elsewhere" || f[0].Record != "" || f[0].Next == nil || i.Counts.Faulty != 1 {
			t.Errorf("%s: %+v %+v", guess, f, i.Counts)
		}
	}
}

// Who may no longer enter or change records takes none back, though the import is theirs.
func TestWhoMayNoMoreTakesNothingBack(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		inspector := w.as("inspector", w.north)
		made := w.enter(inspector, s, s.list(s.held, s.row("1001", "Gull", true)+";1"))
		changed := w.enter(inspector, s, s.list(s.held, s.row("1001", "Gull", true)+";2"))
		w.becomes(inspector, "counter")
		for _, i := range []*transfer.Import{changed, made} {
			i, err := s.t.Undo(inspector, i.UID, i.Version)
			if err != nil { // refused at the door
				if fault.KindOf(err) != fault.Denied {
					t.Fatal(err)
				}
				continue
			}
			if run := w.over(inspector, i.Job); run.State == jobs.Done {
				t.Error("taken back")
			}
		}
		r, there := w.byCode(w.ctx, s, "1001")
		if !there || fmt.Sprint(r.Fields[s.held]) != "2" {
			t.Errorf("%v %+v", there, r.Fields)
		}
	})
}
