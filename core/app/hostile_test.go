package app

import (
	"encoding/json"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/api"
)

// What nobody can keep, and what nobody expects: the first are refused at the edge,
// the others by whoever reads them; none is a defect.
var (
	illegible = []string{"a\x00b", "\xff\xfe", "\xc0\x80", "\xed\xa0\x80", "x\xf0\x28\x8c\x28"}
	odd       = []string{
		strings.Repeat("Ж", 9_999), strings.Repeat("x", 20_000), "99999999999999999999", "-9223372036854775809", "0000-00-00", "9999-12-31", "infinity", "NaN",
		"%_\\'\";--", "\ufffe\uffff\u200b\u202e", "a\r\nb\tc", "{}", "[]", "null", " ", "../../etc", strings.Repeat("9", 400), "1e400",
	}
)

var named = regexp.MustCompile(`(?:Query|Value|Secret|All|Ticked|Day|File|Has|FormValue|Cookies|Get)\("([^"]+)"`)

// fields are the names of everything that a screen reads, from its source.
func fields(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{"_key": true, "_version": true, "f.ownership": true, "name.ky": true, "q": true}
	err := filepath.WalkDir("../web", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			found[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	delete(found, "_csrf")
	if len(found) < 60 {
		t.Fatalf("only %d fields were found", len(found))
	}
	return slices.Sorted(maps.Keys(found))
}

// leaves are routes whose success would end the session that asks.
func leaves(r routed) bool {
	return r.path == "/sign-out" || r.path == api.Prefix+"/token" || strings.HasSuffix(r.path, "/sessions/end") || strings.Contains(r.path, "/tokens/") || strings.HasSuffix(r.path, "/sessions")
}

// Whatever is sent, by every route, in every parameter that anything reads: it is
// refused in words, or it is done; it is never a defect.
func TestNothingThatIsSentIsADefect(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Rate, c.PerMinistry = 1_000_000, 10_000 })
	ways, askers := s.ways(t)
	who := askers[1] // the special administrator
	strangers := map[string]*asker{"kg": s.stranger("kg"), "": s.stranger("")}
	for _, x := range strangers {
		x.get("/sign-in")
	}
	names := fields(t)
	asked := 0
	check := func(what string, r routed, value string, a answer) {
		t.Helper()
		asked++
		switch {
		case a.err != nil:
			t.Errorf("%s of %s %s with %.20q: %v", what, r.method, r.path, value, a.err)
		case a.status >= 500:
			t.Errorf("%s of %s %s with %.20q: %d %.400s", what, r.method, r.path, value, a.status, a.body)
		case len(a.location) > 8<<10:
			t.Errorf("%s of %s %s with %.20q leads to an address of %d bytes", what, r.method, r.path, value, len(a.location))
		}
	}
	s.operations(t, who, check)
	s.forms(t, who, check)
	for k, w := range ways {
		r, who, stranger := w.routed, w.by, strangers[w.by.slug]
		if leaves(r) || k > 0 && ways[k-1].routed == r { // by one who may, or by one of those whom it answers alike
			continue
		}
		for n, v := range slices.Concat(illegible, odd) {
			form := url.Values{"_csrf": {who.csrf}}
			for i, n := range names {
				if len(v) < 2000 || i%15 == k%15 { // a form as a whole is no longer than 1 MiB
					form[n] = []string{v}
				}
			}
			path := w.path
			if strings.Contains(r.path, ":") {
				check("the path", r, v, who.send(r.method, r.filled(url.PathEscape(v[:min(len(v), 500)])), "", "", nil))
			}
			if r.method == http.MethodGet {
				for _, query := range queries(names, v[:min(len(v), 30)]) {
					check("the query", r, v, who.send(r.method, path+"?"+query, "", "", nil))
				}
				continue
			}
			if strings.HasPrefix(r.path, api.Prefix) {
				continue // below, by their description
			}
			check("the form", r, v, who.send(r.method, path, "application/x-www-form-urlencoded", form.Encode(), nil))
			if n%3 != k%3 {
				continue // a third of them each
			}
			delete(form, "_key")
			check("the form without a key", r, v, who.send(r.method, path, "application/x-www-form-urlencoded", form.Encode(), nil))
			form.Set("_csrf", stranger.csrf)
			check("a stranger's form", r, v, stranger.send(r.method, path, "application/x-www-form-urlencoded", form.Encode(), nil))
		}
	}
	for _, v := range slices.Concat(illegible, odd) {
		for _, h := range []string{"If-Match", "Idempotency-Key", "Accept-Language", "User-Agent", "Referer", "X-CSRF-Token", "Authorization", "Accept", "Origin"} {
			if strings.ContainsAny(v, "\r\n\x00") {
				continue // no client sends it
			}
			check("the header "+h, routed{"GET", "/home"}, v, who.send("GET", "/home", "", "", map[string]string{h: v}))
			check("the header "+h, routed{"PATCH", "institution"}, v, who.send("PATCH", api.Prefix+"/institutions/x", "application/json", `{"fields":{}}`, map[string]string{h: v}))
			check("the header "+h, routed{"POST", "/sign-in"}, v, strangers["kg"].send("POST", "/sign-in", "application/x-www-form-urlencoded", "login=a&password=b&_csrf="+strangers["kg"].csrf, map[string]string{h: v}))
		}
	}
	for _, x := range askers {
		at := "/home"
		if x.slug == "" {
			at = "/operator"
		}
		if a := x.get(at); a.status != http.StatusOK {
			t.Errorf("the session at %q did not live to the end: %d", x.slug, a.status)
		}
	}
	t.Logf("%d requests", asked)
}

