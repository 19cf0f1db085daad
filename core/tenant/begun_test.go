package tenant_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault/faulttest"
	"mektep/core/once"
)

// What waited in vain for a lock did not happen, and is written down so with why: nothing of it is
// left for settling to find out.
func TestAnActThatALockKeptFromHappeningIsWrittenDownAsUndone(t *testing.T) {
	p := processOn(t, dbtest.Open(t, db.Config{LockTimeout: 200 * time.Millisecond}), &clock.Clock{})
	m, _ := p.two()
	do := behindTheWall["approval.reject"](p, m)
	tx := must(dbtest.Super(t, p.db).Begin(context.Background()))
	must(tx.Exec(context.Background(), "SELECT FROM approval FOR UPDATE"))
	if err := do(colleague()); faulttest.Key(err) != "fault.contended" {
		t.Fatal(err)
	}
	ok(t, tx.Rollback(context.Background()))
	p.cameTo("approval.reject", "a lock kept it from happening", "error fault.contended")
	ok(t, do(colleague()))
	p.cameTo("approval.reject", "done after all", "allow", "error fault.contended")
}

// What is sent again once its answer was kept is refused to whoever sends it, and written down
// as what it is: repeated.
func TestAnActThatWasAnsweredAndIsSentAgainIsWrittenDownAsRepeated(t *testing.T) {
	p := start(t)
	m, _ := p.two()
	do := behindTheWall["letters.resend"](p, m)
	first := once.With(colleague(), once.Key{Name: "letters.resend"})
	ok(t, do(first))
	ok(t, once.Answered(first, once.Answer{Status: 303}))
	if err := do(once.With(colleague(), once.Key{Name: "letters.resend"})); !errors.Is(err, once.Repeated) {
		t.Fatal(err)
	}
	p.cameTo("letters.resend", "sent again", "repeated", "allow")
}

// Two acts on one ministry follow each other: nothing of the second is begun while the first is
// under way, and who goes away meanwhile has begun nothing.
func TestNothingIsBegunOnAMinistryWhileAnActOnItIsUnderWay(t *testing.T) {
	for what, prepare := range behindTheWall {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			p := start(t)
			m, _ := p.two()
			do := prepare(p, m)
			ctx := context.Background()
			tree := must(dbtest.Super(t, p.db).Begin(ctx))
			must(tree.Exec(ctx, "SELECT FROM unit WHERE tenant_id = $1 FOR UPDATE", m.ID))
			first := make(chan error, 1)
			go func() {
				first <- p.tenants.Rename(console(), m.Slug, map[string]string{"ky": "Биринчи", "ru": "Первое"})
			}()
			eventually(t, "the first waits for the tree", func() bool {
				return number(t, p.db, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%unit%'") > 0
			})
			before := p.came(what)
			short, cancel := context.WithTimeout(colleague(), 300*time.Millisecond)
			defer cancel()
			if err := do(short); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("beside another: %v", err)
			}
			if now := p.came(what); !slices.Equal(now, before) {
				t.Errorf("begun beside another: %v, before %v", now, before)
			}
			ok(t, tree.Rollback(ctx))
			ok(t, <-first)
			ok(t, do(colleague()))
			if now := p.came(what); now[0] != "allow" {
				t.Errorf("after the other: %v", now)
			}
		})
	}
}

// How an act ended is written down though the operator's browser has gone by then.
func TestTheEndIsWrittenDownThoughTheOperatorHasGone(t *testing.T) {
	p := start(t)
	m, _ := p.two()
	do := behindTheWall["invitation.resend"](p, m)
	ctx, gone := context.WithCancel(colleague())
	p.linked = gone
	_ = do(ctx)
	if ctx.Err() == nil {
		t.Fatal("nobody has gone")
	}
	p.cameTo("invitation.resend", "the operator has gone", "allow")
}
