// Package private runs a PostgreSQL server that belongs to this process alone:
// the one of `mektep demo` and of the tests. It never touches the system's
// cluster, opens no TCP port, and is gone when this process is, even after
// kill -9.
//
// Who may connect is decided by the kernel, not by a password that would have to
// lie on a disk: the socket stands in a directory that only the server's account
// can enter, and the server admits ("peer") only that account and the one that
// runs this process.
package private

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// Superuser is the role that initdb makes; it prepares roles and databases.
const superuser = "mektep_super"

// Database is the name of the database that Start prepares.
const database = "mektep"

const (
	startTimeout = 30 * time.Second
	stopTimeout  = 20 * time.Second
)

// Options say where the server keeps its data.
type Options struct {
	// DataDir holds the cluster (pg), the server's log (pg.log), who uses it
	// (lock) and how to reach it (dsn.json). It is made when missing.
	DataDir string
	// InMemory keeps the cluster in memory where the system has a place for
	// that, without fsync, and removes it at the end. For tests; DataDir may
	// then be empty.
	InMemory bool
	Log      *slog.Logger // nil: silent
}

// Server is a running PostgreSQL.
type Server struct {
	layout layout
	log    *slog.Logger
	lock   *os.File
	proc   *process
	stop   sync.Once
}

// Start brings the server up, makes roles and the database when they are
// missing, and returns when it answers. It stops when ctx ends, on Stop, or when
// this process dies. Every error is one sentence that says what to do.
func Start(ctx context.Context, o Options) (*Server, error) {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	who, err := serverAccount()
	if err != nil {
		return nil, err
	}
	s := &Server{log: log}
	if s.layout, s.lock, err = prepare(o, who, log); err != nil {
		return nil, err
	}
	if err := s.run(ctx, bin, who, o.InMemory); err != nil {
		s.Stop()
		return nil, err
	}
	if !o.InMemory {
		if err := s.writeDSN(); err != nil {
			s.Stop()
			return nil, err
		}
	}
	context.AfterFunc(ctx, s.Stop)
	return s, nil
}

func (s *Server) run(ctx context.Context, bin binaries, who account, inMemory bool) error {
	if err := waitForPredecessor(ctx, s.layout.pg); err != nil {
		return err
	}
	if err := initCluster(ctx, bin, who, s.layout); err != nil {
		return err
	}
	if err := writeAccess(s.layout, who); err != nil {
		return err
	}
	var err error
	if s.proc, err = startServer(bin, who, s.layout, inMemory); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := s.ready(ctx); err != nil {
		return err
	}
	return s.bootstrap(ctx)
}

// ready waits until our own child accepts connections. A connection alone proves
// nothing: another server may have answered it.
func (s *Server) ready(ctx context.Context) error {
	for {
		select {
		case <-s.proc.done:
			return fmt.Errorf("the private PostgreSQL did not start: %s", lastComplaint(s.layout.log))
		case <-ctx.Done():
			return fmt.Errorf("the private PostgreSQL is not ready: %w", ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
		if pid, status := readPidFile(s.layout.pg); pid != s.proc.pid() || status != "ready" {
			continue
		}
		conn, err := pgx.Connect(ctx, s.SuperDSN("postgres"))
		if err != nil {
			continue
		}
		return conn.Close(ctx)
	}
}

// bootstrap makes what only a superuser can: roles and the database.
func (s *Server) bootstrap(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.SuperDSN("postgres"))
	if err != nil {
		return fmt.Errorf("prepare the private PostgreSQL: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, db.RolesSQL()); err != nil {
		return fmt.Errorf("prepare the private PostgreSQL: make its roles: %w", err)
	}
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", database).Scan(&exists); err != nil {
		return fmt.Errorf("prepare the private PostgreSQL: %w", err)
	}
	if exists {
		return nil
	}
	return CreateDatabase(ctx, conn, database, "")
}

// CreateDatabase makes a database of the owner's that only our roles may enter,
// empty or as a copy of template. conn is a superuser's.
func CreateDatabase(ctx context.Context, conn *pgx.Conn, name, template string) error {
	quoted := pgx.Identifier{name}.Sanitize()
	create := "CREATE DATABASE " + quoted + " OWNER mektep_owner"
	if template != "" {
		create += " TEMPLATE " + pgx.Identifier{template}.Sanitize() + " STRATEGY FILE_COPY"
	}
	for _, statement := range []string{
		create,
		"REVOKE ALL ON DATABASE " + quoted + " FROM PUBLIC",
		"GRANT CONNECT ON DATABASE " + quoted + " TO mektep_service, mektep_dump",
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("create the database %s: %w", name, err)
		}
	}
	return nil
}

// ServiceDSN is the connection string of the service's role, which cannot pass the wall.
func (s *Server) ServiceDSN() string { return s.dsn("mektep_service", database) }

// OwnerDSN is the connection string of the role that owns the tables.
func (s *Server) OwnerDSN() string { return s.dsn("mektep_owner", database) }

// DumpDSN is the connection string of the role that reads everything for backups.
func (s *Server) DumpDSN() string { return s.dsn("mektep_dump", database) }

// SuperDSN is the superuser's connection string to a database; for tests, which
// make and drop databases.
func (s *Server) SuperDSN(name string) string { return s.dsn(superuser, name) }

func (s *Server) dsn(user, name string) string {
	// Everything is said, so that no PG* variable of the environment has a say.
	u := url.URL{Scheme: "postgres", User: url.User(user), Path: "/" + name, RawQuery: url.Values{
		"host": {s.layout.socket}, "port": {"5432"}, "sslmode": {"disable"},
	}.Encode()}
	return u.String()
}

// Done is closed when the server has ended, whatever the reason.
func (s *Server) Done() <-chan struct{} { return s.proc.done }

// Stop ends the server and everybody's connections to it. It may be called again.
func (s *Server) Stop() {
	s.stop.Do(func() {
		if s.proc != nil {
			s.proc.end()
		}
		_ = os.Remove(filepath.Join(s.layout.root, "dsn.json"))
		if s.layout.temporary {
			_ = os.RemoveAll(s.layout.root)
		}
		if s.lock != nil {
			_ = s.lock.Close()
		}
	})
}

// DSN is how to reach a running private server.
type DSN struct {
	Service string `json:"service"`
	Owner   string `json:"owner"`
	Dump    string `json:"dump"`
}

// ErrNotRunning says that no private server uses the data folder.
var ErrNotRunning = errors.New("no private database is running on this data folder; start it with `mektep demo`")

// ReadDSN returns how to reach the private server that runs on dataDir, or
// ErrNotRunning.
func ReadDSN(dataDir string) (DSN, error) {
	text, err := os.ReadFile(filepath.Join(dataDir, "dsn.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return DSN{}, ErrNotRunning
	}
	if err != nil {
		return DSN{}, err
	}
	// The file of a killed process outlives it; the lock does not.
	if free, err := lockIsFree(dataDir); err != nil || free {
		return DSN{}, ErrNotRunning
	}
	return decodeDSN(text)
}
