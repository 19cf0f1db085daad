package record_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/unit"
)

// Who sends a record twice among several changes it once, and takes their own save for nobody else's.
func TestOfSeveralEachIsChangedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world, s subject) {
		inspector, _ := w.as("inspector", w.north)
		one, err := s.enter(inspector, true, "Puffin", map[string]any{s.number: 1})
		ok(t, err)
		two, err := s.enter(inspector, true, "Gull", map[string]any{s.number: 1})
		ok(t, err)
		n, err := s.records.UpdateSeveral(inspector, s.seenNow(t, inspector, two, one, two), map[string]any{s.number: 5})
		if err != nil || n != 2 {
			t.Errorf("%d of two were changed: %v", n, err)
		}
	})
}

// Several records are taken in one order by everybody, whichever order they were sent in:
// who waits for the first of them keeps none of the others from whoever has it.
func TestSeveralAreTakenInOneOrder(t *testing.T) {
	w := newWorld(t)
	s := w.subjects()[1]
	inspector, _ := w.as("inspector", w.north)
	var ids []string
	for _, name := range []string{"Tern", "Gull", "Skua"} {
		uid, err := s.enter(inspector, true, name, map[string]any{s.number: 1})
		ok(t, err)
		ids = append(ids, uid)
	}
	slices.Sort(ids)
	of := s.seenNow(t, inspector, ids[2], ids[1], ids[0])
	done := make(chan error, 1)
	ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.PGX().Exec(ctx, "SELECT FROM boat WHERE tenant_id = $1 AND uid = $2 FOR UPDATE", tx.Tenant(), ids[0]); err != nil {
			return err
		}
		go func() {
			_, err := s.records.UpdateSeveral(inspector, of, map[string]any{s.number: 9})
			done <- err
		}()
		for n := 0; n == 0; time.Sleep(time.Millisecond) {
			select {
			case err := <-done:
				t.Errorf("it did not wait: %v", err)
				done <- err
				return nil
			default:
			}
			if err := tx.PGX().QueryRow(ctx, `SELECT count(*) FROM pg_stat_clear_snapshot(), pg_stat_activity
				WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n); err != nil {
				return err
			}
		}
		free := 0
		err := tx.PGX().QueryRow(ctx, "SELECT count(*) FROM (SELECT FROM boat WHERE tenant_id = $1 AND uid = ANY($2) FOR UPDATE SKIP LOCKED) AS b", tx.Tenant(), ids).Scan(&free)
		if free != len(ids) {
			t.Errorf("who waits for the first keeps %d of the others", len(ids)-free)
		}
		return err
	}))
	ok(t, <-done)
}

// A look that broke off is told as such, not as a record that cannot be changed.
func TestALookThatBreaksIsNoRefusalOfARecord(t *testing.T) {
	w := newWorld(t)
	s := w.subjects()[1]
	inspector, _ := w.as("inspector", w.north)
	clerk, _ := w.as("clerk", w.north)
	uid, err := s.enter(inspector, true, "Puffin", map[string]any{s.number: 1})
	ok(t, err)
	change := map[string]any{s.number: 2}
	edits, err := s.records.PreviewSeveral(clerk, []string{uid}, change)
	if err != nil || len(edits) != 1 || fault.KindOf(edits[0].Why) != fault.Denied {
		t.Fatalf("%+v, %v", edits, err)
	}
	for _, broken := range []error{errors.New("no such column"), fault.New(fault.Unavailable, "fault.unavailable")} {
		// Whom to ask is looked up before anybody is refused.
		w.gate.Set(gate.Checks{Way: func(context.Context, unit.Unit) ([]unit.Unit, error) { return nil, broken }})
		if edits, err := s.records.PreviewSeveral(clerk, []string{uid}, change); !errors.Is(err, broken) {
			t.Errorf("%v: %+v, %v", broken, edits, err)
		}
	}
}
