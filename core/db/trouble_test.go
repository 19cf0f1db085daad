package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
)

// Every class of PostgreSQL's codes is a defect, or is told as what it is.
func TestWhatAFailureOfTheDatabaseMeans(t *testing.T) {
	for _, c := range []struct {
		kind  fault.Kind
		codes string
	}{
		{fault.Unavailable, "08000 08001 08003 08004 08006 08P01 25006 25P03 26000 28000 28P01 3D000 40001 40003 40P01 42P05 " +
			"53000 53100 53200 53300 53400 3F000 42501 42703 42883 42P01 55006 55P03 57000 57014 57P01 57P02 57P03 57P04 57P05 58000 58030 58P01 F0000 F0001 XX000 XX001 XX002"},
		{fault.Invalid, "22001 22003 22007 22008 22021 22P05 23502 23514 54000"},
		{fault.Conflict, "23001 23503 23505 23P01"},
		{fault.Internal, "0A000 21000 22012 22P02 25001 25P02 42601 P0001 54001"},
	} {
		for _, code := range strings.Fields(c.codes) {
			err := db.Fault(fmt.Errorf("store: %w", &pgconn.PgError{Code: code, Message: "value of Aibek"}))
			f := faulttest.Of(t, err)
			if f.Kind != c.kind {
				t.Errorf("%s is %v, want %v", code, f.Kind, c.kind)
			}
			if f.Kind == fault.Unavailable && f.Wait == 0 {
				t.Errorf("%s does not say when to ask again", code)
			}
		}
	}
	for name, err := range map[string]error{
		"deadline": context.DeadlineExceeded, "refused": &net.OpError{Op: "dial", Err: errors.New("refused")},
		"bad plan": &pgconn.PgError{Code: "0A000", Routine: "RevalidateCachedQuery"},
	} {
		if f := faulttest.Of(t, db.Fault(err)); f.Kind != fault.Unavailable || f.Wait == 0 {
			t.Errorf("%s is %v after %d s", name, f.Kind, f.Wait)
		}
	}
	// A row that the wall keeps out is a defect of the program, whatever its code.
	if f := faulttest.Of(t, db.Fault(&pgconn.PgError{Code: "42501", Routine: "ExecWithCheckOptions"})); f.Kind != fault.Internal {
		t.Errorf("the wall's refusal is told as %v", f.Kind)
	}
	own := fault.New(fault.Denied, "x").WithCause(&pgconn.PgError{Code: "53100"})
	if told := db.Fault(own); told != error(own) || db.Fault(nil) != nil { //nolint:errorlint // the very same, not one that is like it
		t.Error("what was told already was told anew")
	}
}

// A unit that lost by a deadlock is run again; nobody hears of it.
func TestADeadlockRunsTheUnitAgain(t *testing.T) {
	d := dbtest.New(t)
	ctx := dbtest.Tenant(t, d, "kg", "kg")
	dbtest.Tenant(t, d, "tr", "tr")
	var met sync.WaitGroup
	met.Add(2)
	runs := make([]int, 2)
	lock := func(k int, first, second string) error {
		return d.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
			runs[k]++
			if _, err := tx.PGX().Exec(ctx, "UPDATE platform.tenant SET version = version + 1 WHERE slug = $1", first); err != nil {
				return err
			}
			if runs[k] == 1 { // both hold their first row before either asks for its second
				met.Done()
				met.Wait()
			}
			_, err := tx.PGX().Exec(ctx, "UPDATE platform.tenant SET version = version + 1 WHERE slug = $1", second)
			return err
		})
	}
	errs := make(chan error, 2)
	go func() { errs <- lock(0, "kg", "tr") }()
	go func() { errs <- lock(1, "tr", "kg") }()
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if runs[0]+runs[1] != 3 {
		t.Errorf("the units ran %v times, want one of them twice", runs)
	}
}

func TestAUnitThatMayRunOnlyOnceIsNotRunAgain(t *testing.T) {
	d := dbtest.New(t)
	for want, ctx := range map[int]context.Context{3: context.Background(), 1: db.OnlyOnce(context.Background())} {
		runs := 0
		err := d.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
			runs++
			_, err := tx.PGX().Exec(ctx, "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$")
			return err
		})
		if f := faulttest.Of(t, err); f.Kind != fault.Unavailable || f.Key != "fault.contended" || runs != want {
			t.Errorf("%d runs ended as %v, want %d", runs, err, want)
		}
	}
}

