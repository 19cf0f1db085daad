package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/identity/door/doortest"
	"mektep/core/notify"
	"mektep/core/notify/peer"
	"mektep/core/web/browsertest"
)

const demoPassword = "Tavuskuşu-1453"

// site is a running installation with the demonstration's people and schools.
type site struct {
	*App
	t    *testing.T
	book demoBook
	post *peer.Peer       // where letters go
	used map[string]int64 // by account: the time step whose code was used last
}

// judged is what the sites of a test run know of the countries' files: each has its own
// reading of them, and only what a test lays over is judged anew.
var judged = NewJudged()

// newSite starts the same App that the command line starts, on a database of the
// test's own.
func newSite(t *testing.T, change ...func(*Config)) *site {
	t.Helper()
	return newSiteOn(t, dbtest.Config(t), change...)
}

// newSiteOn is newSite on a database of the test's choice.
func newSiteOn(t *testing.T, dbCfg db.Config, change ...func(*Config)) *site {
	t.Helper()
	s := newStillSiteOn(t, dbCfg, change...)
	s.start()
	return s
}

// start lets the site do what it does by itself, until the test ends.
func (s *site) start() {
	t := s.t
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the server did not stop cleanly: %v", err)
		}
	})
	select {
	case <-s.Ready():
	case err := <-done:
		t.Fatal(err)
	}
}

// newStillSite is a site that answers what it is asked for and does nothing by itself.
func newStillSite(t *testing.T, change ...func(*Config)) *site {
	t.Helper()
	return newStillSiteOn(t, dbtest.Config(t), change...)
}

func newStillSiteOn(t *testing.T, dbCfg db.Config, change ...func(*Config)) *site {
	t.Helper()
	ministries, err := demoMinistries()
	if err != nil {
		t.Fatal(err)
	}
	return newStillSiteOf(t, dbCfg, ministries, change...)
}

// newStillSiteOf is newStillSiteOn with ministries of the test's own.
func newStillSiteOf(t *testing.T, dbCfg db.Config, ministries []demoMinistry, change ...func(*Config)) *site {
	t.Helper()
	addr := freeAddr(t)
	post, err := peer.Start(peer.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(post.Close)
	// A Tuesday morning of a school year that the profiles have, whenever this runs.
	now := &clock.Clock{}
	now.Start(time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC))
	cfg := Config{
		Clock: now, Judged: judged, Hashing: doortest.Hashing(), Addr: addr, URL: DemoURL(addr), DSN: dbCfg.ServiceDSN, OwnerDSN: dbCfg.OwnerDSN, MaxConns: 8,
		Secrets: []string{"a secret of the tests, long enough"}, Files: "file://" + t.TempDir(), Demo: true,
		Log:        slog.New(slog.DiscardHandler),
		MailConfig: MailConfig{SMTPHost: "127.0.0.1", SMTPPort: post.Port(), SMTPSecurity: notify.NoTLS, SMTPFrom: "noreply@mektep.test"},
	}
	for _, c := range change {
		c(&cfg)
	}
	a, err := New(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	s := &site{App: a, t: t, post: post, book: demoBook{path: filepath.Join(t.TempDir(), "demo.json"), password: demoPassword}, used: map[string]int64{}}
	if err := a.seed(context.Background(), &s.book, ministries); err != nil {
		t.Fatal(a.explain(err))
	}
	return s
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// at is the address of a path on a ministry's host, or with "" on the platform's.
func (s *site) at(ministry, path string) string {
	host := s.base.Host
	if ministry != "" {
		host = ministry + "." + host
	}
	return s.base.Scheme + "://" + host + path
}

// code is a code of a demo account's second factor. Each counts once, and the
// demo's making has used one: the next is taken early, as a clock ahead would.
func (s *site) code(ministry, login string) string {
	s.t.Helper()
	const step = 30 * time.Second
	account := ministry + "/" + login
	now := s.Clock.Now()
	at := now.Add(step)
	if last, again := s.used[account]; again && at.Unix()/30 <= last {
		at = time.Unix((last+1)*30, 0)
		s.Clock.Start(at.Add(-step))
	}
	s.used[account] = at.Unix() / 30
	var out strings.Builder
	if err := DemoCode(filepath.Dir(s.book.path), account, at, &out); err != nil {
		s.t.Fatal(err)
	}
	return strings.TrimSpace(out.String())
}

// signIn signs a demo account in, in a browser window.
func (s *site) signIn(p *browsertest.Page, ministry, login string) {
	s.t.Helper()
	p.Go(s.at(ministry, "/sign-in"))
	p.Fill("login", login)
	p.Fill("password", demoPassword)
	p.Ask(`document.querySelector('form [name=password]').form.requestSubmit()`)
	s.until("the next page", func() bool { return !strings.HasSuffix(p.Where(), "/sign-in") })
	if strings.Contains(p.Where(), "/sign-in/second") {
		p.Fill("code", s.code(ministry, login))
		p.Ask(`document.querySelector('form [name=code]').form.requestSubmit()`)
		s.until("the page behind the second factor", func() bool { return !strings.Contains(p.Where(), "/sign-in") })
	}
}

func (s *site) until(what string, holds func() bool) {
	s.t.Helper()
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if holds() {
			return
		}
	}
	s.t.Fatalf("waited in vain for %s", what)
}

// totpCode is the code of a secret shown on a page.
func totpCode(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), at)
	if err != nil {
		t.Fatal(fmt.Errorf("secret %q: %w", secret, err))
	}
	return code
}

// onLoopback leads every host name to this machine, as browsers lead the names
// below localhost.
var onLoopback = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
}}}
