package edge_test

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"mektep/core/clock"
	"mektep/core/edge"
	"mektep/core/fault"
)

func TestHeadAnswersAsGetWithoutBody(t *testing.T) {
	e := edge.New(edge.Config{Secret: []byte(strings.Repeat("s", 32)), Clock: &clock.Clock{}}, nil, nil, nil, nil, nil)
	app := e.App(func(c *fiber.Ctx, err error) error { return c.Status(fault.KindOf(err).Status()).SendString("no") })
	app.Use(func(c *fiber.Ctx) error { c.Set("X-Behind", c.Method()); return c.Next() })
	app.Add(fiber.MethodPost, "/only-posted", func(c *fiber.Ctx) error { return c.SendString("posted") })
	app.Add(fiber.MethodGet, "/page", func(c *fiber.Ctx) error { return c.SendString("four") })

	ask := func(method, path string) (status int, length, behind, body string) {
		r, err := app.Test(httptest.NewRequest(method, path, nil))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close() //nolint:errcheck // only read
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, r.Header.Get("Content-Length"), r.Header.Get("X-Behind"), string(b)
	}
	if status, length, behind, body := ask("HEAD", "/page"); status != 200 || length != "4" || behind != "GET" || body != "" {
		t.Errorf("HEAD /page: %d, length %s, as %s, body %q", status, length, behind, body)
	}
	if status, _, _, body := ask("GET", "/page"); status != 200 || body != "four" {
		t.Errorf("GET /page: %d %q", status, body)
	}
	for _, path := range []string{"/only-posted", "/nowhere"} {
		if status, _, _, body := ask("HEAD", path); status != 404 || body != "" {
			t.Errorf("HEAD %s: %d %q", path, status, body)
		}
	}
}
