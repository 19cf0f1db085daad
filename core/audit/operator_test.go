package audit_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/identity"
)

func TestWhatOperatorsDidIsSealed(t *testing.T) {
	for name, c := range map[string]struct {
		tamper string // as the tables' owner; %d: the second act
		damage audit.Damage
	}{
		"whole":             {"SELECT 1", ""},
		"changed":           {"UPDATE platform.operator_act SET operator = 'somebody else' WHERE id = %d", audit.Changed},
		"another reason":    {"UPDATE platform.operator_act SET note = 'asked for' WHERE id = %d", audit.Changed},
		"removed":           {"DELETE FROM platform.operator_act WHERE id = %d", audit.Missing},
		"removed with link": {"WITH gone AS (DELETE FROM platform.operator_act WHERE id = %[1]d) DELETE FROM platform.operator_act_link WHERE id = %[1]d", audit.Link},
		"block removed":     {"DELETE FROM platform.operator_block WHERE seq = 1", audit.NoBlock},
		"block rewritten":   {`UPDATE platform.operator_block SET prev_hash = '\x00' WHERE seq = 2`, audit.Block},
		"inserted": {`INSERT INTO platform.operator_act (at, action, object, outcome, xid)
			SELECT at, action, object, outcome, xid FROM platform.operator_act WHERE id = %d`, audit.Inserted},
		"forged later": {`INSERT INTO platform.operator_act (at, operator, action, object, target, outcome)
			SELECT at, operator, 'suspend', object, target, outcome FROM platform.operator_act WHERE id = %d`, audit.Inserted},
		"copied later": {`INSERT INTO platform.operator_act (at, operator, session, request_id, action, object, target, ministry, outcome, reason, note, key_id, digest)
			SELECT at, operator, session, request_id, action, object, target, ministry, outcome, reason, note, key_id, digest FROM platform.operator_act WHERE id = %d`, audit.Inserted},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, d, now := context.Background(), dbtest.New(t), &clock.Clock{}
			trail, err := audit.New(d, now, []byte("0123456789abcdef0123456789abcdef"))
			if err != nil {
				t.Fatal(err)
			}
			seal := func(acts ...string) {
				t.Helper()
				err := d.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
					for _, a := range acts {
						if err := identity.RecordAct(ctx, tx, trail, now.Now(), identity.Act{Action: a, Object: "ministry", Target: "one", Ministry: "one"}); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				// What another test runs meanwhile may hold the horizon back.
				for n := 0; n < len(acts); {
					more, err := trail.SealOperators(ctx)
					if n += more; err != nil {
						t.Fatal(err)
					}
				}
			}
			seal("create", "suspend", "resume")
			seal("rename")
			owner := dbtest.Owner(t, d)
			var second int64
			if err := owner.QueryRow(ctx, "SELECT id FROM platform.operator_act ORDER BY id OFFSET 1 LIMIT 1").Scan(&second); err != nil {
				t.Fatal(err)
			}
			tamper := c.tamper
			if name != "whole" && name != "block removed" && name != "block rewritten" {
				tamper = fmt.Sprintf(c.tamper, second)
			}
			if _, err := owner.Exec(ctx, tamper); err != nil {
				t.Fatal(err)
			}
			if _, err := trail.SealOperators(ctx); err != nil { // whatever was forged is not taken
				t.Fatal(err)
			}
			r, err := trail.VerifyOperators(ctx)
			switch {
			case err != nil:
				t.Fatal(err)
			case c.damage == "" && (!r.OK() || r.Blocks != 2 || r.Entries != 4 || r.Unsealed != 0):
				t.Errorf("%+v %v", r, r.Finding)
			case c.damage != "" && (r.OK() || r.Finding.Damage != c.damage):
				t.Errorf("found %+v, want %s", r.Finding, c.damage)
			}
		})
	}
}

func TestTheServiceCannotTouchTheSealOnWhatOperatorsDid(t *testing.T) {
	d := dbtest.New(t)
	for _, statement := range []string{
		"UPDATE platform.operator_act_link SET seq = 1", "DELETE FROM platform.operator_block", "DELETE FROM platform.operator_act", "TRUNCATE platform.operator_act_link",
	} {
		err := d.Platform(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.PGX().Exec(ctx, statement)
			return err
		})
		if err == nil {
			t.Errorf("the service may %s", statement)
		}
	}
}

// A platform whose ministries all rest, or that has none yet, has operators too.
func TestWhatOperatorsDidIsSealedWithoutAnyMinistry(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	d, now := dbtest.New(t), &clock.Clock{}
	trail, err := audit.New(d, now, []byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		trail.KeepOperatorsSealed(ctx, 20*time.Millisecond, func(err error) { t.Error(err) })
	}()
	defer func() { stop(); <-done }()
	err = d.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		return identity.RecordAct(ctx, tx, trail, now.Now(), identity.Act{Action: "create", Object: "operator", Target: "somebody"})
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		r, err := trail.VerifyOperators(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if r.OK() && r.Entries == 1 && r.Unsealed == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("not sealed")
}

// Where a process ends between two blocks the acts that are left wait for the next one: a full
// block reaches no further than its last act.
func TestWhatIsLeftBehindAFullBlockIsNoForgery(t *testing.T) {
	b := newBench(t)
	act := func(times int) {
		t.Helper()
		err := b.db.Platform(b.platform(), func(ctx context.Context, tx *db.Tx) error {
			for range times {
				if err := identity.RecordAct(ctx, tx, b.trail, b.clock.Now(), identity.Act{Action: "rename", Object: "ministry", Target: "one", Ministry: "one"}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	seal := func(n int) {
		t.Helper()
		for sealed := 0; sealed < n; {
			more, err := b.trail.SealOperators(b.platform())
			if sealed += more; err != nil {
				t.Fatal(err)
			}
		}
	}
	const full = 1000
	act(full)
	act(1)
	seal(full + 1)
	owner := dbtest.Owner(t, b.db)
	if _, err := owner.Exec(context.Background(), "WITH gone AS (DELETE FROM platform.operator_act_link WHERE seq = 2) DELETE FROM platform.operator_block WHERE seq = 2"); err != nil {
		t.Fatal(err)
	}
	if r, err := b.trail.VerifyOperators(b.platform()); err != nil || !r.OK() || r.Blocks != 1 || r.Entries != full || r.Unsealed != 1 {
		t.Errorf("between two blocks: %+v %v %v", r, r.Finding, err)
	}
	seal(1)
	if r, err := b.trail.VerifyOperators(b.platform()); err != nil || !r.OK() || r.Entries != full+1 || r.Unsealed != 0 {
		t.Errorf("afterwards: %+v %v %v", r, r.Finding, err)
	}
}
