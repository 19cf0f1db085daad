package edge_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5/pgconn"

	"mektep/core/clock"
	"mektep/core/edge"
	"mektep/core/fault"
)

// behind is an application behind the proxies of cfg; its only page says who asks
// for what. Requests of tests come from 0.0.0.0.
func behind(cfg edge.Config) *fiber.App {
	cfg.Secret, cfg.Clock = []byte(strings.Repeat("s", 32)), &clock.Clock{}
	app := edge.New(cfg, nil, nil, nil, nil, nil).App(func(c *fiber.Ctx, err error) error {
		return c.Status(fault.KindOf(err).Status()).SendString("no" + c.Get(fiber.HeaderReferer))
	})
	app.All("/*", func(c *fiber.Ctx) error { return c.SendString(c.Hostname() + " " + c.IP()) })
	return app
}

func TestOnlyTheNearestStrangerIsBelieved(t *testing.T) {
	for _, x := range []struct {
		proxies []string
		said    []string // lines of X-Forwarded-For
		ip      string
	}{
		{nil, []string{"198.51.100.1"}, "0.0.0.0"},
		{[]string{"0.0.0.0"}, []string{"198.51.100.1"}, "198.51.100.1"},
		{[]string{"0.0.0.0"}, []string{"203.0.113.9, 198.51.100.1"}, "198.51.100.1"},
		{[]string{"0.0.0.0"}, []string{"203.0.113.9", "198.51.100.1"}, "198.51.100.1"},
		{[]string{"0.0.0.0/32", "10.0.0.0/8"}, []string{"203.0.113.9, 198.51.100.1, 10.1.2.3"}, "198.51.100.1"},
		{[]string{"0.0.0.0"}, []string{"203.0.113.9, nonsense"}, "0.0.0.0"},
		{[]string{"0.0.0.0"}, []string{"2001:db8::1%eth0"}, "2001:db8::1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = "one.example"
		for _, line := range x.said {
			r.Header.Add("X-Forwarded-For", line)
		}
		r.Header.Set("X-Forwarded-Host", "console.example")
		if got := answer(t, behind(edge.Config{Proxies: x.proxies}), r); got != "one.example "+x.ip {
			t.Errorf("%v by %v: %q", x.said, x.proxies, got)
		}
	}
}

func answer(t *testing.T, app *fiber.App, r *http.Request) string {
	t.Helper()
	a, err := app.Test(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close() //nolint:errcheck // only read
	b, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestOnlyFilesMayBeLarge(t *testing.T) {
	at := served(t, behind(edge.Config{Uploads: []string{"/files"}, BodyLimit: 3 << 20}))
	for _, x := range []struct {
		path   string
		bytes  int
		status int
	}{
		{"/sign-in", 1 << 20, 200},
		{"/sign-in", 1<<20 + 1, 413},
		{"/files/other", 1<<20 + 1, 413},
		{"/files?x=1", 2 << 20, 200},
		{"/files/", 2 << 20, 200},
		{"/files", 3<<20 + 1, 413},
		{"/files", 8 << 20, 413}, // more than is taken in of it
	} {
		for _, length := range []int64{int64(x.bytes), -1} { // said before, or not
			if length < 0 && x.bytes > 7<<20 {
				continue
			}
			q, err := http.NewRequest(http.MethodPost, at+x.path, struct{ io.Reader }{bytes.NewReader(make([]byte, x.bytes))}) //nolint:noctx // a test
			if err != nil {
				t.Fatal(err)
			}
			q.ContentLength = length
			r, err := http.DefaultClient.Do(q)
			if err != nil {
				if x.bytes <= 7<<20 {
					t.Errorf("%s with %d bytes: %v", x.path, x.bytes, err)
				}
				continue
			}
			_ = r.Body.Close()
			if r.StatusCode != x.status || x.status != http.StatusOK && r.Header.Get("X-Content-Type-Options") == "" {
				t.Errorf("%s with %d bytes: %v", x.path, x.bytes, r)
			}
		}
	}
}

// served answers on a line of the test's own, and returns its address: a test's connection
// of fiber gives what the server refuses as an error of the test.
func served(t *testing.T, app *fiber.App) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = app.Listener(l) }()
	t.Cleanup(func() { _ = app.Shutdown() })
	return "http://" + l.Addr().String()
}

// seen is a log that looks at each line.
type seen struct {
	slog.Handler
	line func(slog.Record)
}

func (s seen) Handle(_ context.Context, r slog.Record) error {
	s.line(r)
	return nil
}

// slow is a file that is read only when it is sent.
type slow struct {
	io.Reader
	read bool
}

func (s *slow) Read(p []byte) (int, error) {
	s.read = true
	return s.Reader.Read(p)
}

func TestAFileIsNotHeldToBeLogged(t *testing.T) {
	f := &slow{Reader: strings.NewReader("a table")}
	held := false
	app := edge.New(edge.Config{
		Secret: []byte(strings.Repeat("s", 32)), Clock: &clock.Clock{},
		Log: slog.New(seen{slog.NewTextHandler(io.Discard, nil), func(slog.Record) { held = f.read }}),
	}, nil, nil, nil, nil, nil).App(nil)
	app.Get("/file", func(c *fiber.Ctx) error { return c.SendStream(f, 7) })
	r, err := app.Test(httptest.NewRequest(http.MethodGet, "/file", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close() //nolint:errcheck // only read
	b, err := io.ReadAll(r.Body)
	if err != nil || string(b) != "a table" || held {
		t.Errorf("%q %v, read before it was sent: %v", b, err, held)
	}
}

func TestLogsHoldNothingThatWasTyped(t *testing.T) {
	const typed = "Асан Үсөнов"
	var out bytes.Buffer
	app := edge.New(edge.Config{
		Secret: []byte(strings.Repeat("s", 32)), Clock: &clock.Clock{}, Log: slog.New(slog.NewTextHandler(&out, nil)),
	}, nil, nil, nil, nil, nil).App(func(c *fiber.Ctx, err error) error { return c.SendStatus(500) })
	quoting := &pgconn.PgError{Severity: "ERROR", Code: "22007", Message: `invalid input syntax for type date: "` + typed + `"`}
	app.Get("/database", func(*fiber.Ctx) error {
		return errors.Join(errors.New("list people"), fault.Wrap(quoting, "read"), quoting)
	})
	app.Get("/panic", func(*fiber.Ctx) error { panic("no such person: " + typed) })
	app.Get("/index", func(*fiber.Ctx) error {
		var none []string
		return errors.New(none[len(typed)])
	})
	for _, path := range []string{"/database", "/panic", "/index"} {
		r, err := app.Test(httptest.NewRequest(http.MethodGet, path, nil))
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
	}
	text := out.String()
	if strings.Contains(text, "Асан") {
		t.Error("the log quotes a name")
	}
	for _, kept := range []string{"list people", "22007", "panic with string", "index out of range"} {
		if !strings.Contains(text, kept) {
			t.Errorf("the log lost %q", kept)
		}
	}
}
