// Package db is the only way to the database, and the wall between ministries.
//
// Every tenant table forces row-level security with the plain policy
//
//	tenant_id = current_setting('mektep.tenant')::int
//
// and the service's role owns nothing and cannot bypass it. The setting is made
// for one transaction at a time, in the same round trip that begins it, so that
// nothing can be left on a connection for the next ministry. Without it a query
// on a tenant table is an error, never an empty or a full answer.
//
// Three doors lead in. [DB.Tenant] is the unit of work: one transaction, gorm and
// pgx on it. [DB.Read] is one pipelined round trip for the list and record pages
// that carry the traffic. [DB.Platform] reaches the tenant directory and nothing
// behind the wall. The ministry comes from [caller.From] and from nowhere else.
//
// What the wall does not stop: SQL that calls set_config itself. A setting any
// role may change is what makes one pool for all ministries possible; therefore
// no Go code outside this package may name the setting, and a test reads all of
// it to see that none does. Text from outside never becomes SQL anywhere.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"gorm.io/gorm"

	"mektep/core/fault"
)

// Config says which databases to use and how patient to be with them.
type Config struct {
	ServiceDSN string // of the first placement, as the service's role
	OwnerDSN   string // for Migrate; Open never connects with it

	// MaxConns bounds the connections of each placement; 0 means 10.
	MaxConns int

	// Placements returns the service's DSN of a named placement. It may be nil
	// while every ministry lives in the first one.
	Placements func(ctx context.Context, name string) (dsn string, err error)

	// ExecMode is how pgx sends queries: "prepared" (also when empty; behind
	// pgbouncer it needs max_prepared_statements > 0, version 1.21), or
	// "cache_describe" or "exec", which need no state on the connection at all.
	ExecMode string

	// Pooler says that a pooler in transaction mode stands in between: no
	// startup parameters are sent, so that the time-outs below must be set on
	// the role (RolesSQL does), and listening needs ListenDSN.
	Pooler    bool
	ListenDSN string // a direct connection for LISTEN; empty: ServiceDSN

	StatementTimeout time.Duration // of one statement; 0 means 60 s
	LockTimeout      time.Duration // waiting for one lock; 0 means 5 s
	IdleTimeout      time.Duration // idle inside a transaction; 0 means 60 s

	// Migrations are those that this program was made for: a further placement that
	// has other ones is not worked with (the first is compared by Schema, which can
	// wait for it). Nil: placements are taken as they are.
	Migrations fs.FS

	Log *slog.Logger // nil: nothing is logged
}

// defaultLockWait is far below what a request may take: whoever waits is told in
// time that somebody else has the record.
const defaultLockWait = 5 * time.Second

// Errors of a unit of work that is asked for where it may not begin. Each is a
// defect of the program, and none has sent a query.
var (
	ErrNoTenant    = errors.New("db: no ministry in the context")
	ErrOtherTenant = errors.New("db: the open unit of work belongs to another ministry or to the platform")
	ErrNotInUnit   = errors.New("db: no unit of work is open")
	ErrUnitOver    = errors.New("db: only the unit of work ends its transaction")
	ErrDoomed      = errors.New("db: a nested unit of work failed, so this one cannot commit")
)

// DB holds the pools of all placements.
type DB struct {
	cfg  Config
	log  *slog.Logger
	base *gorm.DB // without a connection; every unit derives its own from it
	hub  hub
	sick atomic.Pointer[ailing]

	mu     sync.Mutex
	pools  map[string]*placement
	jobs   *pgxpool.Pool
	closed bool
}

type placement struct {
	name  string
	pool  *pgxpool.Pool
	sql   *sql.DB
	ready chan struct{}
	err   error
}

// Open connects to the first placement and refuses to work with a role that
// could see over the wall.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	d := &DB{cfg: cfg, log: cfg.Log, pools: map[string]*placement{}}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	d.hub.init()
	base, err := openGorm(d.log)
	if err != nil {
		return nil, err
	}
	d.base = base
	if _, err := d.placement(ctx, ""); err != nil {
		return nil, err
	}
	return d, nil
}

