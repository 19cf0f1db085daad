package api_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"mektep/core/edge"
)

// described is what the tests read of the API's own description.
type described struct {
	OpenAPI string `json:"openapi"`
	Servers []struct{ URL string }
	Paths   map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Summary     string
		Tags        []string
		Security    []map[string][]string
		Parameters  []struct {
			Name, In string
			Required bool
		}
		RequestBody *struct{ Content map[string]any }
		Responses   map[string]struct{ Content map[string]any }
	}
	Components struct{ Schemas map[string]any }
}

func (m *ministry) description() described {
	m.t.Helper()
	var d described
	m.ask("GET", "/api/v1/openapi.json", "", nil).is(200).into(&d)
	return d
}

// filled replaces the parameters of a path.
func filled(path string) string {
	return strings.NewReplacer("{uid}", "nobodyknowsthis_", "{id}", "nothing").Replace("/api/v1" + path)
}

func TestEveryOperationIsOnlyForTheMinistrysOwn(t *testing.T) {
	w := newWorld(t)
	kg, tr := w.ministries["kg"], w.ministries["tr"]
	foreign := tr.as("tenant_admin", tr.root)
	public := 0
	for path, methods := range kg.description().Paths {
		for method, o := range methods {
			method = strings.ToUpper(method)
			if p := w.askAt(base, method, filled(path), foreign, "{}").problem(404); p.Type != "/problems/not_found" {
				t.Errorf("%s %s on the base domain: %+v", method, path, p)
			}
			w.askAt("elsewhere.test", method, filled(path), foreign, "{}").problem(404)
			if p := kg.ask(method, filled(path), foreign, "{}").problem(401); p.Type != "/problems/unauthenticated" {
				t.Errorf("%s %s with another ministry's token: %+v", method, path, p)
			}
			if len(o.Security) == 0 {
				public++
				continue
			}
			body := any("{}")
			if o.RequestBody != nil && o.RequestBody.Content["multipart/form-data"] != nil {
				body = nil
			}
			a := kg.ask(method, filled(path), "", body)
			if a.status == 422 || a.status == 400 || a.status == 415 { // its form is judged before who sent it
				a.problem(a.status)
				continue
			}
			a.problem(401)
			if !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("%s %s: no challenge", method, path)
			}
		}
	}
	if public != 9 {
		t.Errorf("%d operations are open to everybody", public)
	}
}

