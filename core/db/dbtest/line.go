package dbtest

import (
	"context"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// Line is a wire to a test's database that can fall silent, as a stopped server or
// a broken network does: connections are taken and nothing is answered.
type Line struct {
	socket string
	listen net.Listener

	mu     sync.Mutex
	silent bool
	moved  *sync.Cond
	conns  map[net.Conn]bool
}

// OpenBehind is Open with the service's connections led through a line.
func OpenBehind(t testing.TB, cfg db.Config) (*db.DB, *Line) {
	t.Helper()
	own, line := ConfigBehind(t)
	cfg.ServiceDSN, cfg.OwnerDSN = own.ServiceDSN, own.OwnerDSN
	if cfg.MaxConns == 0 {
		cfg.MaxConns = own.MaxConns
	}
	d, err := db.Open(context.Background(), cfg)
	if err != nil {
		t.Fatalf("open the test's database: %v", err)
	}
	t.Cleanup(d.Close)
	return d, line
}

// ConfigBehind is Config with the service's connections led through a line.
func ConfigBehind(t testing.TB) (db.Config, *Line) {
	t.Helper()
	cfg := Config(t)
	parsed, err := pgx.ParseConfig(cfg.ServiceDSN)
	if err != nil {
		t.Fatal("the test's database has no readable address")
	}
	l := &Line{socket: filepath.Join(parsed.Host, ".s.PGSQL.5432"), conns: map[net.Conn]bool{}}
	l.moved = sync.NewCond(&l.mu)
	if l.listen, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	go l.serve()
	u, err := url.Parse(cfg.ServiceDSN)
	if err != nil {
		t.Fatal("the test's database has no readable address")
	}
	host, port, err := net.SplitHostPort(l.listen.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("host", host)
	q.Set("port", port)
	u.RawQuery = q.Encode()
	cfg.ServiceDSN = u.String()
	return cfg, l
}

// Silence holds back whatever either side says from now on.
func (l *Line) Silence() { l.set(true) }

// Speak lets it through again.
func (l *Line) Speak() { l.set(false) }

// Cut breaks every connection there is.
func (l *Line) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		_ = c.Close()
	}
	clear(l.conns)
}

func (l *Line) set(silent bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.silent = silent
	l.moved.Broadcast()
}

func (l *Line) close() {
	_ = l.listen.Close()
	l.Speak()
	l.Cut()
}

func (l *Line) serve() {
	for {
		c, err := l.listen.Accept()
		if err != nil {
			return
		}
		go l.join(c)
	}
}

// join leads one connection through.
func (l *Line) join(client net.Conn) {
	l.keep(client)
	l.wait()
	server, err := net.Dial("unix", l.socket)
	if err != nil {
		_ = client.Close()
		return
	}
	l.keep(server)
	go l.copy(server, client)
	l.copy(client, server)
}

func (l *Line) keep(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[c] = true
}

func (l *Line) copy(to, from net.Conn) {
	defer to.Close()   //nolint:errcheck // broken either way
	defer from.Close() //nolint:errcheck // as above
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		l.wait()
		if n > 0 {
			if _, werr := to.Write(buf[:n]); werr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// wait holds whoever has something to pass on while the line is silent.
func (l *Line) wait() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.silent {
		l.moved.Wait()
	}
}
