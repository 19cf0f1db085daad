package app

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mektep/core/audit"
	"mektep/core/caller"
	built "mektep/policies"
)

// By which profile and policy a ministry is governed stands in /version and in each entry
// that the program writes: the same of both, country by country, and another once the files
// have been read anew.
func TestWhatGovernsStandsInVersionAndInEachEntry(t *testing.T) {
	profiles, policies := t.TempDir(), t.TempDir()
	s := newSite(t, func(c *Config) { c.ProfilesDir, c.PoliciesDir = profiles, policies })
	says := func(ministry string) string {
		t.Helper()
		_, body := s.get("", "/version")
		var v struct {
			Laws map[string]struct{ Profile, Policy string }
		}
		if err := json.Unmarshal([]byte(body), &v); err != nil || len(v.Laws[ministry].Profile) < 12 || len(v.Laws[ministry].Policy) < 12 {
			t.Fatalf("/version says %s (%v)", body, err)
		}
		return v.Laws[ministry].Profile[:12] + "." + v.Laws[ministry].Policy[:12]
	}
	last := func(ministry string) audit.Record {
		t.Helper()
		m, err := s.Tenants.BySlug(context.Background(), ministry)
		if err != nil {
			t.Fatal(err)
		}
		ctx := caller.With(context.Background(), &caller.Caller{Tenant: m.Tenant})
		found, _, err := s.Trail.Search(ctx, audit.Filter{Limit: 1}, "")
		if err != nil || len(found) == 0 {
			t.Fatal(found, err)
		}
		return found[0]
	}
	written := map[string]audit.Record{}
	for ministry, login := range map[string]string{"kg": "special", "tr": "istatistik"} {
		s.asker(ministry, login)
		written[ministry] = last(ministry)
		if got := written[ministry].Governed; got != says(ministry) {
			t.Errorf("%s: an entry says %q, /version %q", ministry, got, says(ministry))
		}
	}
	rules, err := built.FS.ReadFile("kg/rules.csv")
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]struct{ dir, file, text string }{
		"profile": {profiles, "kg/profile.yaml", "limits: [{id: session_idle_minutes, values: [{value: 8}]}]\n"},
		"policy":  {policies, "kg/rules.csv", strings.Replace(string(rules), "kg-78-1 §4.3", "kg-78-1 §4.4", 1)},
	} {
		was := says("kg")
		if err := os.MkdirAll(filepath.Join(f.dir, "kg"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(f.dir, f.file), []byte(f.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		s.until("the files to be in force", func() bool { return says("kg") != was })
		s.asker("kg", "special")
		if got := last("kg"); got.Governed != says("kg") || got.ID == written["kg"].ID {
			t.Errorf("%s: an entry says %q, /version %q", name, got.Governed, says("kg"))
		}
		if got := last("tr"); !strings.HasPrefix(got.Governed, says("tr")) || got.Governed != written["tr"].Governed {
			t.Errorf("%s: the other country's entry says %q", name, got.Governed)
		}
	}
}