// Close waits until every connection has been given back, and closes them.
func (d *DB) Close() {
	d.mu.Lock()
	pools, jobs := d.pools, d.jobs
	d.pools, d.jobs, d.closed = nil, nil, true
	d.mu.Unlock()
	d.hub.stop()
	if jobs != nil {
		jobs.Close()
	}
	for _, p := range pools {
		<-p.ready
		if p.err == nil {
			_ = p.sql.Close()
			p.pool.Close()
		}
	}
}

// Ping reports whether the first placement answers.
func (d *DB) Ping(ctx context.Context) error {
	p, err := d.placement(ctx, "")
	if err != nil {
		return err
	}
	return p.pool.Ping(ctx)
}

// Stats returns the pools' figures by placement; the first one's name is "", the job
// queue's "queue".
func (d *DB) Stats() map[string]*pgxpool.Stat {
	d.mu.Lock()
	defer d.mu.Unlock()
	stats := map[string]*pgxpool.Stat{}
	if d.jobs != nil {
		stats["queue"] = d.jobs.Stat()
	}
	for name, p := range d.pools {
		select {
		case <-p.ready:
			if p.err == nil {
				stats[name] = p.pool.Stat()
			}
		default:
		}
	}
	return stats
}

// River returns the driver of the job queue, with a few connections of its own
// to the first placement. They carry no ministry: behind the wall they see nothing.
func (d *DB) River(ctx context.Context) (*riverpgxv5.Driver, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, errClosed
	}
	if d.jobs == nil {
		cfg, err := d.poolConfig(d.cfg.ServiceDSN)
		if err != nil {
			return nil, err
		}
		cfg.MaxConns = 6
		// The queue breaks off its waiting for notices by cancelling it, which a
		// request to the server does not end: only a deadline on the wire does.
		cfg.ConnConfig.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
			return &pgconn.DeadlineContextWatcherHandler{Conn: c.Conn()}
		}
		if d.jobs, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
			return nil, fmt.Errorf("db: open the queue's connections: %w", err)
		}
	}
	return riverpgxv5.New(d.jobs), nil
}

// Listens reports whether the connections of the pools can wait for notices: behind
// a pooler only a connection of one's own can.
func (d *DB) Listens() bool { return !d.cfg.Pooler }

// placement returns the named pool, opening it once however many ask for it.
func (d *DB) placement(ctx context.Context, name string) (*placement, error) {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return nil, errClosed
	}
	p, ok := d.pools[name]
	if !ok {
		p = &placement{name: name, ready: make(chan struct{})}
		d.pools[name] = p
	}
	d.mu.Unlock()
	if ok {
		select {
		case <-p.ready:
			return p, p.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if p.err = d.connect(context.WithoutCancel(ctx), p); p.err != nil {
		p.err = d.unfit(p.name, p.err)
		d.mu.Lock()
		delete(d.pools, name)
		d.mu.Unlock()
	}
	close(p.ready)
	return p, p.err
}

// unfit tells of a placement that cannot be worked with, because it is not known here, is
// of another version or does not answer: its ministries wait, the log says why, and the
// next request asks anew. The others run. Without the first one nothing does.
func (d *DB) unfit(name string, err error) error {
	if name == "" {
		return err
	}
	d.log.Error("a placement cannot be worked with", "placement", name, "error", Discreet(err))
	return fault.New(fault.Unavailable, "fault.unavailable").WithWait(later).WithCause(fmt.Errorf("db: placement %q: %w", name, err))
}

func (d *DB) connect(ctx context.Context, p *placement) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	dsn, listen := d.cfg.ServiceDSN, d.cfg.ListenDSN
	if p.name != "" {
		if d.cfg.Placements == nil {
			return errors.New("none are configured")
		}
		var err error
		if dsn, err = d.cfg.Placements(ctx, p.name); err != nil {
			return err
		}
		listen = ""
	}
	if listen == "" {
		listen = dsn
	}
	cfg, err := d.poolConfig(dsn)
	if err != nil {
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("db: open: %w", err)
	}
	if d.cfg.Pooler {
		err = refuseOldPooler(ctx, pool)
	}
	if err == nil {
		err = refuseStrongRole(ctx, pool)
	}
	if err == nil && p.name != "" && d.cfg.Migrations != nil {
		err = d.refuseOtherSchema(ctx, pool)
	}
	if err != nil {
		pool.Close()
		return err
	}
	p.pool, p.sql = pool, stdlib.OpenDBFromPool(pool)
	d.hub.add(p.name, listen)
	return nil
}

