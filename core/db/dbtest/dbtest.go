// Package dbtest gives every test a database of its own: migrated, empty, real.
//
// A server in memory is started once: by the wrapper in serve for a whole run of
// `go test ./...` (it names the server in MEKTEP_TEST_PG), or else by each test
// program for itself when the first test asks. Migrations run once into a
// template that is named by their hash; a test gets a copy of it, some twenty
// milliseconds each, and it is dropped when the test ends.
package dbtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/private"
	"mektep/migrations"
)

// ServerVariable names, to test programs, the superuser's DSN of a running server.
const ServerVariable = "MEKTEP_TEST_PG"

// templateLock is the advisory lock under which the template is made.
const templateLock = 0x6d656b746d

// New returns a migrated database that nobody else uses, as the service's role
// sees it. It is closed and dropped when the test ends.
func New(t testing.TB) *db.DB { return Open(t, db.Config{}) }

// Open is New with settings; the connection strings in cfg are replaced.
func Open(t testing.TB, cfg db.Config) *db.DB {
	t.Helper()
	b := clone(t)
	cfg.ServiceDSN, cfg.OwnerDSN = b.dsn("mektep_service"), b.dsn("mektep_owner")
	if cfg.MaxConns == 0 {
		cfg.MaxConns = 4
	}
	d, err := db.Open(context.Background(), cfg)
	if err != nil {
		t.Fatalf("open the test's database: %v", err)
	}
	bases.Store(d, b)
	t.Cleanup(func() {
		bases.Delete(d)
		d.Close()
	})
	return d
}

// Config returns the connection strings of a fresh database, for tests that open
// it themselves (the whole application, mostly).
func Config(t testing.TB) db.Config {
	t.Helper()
	b := clone(t)
	return db.Config{ServiceDSN: b.dsn("mektep_service"), OwnerDSN: b.dsn("mektep_owner"), MaxConns: 4}
}

// Tenant adds an active ministry and returns a context in which the system role
// "test" acts in it.
func Tenant(t testing.TB, d *db.DB, slug, profile string) context.Context {
	t.Helper()
	tenant := caller.Tenant{Slug: slug, Profile: profile, Zone: time.UTC}
	err := d.Platform(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, `
			INSERT INTO platform.tenant (slug, profile, name, state, activated_at)
			VALUES ($1, $2, jsonb_build_object('en', $1::text), 'active', now()) RETURNING id`, slug, profile).Scan(&tenant.ID)
	})
	if err != nil {
		t.Fatalf("add the ministry %s: %v", slug, err)
	}
	return caller.With(context.Background(), caller.System(tenant, "test", "test"))
}

// Accounts adds active accounts of the given numbers, with the given public ids, to the
// ministry of ctx, for tests of what lies below the service that owns accounts.
func Accounts(t testing.TB, d *db.DB, ctx context.Context, uids map[int64]string) { //nolint:revive // ctx after t, as Tenant's answer
	t.Helper()
	err := d.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		for id, uid := range uids {
			if _, err := tx.PGX().Exec(ctx, `INSERT INTO account (tenant_id, id, uid, login, name, family, sort_key, state, password_hash, created_at)
				VALUES ($1, $2, $3, $3, $3, $3, $3, 'active', 'none', now())`, tx.Tenant(), id, uid); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("add accounts: %v", err)
	}
}

// As returns ctx in which c acts; a ministry that c does not name stays ctx's.
func As(ctx context.Context, c caller.Caller) context.Context {
	if from := caller.From(ctx); from != nil && c.Tenant.ID == 0 && !c.Operator {
		c.Tenant = from.Tenant
	}
	return caller.With(ctx, &c)
}

// Owner connects to d's database as the role that owns the tables. Row-level
// security binds it too.
func Owner(t testing.TB, d *db.DB) *pgx.Conn { return Connect(t, d, "mektep_owner") }

// Super connects to d's database as a superuser, who alone sees every ministry.
func Super(t testing.TB, d *db.DB) *pgx.Conn { return Connect(t, d, "mektep_super") }

