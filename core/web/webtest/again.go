package webtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"mektep/core/db"
	"mektep/core/db/dbtest"
)

// keyless are the addresses of forms that take no key, as core/web/ui/forms_test.go says
// of each; "/sign-out" ends what its key would belong to. Whoever signs in beside somebody
// else gets a session by the cookie of the answer, which nothing keeps.
var keyless = []string{"/sign-out", "/sign-in", "/sign-in/second", "/language", "/theme"}

// told are the addresses of forms that, once their answer is lost, say that it has been
// done: setting a ministry up is many units of work, on the platform and behind its wall,
// and the links that its answer shows are made anew on the ministry's own page.
var told = []string{"/operator/new"}

// Again sends a form with send, and once more where it was done, as a browser does whose
// answer was lost on its way. It must be answered as it was first, whether that answer was
// kept or only what the unit of work found out: send is told which time it is. A form that
// wrote something took its key, or the test says so; one that changed nothing is not
// repeated. The database is dbtest.Forgetful.
func Again(t testing.TB, d *db.DB, path, key string, send func(again bool) *Answer) *Answer {
	t.Helper()
	dbtest.Written(t, d)
	first := send(false)
	if ended(first) {
		return first // with the session that the key would belong to
	}
	if wrote := dbtest.Written(t, d); first.Status >= http.StatusBadRequest || !dbtest.Took(t, d, key) {
		if first.Status < http.StatusBadRequest && len(wrote) > 0 && !slices.Contains(keyless, path) {
			t.Errorf("the form to %s wrote to %s and took no key: sent again it does it again", path, strings.Join(wrote, ", "))
		}
		return first
	}
	kept := send(true)
	if kept.Status != first.Status || !Same(kept.Location, first.Location) || kept.Body != first.Body || kept.Header.Get("Idempotent-Replayed") == "" {
		t.Errorf("the form to %s was answered %d to %q, and sent again %d to %q: %s", path, first.Status, first.Location, kept.Status, kept.Location, kept.Text())
	}
	if dbtest.Lose(t, d, key) {
		lost := send(true)
		if slices.Contains(told, path) && lost.Status == http.StatusConflict && strings.Contains(lost.Text(), "already") {
			return first
		}
		if lost.Status != first.Status || !Same(lost.Location, first.Location) || lost.Header.Get("Idempotent-Replayed") == "" {
			t.Errorf("the form to %s was answered %d to %q, and sent again after that was lost %d to %q: %s", path, first.Status, first.Location, lost.Status, lost.Location, lost.Text())
		}
	}
	return first
}

// ended reports whether an answer ends the session of who asked.
func ended(a *Answer) bool {
	return slices.ContainsFunc(a.Header.Values("Set-Cookie"), func(c string) bool { return strings.HasPrefix(c, "mektep=;") })
}

// Same reports whether two answers lead to the same place; what is sealed in an address differs each time.
func Same(one, other string) bool {
	a, b := Must(url.Parse(one)), Must(url.Parse(other))
	p, q := a.Query(), b.Query()
	for _, v := range []url.Values{p, q} {
		if v.Has("t") {
			v.Set("t", "sealed")
		}
	}
	return a.Path == b.Path && p.Encode() == q.Encode()
}
