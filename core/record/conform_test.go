package record_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/once"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/unit"
)

// subject is a register under test: every test of this file that takes one runs for each.
type subject struct {
	name    string
	records *record.Records
	// enter makes a record in the north or elsewhere.
	enter func(ctx context.Context, north bool, name string, fields map[string]any) (string, error)
	// everywhere says that people of an office see records of other places too.
	everywhere bool

	open, held, number, unique string         // a field that all see; the group that few see, with a number and a unique text,
	word, must                 string         // a code to count by, and a field that
	demands                    map[string]any // these values demand
	some                       any            // a value of the open field
}

// subjects are the registers that the engine keeps here.
func (w *world) subjects() []subject {
	place := map[bool]unit.Unit{true: w.near, false: w.far}
	school := map[bool]unit.Unit{}
	for north, d := range place {
		school[north] = w.unit(unit.New{Parent: &d, Level: unit.Institution, Type: "school", Code: "school" + d.Code})
	}
	code := 1000
	return []subject{
		{
			name: "institution", records: w.schools.Records, everywhere: true,
			enter: func(ctx context.Context, north bool, name string, fields map[string]any) (string, error) {
				code++
				i, err := w.schools.Create(ctx, registry.Entry{
					SameName: true,
					Code:     strconv.Itoa(code), Parent: place[north].UID, Type: "school", Name: map[string]string{"en": name}, Since: on.AddDate(-1, 0, 0),
					Order: audit.Order{Number: "1", Date: on.AddDate(-1, 0, 0)}, Fields: with(fields, "ownership", "public"),
				})
				return i.UID, err
			},
			open: "address", some: "Pier 1", held: "hidden", number: "hidden_number", unique: "hidden_unique",
			word: "hidden_code", must: "hidden_must", demands: map[string]any{"hidden_yes": true, "hidden_must": "Sound"},
		},
		{
			name: "boat", records: w.boats,
			enter: func(ctx context.Context, north bool, name string, fields map[string]any) (string, error) {
				b, err := w.boats.Create(ctx, record.Entry{Parent: school[north].UID, Since: on.AddDate(-1, 0, 0), Fields: with(fields, "called", name, "seats", 4)})
				return b.UID, err
			},
			open: "seats", some: 5, held: "papers", number: "debt", unique: "hull",
			word: "risk", must: "risk", demands: map[string]any{"seats": 6, "risk": "flood"},
		},
	}
}

// with adds values to those that are there.
func with(fields map[string]any, more ...any) map[string]any {
	out := map[string]any{}
	for k := 0; k < len(more); k += 2 {
		out[more[k].(string)] = more[k+1]
	}
	for k, v := range fields {
		out[k] = v
	}
	return out
}

// each runs a test for every register, in one world.
func each(t *testing.T, test func(t *testing.T, w *world, s subject)) {
	w := newWorld(t)
	for _, s := range w.subjects() {
		t.Run(s.name, func(t *testing.T) {
			w.t = t
			test(t, w, s)
		})
	}
}

func denied(t *testing.T, what string, err error) {
	t.Helper()
	if fault.KindOf(err) != fault.Denied {
		t.Errorf("%s: %v, want a refusal", what, err)
	}
}

func uids(t *testing.T, s subject, ctx context.Context, q record.Query) []string {
	t.Helper()
	p, err := s.records.List(ctx, q)
	ok(t, err)
	out := []string{}
	for _, i := range p.Items {
		out = append(out, i.UID)
	}
	return out
}

func (s subject) update(ctx context.Context, uid string, fields map[string]any) error {
	r, err := s.records.Get(ctx, uid)
	if err != nil {
		return err
	}
	_, err = s.records.Update(ctx, uid, r.Version, fields)
	return err
}

