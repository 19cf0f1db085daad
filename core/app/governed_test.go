package app

import (
	"context"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/policies"
)

// get asks for a path and returns status and body.
func (s *site) get(ministry, path string) (int, string) {
	s.t.Helper()
	res, err := onLoopback.Get(s.at(ministry, path))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(body)
}

// What stands in the files is in force when it passes every check, country by country:
// a mistake in one closes its own ministries at most, and the last good stays.
func TestFilesThatDoNotPassCloseTheirOwnMinistries(t *testing.T) {
	policyDir, profileDir, localeDir := t.TempDir(), t.TempDir(), t.TempDir()
	s := newSite(t, func(c *Config) { c.PoliciesDir, c.ProfilesDir, c.LocalesDir = policyDir, profileDir, localeDir })
	rules, _ := policies.FS.ReadFile("kg/rules.csv")
	put := func(dir, name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	drop := func(dir, name string) { _ = os.Remove(filepath.Join(dir, name)) }
	reload := func() {
		t.Helper()
		if err := s.Reload(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	up := func(when, ministry string, want int) string {
		t.Helper()
		status, body := s.get(ministry, "/sign-in")
		if status != want {
			t.Errorf("%s: %s answers %d", when, ministry, status)
		}
		return body
	}
	broken := map[string]struct{ dir, name, text string }{
		"a policy that cannot be read":  {policyDir, "kg/rules.csv", "p, teacher\n"},
		"a policy that fails a case":    {policyDir, "kg/rules.csv", string(rules) + "p, directorate_officer, institution.general, update, overseen, allow, kg-78-1 §4.3, more\n"},
		"a policy that gives too much":  {policyDir, "kg/rules.csv", string(rules) + "p, ministry_officer, learner.*, view, tenant, allow, kg-78-1 §4.3\n"},
		"a policy that gives more":      {policyDir, "kg/rules.csv", string(rules) + "p, district_officer, institution, *, territory, allow, kg-78-1 §4.3\n"},
		"a policy without a rule":       {policyDir, "kg/rules.csv", ""},
		"a policy under a wrong name":   {policyDir, "kg/Rules.csv", string(rules)},
		"a profile that cannot be read": {profileDir, "kg/roles.yaml", "roles: ["},
		"a profile that fails a case":   {profileDir, "kg/cases.yaml", "types:\n  - {type: general_secondary_school, on: 2025-01-01, exists: false}\n  - {type: no_such, on: 2025-01-01, exists: true}\n"},
		"an unknown file of a profile":  {profileDir, "kg/rolls.yaml", "x: 1"},
	}
	old, _ := s.countries.Country("kg")
	for name, f := range broken {
		put(f.dir, f.name, f.text)
		reload()
		up(name+", while running", "kg", 200)
		up(name, "tr", 200)
		if now, _ := s.countries.Country("kg"); now != old {
			t.Errorf("%s: what was in force is not", name)
		}
		// As after a start: there is nothing that was in force before.
		s.countries.now.Store(&reading{byID: map[string]gate.Ministry{}})
		reload()
		if body := up(name+", at the start", "kg", 503); !strings.Contains(body, "being mended") {
			t.Errorf("%s: the page does not say why:\n%.600s", name, body)
		}
		up(name, "tr", 200)
		if status, body := s.get("kg", "/api/v1/me"); status != 503 || !strings.Contains(body, "mended") {
			t.Errorf("%s: the API answers %d %s", name, status, body)
		}
		if status, body := s.get("", "/readyz"); status != 200 || !strings.Contains(body, "closed: kg (1)") || strings.Contains(body, "tr") {
			t.Errorf("%s: /readyz says %d %q", name, status, body)
		}
		m, err := s.Tenants.BySlug(context.Background(), "kg")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Tenants.Work(context.Background(), m.ID); fault.KindOf(err) != fault.Locked {
			t.Errorf("%s: jobs go on: %v", name, err)
		}
		laws, err := s.Tenants.Laws(context.Background())
		if err != nil || len(laws) == 0 || laws[0].ID != "kg" || laws[0].InForce || len(laws[0].Findings) == 0 || !strings.Contains(laws[0].Findings[0], filepath.ToSlash(f.dir)) {
			t.Errorf("%s: the console would say %+v (%v)", name, laws, err)
		}
		if err := s.seedMinistry(context.Background(), &demoBook{}, demoMinistry{Profile: "kg"}); err == nil || !strings.Contains(err.Error(), "do not pass") || !strings.Contains(err.Error(), laws[0].Findings[0]) {
			t.Errorf("%s: the demonstration says %v", name, err)
		}
		if err := s.seedMinistry(context.Background(), &demoBook{}, demoMinistry{Profile: "atlantis"}); err == nil || !strings.Contains(err.Error(), "there is no profile") {
			t.Errorf("a country that is not there: %v", err)
		}
		drop(f.dir, f.name)
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		s.until("the mended files to be in force", func() bool { _, ok := s.countries.Country("kg"); return ok })
		up(name+", mended", "kg", 200)
		old, _ = s.countries.Country("kg")
	}
}

// F4: a ministry whose country has no profile at all is closed, and nothing falls over.
func TestAMinistryWithoutAProfileIsClosed(t *testing.T) {
	s := newSite(t)
	all := maps.Clone(s.countries.now.Load().byID)
	delete(all, "kg")
	s.countries.now.Store(&reading{byID: all})
	for _, path := range []string{"/", "/sign-in", "/home", "/institutions", "/people", "/privacy", "/help", "/api/v1/me"} {
		if status, body := s.get("kg", path); status != 503 {
			t.Errorf("%s answers %d %.200s", path, status, body)
		}
	}
	laws, err := s.Tenants.Laws(context.Background())
	if err != nil || len(laws) != 1 || laws[0].ID != "kg" || laws[0].InForce {
		t.Errorf("%+v, %v", laws, err)
	}
	if _, body := s.get("", "/readyz"); !strings.Contains(body, "closed: kg (1)") {
		t.Errorf("/readyz says %q", body)
	}
}

// Words are read anew with the rest; a file that does not pass changes none.
func TestWordsAreReadAnew(t *testing.T) {
	dir := t.TempDir()
	s := newSite(t, func(c *Config) { c.LocalesDir = dir })
	says := func() string { return s.Words.Localizer("en").T("tenant.state.active") }
	was := says()
	for text, want := range map[string]string{
		"\"tenant.state.active\" = \"Up and running\"\n": "Up and running",
		"\"tenant.state.active\" = 5\n":                  was,
		"\"tenant.stat.active\" = \"Up\"\n":              was,
	} {
		if err := os.WriteFile(filepath.Join(dir, "en.toml"), []byte(""), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Reload(context.Background()); err != nil {
			t.Fatal(err)
		}
		if says() != was {
			t.Fatalf("an empty file leaves %q", says())
		}
		if err := os.WriteFile(filepath.Join(dir, "en.toml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Reload(context.Background()); err != nil {
			t.Fatal(err)
		}
		if says() != want {
			t.Errorf("%q: says %q", text, says())
		}
	}
}