func TestCookiesCountForNothing(t *testing.T) {
	w := newWorld(t)
	q := httptest.NewRequest(http.MethodGet, "http://kg."+base+"/api/v1/me", nil)
	q.Header.Set("Cookie", "mektep=abc; __Host-mektep=abc; language=tr")
	res, err := w.app.Test(q, -1)
	must(t, err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized || res.Header.Get("Content-Language") == "tr" || res.Header.Get("Set-Cookie") != "" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
}

func TestFailuresBeforeAnyHandler(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	admin := kg.as("tenant_admin", kg.root)
	if p := kg.ask("GET", "/api/v1/nothing", admin, nil).problem(404); p.Detail == "" || p.Type != "/problems/not_found" {
		t.Errorf("%+v", p)
	}
	kg.ask("POST", "/api/v1/nothing", "", "{}").problem(404)
	kg.ask("GET", "/api", "", nil).problem(404)
	kg.ask("GET", "/api/v2/me", admin, nil).problem(404)
	a := kg.ask("PUT", "/api/v1/institutions/x", admin, "{}")
	if p := a.problem(405); p.Type != "/problems/method_not_allowed" || a.header.Get("Allow") != "GET, HEAD, PATCH" {
		t.Errorf("%+v %v", p, a.header)
	}
	if a := kg.ask("HEAD", "/api/v1/me", admin, nil).is(200); len(a.body) != 0 || a.header.Get("Content-Length") == "0" {
		t.Errorf("HEAD: %v %q", a.header, a.body)
	}
	kg.ask("HEAD", "/api/v1/me", "", nil).is(401)
	if p := kg.ask("POST", "/api/v1/accounts/search", admin, `{"words": `).problem(400); p.Type != "/problems/malformed" {
		t.Errorf("%+v", p)
	}
	kg.ask("POST", "/api/v1/accounts/search", admin, `{} {}`).problem(400)
	if p := kg.ask("POST", "/api/v1/accounts/search", admin, "words=x", "Content-Type", "application/x-www-form-urlencoded").problem(415); p.Type != "/problems/unsupported" {
		t.Errorf("%+v", p)
	}
	if p := kg.ask("GET", "/api/v1/me", "", nil, "Authorization", "Basic YTpi").problem(401); p.Detail == "" {
		t.Errorf("%+v", p)
	}
	if body := kg.ask("GET", "/apiary", "", nil).is(200).body; string(body) != "a screen" {
		t.Errorf("a screen beside the API is taken for it: %s", body)
	}
}

func TestABodyTooLargeIsAProblem(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	big := `{"words": "` + strings.Repeat("x", 1<<20) + `"}`
	admin := kg.as("tenant_admin", kg.root)
	kg.tokens[admin].Language = "ru"
	l, err := net.Listen("tcp", "127.0.0.1:0") // a test's connection of fiber gives this refusal as an error of the test
	must(t, err)
	go func() { _ = w.app.Listener(l) }()
	t.Cleanup(func() { _ = w.app.Shutdown() })
	for _, c := range []struct{ token, asks, want string }{{"", "tr", "tr"}, {"", "", "ky"}, {admin, "", "ru"}, {admin, "en", "en"}} {
		q, err := http.NewRequest(http.MethodPost, "http://"+l.Addr().String()+"/api/v1/accounts/search", strings.NewReader(big))
		must(t, err)
		q.Host = "kg." + base
		q.Header.Set("Accept-Language", c.asks)
		if c.token != "" {
			q.Header.Set("Authorization", "Bearer "+c.token)
		}
		res, err := http.DefaultClient.Do(q)
		must(t, err)
		defer res.Body.Close()
		raw, err := io.ReadAll(res.Body)
		must(t, err)
		p := answer{t, res.StatusCode, res.Header, raw, ""}.problem(http.StatusRequestEntityTooLarge)
		if p.Type != "/problems/too_large" || p.Detail != w.words.Localizer(c.want).Fault(edge.TooLarge()).Reason || !strings.Contains(p.Detail, "32") {
			t.Errorf("%+v: %+v", c, p)
		}
	}
	half := `{"words": "` + strings.Repeat("x", 1<<19) + `"}`
	if p := kg.ask("POST", "/api/v1/accounts/search", admin, half).problem(422); p.Errors[0].Key != "field.too_long" {
		t.Fatalf("%+v", p)
	}
}

func TestValidationSpeaksTheCallersLanguage(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	admin := kg.as("tenant_admin", kg.root)
	body := `{"role": 7, "unit": "x", "since": "soon", "surprise": true, "identified_by": "library_card", "order": {"date": "2026-02-30"}}`
	p := kg.ask("POST", "/api/v1/appointments", admin, body, "Accept-Language", "ru").problem(422)
	want := []string{
		"identified_by api.field.one_of", "order.date api.field.date", "role field.text", "since api.field.date", "surprise field.unknown",
	}
	if got := (problemOf{p}).keys(); !slices.Equal(got, want) {
		t.Fatalf("%q", got)
	}
	if !strings.Contains(p.Errors[0].Message+p.Errors[1].Message+p.Errors[2].Message+p.Errors[3].Message, "Укажите") {
		t.Fatalf("not in Russian: %+v", p.Errors)
	}
	p = kg.ask("GET", "/api/v1/institutions?sate=closed&limit=1000&state=shut", admin, nil).problem(422)
	want = []string{"limit field.too_large", "sate api.field.parameter", "state api.field.one_of"}
	if got := (problemOf{p}).keys(); p.Status != 422 || len(got) == 0 || !slices.Contains(want, got[0]) {
		t.Fatalf("%q", got)
	}
	p = kg.ask("POST", "/api/v1/token", "", `{"login": "a"}`).problem(422)
	if got := (problemOf{p}).keys(); !slices.Equal(got, []string{"name field.required", "password field.required"}) {
		t.Fatalf("%q", got)
	}
}

func TestProblemsRepeatNoValueAndLeakNoCause(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	a := kg.ask("POST", "/api/v1/token", "", `{"login": "a", "password": 12345678, "name": "x"}`)
	if a.problem(422); strings.Contains(string(a.body), "12345678") {
		t.Fatalf("%s", a.body)
	}
	w.db.Close()
	a = kg.ask("GET", "/api/v1/units", kg.tokenOnly(), nil)
	if p := a.problem(503); p.Type != "/problems/unavailable" || p.Wait == 0 || a.header.Get("Retry-After") == "" || strings.Contains(string(a.body), "pool") || strings.Contains(string(a.body), "closed") {
		t.Fatalf("%s", a.body)
	}
	if !strings.Contains(w.log.String(), "db: closed") {
		t.Fatalf("the cause is not in the log: %s", w.log.String())
	}
}

func TestLanguageIsAskedForOrTheOwners(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	admin := kg.as("tenant_admin", kg.root)
	for _, c := range []struct{ asked, want string }{{"", "ky"}, {"tr", "tr"}, {"de, en;q=0.8, ru;q=0.5", "en"}, {"de", "ky"}} {
		if got := kg.ask("GET", "/api/v1/nothing", admin, nil, "Accept-Language", c.asked).header.Get("Content-Language"); got != c.want {
			t.Errorf("%q: %s", c.asked, got)
		}
	}
}

func TestASuspendedMinistryTakesNoWrites(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	admin := kg.as("tenant_admin", kg.root)
	must(t, w.suspend("kg"))
	kg.ask("GET", "/api/v1/me", admin, nil).is(200)
	for _, c := range [][2]string{{"POST", "/token"}, {"POST", "/inbox/read"}, {"DELETE", "/token"}} {
		if p := kg.ask(c[0], "/api/v1"+c[1], admin, `{}`).problem(423); p.Type != "/problems/locked" || p.Next == nil {
			t.Errorf("%v: %+v", c, p)
		}
	}
}

// What the edge refuses before anybody is asked is said in the language of the account from
// which it comes, unless the request asks for another.
func TestTheEdgeRefusesInTheLanguageOfTheAccount(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	admin := kg.as("tenant_admin", kg.root)
	kg.tokens[admin].Language = "ru"
	body := map[string]any{"login": "a\u202eb", "password": "x"}
	for want, headers := range map[string][]string{"ru": nil, "ky": {"Accept-Language", "ky"}} {
		a := kg.ask("POST", "/api/v1/appointments", admin, body, headers...).is(422)
		if text := w.words.Localizer(want).T("fault.illegible"); a.header.Get("Content-Language") != want || !strings.Contains(string(a.body), text) {
			t.Errorf("%s: %s %s", want, a.header.Get("Content-Language"), a.body)
		}
	}
	a := kg.ask("GET", "/api/v1/institutions?q=%E2%80%AE", admin, nil).is(422)
	if a.header.Get("Content-Language") != "ru" || strings.Contains(string(a.body), "What was sent") {
		t.Errorf("the address: %s %s", a.header.Get("Content-Language"), a.body)
	}
}
