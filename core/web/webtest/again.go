package webtest

import (
	"net/http"
	"net/url"
	"testing"

	"mektep/core/db"
	"mektep/core/db/dbtest"
)

// Again repeats a form that was done, as a browser does whose answer was lost on its way:
// send sends the same request once more. It must be answered as it was first, whether that
// answer was kept or only what the unit of work found out. Forms that took no key, because
// they changed nothing, are not repeated. The database is dbtest.Forgetful.
func Again(t testing.TB, d *db.DB, key string, first *Answer, send func() *Answer) {
	t.Helper()
	if first.Status >= http.StatusBadRequest || !taken(t, d, key) {
		return
	}
	kept := send()
	if kept.Status != first.Status || !Same(kept.Location, first.Location) || kept.Body != first.Body || kept.Header.Get("Idempotent-Replayed") == "" {
		t.Errorf("a form was answered %d to %q, and sent again %d to %q: %s", first.Status, first.Location, kept.Status, kept.Location, kept.Text())
	}
	if !dbtest.Lose(t, d, key) {
		return
	}
	lost := send()
	if lost.Status != first.Status || !Same(lost.Location, first.Location) || lost.Header.Get("Idempotent-Replayed") == "" {
		t.Errorf("a form was answered %d to %q, and sent again after that was lost %d to %q: %s", first.Status, first.Location, lost.Status, lost.Location, lost.Text())
	}
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

// taken reports whether a unit of work took the key.
func taken(t testing.TB, d *db.DB, key string) (is bool) {
	t.Helper()
	owner := dbtest.Super(t, d)
	if err := owner.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM write_key WHERE key = $1)", key).Scan(&is); err != nil {
		t.Fatal(err)
	}
	if err := owner.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return is
}