// queries gives every name the value, in as few addresses as a server takes.
func queries(names []string, value string) (out []string) {
	const most = 12 << 10 // with the headers, below what is read of a request's head
	for _, n := range names {
		next := url.Values{n: {value}}.Encode()
		if last := len(out) - 1; last >= 0 && len(out[last])+len(next) < most {
			out[last] += "&" + next
		} else {
			out = append(out, next)
		}
	}
	return out
}

// operations sends every value in every text that an operation's description names.
func (s *site) operations(t *testing.T, who *asker, check func(string, routed, string, answer)) {
	t.Helper()
	text := who.get(api.Prefix + "/openapi.json")
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters  []struct{ Name, In string }
			RequestBody struct {
				Content map[string]struct{ Schema map[string]any }
			}
		}
		Components struct{ Schemas map[string]map[string]any }
	}
	if err := json.Unmarshal(text.body, &doc); err != nil {
		t.Fatalf("%v: %d %.100s", err, text.status, text.body)
	}
	param := regexp.MustCompile(`\{[^}]+\}`)
	n := 0
	for path, byMethod := range doc.Paths {
		for method, op := range byMethod {
			r := routed{strings.ToUpper(method), api.Prefix + path}
			if leaves(r) || strings.HasPrefix(path, "/token") {
				continue
			}
			for _, v := range slices.Concat(illegible, odd) {
				n++
				query := url.Values{}
				for _, p := range op.Parameters {
					if p.In == "query" {
						query.Set(p.Name, v[:min(len(v), 200)])
					}
				}
				to := api.Prefix + param.ReplaceAllString(path, url.PathEscape(v[:min(len(v), 500)]))
				check("the operation's path", r, v, who.send(r.method, to, "application/json", "{}", nil))
				to = api.Prefix + param.ReplaceAllString(path, "x") + "?" + query.Encode()
				body := ""
				if c, ok := op.RequestBody.Content["application/json"]; ok {
					text, err := json.Marshal(filledIn(c.Schema, doc.Components.Schemas, v, 0))
					if err != nil {
						t.Fatal(err)
					}
					body = string(text)
					if strings.ContainsRune(v, '\ufffd') || !json.Valid([]byte(`"`+v+`"`)) {
						check("the raw body", r, v, who.send(r.method, to, "application/json", `{"name":"`+v+`"}`, nil))
					}
				}
				check("the operation", r, v, who.send(r.method, to, "application/json", body, map[string]string{"If-Match": `"1"`}))
			}
		}
	}
	if n < 500 {
		t.Errorf("only %d operations with values", n)
	}
}

