package api_test

import (
	"bytes"
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
)

// limited is an application of both ministries with limits of its own: "/hold" waits for
// release, "/" answers at once, "/api/…" is for programs.
func (w *world) limited(cfg edge.Config, release <-chan struct{}, held chan<- struct{}) *fiber.App {
	cfg.BaseHost, cfg.Secret, cfg.Log, cfg.Clock, cfg.Timeout = cmp.Or(cfg.BaseHost, base), key, slog.New(slog.NewJSONHandler(&bytes.Buffer{}, nil)), w.clock, time.Minute
	e := edge.New(cfg, w.db, w.tenants, sessions{w}, w.words, nil)
	app := e.App(func(c *fiber.Ctx, err error) error {
		return c.Status(fault.KindOf(err).Status()).SendString(faulttest.Key(err))
	})
	hold := func(c *fiber.Ctx) error {
		held <- struct{}{}
		<-release
		return c.SendString("held")
	}
	for _, at := range []struct {
		prefix string
		enter  fiber.Handler
	}{{"/api", e.Bearer}, {"", e.Enter}} {
		app.Get(at.prefix+"/hold", at.enter, hold)
		app.Get(at.prefix+"/now", at.enter, func(c *fiber.Ctx) error { return c.SendString("now") })
	}
	return app
}

func said(t *testing.T, app *fiber.App, host, path, token, from string) (status int, text, wait string) {
	t.Helper()
	q := httptest.NewRequest(http.MethodGet, "http://"+host+"."+base+path, nil)
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	q.Header.Set("X-Forwarded-For", from)
	res, err := app.Test(q, -1)
	if err != nil {
		t.Error(err)
		return 0, "", ""
	}
	defer res.Body.Close()
	var b strings.Builder
	buf := make([]byte, 200)
	n, _ := res.Body.Read(buf)
	b.Write(buf[:n])
	return res.StatusCode, b.String(), res.Header.Get("Retry-After")
}

// A ministry whose places are all taken is told when to come back, by screen and API; no
// other ministry waits for it, and the places are free again once they are left.
func TestOneMinistryTakesNoMoreThanItsPlaces(t *testing.T) {
	w := newWorld(t)
	for _, prefix := range []string{"", "/api"} {
		const places = 3
		release, held := make(chan struct{}), make(chan struct{}, 10)
		app := w.limited(edge.Config{PerSecond: 1e6, Burst: 1e6, PerMinistry: places}, release, held)
		ended := make(chan struct{}, places)
		for range places {
			go func() {
				if status, text, _ := said(t, app, "kg", prefix+"/hold", "", ""); status != 200 {
					t.Errorf("%q: a place was refused: %d %s", prefix, status, text)
				}
				ended <- struct{}{}
			}()
			<-held
		}
		if status, text, wait := said(t, app, "kg", prefix+"/now", "", ""); status != http.StatusTooManyRequests || text != "fault.busy" || wait != "2" {
			t.Errorf("%q: beyond its places: %d %s, wait %q", prefix, status, text, wait)
		}
		if status, text, _ := said(t, app, "tr", prefix+"/now", "", ""); status != 200 {
			t.Errorf("%q: another ministry waits for it: %d %s", prefix, status, text)
		}
		close(release)
		for range places {
			<-ended
		}
		if status, text, _ := said(t, app, "kg", prefix+"/now", "", ""); status != 200 {
			t.Errorf("%q: the places were not left: %d %s", prefix, status, text)
		}
	}
}

// One caller asks so often and no more: a token, and an address from which nobody signed in;
// nobody else is slowed down by it, and a second later one more is answered.
func TestOneCallerAsksNoMoreOftenThanTheLimit(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	const burst = 5
	app := w.limited(edge.Config{PerSecond: 1, Burst: burst, Proxies: []string{"0.0.0.0"}}, nil, nil)
	one, other := kg.as("tenant_admin", kg.root), kg.as("tenant_admin", kg.root)
	for _, c := range []struct{ name, path, token, from, elsewhere, otherToken, otherFrom string }{
		{"a program", "/api/now", one, "198.51.100.1", "198.51.100.9", other, "198.51.100.1"},
		{"a stranger", "/now", "", "198.51.100.2", "198.51.100.2", "", "198.51.100.3"},
		// Of the long addresses one subscriber has as many as they like.
		{"a stranger by the long address", "/now", "", "2001:db8::1", "2001:db8::ffff:1", "", "2001:db8:0:1::1"},
	} {
		ask := func(token, from string) string {
			status, text, wait := said(t, app, "kg", c.path, token, from)
			return fmt.Sprint(status, " ", text, " ", wait)
		}
		for n := range burst {
			if got := ask(c.token, c.from); got != "200 now " {
				t.Errorf("%s, %d: %s", c.name, n, got)
			}
		}
		for _, from := range []string{c.from, c.elsewhere} {
			if got := ask(c.token, from); got != "429 fault.too_many 1" {
				t.Errorf("%s beyond the limit, from %s: %s", c.name, from, got)
			}
		}
		if got := ask(c.otherToken, c.otherFrom); got != "200 now " {
			t.Errorf("%s slows another down: %s", c.name, got)
		}
		w.clock.Set(w.clock.Now().Add(time.Second))
		if got := ask(c.token, c.from); got != "200 now " {
			t.Errorf("%s a second later: %s", c.name, got)
		}
	}
}

// Whoever tries tokens out is a stranger, and pays as one: so many tries from an address.
func TestWhoTriesTokensOutPaysAsAStranger(t *testing.T) {
	w := newWorld(t)
	const burst = 3
	app := w.limited(edge.Config{PerSecond: 1, Burst: burst, Proxies: []string{"0.0.0.0"}}, nil, nil)
	try := func(token, from string, want int) {
		t.Helper()
		if status, text, _ := said(t, app, "kg", "/api/now", token, from); status != want {
			t.Errorf("%q from %s: %d %s, want %d", token, from, status, text, want)
		}
	}
	for n := range burst {
		try(fmt.Sprint("guess-", n), "198.51.100.1", http.StatusUnauthorized)
	}
	try("guess-again", "198.51.100.1", http.StatusTooManyRequests)
	try("", "198.51.100.1", http.StatusTooManyRequests)
	try("guess", "198.51.100.2", http.StatusUnauthorized)
	try(w.ministries["kg"].as("tenant_admin", w.ministries["kg"].root), "198.51.100.1", http.StatusOK)
}

// On the platform's own domain there is nothing for programs, also where a ministry had the
// name before it became that.
func TestThePlatformsDomainHasNothingForPrograms(t *testing.T) {
	w := newWorld(t)
	token := w.ministries["kg"].as("tenant_admin", w.ministries["kg"].root)
	for host, want := range map[string]string{base: "200 now", "kg." + base: "404 tenant.unknown"} {
		app := w.limited(edge.Config{BaseHost: host, PerSecond: 1e6, Burst: 1e6}, nil, nil)
		status, text, _ := said(t, app, "kg", "/api/now", token, "")
		if got := fmt.Sprint(status, " ", text); got != want {
			t.Errorf("where %s is the platform's: %s, want %s", host, got, want)
		}
	}
}