// A field group that somebody may not see is nowhere: not in the record, not in a filter or
// a count, not in what happened to it, not in what it lacks; and nobody writes it blindly.
func TestAHiddenGroupIsNowhere(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		clerk, _ := w.as("clerk", w.north)
		inspector, _ := w.as("inspector", w.north)
		uid, err := s.enter(inspector, true, "Gull", map[string]any{s.number: 4711, s.unique: "H-1"})
		ok(t, err)
		ok(t, s.update(inspector, uid, map[string]any{s.number: 4712}))
		ok(t, s.update(clerk, uid, map[string]any{s.open: s.some}))

		for _, who := range []struct {
			ctx  context.Context
			sees bool
		}{{clerk, false}, {inspector, true}} {
			r, err := s.records.Get(who.ctx, uid)
			ok(t, err)
			if got := fmt.Sprint(r.Fields); strings.Contains(got, "4712") != who.sees || strings.Contains(got, "H-1") != who.sees || slices.Contains(r.Groups, s.held) != who.sees {
				t.Errorf("record of one who sees it %v: %v %v", who.sees, r.Groups, got)
			}
			h, err := s.records.History(who.ctx, uid, "")
			ok(t, err)
			lines := ""
			for _, c := range h.Changes {
				lines += fmt.Sprintf("%s %s %s;", c.Field, c.Old, c.New)
			}
			if strings.Contains(lines, "471") != who.sees || !strings.Contains(lines, s.open) {
				t.Errorf("history of one who sees it %v: %s", who.sees, lines)
			}
			fields, err := s.records.Filters(who.ctx)
			ok(t, err)
			named := false
			for _, f := range fields {
				named = named || f.ID == s.number
			}
			if named != who.sees {
				t.Errorf("filters of one who sees it %v: %v", who.sees, named)
			}
			for _, guess := range []string{"4712", "4713"} { // right and wrong alike
				q := record.Query{Filter: []record.Filter{{Field: s.number, From: guess, To: guess}}}
				p, err := s.records.List(who.ctx, q)
				if !who.sees {
					denied(t, "filter by "+guess, err)
					continue
				}
				ok(t, err)
				if (p.Total == 1) != (guess == "4712") {
					t.Errorf("%s: %d", guess, p.Total)
				}
			}
		}
		// Who sees the group here finds nobody by it elsewhere.
		south, _ := w.as("inspector", w.south)
		_, err = s.enter(south, false, "Skua", map[string]any{s.number: 4712})
		ok(t, err)
		if got := uids(t, s, inspector, record.Query{Filter: []record.Filter{{Field: s.number, From: "4712", To: "4712"}}}); !slices.Equal(got, []string{uid}) {
			t.Errorf("found by what is hidden elsewhere: %v", got)
		}
		_, err = s.records.Counts(clerk, record.By(s.word), record.Query{})
		denied(t, "count by it", err)
		_, err = s.records.Counts(inspector, record.By(s.word), record.Query{})
		ok(t, err)
		for ctx, sees := range map[context.Context]bool{clerk: false, inspector: true} {
			sel, err := s.records.Select(ctx, "export", record.Query{})
			ok(t, err)
			_, rows, err := s.records.Portion(ctx, sel, nil, 10)
			ok(t, err)
			columns, err := s.records.Columns(ctx)
			ok(t, err)
			if got := fmt.Sprint(rows); strings.Contains(got, "4712") != sees || strings.Contains(got, s.open) != true {
				t.Errorf("taken out by one who sees it %v: %s", sees, got)
			}
			if slices.ContainsFunc(columns, func(f *profile.Field) bool { return f.ID == s.number }) != sees {
				t.Errorf("columns of one who sees it %v: %d", sees, len(columns))
			}
		}
		denied(t, "write it", s.update(clerk, uid, map[string]any{s.number: 1}))
		before := len(uids(t, s, clerk, record.Query{}))
		_, err = s.enter(clerk, true, "Tern", map[string]any{s.number: 1})
		denied(t, "enter it", err)
		if n := len(uids(t, s, clerk, record.Query{})); n != before {
			t.Errorf("half written: %d, before %d", n, before)
		}
	})
}