// filledIn is a body of a schema in which every text is value.
func filledIn(schema map[string]any, all map[string]map[string]any, value string, depth int) any {
	if ref, ok := schema["$ref"].(string); ok {
		schema = all[strings.TrimPrefix(ref, "#/components/schemas/")]
	}
	kind, _ := schema["type"].(string)
	if kinds, ok := schema["type"].([]any); ok && len(kinds) > 0 {
		kind, _ = kinds[0].(string)
	}
	switch {
	case depth > 6:
		return nil
	case kind == "object":
		out := map[string]any{}
		props, _ := schema["properties"].(map[string]any)
		for name, p := range props {
			if p, ok := p.(map[string]any); ok && name != "$schema" {
				out[name] = filledIn(p, all, value, depth+1)
			}
		}
		if len(props) == 0 {
			out[value] = value
			out["ky"] = value
		}
		return out
	case kind == "array":
		items, _ := schema["items"].(map[string]any)
		return []any{filledIn(items, all, value, depth+1)}
	case kind == "integer", kind == "number":
		return json.Number("9223372036854775807")
	case kind == "boolean":
		return true
	}
	if enum, ok := schema["enum"].([]any); ok && len(enum) > 0 {
		return enum[0]
	}
	if f, _ := schema["format"].(string); f == "date" {
		return "9999-12-31"
	}
	return value
}

// forms sends files with names and fields that nobody can keep.
func (s *site) forms(t *testing.T, who *asker, check func(string, routed, string, answer)) {
	t.Helper()
	for _, v := range slices.Concat(illegible, odd) {
		for _, to := range []string{"/institutions/import", api.Prefix + "/imports"} {
			safe := strings.NewReplacer("\r", "", "\n", "", `"`, "").Replace(v)
			for _, body := range []string{
				part(`name="_csrf"`, who.csrf) + part(`name="file"; filename="`+safe+`"`, "a;b\n1;2\n") + "--b--\r\n",
				part(`name="_csrf"`, who.csrf) + part(`name="`+safe+`"; filename="a.csv"`, "a;b\n1;2\n") + "--b--\r\n",
				part(`name="_csrf"`, who.csrf) + part(`name="_key"`, v) + part(`name="unit"`, v) + part(`name="file"; filename="a.csv"`, v) + "--b--\r\n",
				part(`name="_csrf"`, who.csrf) + "--b\r\nContent-Disposition: " + safe,
			} {
				check("the upload", routed{"POST", to}, v, who.send("POST", to, "multipart/form-data; boundary=b", body, nil))
			}
		}
	}
}

func part(head, text string) string {
	return "--b\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + text + "\r\n"
}

// A request that names two hosts, or one host in two ways, is no request: a proxy in
// front may have decided by the other one.
func TestARequestNamesOneHost(t *testing.T) {
	s := newSite(t)
	kg := strings.TrimPrefix(s.at("kg", ""), "http://")
	tr := strings.TrimPrefix(s.at("tr", ""), "http://")
	ask := func(raw string) string {
		t.Helper()
		c, err := net.Dial("tcp", s.Config.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close() //nolint:errcheck // over
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		if _, err := c.Write([]byte(raw)); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 64)
		n, err := c.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		status, _, _ := strings.Cut(strings.TrimPrefix(string(buf[:n]), "HTTP/1.1 "), " ")
		return status
	}
	for _, path := range []string{"/sign-in", api.Prefix + "/profile"} {
		whole := "http://" + kg + path
		for raw, want := range map[string]string{
			"GET " + path + " HTTP/1.1\r\nHost: " + kg + "\r\n\r\n":                      "",
			"GET " + whole + " HTTP/1.1\r\nHost: " + kg + "\r\n\r\n":                     "",
			"GET " + path + " HTTP/1.1\r\nHost: " + kg + "\r\nHost: " + tr + "\r\n\r\n":  "400",
			"GET " + path + " HTTP/1.1\r\nhost: " + kg + "\r\nHOST : " + kg + "\r\n\r\n": "400",
			"GET " + whole + " HTTP/1.1\r\nHost: " + tr + "\r\n\r\n":                     "400",
			"GET " + path + " HTTP/1.1\r\nHost: tr.localhost@" + kg + "\r\n\r\n":         "400",
			"GET http://x@" + kg + path + " HTTP/1.1\r\nHost: " + kg + "\r\n\r\n":        "400",
			"GET " + path + " HTTP/1.1\r\nHost: " + kg + "/x\r\n\r\n":                    "400",
			"GET //" + tr + path + " HTTP/1.1\r\nHost: " + kg + "\r\n\r\n":               "40",
		} {
			got := ask(raw)
			if want == "" && (got == "400" || strings.HasPrefix(got, "5")) || want != "" && !strings.HasPrefix(got, want) {
				t.Errorf("%q: %s", raw, got)
			}
		}
	}
}
