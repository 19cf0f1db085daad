package record_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"mektep/core/db"
	"mektep/core/record"
)

// One word that many records have is met in the order of the list and counted from the word:
// the same records, in the same order and number, as from a rare one.
func TestACommonWordFindsWhatARareOneDoes(t *testing.T) {
	for _, common := range []bool{false, true} {
		w := newWorld(t)
		s := w.subjects()[0]
		north, _ := w.as("inspector", w.north)
		var want []string
		for k := range 5 {
			uid, err := s.enter(north, true, fmt.Sprintf("Skua %d", k), nil)
			ok(t, err)
			want = append(want, uid)
		}
		_, err := s.enter(north, true, "Gannet", nil)
		ok(t, err)
		if common { // by records that are not there
			ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.PGX().Exec(ctx, "INSERT INTO unit_token (tenant_id, token, id) SELECT $1, 'skua', 1000000 + g FROM generate_series(1, 2000) g", tx.Tenant())
				return err
			}))
		}
		for who, ctx := range map[string]context.Context{"of a region": north, "of all": w.ctx} {
			first, err := s.records.List(ctx, record.Query{Words: "skua", Limit: 3})
			ok(t, err)
			next, err := s.records.List(ctx, record.Query{Words: "skua", Limit: 3, After: first.Next})
			ok(t, err)
			var got []string
			for _, i := range append(first.Items, next.Items...) {
				got = append(got, i.UID)
			}
			if !slices.Equal(got, want) || first.Total != 5 || first.More || next.Total != 5 || next.Next != "" || next.Previous == "" {
				t.Errorf("common %v, %s: %v of %d (%v)", common, who, got, first.Total, first.More)
			}
			closed, err := s.records.List(ctx, record.Query{Words: "skua", State: record.Closed})
			ok(t, err)
			if closed.Total != 0 || len(closed.Items) != 0 {
				t.Errorf("common %v, %s: %d closed", common, who, closed.Total)
			}
		}
	}
}
