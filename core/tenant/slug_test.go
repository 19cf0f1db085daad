package tenant_test

import (
	"testing"

	"mektep/core/fault/faulttest"
)

// Below an installation's domain a short name is a host: what leads elsewhere there, by custom
// or because it stands for other letters, is no ministry's.
func TestAShortNameLeadsNowhereElse(t *testing.T) {
	p := start(t)
	for slug, want := range map[string]string{
		"kg": "", "kg-2": "", "wwww": "", "k--g": "", "consoles": "",
		"www": "tenant.reserved_slug", "console": "tenant.reserved_slug", "api": "tenant.reserved_slug", "mta-sts": "tenant.reserved_slug", "autodiscover": "tenant.reserved_slug",
		"xn--80ak6aa92e": "tenant.bad_slug", "kg--a": "tenant.bad_slug", "kg-": "tenant.bad_slug", "-kg": "tenant.bad_slug", "k": "tenant.bad_slug",
	} {
		plan := planKG(slug)
		got := ""
		plan.Hosts = []string{"ministry.example"}
		if err := p.tenants.Check(console(), plan); err != nil {
			for _, f := range faulttest.Of(t, err).Fields {
				if f.Name == "slug" {
					got = f.Key
				}
			}
		}
		if got != want {
			t.Errorf("%s: %q, not %q", slug, got, want)
		}
	}
}
