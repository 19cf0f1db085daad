package app

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/api"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/unit"
)

// without are the routes that need no database.
func without(path string) bool {
	for _, p := range []string{"/healthz", "/version", "/metrics", "/assets/", api.Prefix + "/docs", api.Prefix + "/openapi"} {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

// A silent database: every route there is, all asked at the same time, answers
// within the limit of one request, in words, and never as a defect.
func TestEveryRouteAnswersASilentDatabaseWithinItsLimit(t *testing.T) {
	cfg, line := dbtest.ConfigBehind(t)
	const limit = 4 * time.Second
	s := newSiteOn(t, cfg, func(c *Config) { c.Limit, c.Rate, c.PerMinistry = limit, 100_000, 10_000 })
	s.undertakes("kg", "special")
	who, op := s.asker("kg", "special"), s.operator(t)
	routes := s.routes(t)
	line.Silence()
	defer line.Speak()
	var wait sync.WaitGroup
	answers := make([]answer, len(routes))
	for k, r := range routes {
		wait.Go(func() {
			who, value := who, db.NewUID()
			if r.console() {
				who, value = op, "kg"
			}
			kind, body := "application/x-www-form-urlencoded", "_csrf="+who.csrf
			if strings.HasPrefix(r.path, api.Prefix) {
				kind, body = "application/json", "{}"
			}
			if r.method == http.MethodGet {
				kind, body = "", ""
			}
			answers[k] = who.send(r.method, r.filled(value), kind, body, nil)
		})
	}
	wait.Wait()
	waited := 0
	who.jar["language"] = "ru"
	if a := who.get("/people"); a.status != http.StatusServiceUnavailable || !strings.Contains(string(a.body), `lang="ru"`) {
		t.Errorf("the language that was chosen in this browser is forgotten: %d %.400s", a.status, a.body)
	}
	for k, a := range answers {
		r := routes[k]
		switch {
		case a.err != nil:
			t.Errorf("%s %s: %v", r.method, r.path, a.err)
		case a.took > 2*limit:
			t.Errorf("%s %s took %v", r.method, r.path, a.took)
		case a.status == http.StatusInternalServerError:
			t.Errorf("%s %s: 500 %.300s", r.method, r.path, a.body)
		case a.status == http.StatusServiceUnavailable:
			waited++
			if a.header.Get("Retry-After") == "" && r.path != "/readyz" {
				t.Errorf("%s %s does not say when to ask again", r.method, r.path)
			}
			if len(a.body) == 0 {
				t.Errorf("%s %s says nothing", r.method, r.path)
			}
		case r.console():
			t.Errorf("%s %s of the console: %d without a database", r.method, r.path, a.status)
		case a.status < 400 && !without(r.path) && a.status != http.StatusSeeOther:
			t.Logf("%s %s: %d without a database", r.method, r.path, a.status)
		}
	}
	if waited < len(routes)/2 {
		t.Errorf("only %d of %d routes noticed that the database was silent", waited, len(routes))
	}
	line.Speak()
	s.until("the service is itself again", func() bool {
		return who.get("/home").status == http.StatusOK && who.get("/readyz").status == http.StatusOK
	})
}

// A database that refuses to keep something, whatever its reason, is told as "not
// now" through every kind of route, and a load balancer hears of it.
func TestADatabaseThatKeepsNothingIsToldAsNotNow(t *testing.T) {
	cfg := dbtest.Config(t)
	s := newSiteOn(t, cfg, func(c *Config) { c.Rate, c.PerMinistry = 100_000, 10_000 })
	who := s.asker("kg", "special")
	if a := who.get("/readyz"); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	owner, err := pgx.Connect(t.Context(), cfg.OwnerDSN)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(t.Context()) //nolint:errcheck // the test is over
	exec := func(sql string) {
		t.Helper()
		if _, err := owner.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	school := s.unit("kg", unit.Institution, "700112")
	const form = "/me/undertakings/annex_1_1"
	for code, want := range map[string]int{
		"53100": 503, "53200": 503, "57P01": 503, "58030": 503, "08006": 503, "57014": 503, "55P03": 503, "40001": 503, "42501": 503, "42P01": 503,
		"23514": 422, "22021": 422, "23505": 409, "23503": 409,
	} {
		exec("CREATE OR REPLACE FUNCTION public.full_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'of Aibek' USING ERRCODE = '" + code + "'; END $$")
		exec("CREATE OR REPLACE TRIGGER full_up BEFORE INSERT ON public.write_key FOR EACH ROW EXECUTE FUNCTION public.full_up()")
		answers := map[string]answer{
			"API": who.send(http.MethodPost, api.Prefix+"/institutions/"+school.UID+"/rename", "application/json",
				`{"since":"2026-11-24","order":{"number":"1"},"name":{"ky":"Мектеп"}}`, map[string]string{"Idempotency-Key": db.NewUID(), "If-Match": "*"}),
			"form": who.send(http.MethodPost, form, "application/x-www-form-urlencoded", "_csrf="+who.csrf+"&agree=1&name=Атайынов+Чыңгыз&_key="+db.NewUID(), nil),
			"htmx": who.send(http.MethodPost, form, "application/x-www-form-urlencoded", "_csrf="+who.csrf+"&agree=1&name=Атайынов+Чыңгыз&_key="+db.NewUID(), map[string]string{"HX-Request": "true"}),
		}
		for kind, a := range answers {
			if a.status == http.StatusInternalServerError || a.err != nil || strings.Contains(string(a.body), "Aibek") {
				t.Errorf("%s by %s: %d %.200s %v", code, kind, a.status, a.body, a.err)
			}
			if a.status != want {
				t.Errorf("%s by %s: %d, want %d: %.300s", code, kind, a.status, want, a.body)
			}
			if want == 503 && a.header.Get("Retry-After") == "" {
				t.Errorf("%s by %s does not say when to ask again", code, kind)
			}
		}
		if code == "53100" {
			if a := who.get("/readyz"); a.status != http.StatusServiceUnavailable || !strings.Contains(string(a.body), code) {
				t.Errorf("/readyz with a full disk: %d %s", a.status, a.body)
			}
		}
	}
	exec("DROP FUNCTION public.full_up CASCADE")
}

// Program and database know one another's version, at start, while they run, and
// when a migration is asked for.
func TestProgramAndDatabaseKnowOneAnothersVersion(t *testing.T) {
	cfg := dbtest.Config(t)
	s := newSiteOn(t, cfg, func(*Config) {})
	owner, err := pgx.Connect(t.Context(), cfg.OwnerDSN)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(t.Context()) //nolint:errcheck // the test is over
	ready := func() (int, string) {
		s.checked.Lock()
		s.checked.at = time.Time{}
		s.checked.Unlock()
		a := s.stranger("kg").get("/readyz")
		return a.status, string(a.body)
	}
	start := func() string {
		a, err := New(t.Context(), s.Config)
		if err != nil {
			return err.Error()
		}
		a.Close()
		return ""
	}
	if code, body := ready(); code != http.StatusOK || start() != "" {
		t.Fatalf("%d %s", code, body)
	}
	for _, c := range []struct{ change, say, back string }{
		{"INSERT INTO platform.goose_db_version (version_id, is_applied) VALUES (9999, true)", "newer", "DELETE FROM platform.goose_db_version WHERE version_id = 9999"},
		{"UPDATE platform.goose_db_version SET version_id = -50 WHERE version_id = 50", "older", "UPDATE platform.goose_db_version SET version_id = 50 WHERE version_id = -50"},
		{"ALTER TABLE platform.goose_db_version RENAME TO gone", "mektep migrate", "ALTER TABLE platform.gone RENAME TO goose_db_version"},
	} {
		if _, err := owner.Exec(t.Context(), c.change); err != nil {
			t.Fatal(err)
		}
		if code, body := ready(); code != http.StatusServiceUnavailable || !strings.Contains(body, c.say) {
			t.Errorf("/readyz on what is %s: %d %s", c.say, code, body)
		}
		if said := start(); !strings.Contains(said, c.say) {
			t.Errorf("a start on what is %s: %q", c.say, said)
		}
		if c.say == "newer" {
			if err := Migrate(t.Context(), cfg.OwnerDSN); err == nil || !strings.Contains(err.Error(), "newer") {
				t.Errorf("migrating a newer database: %v", err)
			}
		}
		if _, err := owner.Exec(t.Context(), c.back); err != nil {
			t.Fatal(err)
		}
	}
	if code, body := ready(); code != http.StatusOK {
		t.Errorf("%d %s", code, body)
	}
}
