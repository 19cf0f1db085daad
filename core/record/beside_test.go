package record_test

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"testing"

	"mektep/core/db"
	"mektep/core/profile"
	"mektep/core/record"
)

// beside reports what stands beside the records of a register that they do not say, or
// does not stand there though they do: words and values follow them by the program's hand.
func beside(t *testing.T, w *world, heads, register string) {
	t.Helper()
	for what, sql := range map[string]string{
		"words that no record says": "SELECT count(*) FROM (SELECT id, token FROM " + heads + "_token EXCEPT SELECT u.id, x FROM " + heads + " u, unnest(string_to_array(ltrim(u.words), ' ')) x) x",
		"words that find nothing":   "SELECT count(*) FROM (SELECT u.id, x FROM " + heads + " u, unnest(string_to_array(ltrim(u.words), ' ')) x EXCEPT SELECT id, token FROM " + heads + "_token) x",
		"records without words":     "SELECT count(*) FROM " + heads + " WHERE words = ''",
		"values that no record says": "SELECT count(*) FROM (SELECT id, field, text_value, int_value FROM " + register + "_value EXCEPT SELECT i.id, f.key, o.text_value, o.int_value" +
			" FROM " + register + " i CROSS JOIN LATERAL jsonb_each(i.fields) f CROSS JOIN LATERAL values_of(f.value) o) x",
	} {
		var n int
		ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error { return tx.PGX().QueryRow(ctx, sql).Scan(&n) }))
		if n > 0 {
			t.Errorf("%s: %d %s", register, n, what)
		}
	}
}

// count is how many rows stand beside the records.
func count(t *testing.T, w *world, table string) (n int) {
	t.Helper()
	ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, "SELECT count(*) FROM "+table).Scan(&n)
	}))
	return n
}

// What records are found and filtered by is what they say, after each change of them.
func TestWhatStandsBesideRecordsFollowsThem(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		heads := s.name
		if s.everywhere {
			heads = "unit"
		}
		held := map[string]any{s.number: 40, s.word: s.demands[s.word]}
		for k, v := range s.demands {
			held[k] = v
		}
		uid, err := s.enter(w.ctx, true, "Grey Heron", held)
		ok(t, err)
		_, err = s.enter(w.ctx, true, "Heron", nil)
		ok(t, err)
		beside(t, w, heads, s.name)
		was := count(t, w, s.name+"_value")
		if was == 0 {
			t.Error("no value stands beside the records")
		}
		ok(t, s.update(w.ctx, uid, map[string]any{s.number: 41}))
		beside(t, w, heads, s.name)
		if n := count(t, w, s.name+"_value"); n != was {
			t.Errorf("%d values, %d before a number changed", n, was)
		}
		ok(t, s.update(w.ctx, uid, map[string]any{s.number: nil}))
		beside(t, w, heads, s.name)
		if n := count(t, w, s.name+"_value"); n != was-1 {
			t.Errorf("%d values, %d before one was taken out", n, was)
		}
	})
	w := newWorld(t)
	s := w.subjects()[1]
	uid, err := s.enter(w.ctx, true, "Grey Heron", nil)
	ok(t, err)
	words := count(t, w, "boat_token")
	ok(t, s.update(w.ctx, uid, map[string]any{"called": "Great Grey Heron"}))
	beside(t, w, "boat", "boat")
	if n := count(t, w, "boat_token"); n != words+1 {
		t.Errorf("%d words, were %d", n, words)
	}
}

