package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"

	"mektep/core/caller"
)

// How long COMMIT and ROLLBACK may take, which run even when the time of whoever
// asked for them is over: half-ended units would hold their locks. A connection
// that does not end a unit in time is closed, and the server takes the unit back.
const (
	commitMost   = 30 * time.Second
	commitLeast  = time.Second
	rollbackMost = time.Second
)

// Tx is an open unit of work. It serves one goroutine and is dead after its end.
type Tx struct {
	tenant int32
	place  string
	pgx    pgx.Tx
	conn   *sql.Conn
	base   *gorm.DB
	ctx    context.Context
	gorm   *gorm.DB
	after  []func()
	told   []Kind // what this unit tells others to have changed
	doomed error
}

type unitKey struct{}

// InTx returns the unit of work that is open in ctx.
func InTx(ctx context.Context) (*Tx, bool) {
	t, ok := ctx.Value(unitKey{}).(*Tx)
	return t, ok
}

// TenantOf returns the id of the ministry in whose space ctx acts, 0 for none.
func TenantOf(ctx context.Context) int32 {
	if c := caller.From(ctx); c != nil {
		return c.Tenant.ID
	}
	return 0
}

// AfterCommit runs fn once the outermost unit in ctx has committed, or at once
// where none is open. A unit that rolls back forgets it.
func AfterCommit(ctx context.Context, fn func()) {
	if t, ok := InTx(ctx); ok {
		t.after = append(t.after, fn)
		return
	}
	fn()
}

// Tenant runs fn as one transaction of the caller's ministry: committed when fn
// returns nil, rolled back when it returns an error or panics. When it lost against
// another unit (a deadlock) fn is run again from its beginning, so it must not add
// to what lies outside it; [OnlyOnce] forbids that. What failures mean says [Fault]. Inside an open
// unit of the same ministry fn joins it; when such a nested fn fails, the whole
// unit can no longer commit (use [Tx.Try] where a part may fail).
//
// ErrNoTenant and ErrOtherTenant come back before a query is sent.
func (d *DB) Tenant(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	c := caller.From(ctx)
	if c == nil || c.Tenant.ID <= 0 {
		return ErrNoTenant
	}
	return d.unit(ctx, c.Tenant.ID, c.Tenant.Placement, fn)
}

// Platform runs fn as one transaction outside the wall: it reaches the tables of
// the schema platform and gets an error from every tenant table.
func (d *DB) Platform(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	return d.unit(ctx, 0, "", fn)
}

func (d *DB) unit(ctx context.Context, tenant int32, place string, fn func(ctx context.Context, tx *Tx) error) error {
	if open, ok := InTx(ctx); ok {
		if open.tenant != tenant || open.place != place {
			return ErrOtherTenant
		}
		return open.join(ctx, fn)
	}
	for try := 1; ; try++ {
		err := d.attempt(ctx, tenant, place, fn)
		if err == nil || try == unitTries || !again(err) || ctx.Value(onlyOnce{}) != nil || !pause(ctx, try) {
			return d.told(err)
		}
	}
}

// attempt runs a unit once.
func (d *DB) attempt(ctx context.Context, tenant int32, place string, fn func(ctx context.Context, tx *Tx) error) error {
	p, err := d.placement(ctx, place)
	if err != nil {
		return err
	}
	// What fn leaves open (rows, mostly) ends with the unit, or it would keep the connection.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t := &Tx{tenant: tenant, place: place, base: d.base}
	if err := t.begin(ctx, p.sql, d.lockWait(ctx)); err != nil {
		return err
	}
	t.ctx = context.WithValue(ctx, unitKey{}, t)
	done := false
	defer func() {
		if !done { // a panic, or a test's FailNow
			cancel()
			t.rollback()
		}
	}()
	err = fn(t.ctx, t)
	if err == nil && t.doomed != nil {
		err = fmt.Errorf("%w: %w", ErrDoomed, t.doomed)
	}
	if err == nil {
		err = ctx.Err() // whoever asked has gone and will not learn of a success
	}
	cancel()
	done = true
	if err != nil {
		t.rollback()
		return err
	}
	if err := t.commit(); err != nil {
		return err
	}
	for _, f := range t.after {
		f()
	}
	return nil
}

// join runs a nested unit inside t.
func (t *Tx) join(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	err := fn(ctx, t)
	if err != nil && t.doomed == nil {
		t.doomed = err
	}
	return err
}