// Connect connects to d's database as a role.
func Connect(t testing.TB, d *db.DB, role string) *pgx.Conn {
	t.Helper()
	b, ok := bases.Load(d)
	if !ok {
		t.Fatal("dbtest: this database is not of its making")
	}
	return connect(t, b.(base).dsn(role))
}

func connect(t testing.TB, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// Main runs the tests of a program and stops its server. Without it the server
// ends with the program all the same.
func Main(m *testing.M) {
	code := m.Run()
	if s := own.server; s != nil {
		s.Stop()
	}
	os.Exit(code)
}

// bases tells which clone a DB stands on; own is this program's server. A test
// program has no other place to keep them.
var (
	bases sync.Map
	own   struct {
		once     sync.Once
		server   *private.Server
		super    string // DSN of the superuser
		template string
		err      error
	}
)

// base is a cloned database.
type base struct{ super, name string }

// dsn is the connection string to the clone as a role.
func (b base) dsn(role string) string { return with(b.super, role, b.name) }

// with replaces role and database in a DSN.
func with(dsn, role, name string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		panic("dbtest: the server's DSN must be a URL")
	}
	if role != "" {
		u.User = url.User(role)
	}
	u.Path = "/" + name
	return u.String()
}

// Server returns the superuser's DSN of the running server, starting one if need be.
func Server(t testing.TB) string {
	t.Helper()
	own.once.Do(start)
	if own.err != nil {
		t.Fatalf("start PostgreSQL for the tests: %v", own.err)
	}
	return own.super
}

func start() {
	if own.super = os.Getenv(ServerVariable); own.super == "" {
		s, err := private.Start(context.Background(), private.Options{InMemory: true})
		if err != nil {
			own.err = err
			return
		}
		own.server, own.super = s, s.SuperDSN("postgres")
	}
	own.template, own.err = Template(context.Background(), own.super)
}

// Template makes the migrated template database on a server, unless it is there,
// and returns its name.
func Template(ctx context.Context, super string) (string, error) {
	hash, err := fingerprint(migrations.FS)
	if err != nil {
		return "", err
	}
	name := "template_" + hash
	conn, err := pgx.Connect(ctx, super)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }() // frees the lock too
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(templateLock)); err != nil {
		return "", err
	}
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&there); err != nil || there {
		return name, err
	}
	// Under another name until it is whole: a cut migration must not be cloned.
	making := "making_" + hash
	if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+making+" WITH (FORCE)"); err != nil {
		return "", err
	}
	if err := private.CreateDatabase(ctx, conn, making, ""); err != nil {
		return "", err
	}
	if err := db.Migrate(ctx, with(super, "mektep_owner", making), migrations.FS); err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+making+" RENAME TO "+name)
	return name, err
}

// fingerprint is the hash of the migrations.
func fingerprint(fsys fs.FS) (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(fsys, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := fs.ReadFile(fsys, path)
		fmt.Fprintf(sum, "%s %d\n%s", path, len(text), text)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)[:8]), err
}

// clone copies the template and drops the copy when the test ends.
func clone(t testing.TB) base {
	t.Helper()
	Server(t) // makes the template
	return create(t, own.template)
}

// Empty returns the owner's and the superuser's DSN of a database in which nothing has
// been migrated yet.
func Empty(t testing.TB) (owner, super string) {
	t.Helper()
	b := create(t, "")
	return b.dsn("mektep_owner"), b.dsn("mektep_super")
}

func create(t testing.TB, template string) base {
	t.Helper()
	super := Server(t)
	b := base{super: super, name: "t_" + strings.ToLower(db.NewUID())}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, super)
	if err != nil {
		t.Fatalf("connect to the tests' server: %v", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if err := private.CreateDatabase(ctx, conn, b.name, template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn, err := pgx.Connect(ctx, super)
		if err != nil {
			return // the server has ended, and the copy with it
		}
		defer func() { _ = conn.Close(ctx) }()
		if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+b.name+" WITH (FORCE)"); err != nil {
			t.Logf("drop the test's database: %v", err)
		}
	})
	return b
}