// The database reads a number or a day among a record's fields as the program writes it
// beside them.
func TestTheDatabaseReadsNumbersAsTheyWereWritten(t *testing.T) {
	w := newWorld(t)
	day := func(s string) any {
		d, err := profile.ParseDate(s)
		ok(t, err)
		return d.Time().Unix() / 86400
	}
	for _, c := range []struct {
		value any
		want  any
	}{
		{0, int64(0)},
		{350, int64(350)},
		{-7, int64(-7)},
		{2.5, int64(math.Round(2.5))},
		{-2.5, int64(math.Round(-2.5))},
		{0.49999999999999994, int64(math.Round(0.49999999999999994))},
		{1e17, int64(1e17)},
		{1e300, nil},
		{"1970-01-01", int64(0)},
		{"1969-12-31", int64(-1)},
		{"2024-02-29", day("2024-02-29")},
		{"1900-03-01", day("1900-03-01")},
		{"0000-01-01", nil},
		{"2024-13-01", nil},
		{"350", nil},
		{"a day", nil},
		{true, nil},
		{[]string{"2024-01-01"}, nil},
		{nil, nil},
	} {
		raw, err := json.Marshal(c.value)
		ok(t, err)
		var got *int64
		ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
			return tx.PGX().QueryRow(ctx, "SELECT number_of($1::jsonb)", string(raw)).Scan(&got)
		}))
		if (got == nil) != (c.want == nil) || got != nil && *got != c.want {
			t.Errorf("%s: %v, want %v", raw, got, c.want)
		}
	}
}

// What a register lacks is found in all of it: by who may see what is missing, at once after
// a save, and after the country's profile or the day has become another one (KG-ER-7c).
func TestKGER7c_WhatIsMissingIsFoundInTheRegister(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		clerk, _ := w.as("clerk", w.north)
		inspector, _ := w.as("inspector", w.north)
		elsewhere, _ := w.as("inspector", w.south)
		uid, err := s.enter(w.ctx, true, "Heron", s.demands)
		ok(t, err)
		two, err := s.enter(w.ctx, true, "Heron Two", s.demands)
		ok(t, err)
		_, err = s.enter(w.ctx, true, "Gull", nil)
		ok(t, err)
		lacks := func(ctx context.Context, want ...string) {
			t.Helper()
			if got := uids(t, s, ctx, record.Query{Gaps: true}); !slices.Equal(got, want) {
				t.Errorf("%v lack something, want %v", got, want)
			}
			if n, _, err := s.records.Incomplete(ctx); err != nil || n != len(want) {
				t.Errorf("%d are incomplete, %v, want %d", n, err, len(want))
			}
		}
		for _, ctx := range []context.Context{clerk, inspector, elsewhere, w.ctx} {
			lacks(ctx)
		}
		// A demand that came after the record: as a new profile makes them.
		ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.PGX().Exec(ctx, "UPDATE "+s.name+" SET fields = fields - $2 WHERE tenant_id = $1", tx.Tenant(), s.must); err != nil {
				return err
			}
			_, err := tx.PGX().Exec(ctx, "DELETE FROM register_reckoned WHERE tenant_id = $1", tx.Tenant())
			return err
		}))
		ok(t, s.records.Reckon(w.ctx))
		lacks(inspector, uid, two)
		lacks(clerk) // what stands in a group that they may not see lacks nothing for them
		lacks(elsewhere)
		if n, of, err := s.records.Incomplete(inspector); err != nil || n != 2 || of < 3 {
			t.Errorf("%d of %d, %v", n, of, err)
		}
		// Whoever sees all of the ministry is told a number that may be a minute old, but
		// never one that the list beside it belies.
		if p, err := s.records.List(w.ctx, record.Query{Gaps: true, Limit: 1}); err != nil || len(p.Items) != 1 || p.Next == "" || p.Total != 2 {
			t.Errorf("%d rows of %d, %v", len(p.Items), p.Total, err)
		}
		r, err := s.records.Get(inspector, uid)
		ok(t, err)
		if c, err := s.records.Completeness(inspector, r); err != nil || len(c.Missing) != 1 {
			t.Errorf("the record itself lacks %+v, %v", c, err)
		}
		if tallies, err := s.records.Counts(inspector, record.ByRegion, record.Query{Gaps: true}); err != nil || len(tallies) != 1 || tallies[0].Count != 2 {
			t.Errorf("by region: %+v, %v", tallies, err)
		}
		for _, uid := range []string{uid, two} {
			ok(t, s.update(inspector, uid, map[string]any{s.must: s.demands[s.must]}))
		}
		lacks(inspector)
	})
}
