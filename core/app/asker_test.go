package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/api"
)

// asker is somebody of a ministry who asks by hand what a browser or a program
// would: signed in with a session for the screens and a token for the API.
type asker struct {
	s      *site
	slug   string
	client *http.Client
	jar    map[string]string
	csrf   string
	token  string
}

var csrfField = regexp.MustCompile(`name="_csrf" value="([^"]+)"`)

// stranger is somebody who has not signed in.
func (s *site) stranger(slug string) *asker {
	var dial net.Dialer
	a := &asker{s: s, slug: slug, jar: map[string]string{}, client: &http.Client{
		Timeout: time.Minute,
		Transport: &http.Transport{MaxIdleConnsPerHost: 300, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dial.DialContext(ctx, network, s.Config.Addr)
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	s.t.Cleanup(a.client.CloseIdleConnections)
	return a
}

func (s *site) asker(slug, login string) *asker {
	s.t.Helper()
	a := s.stranger(slug)
	a.get("/sign-in")
	r := a.post("/sign-in", url.Values{"login": {login}, "password": {demoPassword}})
	second := strings.Contains(r.location, "/sign-in/second")
	if second {
		a.get(r.location)
		r = a.post("/sign-in/second", url.Values{"code": {s.code(slug, login)}})
	}
	if r.status != http.StatusSeeOther || strings.Contains(r.location, "sign-in") {
		s.t.Fatalf("signing %s in: %d %s", login, r.status, r.location)
	}
	a.get("/home")
	asked := map[string]any{"login": login, "password": demoPassword, "name": "test"}
	if second {
		asked["code"] = s.code(slug, login)
	}
	body, err := json.Marshal(asked)
	if err != nil {
		s.t.Fatal(err)
	}
	t := a.ask(http.MethodPost, api.Prefix+"/token", "application/json", string(body), nil)
	var got struct{ Token string }
	if err := json.Unmarshal(t.body, &got); err != nil || got.Token == "" {
		s.t.Fatalf("no token for %s: %d %s", login, t.status, t.body)
	}
	a.token = got.Token
	return a
}

// answer is what came back.
type answer struct {
	status   int
	location string
	header   http.Header
	body     []byte
	took     time.Duration
	err      error
}

func (a *asker) get(path string) answer { return a.ask(http.MethodGet, path, "", "", nil) }

func (a *asker) post(path string, form url.Values) answer {
	form.Set("_csrf", a.csrf)
	return a.ask(http.MethodPost, path, "application/x-www-form-urlencoded", form.Encode(), nil)
}

// ask asks as one request. Cookies are kept until hold is set by quiet.
func (a *asker) ask(method, path, kind, body string, header map[string]string) answer {
	r := a.send(method, path, kind, body, header)
	for _, c := range (&http.Response{Header: r.header}).Cookies() {
		a.jar[c.Name] = c.Value
		if c.MaxAge < 0 || c.Value == "" {
			delete(a.jar, c.Name)
		}
	}
	if m := csrfField.FindSubmatch(r.body); m != nil {
		a.csrf = string(m[1])
	}
	return r
}

// send is ask without learning from the answer: many may at once.
func (a *asker) send(method, path, kind, body string, header map[string]string) answer {
	req, err := http.NewRequest(method, a.s.at(a.slug, "/"), bytes.NewReader([]byte(body))) //nolint:noctx // the client has a limit
	if err != nil {
		return answer{err: err}
	}
	path, query, _ := strings.Cut(path, "?")
	req.URL.Opaque = "//" + req.URL.Host + path // as it stands, however broken
	req.URL.RawQuery = query
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if strings.HasPrefix(path, api.Prefix) {
		if a.token != "" {
			req.Header.Set("Authorization", "Bearer "+a.token)
		}
	} else {
		var cookies []string
		for k, v := range a.jar {
			cookies = append(cookies, k+"="+v)
		}
		slices.Sort(cookies)
		req.Header.Set("Cookie", strings.Join(cookies, "; "))
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	if header["Transfer-Encoding"] != "" { // it isn't said how long it is
		req.ContentLength = -1
	}
	begun := time.Now()
	res, err := a.client.Do(req)
	if err != nil {
		return answer{err: err, took: time.Since(begun)}
	}
	defer res.Body.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(res.Body)
	return answer{status: res.StatusCode, location: res.Header.Get("Location"), header: res.Header, body: text, took: time.Since(begun), err: err}
}

// route is a way to ask this program something, as its own table says.
type routed struct{ method, path string }

// routes are all that the program answers, screens and API, without what only
// passes a request on.
func (s *site) routes(t *testing.T) []routed {
	t.Helper()
	var all []routed
	seen := map[string]bool{}
	for _, byMethod := range s.HTTP.Stack() {
		for _, r := range byMethod {
			one := routed{r.Method, r.Path}
			if r.Method == http.MethodHead || r.Method == http.MethodConnect || r.Method == http.MethodTrace || r.Method == http.MethodOptions ||
				seen[fmt.Sprint(one)] || r.Path == "/api" || r.Path == "/api/v1" || r.Path == "/" && r.Method != http.MethodGet {
				continue
			}
			seen[fmt.Sprint(one)] = true
			all = append(all, one)
		}
	}
	if len(all) < 150 {
		t.Fatalf("only %d routes were found", len(all))
	}
	return all
}

// filled is a route's path with a value for each of its parameters.
func (r routed) filled(value string) string {
	parts := strings.Split(r.path, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, ":") || strings.HasPrefix(p, "*") {
			parts[i] = value
		}
	}
	return strings.Join(parts, "/")
}