// What a record lacks is told to those who may see where it is lacking.
func TestWhatIsMissingIsAsHiddenAsItsGroup(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		clerk, _ := w.as("clerk", w.north)
		inspector, _ := w.as("inspector", w.north)
		uid, err := s.enter(inspector, true, "Gull", s.demands)
		ok(t, err)
		w.lose(s, uid, s.must)
		for who, want := range map[context.Context]bool{clerk: false, inspector: true} {
			r, err := s.records.Get(who, uid)
			ok(t, err)
			c, err := s.records.Completeness(who, r)
			ok(t, err)
			if got := slices.ContainsFunc(c.Missing, func(f *profile.Field) bool { return f.ID == s.must }); got != want {
				t.Errorf("%s is missed: %v, want %v", s.must, got, want)
			}
		}
	})
}

// lose takes a value out of a record that demands it, as an older profile left it.
func (w *world) lose(s subject, uid, field string) {
	w.t.Helper()
	r, err := s.records.Get(w.ctx, uid)
	ok(w.t, err)
	ok(w.t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "UPDATE "+s.name+" SET fields = fields - $3 WHERE tenant_id = $1 AND id = $2", tx.Tenant(), r.ID, field)
		return err
	}))
}

// What a list shows and what can be opened are the same records, whoever asks: the
// condition in SQL and the gate's answer never part.
func TestListsAndRecordsAgree(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		var all []string
		for _, north := range []bool{true, true, false, false} {
			uid, err := s.enter(w.ctx, north, fmt.Sprintf("No %d", len(all)), nil)
			ok(t, err)
			all = append(all, uid)
		}
		school, err := w.tree.ByCode(w.ctx, unit.Institution, "school0101")
		ok(t, err)
		people := map[string]context.Context{"system": w.ctx}
		for _, role := range []string{"clerk", "counter", "inspector"} {
			people[role], _ = w.as(role, w.north)
		}
		for role, table := range map[string]string{"coach": "boat_crew", "parent": "boat_ward"} {
			ctx, account := w.as(role, school)
			people[role] = ctx
			if s.name == "boat" {
				w.relate(table, all[1], account)
				w.relate(table, all[2], account)
			}
		}
		for role, ctx := range people {
			listed := map[string]bool{}
			p, err := s.records.List(ctx, record.Query{Limit: 200})
			if err != nil && fault.KindOf(err) != fault.Denied {
				t.Fatal(err)
			}
			for _, i := range p.Items {
				listed[i.UID] = true
			}
			if p.Total != len(p.Items) {
				t.Errorf("%s: %d of %d", role, len(p.Items), p.Total)
			}
			for k, uid := range all {
				_, err := s.records.Get(ctx, uid)
				if err != nil && fault.KindOf(err) != fault.Denied {
					t.Fatal(err)
				}
				if opened := err == nil; opened != listed[uid] {
					t.Errorf("%s: record %d is listed %v, opened %v", role, k, listed[uid], opened)
				}
			}
			want := map[string]int{"system": 4, "clerk": 2, "counter": 2, "inspector": 2, "coach": 2, "parent": 2}[role]
			if got := counted(all, listed); s.name == "boat" && got != want {
				t.Errorf("%s sees %d of them, want %d", role, got, want)
			}
			if got := counted(all, listed); s.everywhere && role != "coach" && role != "parent" && got != 4 {
				t.Errorf("%s sees %d of them", role, got)
			}
		}
		denied(t, "write elsewhere", func() error {
			r, err := s.records.Get(w.ctx, all[3])
			ok(t, err)
			_, err = s.records.Update(people["clerk"], all[3], r.Version, map[string]any{s.open: s.some})
			return err
		}())
	})
}

func counted(all []string, listed map[string]bool) (n int) {
	for _, uid := range all {
		if listed[uid] {
			n++
		}
	}
	return n
}

// relate lets somebody stand in a relation to a boat.
func (w *world) relate(table, uid string, account int64) {
	w.t.Helper()
	ok(w.t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "INSERT INTO "+table+" SELECT $1, id, $3 FROM boat WHERE tenant_id = $1 AND uid = $2", tx.Tenant(), uid, account)
		return err
	}))
}

