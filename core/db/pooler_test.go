package db_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"mektep/core/db"
	"mektep/core/db/dbtest"
)

// O6: a pooler that lends each transaction another connection and carries no prepared
// statements over is refused where the program starts, not at every second request.
func TestAPoolerThatCarriesNoStatementsIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	cfg := dbtest.Config(t)
	straight := cfg
	straight.Pooler = true // the server itself carries what a connection prepared
	d, err := db.Open(context.Background(), straight)
	if err != nil {
		t.Fatalf("what carries prepared statements is refused: %v", err)
	}
	d.Close()

	cfg.Pooler, cfg.ServiceDSN = true, startOldPooler(t, cfg.ServiceDSN)
	d, err = db.Open(context.Background(), cfg)
	if err == nil {
		d.Close()
		t.Fatal("a pooler that carries no prepared statements is taken")
	}
	for _, said := range []string{"pgbouncer", "1.21", "max_prepared_statements"} {
		if !strings.Contains(err.Error(), said) {
			t.Errorf("the refusal does not say %q: %v", said, err)
		}
	}
}

// oldPooler lends connections to the server out for a transaction each, in turn, and knows
// nothing of what was prepared on which: as pgbouncer before 1.21 in transaction mode.
type oldPooler struct {
	network, server string
	idle            chan net.Conn
}

// startOldPooler returns the DSN of the pooler before the server of another DSN.
func startOldPooler(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	server, err := pgconn.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	p := &oldPooler{idle: make(chan net.Conn, 100)}
	p.network, p.server = pgconn.NetworkAddress(server.Host, server.Port)
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer client.Close()
				_ = p.serve(client) // a client that leaves is no fault
			}()
		}
	}()
	here := l.Addr().(*net.TCPAddr)
	q := u.Query()
	q.Set("host", here.IP.String())
	q.Set("port", strconv.Itoa(here.Port))
	u.RawQuery = q.Encode()
	return u.String()
}

func (p *oldPooler) serve(client net.Conn) error {
	server, err := net.Dial(p.network, p.server)
	if err != nil {
		return err
	}
	if err := startUp(client, server); err != nil {
		return errors.Join(err, server.Close())
	}
	p.idle <- server
	for server = nil; ; {
		asked, ends, err := message(client)
		if err != nil || asked[0] == 'X' {
			return err
		}
		if server == nil {
			server = <-p.idle
		}
		if _, err := server.Write(asked); err != nil {
			return err
		}
		if !ends {
			continue
		}
		open, err := answer(client, server)
		if err != nil {
			return err
		}
		if !open {
			p.idle <- server
			server = nil
		}
	}
}

// startUp lets a client sign in with the server.
func startUp(client, server net.Conn) error {
	for {
		first := make([]byte, 8)
		if _, err := io.ReadFull(client, first); err != nil {
			return err
		}
		rest := make([]byte, binary.BigEndian.Uint32(first)-8)
		if _, err := io.ReadFull(client, rest); err != nil {
			return err
		}
		if binary.BigEndian.Uint32(first[4:])>>16 == 3 { // not a wish for encryption
			if _, err := server.Write(append(first, rest...)); err != nil {
				return err
			}
			_, err := answer(client, server)
			return err
		}
		if _, err := client.Write([]byte("N")); err != nil {
			return err
		}
	}
}

// message reads a message whole; ends reports that an answer is awaited.
func message(from io.Reader) (whole []byte, ends bool, err error) {
	whole = make([]byte, 5)
	if _, err = io.ReadFull(from, whole); err != nil {
		return nil, false, err
	}
	rest := make([]byte, binary.BigEndian.Uint32(whole[1:])-4)
	if _, err = io.ReadFull(from, rest); err != nil {
		return nil, false, err
	}
	return append(whole, rest...), strings.ContainsRune("QSF", rune(whole[0])), nil
}

// answer passes on what the server says until it is ready again; open reports that a
// transaction is.
func answer(client, server net.Conn) (open bool, err error) {
	for {
		said, _, err := message(server)
		if err != nil {
			return false, err
		}
		if _, err := client.Write(said); err != nil {
			return false, err
		}
		if said[0] == 'Z' {
			return said[5] != 'I', nil
		}
	}
}