// Waiting for somebody else's lock ends soon, and says so.
func TestWaitingForALockEndsAsBusy(t *testing.T) {
	d := dbtest.Open(t, db.Config{LockTimeout: 200 * time.Millisecond})
	dbtest.Tenant(t, d, "kg", "kg")
	held, free := make(chan bool), make(chan bool)
	const lock = "SELECT FROM platform.tenant WHERE slug = 'kg' FOR UPDATE"
	done := make(chan error, 1)
	go func() {
		done <- d.Platform(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.PGX().Exec(ctx, lock)
			close(held)
			<-free
			return err
		})
	}()
	<-held
	ask := func(ctx context.Context) error {
		return d.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.PGX().Exec(ctx, lock)
			return err
		})
	}
	if f := faulttest.Of(t, ask(context.Background())); f.Kind != fault.Unavailable || f.Key != "fault.contended" || f.Wait == 0 {
		t.Errorf("got %v after %d s", f, f.Wait)
	}
	patient := make(chan error, 1)
	go func() { patient <- ask(db.Patient(context.Background(), time.Minute)) }()
	select {
	case err := <-patient:
		t.Errorf("a patient unit did not wait: %v", err)
	case <-time.After(400 * time.Millisecond):
	}
	close(free)
	if err := errors.Join(<-done, <-patient); err != nil {
		t.Error(err)
	}
}

// What a constraint refuses is no failure of the server, but it is one of the
// program's: the log says where.
func TestAConstraintThatHadToRefuseIsLogged(t *testing.T) {
	var log bytes.Buffer
	d := dbtest.Open(t, db.Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	dbtest.Tenant(t, d, "kg", "kg")
	err := d.Platform(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "INSERT INTO platform.tenant (slug, profile, name) VALUES ('kg', 'kg', '{}')")
		return err
	})
	if fault.KindOf(err) != fault.Conflict || !db.IsUnique(err, "tenant_slug_key") {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(log.String(), "defect") || !strings.Contains(log.String(), "tenant_slug_key") {
		t.Errorf("the log says %q", log.String())
	}
}

// A silent database costs nobody more than their own time, and nothing stays behind.
func TestASilentDatabaseAnswersWithinTheCallersTime(t *testing.T) {
	d, line := dbtest.OpenBehind(t, db.Config{})
	ctx := dbtest.Tenant(t, d, "kg", "kg")
	const limit, spare = time.Second, 3 * time.Second
	held := make(chan bool)
	silenced := make(chan bool)
	doors := map[string]func(ctx context.Context) error{
		"unit": func(ctx context.Context) error {
			return d.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.PGX().Exec(ctx, "SELECT 1")
				return err
			})
		},
		"platform": func(ctx context.Context) error {
			return d.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.PGX().Exec(ctx, "SELECT 1")
				return err
			})
		},
		"read": func(ctx context.Context) error {
			b := &pgx.Batch{}
			b.Queue("SELECT 1")
			return d.Read(ctx, b)
		},
		"commit": func(ctx context.Context) error {
			return d.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.PGX().Exec(ctx, "SELECT 1")
				held <- true
				<-silenced
				return err
			})
		},
	}
	type answer struct {
		door string
		took time.Duration
		err  error
	}
	answers := make(chan answer, len(doors))
	ask := func(door string) {
		own, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		begun := time.Now()
		err := doors[door](own)
		answers <- answer{door, time.Since(begun), err}
	}
	go ask("commit")
	<-held
	line.Silence()
	close(silenced)
	for door := range doors {
		if door != "commit" {
			go ask(door)
		}
	}
	for range doors {
		a := <-answers
		if a.took > limit+spare || fault.KindOf(a.err) != fault.Unavailable {
			t.Errorf("%s: %v after %v", a.door, a.err, a.took)
		}
	}
	line.Speak()
	if err := doors["unit"](ctx); err != nil {
		t.Errorf("once it speaks again: %v", err)
	}
	line.Cut()
	if err := doors["read"](ctx); err != nil && fault.KindOf(err) != fault.Unavailable {
		t.Errorf("on a broken connection: %v", err)
	}
}