// Of two who write the same unique value at once one has it; the other is told.
func TestTwoWhoWriteOneUniqueValue(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		inspector, _ := w.as("inspector", w.north)
		var both [2]string
		for k := range both {
			uid, err := s.enter(inspector, true, fmt.Sprintf("Twin %d", k), nil)
			ok(t, err)
			both[k] = uid
		}
		for round := range 12 {
			value := fmt.Sprintf("U-%d", round)
			errs := together(func(k int) error { return s.update(inspector, both[k], map[string]any{s.unique: value}) })
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("round %d: %v, %v", round, errs[0], errs[1])
			}
			for _, err := range errs {
				if err != nil && fault.KindOf(err) != fault.Conflict {
					t.Fatal(err)
				}
			}
		}
		twins, err := s.records.Twins(w.ctx)
		ok(t, err)
		if len(twins) > 0 {
			t.Errorf("shared values: %v", twins)
		}
	})
}

func together(do func(k int) error) (errs [2]error) {
	var wg sync.WaitGroup
	for k := range errs {
		wg.Go(func() { errs[k] = do(k) })
	}
	wg.Wait()
	return errs
}

// Of two who save over one version one has saved; the other is shown both values.
func TestTwoWhoSaveOneVersion(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		inspector, _ := w.as("inspector", w.north)
		uid, err := s.enter(inspector, true, "Once", map[string]any{s.number: 1})
		ok(t, err)
		for round := range 12 {
			r, err := s.records.Get(inspector, uid)
			ok(t, err)
			errs := together(func(k int) error {
				_, err := s.records.Update(inspector, uid, r.Version, map[string]any{s.number: 100 + 2*round + k})
				return err
			})
			lost := errs[0]
			if lost == nil {
				lost = errs[1]
			}
			stale, is := record.AsStale(lost)
			if (errs[0] == nil) == (errs[1] == nil) || !is || stale.Version != r.Version+1 {
				t.Fatalf("round %d: %v, %v", round, errs[0], errs[1])
			}
			// What stands is what the other has just saved, not what both began from.
			at := slices.IndexFunc(stale.Fields, func(d record.Difference) bool { return d.Field == s.number })
			if at < 0 {
				t.Fatalf("round %d: %+v", round, stale.Fields)
			}
			values := []string{fmt.Sprint(stale.Fields[at].Now), fmt.Sprint(stale.Fields[at].Yours)}
			slices.Sort(values)
			if want := []string{fmt.Sprint(100 + 2*round), fmt.Sprint(101 + 2*round)}; !slices.Equal(values, want) {
				t.Errorf("round %d: shown %v, want %v", round, values, want)
			}
		}
	})
}

// What is sent twice under one key is done once, and answered twice.
func TestWhatIsSentAgainIsDoneOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		before := len(uids(t, s, w.ctx, record.Query{}))
		var first string
		for range 3 {
			uid, err := s.enter(once.With(w.ctx, once.Key{Name: "key of " + s.name}), true, "Once more", nil)
			ok(t, err)
			if first == "" {
				first = uid
			}
			if uid != first {
				t.Errorf("%s, before %s", uid, first)
			}
		}
		if n := len(uids(t, s, w.ctx, record.Query{})); n != before+1 {
			t.Errorf("%d, before %d", n, before)
		}
	})
}

// A list that is paged through shows each record once, in order, whatever is entered in
// between; and back again.
func TestPagesUnderInserts(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		for k := range 9 {
			_, err := s.enter(w.ctx, true, fmt.Sprintf("Boat %c", 'b'+2*k), nil)
			ok(t, err)
		}
		all := uids(t, s, w.ctx, record.Query{Limit: 200})
		var seen []string
		q := record.Query{Limit: 3}
		for {
			p, err := s.records.List(w.ctx, q)
			ok(t, err)
			for _, i := range p.Items {
				seen = append(seen, i.UID)
			}
			_, err = s.enter(w.ctx, true, "Boat a", nil) // before everything that is still to come
			ok(t, err)
			if p.Next == "" {
				for q.Before, q.After = p.Previous, ""; q.Before != ""; q.Before = p.Previous {
					p, err = s.records.List(w.ctx, q)
					ok(t, err)
				}
				break
			}
			q.After = p.Next
		}
		if !slices.Equal(seen, all) {
			t.Errorf("seen %v, there were %v", seen, all)
		}
	})
}