func (d *DB) poolConfig(dsn string) (*pgxpool.Config, error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("db: the connection string cannot be read") // pgx would quote it, password and all
	}
	cfg.MaxConns = 10
	if d.cfg.MaxConns > 0 {
		cfg.MaxConns = int32(min(d.cfg.MaxConns, 10_000))
	}
	cfg.MaxConnIdleTime = 5 * time.Minute
	conn := cfg.ConnConfig
	conn.ConnectTimeout = 10 * time.Second
	// Cancelling a request must not cost its connection: ask the server to stop,
	// and close the connection only when it does not.
	conn.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, CancelRequestDelay: 20 * time.Millisecond, DeadlineDelay: time.Second}
	}
	switch d.cfg.ExecMode {
	case "", "prepared":
		conn.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	case "cache_describe":
		conn.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	case "exec":
		conn.DefaultQueryExecMode = pgx.QueryExecModeExec
	default:
		return nil, fmt.Errorf("db: unknown exec mode %q (prepared, cache_describe or exec)", d.cfg.ExecMode)
	}
	if !d.cfg.Pooler {
		conn.RuntimeParams["application_name"] = "mektep"
		conn.RuntimeParams["statement_timeout"] = millis(d.cfg.StatementTimeout, 60*time.Second)
		conn.RuntimeParams["lock_timeout"] = millis(d.cfg.LockTimeout, defaultLockWait)
		conn.RuntimeParams["idle_in_transaction_session_timeout"] = millis(d.cfg.IdleTimeout, 60*time.Second)
		conn.RuntimeParams["timezone"] = "UTC"
	}
	return cfg, nil
}

func millis(v, otherwise time.Duration) string {
	if v <= 0 {
		v = otherwise
	}
	return strconv.FormatInt(v.Milliseconds(), 10)
}

// refuseOldPooler uses one prepared statement in many transactions on several
// connections at once, as all work here does. A pooler that does not carry prepared
// statements over lends each transaction another connection and fails at it; found
// later, it would fail at every second request.
func refuseOldPooler(ctx context.Context, pool *pgxpool.Pool) error {
	const rounds, clients = 8, 3
	failed := make(chan error, clients)
	for client := range clients {
		go func() { failed <- probePooler(ctx, pool, client, rounds) }()
	}
	var err error
	for range clients {
		err = errors.Join(err, <-failed)
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("db: the pooler does not carry prepared statements and transaction-local settings; pgbouncer needs version 1.21 and max_prepared_statements above 0: %w", err)
}

// probePooler asks with one statement that all clients have, which a pooler may find prepared
// already, and with one of its own, which it may find nowhere but where this client was before.
func probePooler(ctx context.Context, pool *pgxpool.Pool, client, rounds int) error {
	own := "SELECT set_config('mektep.tenant', $1, true) AS of_client_" + strconv.Itoa(client)
	for n := range rounds {
		err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			var before, after string
			if err := tx.QueryRow(ctx, "SELECT coalesce(current_setting('mektep.tenant', true), '')").Scan(&before); err != nil {
				return err
			}
			if err := tx.QueryRow(ctx, own, strconv.Itoa(n+1)).Scan(&after); err != nil {
				return err
			}
			if before != "" || after != strconv.Itoa(n+1) {
				return errors.New("a setting of one transaction was seen in another")
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// refuseStrongRole keeps a mistaken configuration (the owner's or a superuser's
// DSN where the service's belongs) from quietly taking the wall down.
func refuseStrongRole(ctx context.Context, pool *pgxpool.Pool) error {
	var strong bool
	err := pool.QueryRow(ctx, `
		SELECT r.rolsuper OR r.rolbypassrls
		    OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relnamespace <> 'pg_toast'::regnamespace)
		    OR EXISTS (SELECT FROM pg_roles o WHERE o.oid <> r.oid
		               AND (o.rolsuper OR o.rolbypassrls OR o.rolname = 'mektep_owner') AND pg_has_role(r.oid, o.oid, 'MEMBER'))
		FROM pg_roles r WHERE r.rolname = current_user`).Scan(&strong)
	if err != nil {
		return fmt.Errorf("db: connect: %w", err)
	}
	if strong {
		return errors.New("db: the service's role owns tables or may bypass row-level security; use a role made by roles.sql")
	}
	return nil
}
