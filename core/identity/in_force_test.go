package identity

import (
	"context"
	"slices"
	"testing"

	"mektep/core/db"
	"mektep/core/fault"
)

// A post gives something before the unit has ended at which it is held, and until somebody has stopped
// it, wherever it is asked who holds what; nobody else's last hold of a role does it keep up.
func TestKGER6d_WhoHoldsAPostAtAnEndedUnitHoldsNothing(t *testing.T) {
	w := newWorld(t)
	officer, teacher, head, admin, gone := w.with("district_officer", w.chuy), w.with("teacher", w.school), w.with("head", w.school), w.with("tenant_admin", w.root), w.with("tenant_admin", w.root)
	set := func(sql string, args ...any) {
		t.Helper()
		ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.PGX().Exec(ctx, sql, append([]any{tx.Tenant()}, args...)...)
			return err
		}))
	}
	set("UPDATE appointment SET unit_id = $2 WHERE tenant_id = $1 AND account_id = $3", w.lyceum.ID, gone.ID)
	asks := map[string]struct {
		whose somebody
		holds func(ctx context.Context, tx *db.Tx) (bool, error)
	}{
		"assignments": {officer, func(ctx context.Context, tx *db.Tx) (bool, error) {
			all, err := assignments(ctx, tx, officer.ID, w.s.today(ctx))
			return len(all) > 0, err
		}},
		"who serves": {officer, func(ctx context.Context, tx *db.Tx) (bool, error) { return w.s.serves(ctx, tx, officer.ID) }},
		"administrators": {gone, func(ctx context.Context, tx *db.Tx) (bool, error) {
			all, err := w.s.administrators(ctx, tx)
			return slices.Contains(all, gone.ID), err
		}},
		"the counted": {gone, func(ctx context.Context, _ *db.Tx) (bool, error) {
			n, err := w.s.Holders(ctx)
			return n["tenant_admin"] == 2, err
		}},
		"the next above": {officer, func(ctx context.Context, tx *db.Tx) (bool, error) {
			all, err := w.s.Superiors(ctx, head.UID)
			return slices.ContainsFunc(all, func(x Superior) bool { return x.account == officer.ID }), err
		}},
		"who watches": {officer, func(ctx context.Context, tx *db.Tx) (bool, error) {
			all, err := w.s.atLevel(ctx, tx, "district", teacher.Account)
			return slices.Contains(all, officer.ID), err
		}},
		"who is told": {officer, func(ctx context.Context, tx *db.Tx) (bool, error) {
			a, err := w.s.begin(ctx, tx, "teacher", w.school)
			if err != nil {
				return false, err
			}
			all, err := w.s.officers(ctx, a, []int64{w.chuy.ID})
			return slices.Contains(all, officer.ID), err
		}},
		"holders at institutions": {teacher, func(ctx context.Context, tx *db.Tx) (bool, error) {
			all, err := HoldersAt(ctx, tx, []string{"teacher"}, nil, 0, w.s.today(ctx), 0, 10)
			return slices.Contains(all, teacher.ID), err
		}},
		"the last holders": {gone, func(ctx context.Context, tx *db.Tx) (bool, error) {
			err := w.s.keepsLastHolders(ctx, tx, admin.ID, 0, w.s.today(ctx))
			if fault.KindOf(err) == fault.Conflict {
				return false, nil
			}
			return err == nil, err
		}},
	}
	for name, c := range asks {
		t.Run(name, func(t *testing.T) {
			holds := func() (does bool) {
				ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) (err error) {
					does, err = c.holds(ctx, tx)
					return err
				}))
				return does
			}
			if !holds() {
				t.Fatal("it gives nothing to begin with")
			}
			for how, sql := range map[string][2]string{
				"the unit has ended":   {"UPDATE unit u SET until = '2026-03-02' FROM appointment p WHERE u.tenant_id = $1 AND p.tenant_id = u.tenant_id AND p.unit_id = u.id AND p.account_id = $2", "UPDATE unit u SET until = NULL FROM appointment p WHERE u.tenant_id = $1 AND p.tenant_id = u.tenant_id AND p.unit_id = u.id AND p.account_id = $2"},
				"the post was stopped": {"UPDATE appointment SET stopped_at = now() WHERE tenant_id = $1 AND account_id = $2", "UPDATE appointment SET stopped_at = NULL WHERE tenant_id = $1 AND account_id = $2"},
			} {
				set(sql[0], c.whose.ID)
				if holds() {
					t.Errorf("%s, and it counts", how)
				}
				set(sql[1], c.whose.ID)
			}
			if !holds() {
				t.Error("it is taken back, and gives nothing")
			}
		})
	}
	// A unit that will end ends what is held there on that day.
	set("UPDATE unit SET until = '2026-03-10' WHERE tenant_id = $1 AND id = $2", w.lyceum.ID)
	ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := w.s.keepsLastHolders(ctx, tx, admin.ID, 0, w.s.today(ctx)); fault.KindOf(err) != fault.Conflict {
			t.Errorf("who goes before the last but one's unit ends: %v", err)
		}
		return nil
	}))
}