// Try runs fn inside a savepoint: when it fails, what it did is undone, its error
// comes back, and the unit goes on. Callbacks it left for after the commit are dropped.
func (t *Tx) Try(ctx context.Context, fn func(ctx context.Context) error) error {
	before, callbacks := t.doomed, len(t.after)
	sp, err := t.pgx.Begin(ctx)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			_ = sp.Rollback(ctx)
		}
	}()
	err = fn(ctx)
	if err == nil && t.doomed != nil && before == nil {
		err = fmt.Errorf("%w: %w", ErrDoomed, t.doomed)
	}
	done = true
	if err == nil {
		return sp.Commit(ctx)
	}
	t.after = t.after[:callbacks]
	if rerr := sp.Rollback(ctx); rerr != nil {
		t.doomed = errors.Join(err, rerr)
		return t.doomed
	}
	t.doomed = before
	return err
}

// errRehearsed takes back what went well.
var errRehearsed = errors.New("db: rehearsed")

// Rehearse runs fn as Try does and undoes it whatever comes of it: what could not be done
// is said before it is asked for.
func (t *Tx) Rehearse(ctx context.Context, fn func(ctx context.Context) error) error {
	err := t.Try(ctx, func(ctx context.Context) error {
		if err := fn(ctx); err != nil {
			return err
		}
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		return nil
	}
	return err
}

// Tenant returns the ministry of the unit, 0 for the platform's.
func (t *Tx) Tenant() int32 { return t.tenant }

// PGX returns the transaction for pgx. Begin on it is a savepoint; the unit alone
// commits or rolls back.
func (t *Tx) PGX() pgx.Tx { return unitTx{t.pgx} }

// Gorm returns the transaction for gorm. A transaction begun on it is a savepoint.
func (t *Tx) Gorm() *gorm.DB {
	if t.gorm == nil {
		t.gorm = t.base.Session(&gorm.Session{NewDB: true, Context: t.ctx})
		t.gorm.Statement.ConnPool = &unitConn{t.conn}
	}
	return t.gorm
}

// begin takes a connection and, in one round trip, begins the transaction and
// binds the ministry to it.
func (t *Tx) begin(ctx context.Context, pool *sql.DB, lockWait time.Duration) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("db: take a connection: %w", err)
	}
	err = conn.Raw(func(driver any) error {
		var err error
		t.pgx, err = driver.(*stdlib.Conn).Conn().BeginTx(ctx, pgx.TxOptions{BeginQuery: beginQuery(t.tenant, lockWait)})
		return err
	})
	if err != nil {
		_ = conn.Close()
		return fmt.Errorf("db: begin: %w", err)
	}
	t.conn = conn
	return nil
}

// beginQuery also bounds the wait for locks: behind a pooler nothing else could.
func beginQuery(tenant int32, lockWait time.Duration) string {
	return "begin; select set_config('mektep.tenant','" + setting(tenant) + "',true), set_config('lock_timeout','" +
		strconv.FormatInt(lockWait.Milliseconds(), 10) + "',true)"
}

// setting is the ministry as the policies read it. The platform's is empty, which
// is no integer: a tenant table answers with an error.
func setting(tenant int32) string {
	if tenant == 0 {
		return ""
	}
	return strconv.Itoa(int(tenant))
}

func (t *Tx) commit() error {
	most := commitMost
	if end, ok := t.ctx.Deadline(); ok {
		most = max(min(most, time.Until(end)), commitLeast)
	}
	return t.end(most, func(ctx context.Context) error {
		if status := t.pgx.Conn().PgConn().TxStatus(); status == 'I' {
			return errors.New("db: the transaction was ended inside the unit of work")
		}
		if err := t.pgx.Commit(ctx); err != nil {
			_ = t.pgx.Rollback(ctx)
			return fmt.Errorf("db: commit: %w", err)
		}
		return nil
	})
}

func (t *Tx) rollback() {
	_ = t.end(rollbackMost, func(ctx context.Context) error { return t.pgx.Rollback(ctx) })
}

// end runs fn with the connection locked against rows that database/sql may still
// be closing, and gives the connection back.
func (t *Tx) end(most time.Duration, fn func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), most)
	defer cancel()
	err := t.conn.Raw(func(any) error { return fn(ctx) })
	_ = t.conn.Close()
	return err
}

// unitTx is the transaction without its end.
type unitTx struct{ pgx.Tx }

func (unitTx) Commit(context.Context) error   { return ErrUnitOver }
func (unitTx) Rollback(context.Context) error { return ErrUnitOver }
