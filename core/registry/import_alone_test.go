package registry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mektep/core/registry"
	"mektep/core/transfer"
)

// What one record gives up in a file another may take in it: two swap a value that no two
// share, three hand theirs on in a ring, a new one takes what an old one had. All of it is told, and
// an undo gives everyone back what they had.
func TestRecordsOfOneFileSwapWhatNoTwoShare(t *testing.T) {
	district := ""
	row := func(code, name string, n int) string {
		return fmt.Sprintf("%s;%s;secondary_school;%s;public;%s\n", code, name, district, number(n))
	}
	for _, c := range []struct {
		name  string
		now   []int // by the file, of schools that have 1, 2, 3
		fresh int   // of a new one; 0: none
		told  []int // lines
		taken []int // lines of refusals
		left  bool  // only new ones are entered
	}{
		{name: "swap", now: []int{2, 1}, told: []int{2, 3}},
		{name: "ring", now: []int{2, 3, 1}, told: []int{2, 3, 4}},
		{name: "chain", now: []int{2, 3, 4}, told: []int{2, 3}},
		{name: "new takes", now: []int{4}, fresh: 1, told: []int{3}},
		{name: "one stays", now: []int{2, 2}, taken: []int{2}},
		{name: "one not in the file", now: []int{2}, taken: []int{2}},
		{name: "only new", now: []int{4}, fresh: 1, taken: []int{3}, left: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, "kg")
			here := firstDistrict(d.world)
			district = here.Code
			var olds []registry.Institution
			for n := range 3 {
				olds = append(olds, d.school(fmt.Sprint(100001+n), fmt.Sprintf("Мектеп %c", 'А'+n), "secondary_school", here, taxed(n+1)))
			}
			list := "code;name;type;district_code;ownership;legal_inn\n"
			for k, n := range c.now {
				list += row(fmt.Sprint(100001+k), fmt.Sprintf("Мектеп %c", 'А'+k), n)
			}
			if c.fresh > 0 {
				list += row("100009", "Жаңы мектеп", c.fresh)
			}
			i := d.preview(d.ctx, list)
			if c.left {
				targets := strings.Split(strings.TrimSpace(strings.SplitN(list, "\n", 2)[0]), ";")
				var err error
				i, err = d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{OnlyNew: true})
				ok(t, err)
				i, _ = d.step(d.ctx, i, d.t.Preview)
			}
			all, _, err := d.t.Findings(d.ctx, i.UID, 0)
			ok(t, err)
			var told, taken []int
			for _, f := range all {
				switch {
				case f.Key == "import.row.passes" && f.Warning && f.Target == "legal_inn" && f.Record != "":
					told = append(told, f.Line)
				case f.Key == "import.row.taken_by" && f.Args["Name"] != nil && !f.Warning && f.Record != "" && f.Value != "":
					taken = append(taken, f.Line)
				}
			}
			if !slices.Equal(told, c.told) || !slices.Equal(taken, c.taken) || i.Counts.Faulty != len(c.taken) {
				t.Fatalf("told %v, taken %v: %+v %v", told, taken, i.Counts, found(d, i))
			}
			if c.taken != nil {
				list, _, err := d.t.FindingsOf(d.ctx, i.UID, transfer.Changes, 0)
				ok(t, err)
				for _, f := range list {
					if slices.Contains(c.taken, f.Line) {
						t.Errorf("a row that is refused is shown as a change: %+v", f)
					}
				}
				if sum := i.Counts; sum.New+sum.Changed+sum.Unchanged+sum.Faulty != sum.Rows {
					t.Errorf("%+v", sum)
				}
				return
			}
			has := func(want []int) {
				t.Helper()
				for k, n := range want {
					if now, err := d.s.Get(d.ctx, olds[k].UID); err != nil || now.Fields["legal_inn"] != number(n) {
						t.Errorf("%d: %v %v", k, now.Fields, err)
					}
				}
			}
			i, run := d.step(d.ctx, i, d.t.Apply)
			if i.State != transfer.Applied {
				t.Fatalf("%+v %v %v", i.Counts, run.Fault, found(d, i))
			}
			has(c.now)
			i, run = d.step(d.ctx, i, d.t.Undo)
			if i.State != transfer.Undone {
				t.Fatalf("%+v %v", i.State, run.Fault)
			}
			has([]int{1, 2, 3})
			// Each value is one's own again.
			now, err := d.s.Get(d.ctx, olds[1].UID)
			ok(t, err)
			if _, err = d.s.Update(d.ctx, now.UID, now.Version, taxed(1)); err == nil {
				t.Error("two share a value after an undo")
			}
		})
	}
}
