package app

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"mektep/core/api"
	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/web/institutions"
)

// Whatever takes something that is sent says of too much of it how much it may be, in the
// reader's language: every route of screens, console and API, forms and files alike.
func TestTooMuchIsRefusedWithBothNumbers(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Rate, c.PerMinistry = 1_000_000, 10_000 })
	words := func(tag string) string { return s.Words.Localizer(tag).Fault(edge.TooLarge()).Reason }
	if !strings.Contains(words("ru"), "32 МБ") || !strings.Contains(words("ru"), "1 МБ") {
		t.Fatalf("the numbers are not said: %s", words("ru"))
	}
	who := s.asker("kg", "special")
	if !strings.Contains(string(who.get("/home").body), `lang="ky"`) {
		t.Fatal("this account reads no Kyrgyz")
	}
	uploads := []string{institutions.Upload, api.Prefix + "/imports"}
	form, file := strings.Repeat("x", 1<<20+1), strings.Repeat("x", edge.MostFile+1)
	var wait sync.WaitGroup
	places := make(chan struct{}, 16)
	asked, uploaded := 0, 0
	check := func(a *asker, r routed, kind, body, accept, want string) {
		asked++
		wait.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			said := map[string]string{"Accept-Language": accept, "Referer": s.at("kg", "/people?words=x")}
			got := a.send(r.method, r.filled("x"), kind, body, said)
			said["Transfer-Encoding"] = "chunked"
			if chunked := a.send(r.method, r.filled("x"), kind, body, said); got.err == nil && got.status == http.StatusRequestEntityTooLarge {
				got = chunked
			}
			if got.err != nil || got.status != http.StatusRequestEntityTooLarge || !strings.Contains(string(got.body), words(want)) || got.header.Get("X-Request-Id") == "" {
				t.Errorf("%s %s as %s, %s: %v %d %.300s, not in %s", r.method, r.path, a.token, kind, got.err, got.status, got.body, want)
			}
			if a == who && !strings.HasPrefix(r.path, "/api/") && !strings.Contains(string(got.body), `href="/people?words=x"`) {
				t.Errorf("%s %s leads nowhere: %s", r.method, r.path, got.body)
			}
			if program := strings.HasPrefix(r.path, "/api/"); program && !strings.Contains(string(got.body), `"/problems/`+fault.TooLarge.String()+`"`) {
				t.Errorf("%s %s: no problem: %s", r.method, r.path, got.body)
			}
		})
	}
	for _, r := range s.routes(t) {
		if r.method == http.MethodGet {
			continue
		}
		body, kinds := form, []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=b"}
		if slices.Contains(uploads, r.path) {
			body = file
			uploaded++
		}
		host := "kg"
		if strings.HasPrefix(r.path, "/operator") {
			host = ""
		}
		own := "ky" // of the account
		if strings.HasPrefix(r.path, "/api/") {
			kinds, own = []string{"application/json"}, "tr" // what a program asks for goes before
		}
		for _, kind := range kinds {
			check(s.stranger(host), r, kind, body, "ru", "ru")
			if host != "" {
				check(who, r, kind, body, "tr", own)
			}
		}
	}
	wait.Wait()
	if asked < 200 || uploaded != len(uploads) {
		t.Errorf("only %d were asked, %d of them with files", asked, uploaded)
	}
}

// A form that breaks off or says not what parts it is answered like any other that can't be read,
// with page and words, whether it said how long it is or not: by every route, also by none.
func TestABrokenFormIsAnsweredWhetherItsLengthIsSaidOrNot(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Rate, c.PerMinistry = 1_000_000, 10_000 })
	who := s.asker("kg", "special")
	routes := append(s.routes(t), routed{method: http.MethodPost, path: "/nothing/like/it"}, routed{method: http.MethodPost, path: api.Prefix + "/nothing"})
	asked := 0
	var wait sync.WaitGroup
	places := make(chan struct{}, 16)
	for _, r := range routes {
		if r.method == http.MethodGet || strings.HasPrefix(r.path, "/operator") || r.path == api.Prefix+"/token" { // which is given up by it
			continue
		}
		asked++
		wait.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			for what, form := range map[string][2]string{
				"no boundary": {"multipart/form-data", "x"},
				"no end":      {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx"},
				"no part":     {"multipart/form-data; boundary=b", "nothing of the kind"},
				"no head":     {"multipart/form-data; boundary=b", "--b\r\n\r\n\r\n--b--\r\n--b"},
			} {
				said := map[string]string{"Accept-Language": "tr"}
				got := who.send(r.method, r.filled("x"), form[0], form[1], said)
				said["Transfer-Encoding"] = "chunked"
				chunked := who.send(r.method, r.filled("x"), form[0], form[1], said)
				words := `lang="ky"`
				if strings.HasPrefix(r.path, "/api/") {
					words = `"/problems/`
				}
				if got.err != nil || got.status != chunked.status || got.status == http.StatusBadRequest && words != `"/problems/` ||
					got.header.Get("X-Request-Id") == "" || got.status != http.StatusSeeOther && !strings.Contains(string(got.body), words) {
					t.Errorf("%s %s, %s: %v %d %.200s, chunked %d", r.method, r.path, what, got.err, got.status, got.body, chunked.status)
				}
			}
		})
	}
	wait.Wait()
	if asked < 100 {
		t.Errorf("only %d were asked", asked)
	}
}
