package edge

import (
	"bytes"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// digest returns what content says of a request.
func digest(t *testing.T, e *Edge, method, path, kind, body string) string {
	t.Helper()
	app := fiber.New()
	ctx := &fasthttp.RequestCtx{}
	ctx.Request.Header.SetMethod(method)
	ctx.Request.SetRequestURI(path)
	ctx.Request.Header.SetContentType(kind)
	ctx.Request.SetBodyString(body)
	c := app.AcquireCtx(ctx)
	defer app.ReleaseCtx(c)
	return string(e.content(c))
}

// upload is a form with a file, as a browser sends it with a boundary of its own.
func upload(t *testing.T, boundary, token, file string) (kind, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.SetBoundary(boundary); err != nil {
		t.Fatal(err)
	}
	_ = w.WriteField("_csrf", token)
	f, err := w.CreateFormFile("file", "list.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write([]byte(file))
	_ = w.Close()
	return w.FormDataContentType(), b.String()
}

func TestAKeyIsBoundToWhatIsAskedFor(t *testing.T) {
	e := &Edge{sign: newSigner([]byte(strings.Repeat("s", 32)))}
	const form = "application/x-www-form-urlencoded"
	first := digest(t, e, "POST", "/a", form, "x=1&y=2&_key=k&_csrf=t1")
	// What the form says of itself is no part of what is asked for: labels are of a language.
	if first != digest(t, e, "POST", "/a", form+"; charset=utf-8", "y=2&x=1&_csrf=t2&_key=k&_form=labels") {
		t.Error("the same form is not known again")
	}
	for name, other := range map[string]string{
		"value":   digest(t, e, "POST", "/a", form, "x=1&y=3"),
		"shifted": digest(t, e, "POST", "/a", form, "x=1y&=2"),
		"joined":  digest(t, e, "POST", "/a", form, "x=1y12"),
		"path":    digest(t, e, "POST", "/b", form, "x=1&y=2"),
		"query":   digest(t, e, "POST", "/a?z=1", form, "x=1&y=2"),
		"method":  digest(t, e, "PUT", "/a", form, "x=1&y=2"),
		"kind":    digest(t, e, "POST", "/a", "application/json", "x=1&y=2"),
		"secret":  digest(t, &Edge{sign: newSigner([]byte(strings.Repeat("z", 32)))}, "POST", "/a", form, "x=1&y=2"),
	} {
		if other == first {
			t.Errorf("another %s passes for the same request", name)
		}
	}
	if digest(t, e, "POST", "/a", form, "a=b&a=c&d=e") == digest(t, e, "POST", "/a", form, "a=b&c=d&c=e") {
		t.Error("the name of a field passes for a value of the one before")
	}

	kind, body := upload(t, "one", "t1", "a;b")
	again, sameBody := upload(t, "two", "t2", "a;b")
	other, otherBody := upload(t, "one", "t1", "a;c")
	if digest(t, e, "POST", "/a", kind, body) != digest(t, e, "POST", "/a", again, sameBody) {
		t.Error("the same file with another boundary is not known again")
	}
	if digest(t, e, "POST", "/a", kind, body) == digest(t, e, "POST", "/a", other, otherBody) {
		t.Error("another file passes for the same")
	}
}
