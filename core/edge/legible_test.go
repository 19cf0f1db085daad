package edge_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"mektep/core/clock"
	"mektep/core/edge"
	"mektep/core/fault"
)

// shown is an application in which every form is said to stand on a page: every answer says
// what was asked for, and what is wrong with the form that was sent.
func shown(page string) *fiber.App {
	e := edge.New(edge.Config{Secret: []byte(strings.Repeat("s", 32)), Clock: &clock.Clock{}}, nil, nil, nil, nil, nil)
	app := e.App(func(c *fiber.Ctx, err error) error { return c.Status(fault.KindOf(err).Status()).SendString("no") })
	e.Shown(func(map[string][]string, *fault.Error) string { return page })
	app.All("/*", func(c *fiber.Ctx) error {
		text := c.Method() + " " + string(c.Request().URI().RequestURI())
		if form := edge.Of(c).Illegible; form != nil {
			text += " for " + form.Action
		}
		return c.SendString(text)
	})
	return app
}

// post is a form as a browser sends it.
func post(fields string, headers ...string) *http.Request {
	q := httptest.NewRequest(http.MethodPost, "http://one.example/save", strings.NewReader(fields))
	q.Header.Set(fiber.HeaderContentType, fiber.MIMEApplicationForm)
	for i := 0; i+1 < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	return q
}

// Instead of a form that nobody can keep its page is asked for: one of ours, by whatever the
// form says of it.
func TestThePageAskedForInsteadOfAFormIsOurs(t *testing.T) {
	const whole, broken = "name=Asan&note=x", "name=Asan&note=%00"
	if got := answer(t, shown("/page"), post(whole)); got != "POST /save" {
		t.Errorf("a form that is text: %q", got)
	}
	for page, want := range map[string]string{
		"/page?tab=2":                    "GET /page?tab=2 for /save",
		"":                               "no",
		"page":                           "no",
		"https://elsewhere.example/page": "no",
		"//elsewhere.example/page":       "no",
		"mailto:/page":                   "no",
		"/page?" + strings.Repeat("x", edge.MostAddress): "no",
		"/%00": "no",
	} {
		if got := answer(t, shown(page), post(broken)); got != want {
			t.Errorf("standing on %.60q: %q, want %q", page, got, want)
		}
	}
}

// For a form that another site's page has sent no page of ours is drawn with what it holds.
func TestNoPageIsAskedForInsteadOfAForeignForm(t *testing.T) {
	for _, c := range []struct{ name, header, value, want string }{
		{"ours", "Sec-Fetch-Site", "same-origin", "GET /page for /save"},
		{"an old browser's", "Accept", "*/*", "GET /page for /save"},
		{"ours by its origin", "Origin", "http://one.example", "GET /page for /save"},
		{"another site's", "Sec-Fetch-Site", "cross-site", "no"},
		{"a neighbour's", "Sec-Fetch-Site", "same-site", "no"},
		{"another origin's", "Origin", "http://two.example", "no"},
	} {
		if got := answer(t, shown("/page"), post("note=%00", c.header, c.value)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Beyond its bounds a request is refused before anybody reads it; up to them it is not.
func TestNamesHeadersAndFileNamesHaveBounds(t *testing.T) {
	file := func(length int) *http.Request {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		if _, err := w.CreateFormFile("file", strings.Repeat("ш", length)); err != nil {
			t.Fatal(err)
		}
		_ = w.Close()
		q := post(b.String())
		q.Header.Set(fiber.HeaderContentType, w.FormDataContentType())
		return q
	}
	for name, c := range map[string]struct {
		most    int
		request func(length int) *http.Request
	}{
		"the name of a field": {200, func(n int) *http.Request { return post(strings.Repeat("x", n) + "=1") }},
		"the name in an address": {200, func(n int) *http.Request {
			return httptest.NewRequest(http.MethodGet, "http://one.example/save?"+strings.Repeat("x", n)+"=1", nil)
		}},
		"a header":           {8192, func(n int) *http.Request { return post("x=1", "X-Long", strings.Repeat("x", n)) }},
		"the name of a file": {255, file},
	} {
		for length, refused := range map[int]bool{c.most: false, c.most + 1: true} {
			if got := answer(t, shown(""), c.request(length)); (got == "no") != refused {
				t.Errorf("%s of %d: %q", name, length, got)
			}
		}
	}
}
