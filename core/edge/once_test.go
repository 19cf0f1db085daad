package edge

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/once"
	"mektep/core/tenant"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// told is what a browser is told.
type told struct {
	status   int
	body     string
	header   http.Header
	replayed bool
}

// written is an application of one ministry whose writes are done at most once: each does a
// unit of work, and answers as the test says.
type written struct {
	t    *testing.T
	app  *fiber.App
	done int // units of work
	runs int // of the handler
	says func(c *fiber.Ctx) error
}

func newWritten(t *testing.T) *written {
	t.Helper()
	d, c := dbtest.New(t), &clock.Clock{}
	somebody := dbtest.As(dbtest.Tenant(t, d, "one", "kg"), caller.Caller{Account: 7, AccountUID: "account7", Session: "s"})
	e := New(Config{Secret: []byte(strings.Repeat("s", 32)), Clock: c}, d, nil, nil, nil, nil)
	w := &written{t: t}
	// As pages are answered: what is written is added to what stands there.
	w.app = e.App(func(c *fiber.Ctx, err error) error {
		_, werr := io.WriteString(c.Status(fault.KindOf(err).Status()).Response().BodyWriter(), "refused: "+faulttest.Key(err))
		return werr
	})
	w.app.Use(func(c *fiber.Ctx) error {
		a := Of(c)
		a.Caller = caller.From(somebody)
		a.Ministry = &tenant.Ministry{Tenant: a.Caller.Tenant}
		c.SetUserContext(caller.With(c.UserContext(), a.Caller))
		return c.Next()
	})
	keys := once.OfMinistries(d, c)
	w.app.Post("/form", e.Once, func(c *fiber.Ctx) error {
		w.runs++
		err := keys.Unit(c.UserContext(), func(context.Context, *db.Tx) error { w.done++; return nil })
		if err != nil {
			_, _ = io.WriteString(c.Response().BodyWriter(), "the form again, with its key")
			return err
		}
		return w.says(c)
	})
	return w
}

func (w *written) send(fields string, headers ...string) told {
	w.t.Helper()
	q := httptest.NewRequest(http.MethodPost, "http://one.example/form", strings.NewReader(fields))
	q.Header.Set(fiber.HeaderContentType, fiber.MIMEApplicationForm)
	for i := 0; i+1 < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	r, err := w.app.Test(q, -1)
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Body.Close() //nolint:errcheck // only read
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return told{r.StatusCode, string(body), r.Header, r.Header.Get(replayed) != ""}
}

// What succeeded is answered again from what was kept, as far as that is short enough; what
// was not kept is answered anew. Nothing is done twice.
func TestWhatIsKeptOfAnAnswerIsGivenAgain(t *testing.T) {
	for name, c := range map[string]struct {
		status, length int
		said           int // by the handler, of two that are sent
	}{
		"short":    {200, 4, 1},
		"as long":  {201, 64 << 10, 1},
		"too long": {200, 64<<10 + 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, said := newWritten(t), 0
			w.says = func(c2 *fiber.Ctx) error {
				said++
				return c2.Status(c.status).Send(bytes.Repeat([]byte("x"), c.length))
			}
			for n, again := range []bool{false, true} {
				got := w.send("_key=key-of-one-form&x=1")
				if got.status != c.status || len(got.body) != c.length || got.replayed != again {
					t.Errorf("%d: %d of %d bytes, given again: %t", n+1, got.status, len(got.body), got.replayed)
				}
			}
			if w.done != 1 || said != c.said {
				t.Errorf("done %d times, answered by the handler %d times", w.done, said)
			}
		})
	}
}

// Of what was done and answered with a refusal nothing is kept: whoever sends it again is told
// that it was done, for the form can't be mended and sent with this key.
func TestARefusalIsNotKept(t *testing.T) {
	w := newWritten(t)
	w.says = func(c *fiber.Ctx) error { return c.Status(422).SendString("a mistake") }
	if got := w.send("_key=key-of-one-form"); got.status != 422 || got.body != "a mistake" {
		t.Errorf("%+v", got)
	}
	if got := w.send("_key=key-of-one-form"); got.status != 409 || got.body != "refused: gate.repeated" || got.replayed {
		t.Errorf("again: %+v", got)
	}
}

// Whoever took the key is answered what came of it, a refusal after the unit of work too: it
// repeats nothing.
func TestWhoTookTheKeyIsNotToldThatItWasDone(t *testing.T) {
	w := newWritten(t)
	w.says = func(*fiber.Ctx) error { return fault.New(fault.Invalid, "fault.invalid") }
	if got := w.send("_key=key-of-one-form"); got.status != 422 || got.body != "refused: fault.invalid" || got.replayed {
		t.Errorf("%+v", got)
	}
	if w.done != 1 {
		t.Errorf("done %d times", w.done)
	}
}

// A key that belongs to something else is refused, and nothing else is said: the form that the
// handler shows again holds the key that can't be used.
func TestAFormWithTheKeyOfAnotherIsNotShownAgain(t *testing.T) {
	w := newWritten(t)
	w.says = func(c *fiber.Ctx) error { return c.SendString("done") }
	w.send("_key=key-of-one-form&x=1")
	if got := w.send("_key=key-of-one-form&x=2"); got.status != 409 || got.body != "refused: gate.reused" {
		t.Errorf("%+v", got)
	}
}

// A script is led where a browser is, by its own header, whoever of the two sent it first.
func TestAScriptIsLedWhereTheFirstAnswerLed(t *testing.T) {
	for _, first := range []string{"", "true"} {
		w := newWritten(t)
		w.says = func(c *fiber.Ctx) error {
			if c.Get("HX-Request") != "" {
				c.Set("HX-Redirect", "/next")
			}
			return c.Redirect("/next", 303)
		}
		w.send("_key=key-of-one-form", "HX-Request", first)
		for _, script := range []string{"", "true"} {
			got := w.send("_key=key-of-one-form", "HX-Request", script)
			want := ""
			if script != "" {
				want = "/next"
			}
			if got.status != 303 || got.header.Get("Location") != "/next" || got.header.Get("HX-Redirect") != want || !got.replayed {
				t.Errorf("first by script %q, again by %q: %d %v", first, script, got.status, got.header)
			}
		}
	}
}
